"""Quantized values and weights. Scales make no tie of an exact value: a multiple of
1/64 divided by 3/64 is never half an integer, and by 1/16 exactly one."""
import numpy as np
from onnx import TensorProto, helper

from generate import FLOAT, FLOAT16, GRID, INT8, INT32, UINT8, numpy_type

SCALES = [3 / 64, 5 / 64, 7 / 64, 1 / 16]


def low_and_high(dtype):
    return (-128, 127) if dtype == INT8 else (0, 255)


def quantize(g):
    """A tensor, or each slice of an axis, by its own scale."""
    v = g.exacts()
    if not v:
        return
    dtype = g.pick([INT8, UINT8])
    axis = g.pick(range(v.rank)) if v.rank and g.chance(0.4) else None
    count = () if axis is None else (v.shape[axis],)
    scale = np.array(g.random.choice(SCALES, count), numpy_type(g.real))
    zero = np.asarray(g.random.integers(0, 9, count), numpy_type(dtype))
    extra = {} if axis is None else {"axis": axis}
    operands = [g.stored(scale), g.stored(zero)]
    low, high = low_and_high(dtype)
    q = g.add("QuantizeLinear", [v, *operands], v.shape, low, high, dtype=dtype, **extra)
    if g.chance(0.8):
        bound = min(v.bound + 1, 260 * scale.max())
        if bound < g.limit:
            g.add("DequantizeLinear", [q, *operands], q.shape, -bound, bound, **extra)


def dequantize(g):
    v = g.some(lambda v: v.dtype in (INT8, UINT8))
    if v and (v.bound + 9) / 16 < g.limit:
        zero = g.stored(np.array(g.pick([0, 5]), numpy_type(v.dtype)))
        bound = (v.bound + 9) / 16
        g.add("DequantizeLinear", [v, g.scalar(1 / 16), zero], v.shape, -bound, bound)


def narrow_weight(g):
    """A product with a weight of 8 or 4 bits: one scale, one per column, or one per
    block of rows."""
    v = g.floats(least=1)
    if not v:
        return
    rows, columns = v.shape[-1], g.pick([1, 4, 8, 17])
    if v.bound * rows > g.limit:
        return
    narrow = g.pick([TensorProto.INT8, TensorProto.UINT8, TensorProto.INT4,
                     TensorProto.UINT4])
    low, high = {TensorProto.INT8: (-128, 128), TensorProto.UINT8: (0, 256),
                 TensorProto.INT4: (-8, 8), TensorProto.UINT4: (0, 16)}[narrow]

    def integers(shape, low, high):
        name = g.fresh()
        g.weights.append(helper.make_tensor(
            name, narrow, shape, g.random.integers(low, high, shape).ravel().tolist()))
        return name

    how = g.pick(["tensor", "column", "block"])
    shape, extra = {"tensor": ((), {}), "column": ((columns,), {"axis": 1}),
                    "block": (((rows + 1) // 2, columns), {"axis": 0, "block_size": 2})
                    }[how]
    if how == "block" and rows % 2:
        return
    size = 1 / max(abs(low - 2), high)
    scale = g.stored(np.array(g.random.uniform(size / 2, size, shape),
                              numpy_type(g.real)))
    operands = [integers((rows, columns), low, high), scale]
    if g.chance(0.6):
        operands.append(integers(shape, 0, 3))
    w = g.add("DequantizeLinear", operands, (rows, columns), -1, 1, **extra)
    bound = v.bound * rows
    g.add("MatMul", [v, w], (*v.shape[:-1], columns), -bound, bound)


def integer_product(g):
    v = g.some(lambda v: v.dtype in (INT8, UINT8) and v.rank >= 2)
    if not v:
        return quantize(g)
    dtype = g.pick([INT8, UINT8])
    shape = (v.shape[-1], g.pick([1, 4, 17]))
    w = g.stored(g.random.integers(*low_and_high(dtype), shape).astype(numpy_type(dtype)))
    zeros = [g.stored(np.array(g.pick([0, 3]), numpy_type(t))) for t in (v.dtype, dtype)]
    bound = 400 * 400 * v.shape[-1]
    y = g.add("MatMulInteger", [v, w, *zeros[:g.pick([0, 1, 2])]],
              (*v.shape[:-1], shape[1]), -bound, bound, dtype=INT32)
    if g.real != FLOAT16 and g.chance(0.7):
        y = g.add("Cast", [y], y.shape, y.low, y.high, exact=False, to=g.real)
        g.values.pop()  # too large for others
        scale = g.scalar(2.0 ** -np.ceil(np.log2(bound)))
        g.add("Mul", [y, scale], y.shape, -1, 1)


def linear_product(g):
    """QLinearMatMul; the result is a third of an integer, which is never half one."""
    v = g.some(lambda v: v.dtype in (INT8, UINT8) and v.rank >= 2)
    if not v:
        return quantize(g)
    t = v.dtype
    shape = (v.shape[-1], g.pick([1, 4, 17]))
    number = lambda x: g.stored(np.float32(x))
    zero = lambda: g.stored(np.array(g.pick([0, 3]), numpy_type(t)))
    w = g.stored(g.random.integers(0, 9, shape).astype(numpy_type(t)))
    g.add("QLinearMatMul", [v, number(1 / 16), zero(), w, number(1 / 16), zero(),
                            number(3 / 256), zero()], (*v.shape[:-1], shape[1]),
          *low_and_high(t), dtype=t)


def quantize_by_range(g):
    """DynamicQuantizeLinear. A range of an odd number of 1/64 makes no tie: 255 k / range
    is never half an integer."""
    v = g.some(lambda v: v.name in g.feed and v.dtype == FLOAT and v.rank > 0)
    if not v:
        return
    data = g.feed[v.name]
    extent = int((max(0, data.max()) - min(0, data.min())) * GRID)
    if extent % 2 == 0:
        return
    q = g.add("DynamicQuantizeLinear", [v], [v.shape, (), ()], 0, 255,
              dtype=[UINT8, FLOAT, UINT8], outputs=3)
    scale, zero = g.values[-2:]
    del g.values[-2:]  # not for others: a scale is no exact value
    g.add("DequantizeLinear", [q, scale, zero], v.shape, -2.1, 2.1)


FAMILIES = [quantize_by_range, quantize, quantize, dequantize, narrow_weight, narrow_weight,
            integer_product, linear_product]
