"""Fourier transforms and windows."""
import numpy as np

from generate import FLOAT


def window(g):
    size = g.pick([2, 5, 8])  # onnxruntime divides by 0 for 1
    if g.real == FLOAT:
        g.add(g.pick(["HannWindow", "HammingWindow", "BlackmanWindow"]),
              [g.stored(np.array(size))], (size,), -0.1, 1, periodic=g.pick([0, 1]))


def fourier(g):
    v = g.floats(rank=2)
    if not v or g.real != FLOAT or v.bound * v.shape[1] > g.limit:
        return
    batch, length = v.shape
    x = g.add("Unsqueeze", [v, g.stored(np.array([2]))], (batch, length, 1), v.low, v.high)
    onesided = g.pick([0, 1])
    bins = length // 2 + 1 if onesided else length
    bound = v.bound * length
    g.add("DFT", [x, "", g.stored(np.array(1))], (batch, bins, 2), -bound, bound,
          onesided=onesided)


def short_fourier(g):
    v = g.floats(rank=2)
    frame = 8
    if not v or g.real != FLOAT or v.shape[1] < frame or v.bound * frame > g.limit:
        return
    batch, length = v.shape
    step = g.pick([2, 4])
    x = g.add("Unsqueeze", [v, g.stored(np.array([2]))], (batch, length, 1), v.low, v.high)
    bound = v.bound * frame
    g.add("STFT", [x, g.stored(np.array(step)), g.weight(frame)],
          (batch, (length - frame) // step + 1, frame // 2 + 1, 2), -bound, bound)


FAMILIES = [window, fourier, short_fourier]
