"""LSTM, GRU and RNN."""
import numpy as np


def recurrent(g):
    v = g.floats(rank=3)
    if not v or v.shape[0] > 8 or v.shape[2] * v.bound > g.limit:
        return
    kind = g.pick(["LSTM", "GRU", "RNN"])
    gates = {"LSTM": 4, "GRU": 3, "RNN": 1}[kind]
    direction = g.pick(["forward", "reverse", "bidirectional"])
    d = 2 if direction == "bidirectional" else 1
    steps, batch, width = v.shape
    hidden = g.pick([1, 4, 5, 8])
    operands = [v, g.weight((d, gates * hidden, width), -0.5, 0.5),
                g.weight((d, gates * hidden, hidden), -0.5, 0.5)]
    if g.chance(0.6):
        operands.append(g.weight((d, 2 * gates * hidden), -0.5, 0.5))
        if g.chance(0.4):
            lengths = g.random.integers(1, steps + 1, batch)
            operands += [g.stored(np.array(lengths, np.int32)),
                         g.weight((d, batch, hidden))]
            if kind == "LSTM" and g.chance(0.5):
                operands += [g.weight((d, batch, hidden)), g.weight((d, 3 * hidden))]
    extra = {"linear_before_reset": g.pick([0, 1])} if kind == "GRU" else {}
    state = (d, batch, hidden)
    shapes = [(steps, d, batch, hidden), state] + [state] * (kind == "LSTM")
    bound = 1.0 if kind != "LSTM" else steps + 1.0
    g.add(kind, operands, shapes, -bound, bound, outputs=len(shapes), hidden_size=hidden,
          direction=direction, **extra)


FAMILIES = [recurrent]
