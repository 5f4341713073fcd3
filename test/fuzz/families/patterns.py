"""Subgraphs as exporters write them."""
import numpy as np

from generate import INT64


def attention(g):
    """softmax(x x^T / c) x, with a mask or a softmax in steps now and then."""
    v = g.some(lambda v: v.dtype == g.real and v.rank >= 3 and
               v.bound ** 2 * v.shape[-1] < 4 * g.limit)
    if not v:
        return
    perm = list(range(v.rank))
    perm[-2:] = perm[:-3:-1]
    rows = v.shape[-2]
    k = g.add("Transpose", [v], [v.shape[p] for p in perm], v.low, v.high, perm=perm)
    bound = v.bound ** 2 * v.shape[-1]
    scores = g.add("MatMul", [v, k], v.shape[:-1] + (rows,), -bound, bound)
    scale = max(1, v.shape[-1] ** 0.5)
    kind, scale = g.pick([("Div", scale), ("Mul", 1 / scale)])
    scores = g.add(kind, [scores, g.scalar(scale)], scores.shape, -bound, bound)
    if g.chance(0.4):
        mask = np.where(g.random.random((rows, rows)) < 0.7, 0, -20)
        scores = g.add("Add", [scores, g.stored(mask.astype(g.array(()).dtype))],
                       scores.shape, -bound - 20, bound)
    soft = g.add("Softmax", [scores], scores.shape, 0, 1, axis=-1)
    g.add("MatMul", [soft, v], v.shape, v.low, v.high)


def heads(g):
    """Attention in heads: projections, reshapes, transposes, a cache."""
    v = g.floats(rank=3)
    if not v or v.bound * v.shape[2] > g.limit / 2:
        return
    batch, rows, width = v.shape
    many, size = g.pick([1, 2, 3]), g.pick([2, 4, 8])
    b = v.bound * width * 0.5

    def project():
        x = g.add("MatMul", [v, g.weight((width, many * size), -0.5, 0.5)],
                  (batch, rows, many * size), -b, b)
        if g.chance(0.5):
            x = g.add("Add", [x, g.weight(many * size)], x.shape, -b - 1, b + 1)
        sizes = np.array([0, 0, many, size]) if g.chance(0.5) else np.array(
            [batch, rows, many, size])
        x = g.add("Reshape", [x, g.stored(sizes)], (batch, rows, many, size), x.low, x.high)
        return g.add("Transpose", [x], (batch, many, rows, size), x.low, x.high,
                     perm=[0, 2, 1, 3])

    q, k, values = project(), project(), project()
    total = rows
    if g.chance(0.3):
        total = rows + 2
        k, values = (g.add("Concat", [g.weight((batch, many, 2, size)), x],
                           (batch, many, total, size), min(-1, x.low), max(1, x.high),
                           axis=2) for x in (k, values))
    k = g.add("Transpose", [k], (batch, many, size, total), k.low, k.high,
              perm=[0, 1, 3, 2])
    q = g.add("Mul", [q, g.scalar(1 / (8 * size))], q.shape, q.low / 8, q.high / 8)
    bound = q.bound * k.bound * size
    s = g.add("MatMul", [q, k], (batch, many, rows, total), -bound, bound)
    s = g.add("Softmax", [s], s.shape, 0, 1, axis=-1)
    y = g.add("MatMul", [s, values], (batch, many, rows, size), values.low, values.high)
    y = g.add("Transpose", [y], (batch, rows, many, size), y.low, y.high, perm=[0, 2, 1, 3])
    g.add("Reshape", [y, g.stored(np.array([0, 0, many * size]))],
          (batch, rows, many * size), y.low, y.high)


def root_mean_square(g):
    v = g.floats(least=2)
    if not v or v.bound > 12 or v.bound > g.limit / 2:
        return
    axes = [g.pick([-1, v.rank - 1])]
    row = (*v.shape[:-1], 1)
    squared = v.bound ** 2
    s = g.add(*g.pick([("Pow", [v, g.scalar(2)]), ("Mul", [v, v])]), v.shape, 0, squared)
    s = g.add("ReduceMean", [s, g.stored(np.array(axes))], row, 0, squared, keepdims=1)
    s = g.add("Add", [s, g.scalar(0.125)], row, 0.125, squared + 0.125)
    s = g.add("Sqrt", [s], row, 0.3, v.bound + 1)
    if g.chance(0.5):
        y = g.add("Div", [v, s], v.shape, -20, 20)
    else:
        s = g.add("Reciprocal", [s], row, 0, 3)
        y = g.add("Mul", g.pick([[v, s], [s, v]]), v.shape, -20, 20)
    g.add("Mul", [y, g.weight(v.shape[-1], 0.5, 1.5)], v.shape, -30, 30)


