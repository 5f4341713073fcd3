"""Random valid graphs: every node's shapes and attributes are solved when it is
added. A value carries its dtype, the shape that it has with the graph's feed, and
bounds of its elements, so that all values stay finite and well conditioned."""
import dataclasses

import numpy as np
from onnx import TensorProto, helper, numpy_helper

FLOAT, INT64, BOOL = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL
LIMIT = 50.0
SIZE = 4096


@dataclasses.dataclass(frozen=True)
class Value:
    name: str
    dtype: int
    shape: tuple
    low: float
    high: float

    @property
    def rank(self):
        return len(self.shape)

    @property
    def bound(self):
        return max(abs(self.low), abs(self.high))


class Generator:
    def __init__(self, seed, nodes, dynamic):
        self.random = np.random.default_rng(seed)
        self.count = nodes
        self.dynamic = dynamic
        self.nodes, self.weights, self.inputs = [], [], []
        self.values, self.feed = [], {}
        self.serial = 0

    # Choices

    def pick(self, things):
        return things[int(self.random.integers(len(things)))]

    def chance(self, share):
        return self.random.random() < share

    def fresh(self):
        self.serial += 1
        return f"v{self.serial}"

    def some(self, test):
        fits = [v for v in self.values if test(v)]
        # Later values make deeper graphs.
        if len(fits) > 3 and self.chance(0.6):
            fits = fits[-3:]
        return self.pick(fits) if fits else None

    def floats(self, rank=None, least=0):
        return self.some(lambda v: v.dtype == FLOAT and v.rank >= least and
                         (rank is None or v.rank == rank))

    # Making values

    def array(self, shape, low=-2.0, high=2.0):
        return self.random.uniform(low, high, shape).astype(np.float32)

    def stored(self, array):
        name = self.fresh()
        self.weights.append(numpy_helper.from_array(np.asarray(array), name))
        return name

    def weight(self, shape, low=-1.0, high=1.0):
        return self.stored(self.array(shape, low, high))

    def add(self, kind, operands, shape, low, high, dtype=FLOAT, outputs=1, **attributes):
        names = [self.fresh() for _ in range(outputs)]
        operands = [o.name if isinstance(o, Value) else o for o in operands]
        self.nodes.append(helper.make_node(kind, operands, names, **attributes))
        shapes = shape if outputs > 1 else [shape]
        made = [Value(n, dtype, tuple(int(d) for d in s), float(low), float(high))
                for n, s in zip(names, shapes)]
        self.values += made
        return made[0]

    def input(self):
        rank = self.pick([1, 2, 2, 3, 3, 4, 4])
        dims = [1, 2, 3, 4, 5, 7, 8, 16, 17] if rank < 4 else [1, 2, 3, 4, 6, 8, 9]
        shape = tuple(self.pick(dims) for _ in range(rank))
        while np.prod(shape) > SIZE:
            shape = shape[1:]
        if self.values and self.chance(0.5):
            shape = self.pick(self.values).shape
        name = f"x{len(self.inputs)}"
        self.feed[name] = self.array(shape)
        # A symbolic dim is named by its size: equal names mean equal sizes.
        declared = [f"d{d}" if self.dynamic and d > 1 and self.chance(0.6) else d
                    for d in shape]
        self.inputs.append(helper.make_tensor_value_info(name, FLOAT, declared))
        self.values.append(Value(name, FLOAT, shape, -2.0, 2.0))

    # Finishing

    def model(self):
        """Inputs, nodes, and every value that nobody reads as an output."""
        from operators import OPERATORS
        for _ in range(int(self.random.integers(1, 4))):
            self.input()
        tries = 0
        while len(self.nodes) < self.count and tries < 20 * self.count:
            tries += 1
            nodes, values = len(self.nodes), len(self.values)
            self.pick(OPERATORS)(self)
            if any(np.prod(v.shape) > SIZE for v in self.values[values:]):
                del self.nodes[nodes:], self.values[values:]
        used = {name for node in self.nodes for name in node.input}
        known = {v.name: v for v in self.values}
        made = [name for node in self.nodes for name in node.output]
        ends = [n for n in made if n in known and n not in used]
        if self.chance(0.3):  # an inner value that others read as well
            ends += [n for n in [self.pick(made)] if n in known and n not in ends]
        return build(self.nodes, self.weights, self.inputs,
                     [(n, known[n].dtype, known[n].rank) for n in ends])


def build(nodes, weights, inputs, outputs):
    """A model of the parts of these that its outputs need."""
    needed, kept = {n for n, _, _ in outputs}, []
    for node in reversed(nodes):
        if needed & set(node.output):
            needed |= set(node.input)
            kept.insert(0, node)
    infos = [helper.make_tensor_value_info(n, t, [None] * rank)
             for n, t, rank in outputs]
    graph = helper.make_graph(kept, "fuzz", [i for i in inputs if i.name in needed],
                              infos, [w for w in weights if w.name in needed])
    return helper.make_model(graph, ir_version=10,
                             opset_imports=[helper.make_opsetid("", 21)])
