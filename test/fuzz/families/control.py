"""If, Loop and Scan, with random bodies that read values from outside."""
import numpy as np

from generate import BOOL, FLOAT, INT64, Value


def fit(g, v, bound):
    """v, or v cut to +-bound."""
    if v.bound <= bound:
        return v
    return g.add("Clip", [v, g.scalar(-bound), g.scalar(bound)], v.shape, -bound, bound)


def last_of(g, shape, otherwise):
    """A value of the shape that a body made last; `otherwise` if none has it."""
    fits = [v for v in g.values if v.known and v.dtype == g.real and v.shape == shape]
    return fits[-1] if fits else otherwise


def condition(g):
    fits = [v for v in g.values if v.known and v.dtype == BOOL and v.shape in ((), (1,))]
    if fits and g.chance(0.5):
        return g.pick(fits)
    v = g.exacts() if g.chance(0.7) else None
    if v:
        top = g.add("ReduceMax", [v], (), v.low, v.high, keepdims=0)
        return g.add("Greater", [top, g.scalar(g.pick([-1, 1.5]))], (), 0, 1, dtype=BOOL)
    if not g.depth:
        flag = np.array(g.chance(0.5))
        return g.declare(f"i{len(g.inputs)}", (), BOOL, flag, 0, 1)
    return None


def choose(g):
    v = g.floats()
    c = v and g.depth < 2 and condition(g)
    if not c:
        return
    bound = max(2.0, v.bound)

    def branch():
        g.grow(g.pick([1, 2, 3]))
        return [fit(g, last_of(g, v.shape, v), bound)]

    count = g.pick([1, 1, 2])
    branches = {}
    for name in ("then_branch", "else_branch"):
        branches[name] = g.body(lambda: branch() + [v] * (count - 1))
    g.add("If", [c], [v.shape] * count if count > 1 else v.shape, -bound, bound,
          outputs=count, exact=False, **branches)


def choose_size(g):
    """Branches of different sizes; what is fed decides."""
    v = g.floats(least=1)
    if not v or g.depth or v.shape[0] < 2:
        return
    flag = g.chance(0.5)
    c = g.declare(f"i{len(g.inputs)}", (), BOOL, np.array(flag), 0, 1)
    shorter = (v.shape[0] - 1, *v.shape[1:])

    def cut():
        ends = [g.stored(np.array([i])) for i in (1, v.shape[0])]
        return [g.add("Slice", [v, *ends], shorter, v.low, v.high)]

    branches = dict(
        then_branch=g.body(lambda: [g.add("Tanh", [v], v.shape, -1, 1)]),
        else_branch=g.body(cut))
    bound = max(1, v.bound)
    y = g.add("If", [c], v.shape if flag else shorter, -bound, bound, exact=False,
              known=False, **branches)
    if g.chance(0.4):
        g.add("Shape", [y], (v.rank,), 1, max(v.shape), dtype=INT64, known=True)


def grow_list(g):
    """A carried value that gets longer in each round."""
    v = g.floats(least=1)
    if not v or g.depth:
        return
    trips = g.pick([0, 1, 3])
    step = Value(g.fresh(), INT64, (), 0, 8)
    going = Value(g.fresh(), BOOL, (), 0, 1, True)
    carried = Value(g.fresh(), v.dtype, v.shape, v.low, v.high, known=False)

    def body():
        row = g.add(g.pick(["Tanh", "Sigmoid"]), [v], v.shape, -1, 1)
        return [going, g.add("Concat", [carried, row], v.shape, -1, 1, axis=0)]

    made = g.body(body, [step, going, carried])
    shape = (v.shape[0] * (1 + trips), *v.shape[1:])
    bound = max(1, v.bound)
    g.add("Loop", [g.stored(np.array(trips)), "", v], shape, -bound, bound, exact=False,
          known=False, body=made)


def repeat(g):
    """A Loop with one carried value, and maybe one that is collected."""
    v = g.floats()
    if not v or g.depth > 1:
        return
    bound, trips = max(2.0, v.bound), g.pick([0, 1, 2, 3])
    if g.real != FLOAT and bound > 8:
        return
    step = Value(g.fresh(), INT64, (), 0, 8)
    going = Value(g.fresh(), BOOL, (), 0, 1, True)
    carried = Value(g.fresh(), v.dtype, v.shape, -bound, bound)
    collects = g.chance(0.5) and trips > 0

    def body():
        g.grow(g.pick([1, 2, 3]))
        out = [going, fit(g, last_of(g, v.shape, carried), bound)]
        return out + [carried] * collects

    made = g.body(body, [step, going, carried])
    shapes = [v.shape, (trips, *v.shape)] if collects else v.shape
    limit = g.stored(np.array(trips))
    if not g.depth and g.chance(0.3):
        limit = g.declare(f"i{len(g.inputs)}", (), INT64, np.array(trips), 0, 8)
    g.add("Loop", [limit, "", v], shapes, -bound, bound, outputs=1 + collects,
          exact=False, body=made)


def scan(g):
    v = g.floats(least=2)
    if not v or g.depth > 1:
        return
    shape = v.shape[1:]
    state = Value(g.fresh(), v.dtype, shape, -2, 2)
    row = Value(g.fresh(), v.dtype, shape, v.low, v.high)

    def body():
        total = g.add("Add", [state, row], shape, v.low - 2, v.high + 2)
        g.grow(g.pick([0, 1, 2]))
        return [g.add("Tanh", [total], shape, -1, 1), last_of(g, shape, total)]

    made = g.body(body, [state, row])
    bound = max(v.bound + 2, g.limit)
    initial = g.weight(shape)
    g.add("Scan", [initial, v], [shape, v.shape], -bound, bound, outputs=2, exact=False,
          body=made, num_scan_inputs=1,
          scan_input_directions=[g.pick([0, 1])])


FAMILIES = [choose, choose, choose_size, repeat, repeat, grow_list, scan]
