"""What needs operands without rounding errors: comparisons, rounding, order, integers
and booleans."""
import numpy as np
from onnx import numpy_helper

from generate import (BOOL, FLOAT, FLOAT16, GRID, INT8, INT32, INT64, UINT8, broadcast,
                      numpy_type)

COMPARISONS = ["Less", "Greater", "LessOrEqual", "GreaterOrEqual", "Equal"]


def compare(g):
    v = g.exacts() if g.chance(0.6) else g.integers()
    if not v:
        return
    fits = [w for w in g.values if w.known and w.exact and w.dtype == v.dtype and
            broadcast(v.shape, w.shape) is not None]
    if g.chance(0.5) and fits:
        w = g.pick(fits)
        shape = broadcast(v.shape, w.shape)
    else:
        w, shape = g.stored(np.array(g.pick([-1, 0, 1]), numpy_type(v.dtype))), v.shape
    g.add(g.pick(COMPARISONS), [v, w], shape, 0, 1, dtype=BOOL)


def logic(g):
    v = g.some(lambda v: v.dtype == BOOL)
    if not v:
        return compare(g)
    fits = [w for w in g.values if w.known and w.dtype == BOOL and
            broadcast(v.shape, w.shape) is not None]
    kind = g.pick(["And", "Or", "Xor", "Not"])
    if kind == "Not":
        g.add(kind, [v], v.shape, 0, 1, dtype=BOOL)
    else:
        w = g.pick(fits)
        g.add(kind, [v, w], broadcast(v.shape, w.shape), 0, 1, dtype=BOOL)


def select(g):
    """Where of a computed condition."""
    c = g.some(lambda v: v.dtype == BOOL)
    v = c and g.floats()
    if not v:
        return
    shape = broadcast(c.shape, v.shape)
    if shape is not None:
        w = g.weight(g.pick([shape[-1:], v.shape]), -1, 1)
        g.add("Where", g.pick([[c, v, w], [c, w, v]]), shape, min(v.low, -1),
              max(v.high, 1))


def rounding(g):
    """Also what jumps somewhere."""
    v = g.exacts()
    if not v:
        return
    kind = g.pick(["Ceil", "Floor", "Round", "Sign", "Shrink", "ThresholdedRelu",
                   "Mod"])
    if kind == "Shrink":
        g.add(kind, [v], v.shape, v.low - 1, v.high + 1, lambd=0.75, bias=0.25)
    elif kind == "ThresholdedRelu":
        g.add(kind, [v], v.shape, min(0, v.low), max(0, v.high), alpha=0.5)
    elif kind == "Mod":
        w = g.weight(g.pick([(1,) * min(1, v.rank), v.shape[-1:]]), 0.5, 1.5)
        g.add(kind, [v, w], v.shape, -1.5, 1.5, fmod=1)
    else:
        g.add(kind, [v], v.shape, v.low - 1, v.high + 1)


def order(g):
    v = g.exacts(least=1) if g.chance(0.7) else g.integers(least=1)
    if not v:
        return
    axis = g.pick(range(v.rank))
    kind = g.pick(["Arg", "TopK", "Hardmax"])
    if kind == "Arg":
        keep = g.pick([0, 1])
        shape = list(v.shape)
        shape[axis:axis + 1] = [1] * keep
        g.add(g.pick(["ArgMax", "ArgMin"]), [v], shape, 0, v.shape[axis], dtype=INT64,
              axis=axis - g.pick([0, v.rank]), keepdims=keep,
              select_last_index=g.pick([0, 0, 1]))
    elif kind == "Hardmax":
        if v.dtype == g.real:
            g.add(kind, [v], v.shape, 0, 1, axis=axis)
    else:
        count = int(g.random.integers(1, v.shape[axis] + 1))
        shape = [count if a == axis else d for a, d in enumerate(v.shape)]
        g.add(kind, [v, g.stored(np.array([count]))], [shape, shape],
              min(0, v.low), max(v.high, v.shape[axis]), dtype=[v.dtype, INT64],
              outputs=2, axis=axis, largest=g.pick([0, 1]))


# Integers


def source(g):
    """Integers from nothing or from sizes."""
    kind = g.pick(["input", "Shape", "Size", "Range", "ConstantOfShape", "EyeLike",
                   "OneHot"])
    v = g.floats(least=1)
    if kind == "input":
        if g.depth:
            return
        dtype = g.pick([INT32, INT64, INT64, INT8, UINT8, BOOL])
        shape = v.shape if v else (g.pick([1, 3, 8]),)
        low, high = {BOOL: (0, 1), UINT8: (0, 9)}.get(dtype, (-9, 9))
        data = g.random.integers(low, high + 1, shape).astype(numpy_type(dtype))
        g.declare(f"i{len(g.inputs)}", shape, dtype, data, low, high)
    elif kind == "Range":
        count, step = g.pick([1, 3, 8]), g.pick([1, 2, -1])
        dtype = g.pick([np.int64, np.int32])
        g.add(kind, [g.stored(np.array(n, dtype)) for n in (0, count * step, step)],
              (count,), -16, 16, dtype=INT64 if dtype == np.int64 else INT32)
    elif not v:
        return
    elif kind == "Shape":
        start = g.pick(range(v.rank))
        g.add(kind, [v], (v.rank - start,), 1, max(v.shape), dtype=INT64, start=start)
    elif kind == "Size":
        g.add(kind, [v], (), 1, np.prod(v.shape), dtype=INT64)
    elif kind == "ConstantOfShape":
        sizes = g.add("Shape", [v], (v.rank,), 1, max(v.shape), dtype=INT64)
        value = np.array([0.5], numpy_type(g.real))
        g.add(kind, [sizes], v.shape, 0.5, 0.5, value=numpy_helper.from_array(value))
    elif kind == "EyeLike":
        if v.rank == 2:
            g.add(kind, [v], v.shape, 0, 1, dtype=g.real, exact=True,
                  k=g.pick([-1, 0, 1]))
    else:
        w = g.integers(dtypes=(INT64, INT32))
        if w and 0 < w.rank < 4:
            depth, values = g.pick([3, 10]), np.array([-1, 1], numpy_type(g.real))
            axis = g.pick(range(-w.rank - 1, w.rank + 1))
            at = axis if axis >= 0 else axis + w.rank + 1
            g.add(kind, [w, g.stored(np.array(depth, numpy_type(w.dtype))),
                         g.stored(values)],
                  (*w.shape[:at], depth, *w.shape[at:]), -1, 1, exact=True, axis=axis)


