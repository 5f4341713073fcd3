"""One function per family of operators: picks operands, solves the shapes and
attributes, adds the node. A function that finds no operand adds nothing."""
import numpy as np

from generate import BOOL, FLOAT, INT64, LIMIT

# name: (bounds of the result, operands it is well conditioned for)
UNARY = {
    "Abs": (lambda v: (0, v.bound), None),
    "Neg": (lambda v: (-v.high, -v.low), None),
    "Relu": (lambda v: (max(0, v.low), max(0, v.high)), None),
    "Sigmoid": (lambda v: (0, 1), None),
    "Tanh": (lambda v: (-1, 1), None),
    "Erf": (lambda v: (-1, 1), None),
    "Exp": (lambda v: (np.exp(v.low), np.exp(v.high)), lambda v: v.high < 3.5),
    "Log": (lambda v: (np.log(v.low), np.log(v.high)), lambda v: v.low > 0.05),
    "Sqrt": (lambda v: (np.sqrt(v.low), np.sqrt(v.high)), lambda v: v.low > 0.01),
    "Reciprocal": (lambda v: (1 / v.high, 1 / v.low), lambda v: v.low > 0.1),
    "Sin": (lambda v: (-1, 1), None),
    "Cos": (lambda v: (-1, 1), None),
    "Atan": (lambda v: (-1.6, 1.6), None),
    "Asinh": (lambda v: (-v.bound, v.bound), None),
    "Softplus": (lambda v: (0, v.bound + 1), None),
    "Softsign": (lambda v: (-1, 1), None),
    "HardSigmoid": (lambda v: (0, 1), None),
    "HardSwish": (lambda v: (-1, v.bound), None),
    "Mish": (lambda v: (-1, v.bound), None),
    "Gelu": (lambda v: (-1, v.bound), None),
    "Elu": (lambda v: (-1, v.bound), None),
    "Celu": (lambda v: (-1, v.bound), None),
    "Selu": (lambda v: (-2, 1.1 * v.bound), None),
    "LeakyRelu": (lambda v: (-v.bound, v.bound), None),
    "Identity": (lambda v: (v.low, v.high), None),
}


def unary(g):
    kind = g.pick(list(UNARY))
    bounds, good = UNARY[kind]
    v = g.some(lambda v: v.dtype == FLOAT and (good is None or good(v)))
    if v:
        g.add(kind, [v], v.shape, *bounds(v))


def clip(g):
    v = g.floats()
    if v:
        g.add("Clip", [v, g.stored(np.float32(-1)), g.stored(np.float32(1.5))],
              v.shape, -1, 1.5)


def other_operand(g, v):
    """A value or weight that broadcasts with v, and its bounds."""
    fits = [w for w in g.values if w.dtype == FLOAT and broadcast(v.shape, w.shape)]
    if fits and g.chance(0.6):
        w = g.pick(fits)
        return w, broadcast(v.shape, w.shape), w.low, w.high
    rank = int(g.random.integers(0, v.rank + 1))
    shape = tuple(d if g.chance(0.6) else 1 for d in v.shape[v.rank - rank:])
    return g.weight(shape, 0.5, 1.5), v.shape, 0.5, 1.5


def broadcast(a, b):
    try:
        return np.broadcast_shapes(a, b)
    except ValueError:
        return None


def binary(g):
    v = g.floats()
    if not v:
        return
    w, shape, low, high = other_operand(g, v)
    kind = g.pick(["Add", "Sub", "Mul", "Div", "Min", "Max", "Add", "Mul", "Mean",
                   "Sum", "PRelu"])
    corners = [a * b for a in (v.low, v.high) for b in (low, high)]
    if kind == "Div":
        if low < 0.2:
            return
        corners = [a / b for a in (v.low, v.high) for b in (low, high)]
    bounds = {"Add": (v.low + low, v.high + high), "Sum": (v.low + low, v.high + high),
              "Mean": (min(v.low, low), max(v.high, high)),
              "Sub": (v.low - high, v.high - low),
              "Mul": (min(corners), max(corners)), "Div": (min(corners), max(corners)),
              "PRelu": (min(corners + [v.low]), max(corners + [v.high])),
              "Min": (min(v.low, low), min(v.high, high)),
              "Max": (max(v.low, low), max(v.high, high))}[kind]
    if max(map(abs, bounds)) > LIMIT:
        return
    if kind == "PRelu" and shape != v.shape:
        return
    operands = [v, w]
    if kind in ("Add", "Mul", "Sub") and g.chance(0.4):
        operands.reverse()
        bounds = (-bounds[1], -bounds[0]) if kind == "Sub" else bounds
    g.add(kind, operands, shape, *bounds)


