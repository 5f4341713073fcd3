"""Products, convolutions and windows."""
import numpy as np

from generate import INT64, Unfit, broadcast


def matmul(g):
    v = g.floats(least=1)
    if not v:
        return
    depth_, columns = v.shape[-1], g.pick([1, 3, 8, 16, 17])
    fits = [w for w in g.values if w.known and w.dtype == g.real and w.rank >= 2 and
            w.shape[-2] == depth_ and broadcast(v.shape[:-2], w.shape[:-2]) is not None]
    if fits and v.rank >= 2 and g.chance(0.6):
        w = g.pick(fits)
        bound = v.bound * w.bound * depth_
        shape = broadcast(v.shape[:-2], w.shape[:-2]) + (v.shape[-2], w.shape[-1])
    else:
        bound, shape = v.bound * depth_, v.shape[:-1] + (columns,)
        w = g.weight((depth_, columns))
    if bound < g.limit:
        g.add("MatMul", [v, w], shape, -bound, bound)


def gemm(g):
    v = g.floats(rank=2)
    if not v:
        return
    transposed, other = g.pick([0, 1]), g.pick([0, 1])
    rows, inner = v.shape[::-1] if transposed else v.shape
    columns, bound = g.pick([1, 4, 8, 17]), v.bound * inner + 1
    if bound < g.limit:
        weight = g.weight((columns, inner) if other else (inner, columns))
        bias = [g.weight(g.pick([(columns,), (1, columns), (rows, 1)]))]
        factors = {name: 0.5 for name in ("alpha", "beta") if g.chance(0.2)}
        g.add("Gemm", [v, weight, *bias[:g.pick([0, 1, 1])]], (rows, columns), -bound,
              bound, transA=transposed, transB=other, **factors)


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
    v = g.some(lambda v: v.dtype == g.real and v.rank in (3, 4, 5))
    found = v and window(g, v)
    if not found:
        return
    kernel, attributes, sizes = found
    if g.chance(0.25):
        del attributes["pads"]
        attributes["auto_pad"] = g.pick(["SAME_UPPER", "SAME_LOWER"])
        sizes = [-(-d // s) for d, s in zip(v.shape[2:], attributes["strides"])]
        attributes["dilations"] = [1] * len(kernel)
    c = v.shape[1]
    groups = g.pick([1, 1, c] + ([2] if c % 2 == 0 else []))
    outputs = groups * g.pick([1, 2, 3])
    fan_in = c // groups * int(np.prod(kernel))
    bound = v.bound * fan_in + 1
    if bound > g.limit:
        return
    operands = [v, g.weight((outputs, c // groups, *kernel))]
    if g.chance(0.6):
        operands.append(g.weight(outputs))
    g.add("Conv", operands, (v.shape[0], outputs, *sizes), -bound, bound, group=groups,
          **attributes)


def unfold(g):
    v = g.some(lambda v: v.dtype == g.real and v.rank in (3, 4))
    if not v:
        return
    spatial, c = v.shape[2:], v.shape[1]
    kernel = [g.pick([1, 2, 3]) for _ in spatial]
    strides = [g.pick([1, 2, 3]) for _ in spatial]
    dilations = [g.pick([1, 1, 2]) for _ in spatial]
    more = [g.pick(range(s)) for s in strides]
    pads = [g.pick([0, 1]) if k > 1 else 0 for k in kernel * 2]
    n = len(spatial)
    sizes = [(d - 1) * s + (k - 1) * l + 1 + m - pads[i] - pads[i + n] for i, (
        d, s, k, l, m) in enumerate(zip(spatial, strides, kernel, dilations, more))]
    groups = g.pick([1, 1, c])
    outputs = g.pick([1, 2, 3])
    bound = v.bound * c * int(np.prod(kernel)) + 1
    if min(sizes) < 1 or bound > g.limit:
        return
    operands = [v, g.weight((c, outputs, *kernel))]
    if g.chance(0.6):
        operands.append(g.weight(outputs * groups))
    g.add("ConvTranspose", operands, (v.shape[0], outputs * groups, *sizes), -bound, bound,
          group=groups, kernel_shape=kernel, strides=strides, pads=pads,
          dilations=dilations, output_padding=more)


def rounded_up(v, kernel, attributes):
    """Sizes of a pool with ceil_mode. What starts in the padding is left out, which
    onnxruntime forgets in its shapes."""
    sizes = []
    for i, (k, s, l) in enumerate(zip(kernel, attributes["strides"],
                                      attributes["dilations"])):
        before, after = (attributes["pads"][j] for j in (i, i + len(kernel)))
        size, reach = v.shape[2 + i], l * (k - 1) + 1
        sizes.append(-(-(size + before + after - reach) // s) + 1)
        if (sizes[-1] - 1) * s >= size + before:
            raise Unfit
    return sizes


def pool(g):
    v = g.some(lambda v: v.dtype == g.real and v.rank in (3, 4))
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
    kind = g.pick(["MaxPool", "AveragePool", "LpPool"])
    if kind == "AveragePool":
        attributes["count_include_pad"] = g.pick([0, 1])
        if max(attributes["dilations"]) > 1:
            return
    if kind == "LpPool":
        bound = v.bound * np.prod(kernel)
        if max(attributes["dilations"]) == 1 and bound < g.limit:
            g.add(kind, [v], (*v.shape[:2], *sizes), 0, bound, p=g.pick([1, 2]),
                  **attributes)
        return
    if kind == "MaxPool" and g.chance(0.3):
        sizes = rounded_up(v, kernel, attributes)
        attributes["ceil_mode"] = 1
    if kind == "MaxPool" and v.exact and g.chance(0.3):
        shape = (*v.shape[:2], *sizes)
        g.add(kind, [v], [shape, shape], v.low, np.prod(v.shape), outputs=2,
              dtype=[g.real, INT64], **attributes)
        return
    g.add(kind, [v], (*v.shape[:2], *sizes), min(0, v.low), max(0, v.high),
          **attributes)


def global_pool(g):
    v = g.floats(least=3)
    if not v or v.rank > 5:  # onnxruntime has no more
        return
    shape = v.shape[:2] + (1,) * (v.rank - 2)
    kind = g.pick(["GlobalAveragePool", "GlobalMaxPool", "GlobalLpPool"])
    bound = v.bound * np.prod(v.shape[2:])
    if kind != "GlobalLpPool":
        g.add(kind, [v], shape, v.low, v.high)
    elif bound < g.limit and g.opset < 22:  # onnxruntime has no later one
        g.add(kind, [v], shape, 0, bound, p=g.pick([1, 2]))


FAMILIES = [matmul] * 3 + [gemm] * 2 + [conv] * 4 + [unfold, pool, pool, global_pool]
