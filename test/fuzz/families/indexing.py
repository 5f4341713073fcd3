"""Gathers, scatters, and what selects by data."""
import numpy as np

from generate import BOOL, FLOAT16, INT64


def gather(g):
    v = g.floats(least=1) if g.chance(0.7) else g.integers(least=1)
    if not v:
        return
    axis = g.pick(range(v.rank))
    shape = g.pick([(), (1,), (3,), (2, 2)])
    indices = g.random.integers(-v.shape[axis], v.shape[axis], shape)
    type_ = g.pick([np.int64, np.int32])
    g.add("Gather", [v, g.stored(np.array(indices, type_))],
          v.shape[:axis] + shape + v.shape[axis + 1:], v.low, v.high, dtype=v.dtype,
          axis=axis)


def embed(g):
    """Rows of a table by computed indices."""
    v = g.integers()
    if not v or v.rank > 3:
        return
    rows, width = int(v.bound) + 1, g.pick([1, 4, 8])
    if rows < 100:
        g.add("Gather", [g.weight((rows, width)), v], (*v.shape, width), -1, 1, exact=True,
              axis=0)


def gather_elements(g):
    v = g.floats(least=1)
    if v:
        axis = g.pick(range(v.rank))
        shape = [int(g.random.integers(1, d + 1)) for d in v.shape]
        indices = g.random.integers(-v.shape[axis], v.shape[axis], shape)
        g.add("GatherElements", [v, g.stored(indices)], shape, v.low, v.high,
              axis=axis - g.pick([0, v.rank]))


def gather_tuples(g):
    v = g.floats(least=1)
    if not v:
        return
    batch = g.pick([0, 0, 1]) if v.rank > 1 else 0
    depth = int(g.random.integers(1, v.rank - batch + 1))
    many = g.pick([(1,), (3,), (2, 2)])
    indices = np.stack([g.random.integers(-d, d, v.shape[:batch] + many)
                        for d in v.shape[batch:batch + depth]], -1)
    g.add("GatherND", [v, g.stored(indices)],
          v.shape[:batch] + many + v.shape[batch + depth:], v.low, v.high,
          batch_dims=batch)


def scatter(g):
    v = g.floats(least=1)
    if not v:
        return
    kind = g.pick(["ScatterElements", "ScatterND"])
    mode = g.pick(["none", "none", "add", "max", "min", "mul"])
    if g.real == FLOAT16:  # onnxruntime has no others
        mode = "none"
    if kind == "ScatterElements":
        axis = g.pick(range(v.rank))
        shape = [int(g.random.integers(1, d + 1)) for d in v.shape]
        # One target each, as the order of updates is free.
        indices = np.argsort(g.random.random(shape), axis=axis)
        extra = {"axis": axis}
    else:
        depth = int(g.random.integers(1, v.rank + 1))
        targets = np.stack(np.unravel_index(np.arange(np.prod(v.shape[:depth])),
                                            v.shape[:depth]), -1)
        indices = g.random.permutation(targets)[:int(g.random.integers(1, 4))]
        shape, extra = (len(indices), *v.shape[depth:]), {}
    bound = max(2, 2 * v.bound + 1)
    if bound > g.limit:
        return
    exact = v.exact and mode != "mul"
    g.add(kind, [v, g.stored(np.asarray(indices, np.int64)), g.weight(shape)], v.shape,
          -bound, bound, exact=exact, reduction=mode, **extra)


def write_cache(g):
    """The rows of a cache from some position on."""
    v = g.floats(rank=3)
    if v and g.opset >= 24:
        rows = v.shape[1] + 4
        cache = g.weight((v.shape[0], rows, v.shape[2]))
        at = g.stored(g.random.integers(0, 5, v.shape[0]))
        g.add("TensorScatter", [cache, v, at], (v.shape[0], rows, v.shape[2]),
              min(-1, v.low), max(1, v.high), axis=1, mode=g.pick(["linear", "circular"]))


def reverse(g):
    v = g.floats(least=2)
    if v:
        time = g.pick([0, 1])
        lengths = g.random.integers(1, v.shape[time] + 1, v.shape[1 - time])
        g.add("ReverseSequence", [v, g.stored(lengths)], v.shape, v.low, v.high,
              time_axis=time, batch_axis=1 - time)


def compress(g):
    """A constant or computed condition: sizes that depend on data."""
    v = g.floats(least=1)
    if not v:
        return
    axis = g.pick(range(v.rank))
    mask = g.random.random(v.shape[axis]) < 0.6
    mask[0] = True
    shape = list(v.shape)
    shape[axis] = int(mask.sum())
    g.add("Compress", [v, g.stored(mask)], shape, v.low, v.high, known=False, axis=axis)


def nonzero(g):
    """Only fed data tells how many there are. Of a scalar, onnxruntime gives another
    shape than ONNX asks for."""
    v = g.some(lambda v: v.name in g.feed and v.rank > 0)
    if v:
        count = int(np.count_nonzero(g.feed[v.name]))
        g.add("NonZero", [v], (v.rank, count), 0, max((0, *v.shape)), dtype=INT64,
              known=False)


def of_unknown_size(g):
    """An elementwise operator or a reduction of what has such sizes."""
    v = g.some(lambda v: not v.known and v.dtype == g.real, known=False)
    if not v:
        return compress(g)
    kind = g.pick(["Relu", "Tanh", "Add", "ReduceMean", "ReduceMax", "Transpose", "Shape"])
    if kind == "Add":
        if v.bound < g.limit - 2:
            g.add(kind, [v, g.weight(1)], v.shape, v.low - 1, v.high + 1)
    elif kind.startswith("Reduce"):
        g.add(kind, [v], (1,) * v.rank, v.low, v.high, known=True)
    elif kind == "Transpose":
        g.add(kind, [v], v.shape[::-1], v.low, v.high)
    elif kind == "Shape":
        g.add(kind, [v], (v.rank,), 1, max(v.shape), dtype=INT64, known=True)
    else:
        g.add(kind, [v], v.shape, min(-1, v.low), max(1, v.high))


def onehot_rows(g):
    """The row that ArgMax selects."""
    v = g.exacts(rank=2)
    if v:
        at = g.add("ArgMax", [v], (v.shape[0], 1), 0, v.shape[1], dtype=INT64, axis=1)
        g.add("GatherElements", [v, at], (v.shape[0], 1), v.low, v.high, axis=1)


def mask_rows(g):
    """A mask by positions, as decoders write it."""
    v = g.floats(least=2)
    if not v:
        return
    rows, columns = v.shape[-2:]
    i = g.add("Range", [g.stored(np.array(n)) for n in (0, rows, 1)], (rows,), 0, rows,
              dtype=INT64)
    i = g.add("Unsqueeze", [i, g.stored(np.array([1]))], (rows, 1), 0, rows, dtype=INT64)
    j = g.add("Range", [g.stored(np.array(n)) for n in (0, columns, 1)], (columns,), 0,
              columns, dtype=INT64)
    mask = g.add("LessOrEqual", [j, i], (rows, columns), 0, 1, dtype=BOOL)
    g.add("Where", [mask, v, g.scalar(-2)], v.shape, min(v.low, -2), max(v.high, -2))


FAMILIES = [gather, gather, embed, gather_elements, gather_tuples, scatter, scatter,
            write_cache, reverse, compress, nonzero, of_unknown_size, onehot_rows,
            mask_rows]