def power(g):
    v = g.some(lambda v: v.dtype == FLOAT and v.bound < 6)
    if v:
        g.add("Pow", [v, g.stored(np.float32(2))], v.shape, 0, v.bound ** 2)


def where(g):
    """A constant condition: one of computed data would be a tie by rounding."""
    v = g.floats()
    if not v:
        return
    w, shape, low, high = other_operand(g, v)
    condition = g.stored(g.random.random(v.shape) < 0.5)
    if shape == v.shape:
        g.add("Where", [condition, v, w], shape, min(v.low, low), max(v.high, high))


def compare(g):
    """Of an input with a number that none of its elements is near."""
    v = g.some(lambda v: v.name in g.feed)
    if not v:
        return
    data = np.sort(np.append(g.feed[v.name].ravel(), [-3, 3]))
    at = int(np.argmax(np.diff(data)))
    middle = np.float32((data[at] + data[at + 1]) / 2)
    made = g.add(g.pick(["Less", "Greater", "LessOrEqual", "GreaterOrEqual"]),
                 [v, g.stored(middle)], v.shape, 0, 1, dtype=BOOL)
    if g.chance(0.5):
        made = g.add("Not", [made], v.shape, 0, 1, dtype=BOOL)
    g.add("Cast", [made], v.shape, 0, 1, to=FLOAT)


def reduce(g):
    v = g.floats(least=1)
    if not v:
        return
    kind = g.pick(["ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceL1",
                   "ReduceL2", "ReduceSumSquare", "ReduceLogSumExp"])
    axes = [a for a in range(v.rank) if g.chance(0.5)] or [g.pick(range(v.rank))]
    keep = g.chance(0.5)
    shape = [1 if a in axes else d for a, d in enumerate(v.shape)
             if keep or a not in axes]
    count = np.prod([v.shape[a] for a in axes])
    bounds = {"ReduceSum": (v.low * count, v.high * count),
              "ReduceL1": (0, v.bound * count), "ReduceL2": (0, v.bound * count ** 0.5),
              "ReduceSumSquare": (0, v.bound ** 2 * count),
              "ReduceLogSumExp": (v.low, v.high + np.log(count))}.get(
                  kind, (v.low, v.high))
    if bounds[0] > bounds[1]:
        bounds = bounds[::-1]
    if max(map(abs, bounds)) > LIMIT:
        return
    written = [a - v.rank if g.chance(0.3) else a for a in axes]
    g.add(kind, [v, g.stored(np.array(written))], shape, *bounds, keepdims=int(keep))


def softmax(g):
    v = g.floats(least=1)
    if v:
        kind = g.pick(["Softmax", "LogSoftmax"])
        low = 0 if kind == "Softmax" else v.low - v.high - 10
        g.add(kind, [v], v.shape, low, 1, axis=g.pick(range(-v.rank, v.rank)))


def cumulative(g):
    v = g.some(lambda v: v.dtype == FLOAT and v.rank and v.bound * max(v.shape) < LIMIT)
    if v:
        bound = v.bound * max(v.shape)
        g.add("CumSum", [v, g.stored(np.array(g.pick(range(v.rank))))], v.shape,
              -bound, bound, exclusive=g.pick([0, 1]), reverse=g.pick([0, 1]))


def normalise(g):
    """The epsilon is large: rows of one element or equal ones stay smooth."""
    v = g.floats(least=2)
    if not v:
        return
    kind = g.pick(["LayerNormalization", "InstanceNormalization", "BatchNormalization",
                   "LpNormalization"])
    if kind == "LayerNormalization":
        axis = g.pick(range(1, v.rank))
        shape = v.shape[axis:]
        g.add(kind, [v, g.weight(shape, 0.5, 1.5), g.weight(shape)], v.shape, -20, 20,
              axis=axis, epsilon=0.1)
    elif kind == "LpNormalization":
        if v.low > 0.05:
            g.add(kind, [v], v.shape, -1, 1, axis=g.pick(range(v.rank)), p=2)
    elif kind == "BatchNormalization":
        c = v.shape[1]
        bound = 3 * v.bound + 3
        if bound < LIMIT:
            g.add(kind, [v, g.weight(c, 0.5, 1.5), g.weight(c), g.weight(c),
                         g.weight(c, 0.5, 1.5)], v.shape, -bound, bound)
    elif v.rank >= 3:
        c = v.shape[1]
        g.add(kind, [v, g.weight(c, 0.5, 1.5), g.weight(c)], v.shape, -20, 20,
              epsilon=0.1)