def layer_norm(g):
    v = g.floats(least=2)
    if not v or v.bound > 12 or v.bound > g.limit / 2:
        return
    row, axis = (*v.shape[:-1], 1), g.stored(np.array([-1]))
    mean = g.add("ReduceMean", [v, axis], row, v.low, v.high, keepdims=1)
    d = g.add("Sub", [v, mean], v.shape, -2 * v.bound, 2 * v.bound)
    s = g.add("Pow", [d, g.scalar(2)], v.shape, 0, d.bound ** 2)
    s = g.add("ReduceMean", [s, axis], row, 0, s.high, keepdims=1)
    s = g.add("Add", [s, g.scalar(0.125)], row, 0.125, s.high + 1)
    s = g.add("Sqrt", [s], row, 0.3, s.high)
    y = g.add("Div", [d, s], v.shape, -20, 20)
    g.add("Mul", [y, g.weight(v.shape[-1], 0.5, 1.5)], v.shape, -30, 30)


def gelu(g):
    v = g.floats()
    if not v or v.bound > 10:
        return
    if g.chance(0.5):
        x = g.add("Div", [v, g.scalar(2 ** 0.5)], v.shape, v.low, v.high)
        x = g.add("Erf", [x], v.shape, -1, 1)
    else:
        x = g.add("Pow", [v, g.scalar(3)], v.shape, -v.bound ** 3, v.bound ** 3)
        x = g.add("Mul", [x, g.scalar(0.044715)], v.shape, x.low * 0.05, x.high * 0.05)
        x = g.add("Add", [v, x], v.shape, v.low + x.low, v.high + x.high)
        x = g.add("Tanh", [x], v.shape, -1, 1)
    x = g.add("Add", [x, g.scalar(1)], v.shape, 0, 2)
    x = g.add("Mul", [v, x], v.shape, -1, 2 * v.bound)
    g.add("Mul", [x, g.scalar(0.5)], v.shape, -1, v.bound)


def gate(g):
    """x * sigmoid(x), or one half of x by the other."""
    v = g.floats(least=1)
    if not v:
        return
    half = v.shape[-1] // 2
    if half and v.shape[-1] % 2 == 0 and g.chance(0.5):
        shape = (*v.shape[:-1], half)
        x = g.add("Split", [v], [shape, shape], v.low, v.high, outputs=2, axis=-1,
                  num_outputs=2)
        y = g.values[-1]
    else:
        x = y = v
    s = g.add("Sigmoid", [y], y.shape, 0, 1)
    g.add("Mul", [x, s], x.shape, min(0, x.low), max(0, x.high))


def rotate(g):
    """Rotary embedding: a half, the other one negated, or pairs."""
    v = g.floats(least=2)
    if not v or v.shape[-1] % 2 or v.bound > g.limit / 2:
        return
    half, axis = v.shape[-1] // 2, v.rank - 1
    part = (*v.shape[:-1], half)

    def cut(first, last, step=1):
        ends = [g.stored(np.array([i])) for i in (first, last, axis, step)]
        return g.add("Slice", [v, *ends], part, v.low, v.high)

    cosine, sine = (g.weight((v.shape[-2], half)) for _ in range(2))
    bound = 2 * v.bound
    a, b = (cut(0, half), cut(half, 2 ** 62)) if g.chance(0.6) else (
        cut(0, 2 ** 31 - 1, 2), cut(1, 2 ** 31 - 1, 2))
    times = lambda x, w: g.add("Mul", [x, w], part, -v.bound, v.bound)
    real = g.add("Sub", [times(a, cosine), times(b, sine)], part, -bound, bound)
    other = g.add("Add", [times(a, sine), times(b, cosine)], part, -bound, bound)
    g.add("Concat", [real, other], v.shape, -bound, bound, axis=-1)


def by_shape(g):
    """Reshape to sizes computed from Shape, as exporters write view(b, -1)."""
    v = g.floats(least=2)
    if not v:
        return
    sizes = g.add("Shape", [v], (v.rank,), 1, max(v.shape), dtype=INT64)
    at = g.pick(range(v.rank))
    if g.chance(0.5):
        one = g.add("Gather", [sizes, g.stored(np.array(at))], (), 1, v.shape[at],
                    dtype=INT64, axis=0)
        one = g.add("Unsqueeze", [one, g.stored(np.array([0]))], (1,), 1, v.shape[at],
                    dtype=INT64)
    else:
        ends = [g.stored(np.array([i])) for i in (at, at + 1)]
        one = g.add("Slice", [sizes, *ends], (1,), 1, v.shape[at], dtype=INT64)
    rest = int(np.prod(v.shape)) // v.shape[at]
    shape = g.pick([(v.shape[at], rest), (rest, v.shape[at])])
    minus = g.stored(np.array([-1]))
    parts = [one, minus] if shape[0] == v.shape[at] else [minus, one]
    if v.shape[at] == rest:
        shape = (rest, rest)
    target = g.add("Concat", parts, (2,), -1, v.shape[at], dtype=INT64, axis=0)
    g.add("Reshape", [v, target], shape, v.low, v.high)


