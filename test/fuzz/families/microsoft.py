"""What onnxruntime's transformer optimizer writes, and the same operators of ONNX."""
import numpy as np

from generate import FLOAT, INT32

MS = "com.microsoft"


def activation(g):
    v = g.floats(least=1)
    if not v or v.bound > 10 or g.real != FLOAT:
        return
    kind = g.pick(["BiasGelu", "FastGelu", "Gelu", "QuickGelu"])
    bias = [g.weight(v.shape[-1])] if kind in ("BiasGelu", "FastGelu") else []
    g.add(kind, [v, *bias], v.shape, -1, v.bound + 1, domain=MS)


def skip_norm(g):
    v = g.floats(rank=3)
    if not v or g.real != FLOAT:
        return
    fits = [w for w in g.values if w.known and w.dtype == g.real and w.shape == v.shape]
    scale = g.weight(v.shape[-1], 0.5, 1.5)
    kind = g.pick(["SkipLayerNormalization", "SkipSimplifiedLayerNormalization"])
    shift = [g.weight(v.shape[-1])] if kind == "SkipLayerNormalization" else []
    bias = [g.weight(v.shape[-1])] if g.chance(0.4) else []
    g.add(kind, [v, g.pick(fits), scale, *shift, *bias], v.shape, -20, 20, domain=MS,
          epsilon=0.125)


def embed_norm(g):
    v = g.integers()
    if not v or v.rank != 2 or v.low < 0 or g.real != FLOAT:
        return
    ids = v
    if v.dtype != INT32:
        ids = g.add("Cast", [v], v.shape, v.low, v.high, dtype=INT32, to=INT32)
    batch, length = v.shape
    width, rows = g.pick([4, 8]), int(v.high) + 1
    if rows > 200:
        return
    g.add("EmbedLayerNormalization",
          [ids, "", g.weight((rows, width)), g.weight((length, width)), "",
           g.weight(width, 0.5, 1.5), g.weight(width)],
          [(batch, length, width), (batch,)], -20, 20, dtype=[g.real, INT32], outputs=2,
          domain=MS, epsilon=0.125)


def four_bits(g):
    v = g.floats(least=2)
    if not v or v.shape[-1] % 16 or v.bound * v.shape[-1] > g.limit or g.real != FLOAT:
        return
    rows, columns, block = v.shape[-1], g.pick([1, 4, 17]), 16
    blocks = rows // block
    packed = g.random.integers(0, 256, (columns, blocks, block // 2)).astype(np.uint8)
    scale = g.random.uniform(0.03, 0.06, columns * blocks).astype(np.float32)
    operands = [v, g.stored(packed), g.stored(scale)]
    if g.chance(0.4):
        zeros = g.random.integers(0, 256, (columns * ((blocks + 1) // 2),))
        operands.append(g.stored(zeros.astype(np.uint8)))
    bound = v.bound * rows
    g.add("MatMulNBits", operands, (*v.shape[:-1], columns), -bound, bound, K=rows,
          N=columns, bits=4, block_size=block, domain=MS)


def fused_attention(g):
    v = g.floats(rank=3)
    if not v or g.real != FLOAT or v.bound * v.shape[2] > g.limit / 2:
        return
    many = g.pick([1, 2, 4])
    batch, rows, width = *v.shape[:2], many * g.pick([2, 4, 8])
    kind = g.pick(["MultiHeadAttention", "Attention", "onnx"])
    bound = v.bound * v.shape[2] / 4
    if kind == "Attention":
        w = g.weight((v.shape[2], 3 * width), -0.25, 0.25)
        g.add(kind, [v, w, g.weight(3 * width)], (batch, rows, width), -bound - 1,
              bound + 1, num_heads=many, unidirectional=g.pick([0, 1]), domain=MS)
        return
    # By a product the width is known, whatever the input is declared to have.
    q, k, x = (g.add("MatMul", [v, g.weight((v.shape[2], width), -0.25, 0.25)],
                     (batch, rows, width), -bound, bound) for _ in range(3))
    if kind == "MultiHeadAttention":
        bias = [g.weight(3 * width)] if g.chance(0.4) else []
        g.add(kind, [q, k, x, *bias], x.shape, x.low - 1, x.high + 1, num_heads=many,
              domain=MS)
    elif g.opset >= 23:
        g.add("Attention", [q, k, x], x.shape, x.low, x.high, q_num_heads=many,
              kv_num_heads=many, is_causal=g.pick([0, 1]))


def grouped_attention(g):
    """Several heads share a key; no past."""
    v = g.floats(rank=3)
    if not v or g.real != FLOAT or v.bound > 4:
        return
    batch, rows, width = v.shape
    size, kv = 16, g.pick([1, 2])
    many = kv * g.pick([1, 2])
    b = v.bound * width / 8
    if b > g.limit:
        return
    q, k, x = (g.add("MatMul", [v, g.weight((width, n * size), -0.125, 0.125)],
                     (batch, rows, n * size), -b, b) for n in (many, kv, kv))
    past = [g.stored(np.zeros((batch, kv, 0, size), np.float32)) for _ in range(2)]
    lengths = g.stored(np.full(batch, rows - 1, np.int32))
    total = g.stored(np.array(rows, np.int32))
    present = (batch, kv, rows, size)
    tables = [g.weight((rows, size // 2)) for _ in range(2)]
    rotary = g.chance(0.5)
    if rotary:
        b *= 2
    g.add("GroupQueryAttention", [q, k, x, *past, lengths, total, *(tables * rotary)],
          [(batch, rows, many * size), present, present], -b, b, outputs=3,
          num_heads=many, kv_num_heads=kv, do_rotary=int(rotary), domain=MS)


def rotary(g):
    v = g.floats(rank=4)
    if not v or v.shape[3] % 2 or v.bound > g.limit / 2:
        return
    batch, many, rows, size = v.shape
    bound, interleaved = 2 * v.bound, g.pick([0, 1])
    if g.opset >= 23 and g.chance(0.6):
        tables = [g.weight((rows, size // 2)) for _ in range(2)]
        positions = g.stored(np.tile(np.arange(rows), (batch, 1)))
        g.add("RotaryEmbedding", [v, *tables, positions], v.shape, -bound, bound,
              interleaved=interleaved)
    elif g.real == FLOAT:
        tables = [g.weight((rows + 2, size // 2)) for _ in range(2)]
        positions = g.stored(g.random.integers(0, rows + 2, (batch, rows)))
        g.add("RotaryEmbedding", [v, positions, *tables], v.shape, -bound, bound,
              interleaved=interleaved, domain=MS)


FAMILIES = [activation, skip_norm, skip_norm, embed_norm, four_bits, fused_attention,
            fused_attention, grouped_attention, rotary, rotary]