# Movements


def transpose(g):
    v = g.floats(least=2)
    if v:
        perm = [int(p) for p in g.random.permutation(v.rank)]
        g.add("Transpose", [v], [v.shape[p] for p in perm], v.low, v.high, perm=perm)


def reshape(g):
    v = g.floats(least=1)
    if not v:
        return
    dims = list(v.shape)
    for _ in range(g.pick([1, 2])):
        at = g.pick(range(len(dims)))
        if len(dims) > 1 and g.chance(0.5):
            at = min(at, len(dims) - 2)
            dims[at:at + 2] = [dims[at] * dims[at + 1]]
        elif len(dims) < 5:
            divisors = [f for f in range(1, dims[at] + 1) if dims[at] % f == 0]
            factor = g.pick(divisors)
            dims[at:at + 1] = [factor, dims[at] // factor]
    written = list(dims)
    if g.chance(0.5):
        written[g.pick(range(len(dims)))] = -1
    g.add("Reshape", [v, g.stored(np.array(written))], dims, v.low, v.high)


def flatten(g):
    v = g.floats(least=1)
    if v:
        axis = g.pick(range(v.rank + 1))
        shape = [np.prod(v.shape[:axis], dtype=int), np.prod(v.shape[axis:], dtype=int)]
        g.add("Flatten", [v], shape, v.low, v.high, axis=axis)


def squeeze(g):
    v = g.some(lambda v: v.dtype == FLOAT and 1 in v.shape)
    if v:
        axis = v.shape.index(1)
        g.add("Squeeze", [v, g.stored(np.array([axis]))],
              v.shape[:axis] + v.shape[axis + 1:], v.low, v.high)


def unsqueeze(g):
    v = g.some(lambda v: v.dtype == FLOAT and v.rank < 5)
    if v:
        axis = g.pick(range(v.rank + 1))
        g.add("Unsqueeze", [v, g.stored(np.array([axis]))],
              v.shape[:axis] + (1,) + v.shape[axis:], v.low, v.high)


def cut(g):
    v = g.floats(least=1)
    if not v:
        return
    axis = g.pick(range(v.rank))
    size = v.shape[axis]
    step = g.pick([1, 1, 2, -1, -2])
    begin, end = sorted(int(i) for i in g.random.integers(0, size + 1, 2))
    if begin == end:
        begin, end = 0, size
    if step < 0:
        begin, end = end - 1, begin - 1 if begin else -2 ** 31
    count = len(range(size)[slice(begin, None if end < -size else end, step)])
    shape = list(v.shape)
    shape[axis] = count
    operands = [v] + [g.stored(np.array([i])) for i in (begin, end, axis, step)]
    g.add("Slice", operands, shape, v.low, v.high)


def join(g):
    v = g.floats(least=1)
    if not v:
        return
    axis = g.pick(range(v.rank))
    fits = [w for w in g.values if w.dtype == FLOAT and w.rank == v.rank and all(
        a == b for i, (a, b) in enumerate(zip(v.shape, w.shape)) if i != axis)]
    parts = [v] + [g.pick(fits) for _ in range(g.pick([1, 2]))]
    shape = list(v.shape)
    shape[axis] = sum(p.shape[axis] for p in parts)
    g.add("Concat", parts, shape, min(p.low for p in parts),
          max(p.high for p in parts), axis=axis - v.rank if g.chance(0.3) else axis)


def split(g):
    v = g.some(lambda v: v.dtype == FLOAT and v.rank and max(v.shape) > 1)
    if not v:
        return
    axis = int(np.argmax(v.shape))
    first = int(g.random.integers(1, v.shape[axis]))
    shapes = []
    for size in (first, v.shape[axis] - first):
        shapes.append(v.shape[:axis] + (size,) + v.shape[axis + 1:])
    sizes = g.stored(np.array([first, v.shape[axis] - first]))
    g.add("Split", [v, sizes], shapes, v.low, v.high, outputs=2, axis=axis)


def pad(g):
    v = g.floats(least=1)
    if not v:
        return
    mode = g.pick(["constant", "constant", "reflect", "edge"])
    most = min(v.shape) - 1 if mode == "reflect" else 2
    pads = g.random.integers(0, max(0, min(2, most)) + 1, 2 * v.rank)
    shape = np.array(v.shape) + pads[:v.rank] + pads[v.rank:]
    operands = [v, g.stored(pads)]
    if mode == "constant":
        operands.append(g.stored(np.float32(0.5)))
    g.add("Pad", operands, shape, min(v.low, 0.5), max(v.high, 0.5), mode=mode)


def expand(g):
    v = g.some(lambda v: v.dtype == FLOAT and v.rank < 5)
    if v:
        target = [d if d > 1 else g.pick([1, 2, 3]) for d in v.shape]
        if v.rank < 4 and g.chance(0.3):
            target.insert(0, g.pick([1, 2]))
        g.add("Expand", [v, g.stored(np.array(target, np.int64))], target, v.low, v.high)


def tile(g):
    v = g.floats(least=1)
    if v:
        repeats = g.random.integers(1, 3, v.rank)
        g.add("Tile", [v, g.stored(repeats)], repeats * v.shape, v.low, v.high)


def gather(g):
    v = g.floats(least=1)
    if not v:
        return
    axis = g.pick(range(v.rank))
    shape = g.pick([(), (1,), (3,), (2, 2)])
    indices = g.random.integers(-v.shape[axis], v.shape[axis], shape)
    g.add("Gather", [v, g.stored(np.array(indices, np.int64))],
          v.shape[:axis] + shape + v.shape[axis + 1:], v.low, v.high, axis=axis)


def depth(g):
    v = g.floats(rank=4)
    if not v:
        return
    n, c, h, w = v.shape
    if c % 4 == 0 and g.chance(0.5):
        g.add("DepthToSpace", [v], (n, c // 4, 2 * h, 2 * w), v.low, v.high,
              blocksize=2, mode=g.pick(["DCR", "CRD"]))
    elif h % 2 == 0 and w % 2 == 0:
        g.add("SpaceToDepth", [v], (n, 4 * c, h // 2, w // 2), v.low, v.high,
              blocksize=2)


def trilu(g):
    v = g.floats(least=2)
    if v:
        g.add("Trilu", [v, g.stored(np.array(g.pick([-1, 0, 1])))], v.shape,
              min(v.low, 0), max(v.high, 0), upper=g.pick([0, 1]))


def resize(g):
    v = g.floats(rank=4)
    if v:
        n, c, h, w = v.shape
        mode, where = g.pick([("nearest", "asymmetric"), ("linear", "half_pixel"),
                              ("linear", "asymmetric")])
        extra = {"nearest_mode": "floor"} if mode == "nearest" else {}
        scales = g.stored(np.array([1, 1, 2, 2], np.float32))
        g.add("Resize", [v, "", scales], (n, c, 2 * h, 2 * w), v.low, v.high, mode=mode,
              coordinate_transformation_mode=where, **extra)


# Products


def matmul(g):
    v = g.floats(least=1)
    if not v:
        return
    depth_, columns = v.shape[-1], g.pick([1, 3, 8, 16, 17])
    fits = [w for w in g.values if w.dtype == FLOAT and w.rank >= 2 and
            w.shape[-2] == depth_ and broadcast(v.shape[:-2], w.shape[:-2]) is not None]
    if fits and v.rank >= 2 and g.chance(0.6):
        w = g.pick(fits)
        bound = v.bound * w.bound * depth_
        shape = broadcast(v.shape[:-2], w.shape[:-2]) + (v.shape[-2], w.shape[-1])
    else:
        bound, shape = v.bound * depth_, v.shape[:-1] + (columns,)
        w = g.weight((depth_, columns))
    if bound < LIMIT:
        g.add("MatMul", [v, w], shape, -bound, bound)


def gemm(g):
    v = g.floats(rank=2)
    if not v:
        return
    transposed, other = g.pick([0, 1]), g.pick([0, 1])
    rows, inner = v.shape[::-1] if transposed else v.shape
    columns, bound = g.pick([1, 4, 8, 17]), v.bound * inner + 1
    if bound < LIMIT:
        weight = g.weight((columns, inner) if other else (inner, columns))
        bias = g.weight(g.pick([(columns,), (1, columns), (rows, 1)]))
        g.add("Gemm", [v, weight, bias], (rows, columns), -bound, bound,
              transA=transposed, transB=other)


def window(g, v):
    """Kernel, strides, pads and dilations that give at least one position."""
    spatial = v.shape[2:]
    kernel = [g.pick([k for k in (1, 2, 3) if k <= d + 1]) for d in spatial]
    dilations = [g.pick([1, 1, 2]) if k > 1 else 1 for k in kernel]
    strides = [g.pick([1, 1, 2]) for _ in spatial]
    pads = [g.pick([p for p in (0, 1) if p < k]) for k in kernel * 2]
    sizes = []
    for i, d in enumerate(spatial):
        left = d + pads[i] + pads[i + len(spatial)] - dilations[i] * (kernel[i] - 1) - 1
        if left < 0:
            return None
        sizes.append(left // strides[i] + 1)
    return kernel, dict(kernel_shape=kernel, strides=strides, pads=pads,
                        dilations=dilations), sizes


def conv(g):
    v = g.some(lambda v: v.dtype == FLOAT and v.rank in (3, 4))
    found = v and window(g, v)
    if not found:
        return
    kernel, attributes, sizes = found
    c = v.shape[1]
    groups = g.pick([1, 1, c] + ([2] if c % 2 == 0 else []))
    outputs = groups * g.pick([1, 2, 3])
    fan_in = c // groups * int(np.prod(kernel))
    bound = v.bound * fan_in + 1
    if bound > LIMIT:
        return
    operands = [v, g.weight((outputs, c // groups, *kernel))]
    if g.chance(0.6):
        operands.append(g.weight(outputs))
    g.add("Conv", operands, (v.shape[0], outputs, *sizes), -bound, bound, group=groups,
          **attributes)


def pool(g):
    v = g.some(lambda v: v.dtype == FLOAT and v.rank in (3, 4))
    found = v and window(g, v)
    if not found:
        return
    kernel, attributes, sizes = found
    for i, count in enumerate(sizes):  # a window of padding only has no maximum
        for position in range(count):
            first = position * attributes["strides"][i] - attributes["pads"][i]
            if not any(0 <= first + k * attributes["dilations"][i] < v.shape[2 + i]
                       for k in range(kernel[i])):
                return
    kind = g.pick(["MaxPool", "AveragePool"])
    if kind == "AveragePool":
        attributes["count_include_pad"] = g.pick([0, 1])
        if max(attributes["dilations"]) > 1:
            return
    g.add(kind, [v], (*v.shape[:2], *sizes), min(0, v.low), max(0, v.high),
          **attributes)


def global_pool(g):
    v = g.floats(least=3)
    if v:
        g.add(g.pick(["GlobalAveragePool", "GlobalMaxPool"]), [v],
              v.shape[:2] + (1,) * (v.rank - 2), v.low, v.high)


def attention(g):
    """The subgraph of exporters: softmax(x x^T / c) x."""
    v = g.some(lambda v: v.dtype == FLOAT and v.rank >= 3 and
               v.bound ** 2 * v.shape[-1] < 4 * LIMIT)
    if not v:
        return
    perm = list(range(v.rank))
    perm[-2:] = perm[:-3:-1]
    rows = v.shape[-2]
    k = g.add("Transpose", [v], [v.shape[p] for p in perm], v.low, v.high, perm=perm)
    bound = v.bound ** 2 * v.shape[-1]
    scores = g.add("MatMul", [v, k], v.shape[:-1] + (rows,), -bound, bound)
    scale = g.stored(np.float32(max(1, v.shape[-1] ** 0.5)))
    scores = g.add("Div", [scores, scale], scores.shape, -bound, bound)
    soft = g.add("Softmax", [scores], scores.shape, 0, 1, axis=-1)
    g.add("MatMul", [soft, v], v.shape, v.low, v.high)


def order(g):
    """Of an input: its elements are apart, so that the order is one."""
    v = g.some(lambda v: v.name in g.feed and v.rank >= 1)
    if not v:
        return
    axis = g.pick(range(v.rank))
    data = np.sort(g.feed[v.name], axis=axis)
    if v.shape[axis] > 1 and np.diff(data, axis=axis).min() < 1e-5:
        return
    if g.chance(0.5):
        shape = [1 if a == axis else d for a, d in enumerate(v.shape)]
        g.add(g.pick(["ArgMax", "ArgMin"]), [v], shape, 0, v.shape[axis], dtype=INT64, axis=axis)
        return
    count = int(g.random.integers(1, v.shape[axis] + 1))
    shape = [count if a == axis else d for a, d in enumerate(v.shape)]
    largest = g.pick([0, 1])
    g.add("TopK", [v, g.stored(np.array([count]))], [shape, shape], v.low, v.high,
          outputs=2, axis=axis, largest=largest)
    g.values[-1] = type(v)(g.values[-1].name, INT64, tuple(shape), 0, v.shape[axis])


OPERATORS = [unary] * 5 + [binary] * 6 + [
    clip, power, where, compare, reduce, reduce, reduce, softmax, softmax, cumulative,
    normalise, normalise, transpose, transpose, reshape, reshape, flatten, squeeze,
    unsqueeze, cut, cut, join, join, split, pad, expand, tile, gather, depth, trilu,
    resize, matmul, matmul, matmul, gemm, gemm, conv, conv, conv, pool, global_pool,
    attention, order]
