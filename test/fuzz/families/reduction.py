"""Reductions, softmax, running sums, normalizations, losses."""
import numpy as np

from generate import FLOAT16


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
    if kind == "ReduceSum" and v.low > 0.05 and g.chance(0.5):
        kind, bounds = "ReduceLogSum", tuple(np.log(bounds))
    elif kind == "ReduceMax" and max(1, v.bound) ** min(count, 99) < g.limit:
        kind, bounds = "ReduceProd", (-max(1, v.bound ** count), max(1, v.bound ** count))
    if max(map(abs, bounds)) > g.limit:
        return
    if len(axes) == v.rank and g.chance(0.3):
        g.add(kind, [v], shape, *bounds, keepdims=int(keep))
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
    v = g.some(lambda v: v.dtype == g.real and v.rank and v.bound * max(v.shape) < g.limit)
    if v:
        bound = v.bound * max(v.shape)
        g.add("CumSum", [v, g.stored(np.array(g.pick(range(v.rank))))], v.shape,
              -bound, bound, exclusive=g.pick([0, 1]), reverse=g.pick([0, 1]))


def running_product(g):
    v = g.floats(least=1)
    if v and g.opset >= 26 and max(1, v.bound) ** max(v.shape) < g.limit:
        bound = max(1, v.bound) ** max(v.shape)
        g.add("CumProd", [v, g.stored(np.array(g.pick(range(v.rank))))], v.shape, -bound,
              bound, exclusive=g.pick([0, 1]), reverse=g.pick([0, 1]))


def normalise(g):
    """The epsilon is large: rows of one element or equal ones stay smooth."""
    v = g.floats(least=2)
    if not v:
        return
    kind = g.pick(["LayerNormalization", "InstanceNormalization", "BatchNormalization",
                   "LpNormalization", "GroupNormalization", "RMSNormalization",
                   "SimplifiedLayerNormalization", "MeanVarianceNormalization", "LRN"])
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
        if bound < g.limit:
            g.add(kind, [v, g.weight(c, 0.5, 1.5), g.weight(c), g.weight(c),
                         g.weight(c, 0.5, 1.5)], v.shape, -bound, bound)
    elif kind in ("RMSNormalization", "SimplifiedLayerNormalization"):
        if kind[0] == "S" or g.opset >= 23:
            g.add(kind, [v, g.weight(v.shape[-1], 0.5, 1.5)], v.shape, -30, 30, axis=-1,
                  epsilon=0.1)
    elif v.rank < 3:
        return
    elif kind == "GroupNormalization":
        c = v.shape[1]
        groups = g.pick([n for n in (1, 2, c) if c % n == 0])
        g.add(kind, [v, g.weight(c, 0.5, 1.5), g.weight(c)], v.shape, -20, 20,
              num_groups=groups, epsilon=0.1)
    elif kind == "LRN":
        if v.rank == 4 and v.bound < 20:
            g.add(kind, [v], v.shape, v.low, v.high, size=g.pick([1, 3]), alpha=0.1)
    elif kind == "MeanVarianceNormalization":
        if v.exact and v.rank == 4 and v.shape[0] * v.shape[2] * v.shape[3] > 8:
            g.add(kind, [v], v.shape, -20, 20)
    else:
        c = v.shape[1]
        g.add(kind, [v, g.weight(c, 0.5, 1.5), g.weight(c)], v.shape, -20, 20,
              epsilon=0.1)


def loss(g):
    v = g.floats(rank=2)
    if not v or v.bound > 10 or g.real == FLOAT16:
        return
    labels = g.stored(g.random.integers(0, v.shape[1], v.shape[0]))
    kind = g.pick(["SoftmaxCrossEntropyLoss", "NegativeLogLikelihoodLoss"])
    how = g.pick(["none", "mean", "sum"])
    shape = v.shape[:1] if how == "none" else ()
    weights = [g.weight(v.shape[1], 0.5, 1.5)] if g.chance(0.4) else []
    bound = (2 * v.bound + 5) * (v.shape[0] if how == "sum" else 1) * 2
    if bound < g.limit:
        g.add(kind, [v, labels, *weights], shape, -bound, bound, reduction=how)


FAMILIES = [reduce] * 4 + [normalise] * 4 + [softmax, softmax, cumulative,
                                              running_product, loss]
