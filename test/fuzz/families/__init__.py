"""One function per family of operators: picks operands, solves the shapes and
attributes, adds the nodes. A function that finds no operand adds nothing; one that is
listed twice is chosen twice as often."""
from . import (control, elementwise, exact, indexing, microsoft, movement, patterns,
               product, quantized, recurrent, reduction, signal)

FAMILIES = [f for module in (control, elementwise, exact, indexing, microsoft, movement,
                             patterns, product, quantized, recurrent, reduction, signal)
            for f in module.FAMILIES]
