"""Elementwise operators."""
import numpy as np

from generate import broadcast

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
    "Dropout": (lambda v: (v.low, v.high), None),
    "Acos": (lambda v: (0, 3.2), lambda v: v.bound < 0.95),
    "Asin": (lambda v: (-1.6, 1.6), lambda v: v.bound < 0.95),
    "Atanh": (lambda v: (-2, 2), lambda v: v.bound < 0.95),
    "Acosh": (lambda v: (0, v.bound), lambda v: v.low > 1.1),
    "Sinh": (lambda v: (np.sinh(v.low), np.sinh(v.high)), lambda v: v.bound < 2),
    "Cosh": (lambda v: (1, np.cosh(v.bound)), lambda v: v.bound < 2),
    "Tan": (lambda v: (np.tan(v.low), np.tan(v.high)), lambda v: v.bound < 1.2),
    "Swish": (lambda v: (-1, v.bound), None),
}
PARAMETERS = {"Gelu": {"approximate": ["none", "tanh"]}, "Elu": {"alpha": [1.0, 0.5]},
              "Celu": {"alpha": [1.0, 0.5]}, "LeakyRelu": {"alpha": [0.01, 0.25]},
              "Swish": {"alpha": [1.0, 1.5]}, "HardSigmoid": {"alpha": [0.2, 0.25]}}


def brought_into(g, v, good):
    """v where an operator is well conditioned: near 0, or else above 1."""
    small = g.add("Mul", [v, g.scalar(0.75 / max(1.0, v.bound))], v.shape, -0.75, 0.75)
    if good(small):
        return small
    large = g.add("Add", [small, g.scalar(2)], v.shape, 1.25, 2.75)
    return large if good(large) else None


def unary(g):
    kind = g.pick(list(UNARY))
    bounds, good = UNARY[kind]
    v = g.some(lambda v: v.dtype == g.real and (good is None or good(v)))
    if not v and good and g.floats():
        v = brought_into(g, g.floats(), good)
    if not v or kind == "Swish" and (g.opset != 24 or g.depth):
        return
    chosen = {name: g.pick(values) for name, values in PARAMETERS.get(kind, {}).items()
              if g.chance(0.5)}
    low, high = bounds(v)
    if max(abs(low), abs(high)) < g.limit:
        g.add(kind, [v], v.shape, low, high, **chosen)


def clip(g):
    v = g.floats()
    if v:
        low, high = g.pick([(-1, 1.5), (None, 1.5), (-1, None)])
        ends = ["" if end is None else g.scalar(end) for end in (low, high)]
        bounds = [v.low if low is None else max(v.low, low),
                  v.high if high is None else min(v.high, high)]
        g.add("Clip", [v, *ends], v.shape, min(bounds), max(bounds))


def other_operand(g, v):
    """A value or weight that broadcasts with v, and its bounds."""
    fits = [w for w in g.values if w.known and w.dtype == g.real and
            broadcast(v.shape, w.shape)]
    if fits and g.chance(0.6):
        w = g.pick(fits)
        return w, broadcast(v.shape, w.shape), w.low, w.high
    rank = int(g.random.integers(0, v.rank + 1))
    shape = tuple(d if g.chance(0.6) else 1 for d in v.shape[v.rank - rank:])
    return g.weight(shape, 0.5, 1.5), v.shape, 0.5, 1.5


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
    if max(map(abs, bounds)) > g.limit:
        return
    if kind == "PRelu" and shape != v.shape:
        return
    operands = [v, w]
    if kind in ("Add", "Mul", "Sub") and g.chance(0.4):
        operands.reverse()
        bounds = (-bounds[1], -bounds[0]) if kind == "Sub" else bounds
    g.add(kind, operands, shape, *bounds)


def power(g):
    v = g.some(lambda v: v.dtype == g.real and v.bound < 6)
    if not v:
        return
    if v.low > 0.1:
        exponent = g.pick([0.5, -1, 1.5])
        low, high = sorted((v.low ** exponent, v.high ** exponent))
    else:
        exponent = g.pick([2, 2, 3])
        low, high = -v.bound ** 3 if exponent == 3 else 0, v.bound ** exponent
    if high < g.limit:
        g.add("Pow", [v, g.scalar(exponent)], v.shape, low, high)


def where(g):
    """A constant condition: one of computed data would be a tie by rounding."""
    v = g.floats()
    if not v:
        return
    w, shape, low, high = other_operand(g, v)
    condition = g.stored(g.random.random(v.shape) < 0.5)
    if shape == v.shape:
        g.add("Where", [condition, v, w], shape, min(v.low, low), max(v.high, high))


FAMILIES = [unary] * 6 + [binary] * 6 + [clip, power, where]