def arithmetic(g):
    v = g.integers()
    if not v:
        return source(g)
    fits = [w for w in g.values if w.known and w.dtype == v.dtype and
            broadcast(v.shape, w.shape) is not None]
    kind = g.pick(["Add", "Sub", "Mul", "Div", "Mod", "Min", "Max", "Neg", "Abs", "Sign",
                   "BitwiseAnd", "BitwiseOr", "BitwiseXor", "BitwiseNot", "Where",
                   "Pow", "Clip"])
    array = lambda *numbers: np.array(numbers, numpy_type(v.dtype))
    if kind in ("Neg", "Abs", "Sign", "BitwiseNot"):
        bound = v.bound + 1
        return g.add(kind, [v], v.shape, -bound, bound, dtype=v.dtype)
    if kind == "Pow":
        if v.bound < 100:
            g.add(kind, [v, g.stored(array(2)[0])], v.shape, 0, v.bound ** 2,
                  dtype=v.dtype)
        return None
    if kind == "Clip":
        return g.add(kind, [v, g.stored(array(-3)[0]), g.stored(array(5)[0])], v.shape,
                     -3, 5, dtype=v.dtype)
    if kind in ("Div", "Mod"):  # by no zero
        divisor = g.stored(array(*g.pick([[3], [-2], [7]])))
        return g.add(kind, [v, divisor], v.shape if v.rank else (1,), -v.bound - 7,
                     v.bound + 7, dtype=v.dtype)
    w = g.pick(fits)
    shape = broadcast(v.shape, w.shape)
    bound = {"Add": v.bound + w.bound, "Sub": v.bound + w.bound,
             "Mul": v.bound * w.bound}.get(kind, 2 * max(v.bound, w.bound) + 2)
    if bound > 10 ** 6:
        return None
    operands = [v, w]
    if kind == "Where":
        operands.insert(0, g.stored(g.random.random(v.shape) < 0.5))
    return g.add(kind, operands, shape, -bound, bound, dtype=v.dtype)


def shift(g):
    v = g.some(lambda v: v.dtype == UINT8)
    if v:
        left = v.bound < 32 and g.chance(0.5)
        g.add("BitShift", [v, g.stored(np.array([2], np.uint8))], v.shape or (1,), 0,
              255, dtype=UINT8, direction="LEFT" if left else "RIGHT")


def reduce_integers(g):
    v = g.integers(least=1)
    if not v:
        return
    axis, keep = g.pick(range(v.rank)), g.pick([0, 1])
    shape = list(v.shape)
    shape[axis:axis + 1] = [1] * keep
    kind = g.pick(["ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd", "CumSum"])
    bound = v.bound * v.shape[axis]
    if kind == "ReduceProd":
        bound = v.bound ** v.shape[axis]
    if bound > 10 ** 6:
        return
    if kind == "CumSum":
        g.add(kind, [v, g.stored(np.array(axis))], v.shape, -bound, bound, dtype=v.dtype,
              exclusive=g.pick([0, 1]), reverse=g.pick([0, 1]))
    else:
        g.add(kind, [v, g.stored(np.array([axis]))], shape, -bound, bound,
              dtype=v.dtype, keepdims=keep)


def cast(g):
    v = g.some(lambda v: v.exact)
    if not v:
        return
    targets = [INT32, INT64, BOOL, g.real, g.real, g.real, FLOAT]
    if v.dtype == g.real and v.bound < 16:
        targets.append(FLOAT16)
    if v.low >= 0 and v.high < 100:
        targets.append(UINT8)
    if v.bound < 100:
        targets.append(INT8)
    to = g.pick(targets)
    if to == FLOAT16 and v.bound > 2048 / GRID or v.bound > 2 ** 24 / GRID:
        return
    low, high = (0, 1) if to == BOOL else (min(v.low, 0), max(v.high, 0))
    if to == g.real and max(abs(low), abs(high)) > g.limit:
        return
    if to == g.real and g.chance(0.3):
        like = g.floats()
        if like:
            g.add("CastLike", [v, like], v.shape, low, high, exact=True)
            return
    g.add("Cast", [v], v.shape, low, high, dtype=to, exact=True, to=to)


def special(g):
    v = g.floats()
    if v:
        g.add(g.pick(["IsNaN", "IsInf"]), [v], v.shape, 0, 1, dtype=BOOL)


FAMILIES = [compare, logic, logic, select, rounding, rounding, order, order, source,
            source, arithmetic, arithmetic, shift, reduce_integers, cast, cast, special]