def windows(g):
    """Parts of an image as rows, as in Swin: Reshape, Transpose, Reshape."""
    v = g.floats(rank=4)
    if not v or v.shape[1] % 2 or v.shape[2] % 2:
        return
    n, h, w, c = v.shape
    x = g.add("Reshape", [v, g.stored(np.array([n, h // 2, 2, w // 2, 2, c]))],
              (n, h // 2, 2, w // 2, 2, c), v.low, v.high)
    x = g.add("Transpose", [x], (n, h // 2, w // 2, 2, 2, c), v.low, v.high,
              perm=[0, 1, 3, 2, 4, 5])
    g.add("Reshape", [x, g.stored(np.array([-1, 4, c]))], (n * h * w // 4, 4, c), v.low,
          v.high)


def transposes(g):
    """Elementwise operators between a transpose and its inverse."""
    v = g.floats(least=3)
    if not v:
        return
    perm = [int(p) for p in g.random.permutation(v.rank)]
    x = g.add("Transpose", [v], [v.shape[p] for p in perm], v.low, v.high, perm=perm)
    x = g.add(g.pick(["Relu", "Tanh", "Abs"]), [x], x.shape, min(-1, v.low),
              max(1, v.bound))
    if g.chance(0.5) and x.bound < g.limit - 2:
        x = g.add("Add", [x, g.weight(x.shape[-1])], x.shape, x.low - 1, x.high + 1)
    back = [int(p) for p in (np.argsort(perm) if g.chance(0.7) else
                             g.random.permutation(v.rank))]
    g.add("Transpose", [x], [x.shape[p] for p in back], x.low, x.high, perm=back)


def residual(g):
    """Convolution, batch normalization, activation, and the way around them."""
    v = g.floats(rank=4)
    if not v:
        return
    c = v.shape[1]
    bound = v.bound * c * 9 * 0.125 + 1
    if 3 * bound + v.bound + 4 > g.limit:
        return
    y = g.add("Conv", [v, g.weight((c, c, 3, 3), -0.125, 0.125)], v.shape, -bound, bound,
              pads=[1] * 4)
    y = g.add("BatchNormalization", [y, g.weight(c, 0.5, 1.5), g.weight(c), g.weight(c),
                                     g.weight(c, 0.5, 1.5)], v.shape, -3 * bound - 3,
              3 * bound + 3)
    y = g.add("Add", g.pick([[y, v], [v, y]]), v.shape, y.low - v.bound, y.high + v.bound)
    g.add("Relu", [y], v.shape, 0, y.high)


def excite(g):
    """Channels scaled by what their means say."""
    v = g.floats(rank=4)
    if not v or v.bound * v.shape[1] > g.limit:
        return
    n, c = v.shape[:2]
    m = g.add("GlobalAveragePool", [v], (n, c, 1, 1), v.low, v.high)
    bound = v.bound * c
    m = g.add("Conv", [m, g.weight((c, c, 1, 1))], (n, c, 1, 1), -bound, bound)
    m = g.add(g.pick(["Sigmoid", "HardSigmoid"]), [m], (n, c, 1, 1), 0, 1)
    g.add("Mul", g.pick([[v, m], [m, v]]), v.shape, min(0, v.low), max(0, v.high))


def einsum(g):
    v = g.floats(least=2)
    if not v or v.rank > 4:
        return
    names = "abcd"[:v.rank]
    inner = names[-1]
    size = v.shape[-1]
    kind = g.pick(["product", "diagonal", "transpose", "outer", "sum"])
    if kind == "product" and v.bound * size < g.limit:
        out = names[:-1] + "e"
        g.add("Einsum", [v, g.weight((size, 4))], (*v.shape[:-1], 4), -v.bound * size,
              v.bound * size, equation=f"{names},{inner}e->{out}")
    elif kind == "transpose":
        perm = [int(p) for p in g.random.permutation(v.rank)]
        g.add("Einsum", [v], [v.shape[p] for p in perm], v.low, v.high,
              equation=f"{names}->{''.join(names[p] for p in perm)}")
    elif kind == "sum" and v.bound * size < g.limit:
        g.add("Einsum", [v], v.shape[:-1], -v.bound * size, v.bound * size,
              equation=f"{names}->{names[:-1]}")
    elif kind == "outer" and v.rank == 2:
        g.add("Einsum", [v, g.weight((v.shape[0], 3))], (*v.shape, 3), -v.bound, v.bound,
              equation="ab,ac->abc")
    elif kind == "diagonal" and v.rank == 2 and v.shape[0] == v.shape[1]:
        g.add("Einsum", [v], v.shape[:1], v.low, v.high, equation="aa->a")


FAMILIES = [attention, attention, heads, root_mean_square, layer_norm, gelu, gate, gate,
            rotate, rotate, by_shape, by_shape, windows, transposes, residual, residual,
            excite, einsum]
