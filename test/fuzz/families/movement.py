"""Operators that move elements and change none."""
import numpy as np


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
    v = g.some(lambda v: v.dtype == g.real and 1 in v.shape)
    if v:
        axis = v.shape.index(1)
        if v.shape.count(1) == 1 and not g.dynamic and g.chance(0.3):
            g.add("Squeeze", [v], v.shape[:axis] + v.shape[axis + 1:], v.low, v.high)
            return
        g.add("Squeeze", [v, g.stored(np.array([axis]))],
              v.shape[:axis] + v.shape[axis + 1:], v.low, v.high)


def unsqueeze(g):
    v = g.some(lambda v: v.dtype == g.real and v.rank < 5)
    if v:
        axis = g.pick(range(v.rank + 1))
        g.add("Unsqueeze", [v, g.stored(np.array([axis]))],
              v.shape[:axis] + (1,) + v.shape[axis:], v.low, v.high)


def cut(g):
    """A Slice of one or two axes, ends beyond the size or from behind."""
    v = g.floats(least=1)
    if not v:
        return
    axes = [int(a) for a in g.random.permutation(v.rank)[:g.pick([1, 1, 2])]]
    shape, rows = list(v.shape), []
    for axis in axes:
        size, step = v.shape[axis], g.pick([1, 1, 2, 3, -1, -2])
        begin, end = sorted(int(i) for i in g.random.integers(0, size + 1, 2))
        if begin == end:
            begin, end = 0, size
        shape[axis] = len(range(begin, end, abs(step)))
        if step < 0:
            begin, end = end - 1, begin - 1 if begin else -2 ** 31
        elif end == size:
            end = g.pick([size, size + 3, 2 ** 31 - 1])
        elif g.chance(0.3):
            end -= size
        rows.append((begin, end, axis - g.pick([0, v.rank]), step))
    ends = [g.stored(np.array(column)) for column in zip(*rows)]
    g.add("Slice", [v, *ends], shape, v.low, v.high)


def join(g):
    v = g.floats(least=1)
    if not v:
        return
    axis = g.pick(range(v.rank))
    fits = [w for w in g.values if w.known and w.dtype == g.real and w.rank == v.rank and all(
        a == b for i, (a, b) in enumerate(zip(v.shape, w.shape)) if i != axis)]
    parts = [v] + [g.pick(fits) for _ in range(g.pick([1, 2]))]
    shape = list(v.shape)
    shape[axis] = sum(p.shape[axis] for p in parts)
    g.add("Concat", parts, shape, min(p.low for p in parts),
          max(p.high for p in parts), axis=axis - v.rank if g.chance(0.3) else axis)


def split(g):
    v = g.some(lambda v: v.dtype == g.real and v.rank and max(v.shape) > 1)
    if not v:
        return
    axis = int(np.argmax(v.shape))
    first = int(g.random.integers(1, v.shape[axis]))
    shapes = []
    for size in (first, v.shape[axis] - first):
        shapes.append(v.shape[:axis] + (size,) + v.shape[axis + 1:])
    sizes = g.stored(np.array([first, v.shape[axis] - first]))
    g.add("Split", [v, sizes], shapes, v.low, v.high, outputs=2, axis=axis)


def split_evenly(g):
    v = g.floats(least=1)
    if not v:
        return
    axis = g.pick(range(v.rank))
    parts = g.pick([2, 3])
    if v.shape[axis] % parts == 0:
        shape = (*v.shape[:axis], v.shape[axis] // parts, *v.shape[axis + 1:])
        g.add("Split", [v], [shape] * parts, v.low, v.high, outputs=parts, axis=axis,
              num_outputs=parts)


def pad(g):
    """All axes or some; a negative pad cuts off."""
    v = g.floats(least=1)
    if not v:
        return
    mode = g.pick(["constant", "constant", "reflect", "edge", "wrap"])
    axes = sorted(int(a) for a in g.random.permutation(v.rank)[:g.pick([1, v.rank])])
    most = [{"reflect": v.shape[a] - 1, "wrap": v.shape[a]}.get(mode, 2) for a in axes] * 2
    pads = np.array([g.random.integers(0, min(2, m) + 1) for m in most])
    if mode == "constant" and g.chance(0.2) and v.shape[axes[0]] > 2:
        pads[0] = -1
    shape = np.array(v.shape)
    shape[axes] += pads[:len(axes)] + pads[len(axes):]
    operands = [v, g.stored(pads), g.scalar(0.5) if mode == "constant" else ""]
    if len(axes) < v.rank:
        operands.append(g.stored(np.array(axes)))
    low, high = v.low, v.high
    if mode == "constant":
        low, high = min(low, 0.5), max(high, 0.5)
    g.add("Pad", operands, shape, low, high, mode=mode)


def expand(g):
    v = g.some(lambda v: v.dtype == g.real and v.rank < 5)
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
    """By scales or to sizes, up or down."""
    v = g.floats(rank=4)
    if not v:
        return
    n, c, h, w = v.shape
    mode, where = g.pick([("nearest", "asymmetric"), ("nearest", "half_pixel"),
                          ("linear", "half_pixel"), ("linear", "asymmetric"),
                          ("linear", "align_corners"), ("linear", "pytorch_half_pixel"),
                          ("cubic", "half_pixel")])
    extra = {}
    if mode == "nearest":
        extra["nearest_mode"] = g.pick(["floor", "ceil", "round_prefer_floor",
                                        "round_prefer_ceil"])
    if mode == "cubic" and g.chance(0.5):
        extra["cubic_coeff_a"] = -0.5
    scales = [g.pick([2, 2, 0.5] + [3] * (mode == "linear")) for _ in "hw"]
    if h * scales[0] % 1 or w * scales[1] % 1:
        return
    sizes = int(h * scales[0]), int(w * scales[1])
    if g.chance(0.5):
        operands = [v, "", g.stored(np.array([1, 1, *scales], np.float32))]
    else:
        operands = [v, "", "", g.stored(np.array([n, c, *sizes]))]
    bound = 2 * v.bound if mode == "cubic" else v.bound
    if bound < g.limit:
        g.add("Resize", operands, (n, c, *sizes), -bound, bound, mode=mode,
              coordinate_transformation_mode=where, **extra)


FAMILIES = [transpose, transpose, reshape, reshape, flatten, squeeze, unsqueeze, cut, cut,
            join, join, split, split_evenly, pad, expand, tile, depth, trilu, resize, resize]
