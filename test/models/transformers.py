"""BERT, ViT, GPT-2 and a Llama-style decoder."""
import numpy as np

from graph import BOOL, FLOAT, INT32, INT64, LOWEST, Graph


def attend(g, q, k, v, width, mask=None):
    """softmax(q k^T / sqrt(width) + mask) v for b x heads x s x width."""
    if g.fused:
        operands = [q, k, v] + ([mask] if mask else [])
        return g.op("Attention", *operands, scale=width ** -0.5)
    scores = g.op("MatMul", q, g.op("Transpose", k, perm=[0, 1, 3, 2]))
    scores = g.op("Div", scores, np.float32(width ** 0.5))
    if mask:
        scores = g.op("Add", scores, mask)
    return g.op("MatMul", g.op("Softmax", scores, axis=-1), v)


def encoder_attention(g, x, hidden, heads, batch, length, mask=None, gain=1.0):
    width = hidden // heads
    q, k, v = [
        g.op("Transpose",
             g.reshape(g.linear(x, hidden, hidden), batch, length, heads, width),
             perm=[0, 2, 1, 3]) for _ in range(3)]
    y = g.op("Transpose", attend(g, q, k, v, width, mask), perm=[0, 2, 1, 3])
    return g.linear(g.reshape(y, batch, length, hidden), hidden, hidden, gain)


def bert(size):
    g = Graph("bert", size.style == "fused", size.seed)
    hidden, heads = size.hidden or 768, size.heads or 12
    inner, vocab = size.intermediate or 4 * hidden, size.vocab or 30522
    shape = ["batch", "sequence"]
    ids = g.input("input_ids", INT64, shape)
    attended = g.input("attention_mask", INT64, shape)
    types = g.input("token_type_ids", INT64, shape)
    batch, length = g.dim(ids, 0), g.dim(ids, 1)

    mask = g.op("Unsqueeze", g.op("Unsqueeze", attended, [1]), [2])
    mask = g.op("Sub", np.float32(1), g.op("Cast", mask, to=FLOAT))
    mask = g.op("Mul", mask, np.float32(LOWEST))
    if g.fused:  # onnxruntime's Attention wants a row of the mask per query
        mask = g.op("Expand", mask, g.op("Concat", batch, [1], length, length, axis=0))
    positions = g.op("Slice", g.stored(np.arange(512)[None], "position_ids"),
                     [0], length, [1], [1])
    x = g.op("Add", g.op("Gather", g.weight((vocab, hidden), 1.0), ids, axis=0),
             g.op("Gather", g.weight((2, hidden), 0.5), types, axis=0))
    table = g.weight((512, hidden), 0.5)
    x = g.op("Add", x, g.op("Gather", table, positions, axis=0))
    x = g.layer_norm(x, hidden, 1e-12)
    for _ in range(size.layers or 12):
        y = encoder_attention(g, x, hidden, heads, batch, length, mask)
        x = g.layer_norm(g.op("Add", y, x), hidden, 1e-12)
        y = g.gelu(g.linear(x, hidden, inner))
        x = g.layer_norm(g.op("Add", g.linear(y, inner, hidden), x), hidden, 1e-12)
    g.output(x, "last_hidden_state", shape + [hidden])
    first = g.op("Gather", x, np.array(0), axis=1)
    pooled = g.op("Gemm", first, g.weight((hidden, hidden), hidden ** -0.5),
                  g.weight(hidden, 0.1, "bias"), transB=1)
    g.output(g.op("Tanh", pooled), "pooler_output", ["batch", hidden])
    return g.model()


def vit(size):
    g = Graph("vit", size.style == "fused", size.seed)
    hidden, heads = size.hidden or 768, size.heads or 12
    inner, image, patch = size.intermediate or 4 * hidden, size.image or 224, 16
    count, layers = (image // patch) ** 2, size.layers or 12
    batch = "batch" if size.dynamic else size.batch
    x = g.input("pixel_values", FLOAT, [batch, 3, image, image])
    rows = g.dim(x, 0) if size.dynamic else size.batch
    y = g.op("Conv", x, g.weight((hidden, 3, patch, patch), (3 * patch ** 2) ** -0.5),
             g.weight(hidden, 0.1, "bias"), kernel_shape=[patch] * 2,
             strides=[patch] * 2)
    y = g.op("Transpose", g.reshape(y, rows, hidden, count), perm=[0, 2, 1])
    token = g.weight((1, 1, hidden), 1.0, "cls_token")
    target = (g.op("Concat", rows, [1], [hidden], axis=0) if size.dynamic
              else g.constant([rows, 1, hidden]))
    x = g.op("Concat", g.op("Expand", token, target), y, axis=1)
    x = g.op("Add", x, g.weight((1, count + 1, hidden), 0.5, "positions"))
    gain = (2 * layers) ** -0.5
    for _ in range(layers):
        y = encoder_attention(g, g.layer_norm(x, hidden, 1e-6), hidden, heads, rows,
                              count + 1, gain=gain)
        x = g.op("Add", x, y)
        y = g.gelu(g.linear(g.layer_norm(x, hidden, 1e-6), hidden, inner))
        x = g.op("Add", x, g.linear(y, inner, hidden, gain))
    first = g.op("Gather", g.layer_norm(x, hidden, 1e-6), np.array(0), axis=1)
    y = g.op("Gemm", first, g.weight((size.classes, hidden), hidden ** -0.5),
             g.weight(size.classes, 0.1, "bias"), transB=1)
    g.output(y, "logits", [batch, size.classes])
    return g.model()


class Decoder(Graph):
    """Inputs, caches and the causal mask that decoders share."""

    def __init__(self, name, size, layers, kv_heads, width):
        super().__init__(name, size.style == "fused", size.seed,
                         size.style == "contrib")
        self.kv_heads, self.width = kv_heads, width
        self.ids = self.input("input_ids", INT64, ["batch", "sequence"])
        self.attended = self.input("attention_mask", INT64, ["batch", "total"])
        self.positions = self.input("position_ids", INT64, ["batch", "sequence"])
        cache = ["batch", kv_heads, "past", width]
        self.past = [[self.input(f"past_key_values.{i}.{part}", FLOAT, cache)
                      for part in ("key", "value")] for i in range(layers)]
        self.batch, self.length = self.dim(self.ids, 0), self.dim(self.ids, 1)
        self.total = self.dim(self.attended, 1)

    def extended(self, layer, new):
        """The past keys and values followed by the new ones."""
        return [self.op("Concat", past, value, axis=-2)
                for past, value in zip(self.past[layer], new)]

    def finish(self, logits, vocab, presents):
        self.output(logits, "logits", ["batch", "sequence", vocab])
        for i, pair in enumerate(presents):
            for part, value in zip(("key", "value"), pair):
                self.output(value, f"present.{i}.{part}",
                            ["batch", self.kv_heads, "total", self.width])
        return self.model()

    def visible(self):
        """b x 1 x sequence x total: keys that are not masked and not later."""
        total = self.op("Squeeze", self.total, [0])
        begin = self.op("Sub", total, self.op("Squeeze", self.length, [0]))
        keys = self.op("Range", np.array(0), total, np.array(1))
        queries = self.op("Unsqueeze", self.op("Range", begin, total, np.array(1)), [1])
        causal = self.op("LessOrEqual", keys, queries)
        kept = self.op("Cast", self.op("Unsqueeze", self.attended, [1, 2]), to=BOOL)
        return self.op("And", causal, kept)


def gpt2(size):
    hidden, heads = size.hidden or 768, size.heads or 12
    layers, vocab = size.layers or 12, size.vocab or 50257
    inner, width = size.intermediate or 4 * hidden, hidden // heads
    g = Decoder("gpt2", size, layers, heads, width)

    def projection(x, rows, columns, gain=1.0):
        flat = g.reshape(x, -1, rows)
        y = g.op("Gemm", flat, g.weight((rows, columns), gain * rows ** -0.5),
                 g.weight(columns, 0.1, "bias"))
        return g.reshape(y, g.batch, g.length, columns)

    tokens = g.weight((vocab, hidden), 0.5, "wte")
    x = g.op("Add", g.op("Gather", tokens, g.ids, axis=0),
             g.op("Gather", g.weight((1024, hidden), 0.5, "wpe"), g.positions, axis=0))
    kept = g.op("Cast", g.op("Unsqueeze", g.attended, [1, 2]), to=FLOAT)
    padding = g.op("Mul", g.op("Sub", np.float32(1), kept), np.float32(LOWEST))
    triangle = g.stored(np.tril(np.ones((1, 1, 1024, 1024), bool)), "bias")
    gain, presents = (2 * layers) ** -0.5, []
    for i in range(layers):
        y = projection(g.layer_norm(x, hidden), hidden, 3 * hidden)
        parts = g.op("Split", y, [hidden] * 3, axis=2, results=3)
        q, k, v = [g.op("Transpose",
                        g.reshape(part, g.batch, g.length, heads, width),
                        perm=[0, 2, 1, 3]) for part in parts]
        k, v = g.extended(i, (k, v))
        presents.append((k, v))
        if g.fused:
            y = g.op("Attention", q, k, v, g.visible(), scale=width ** -0.5)
        else:
            scores = g.op("MatMul", q, g.op("Transpose", k, perm=[0, 1, 3, 2]))
            scores = g.op("Div", scores, np.float32(width ** 0.5))
            keys = g.dim(k, 2)
            begin = g.op("Sub", keys, g.dim(q, 2))
            causal = g.op("Slice", triangle, begin, keys, [2], [1])
            causal = g.op("Slice", causal, [0], keys, [3], [1])
            scores = g.op("Where", causal, scores, np.float32(LOWEST))
            scores = g.op("Softmax", g.op("Add", scores, padding), axis=-1)
            y = g.op("MatMul", scores, v)
        y = g.op("Transpose", y, perm=[0, 2, 1, 3])
        y = projection(g.reshape(y, g.batch, g.length, hidden), hidden, hidden, gain)
        x = g.op("Add", y, x)
        y = g.gelu_tanh(projection(g.layer_norm(x, hidden), hidden, inner))
        x = g.op("Add", x, projection(y, inner, hidden, gain))
    x = g.layer_norm(x, hidden)
    logits = g.op("MatMul", x, g.op("Transpose", tokens, perm=[1, 0]))
    return g.finish(logits, vocab, presents)


def llama(size):
    hidden, heads = size.hidden or 768, size.heads or 12
    kv_heads, layers = size.kv_heads or max(1, heads // 3), size.layers or 12
    inner, vocab = size.intermediate or 2048, size.vocab or 32000
    width = hidden // heads
    g = Decoder("llama", size, layers, kv_heads, width)
    frequencies = 10000.0 ** (-np.arange(0, width, 2) / width)
    if g.contrib:
        return llama_contrib(g, size, frequencies, hidden, heads, layers, inner, vocab)
    if g.fused:
        angles = np.outer(np.arange(2048), frequencies)
        cosines = g.stored(np.cos(angles).astype(np.float32), "cos_cache")
        sines = g.stored(np.sin(angles).astype(np.float32), "sin_cache")
        mask = g.visible()
    else:
        column = g.constant(frequencies[None, :, None])
        target = g.op("Concat", g.batch, [width // 2], [1], axis=0)
        column = g.op("Expand", column, target)
        row = g.op("Cast", g.op("Unsqueeze", g.positions, [1]), to=FLOAT)
        angles = g.op("Transpose", g.op("MatMul", column, row), perm=[0, 2, 1])
        angles = g.op("Concat", angles, angles, axis=-1)
        cosines = g.op("Unsqueeze", g.op("Cos", angles), [1])
        sines = g.op("Unsqueeze", g.op("Sin", angles), [1])
        mask = g.op("Where", g.visible(), np.float32(0), np.float32(LOWEST))

    def rotated(x):
        if g.fused:
            return g.op("RotaryEmbedding", x, cosines, sines, g.positions)
        half = width // 2
        low = g.op("Slice", x, [0], [half], [3], [1])
        high = g.op("Slice", x, [half], [2 ** 63 - 1], [3], [1])
        turned = g.op("Concat", g.op("Neg", high), low, axis=-1)
        return g.op("Add", g.op("Mul", x, cosines), g.op("Mul", turned, sines))

    def repeated(x):
        if kv_heads == heads:
            return x
        group = heads // kv_heads
        target = g.op("Concat", g.batch, [kv_heads], [group], g.total, [width], axis=0)
        x = g.op("Expand", g.op("Unsqueeze", x, [2]), target)
        return g.reshape(x, g.batch, heads, g.total, width)

    x = g.op("Gather", g.weight((vocab, hidden), 1.0), g.ids, axis=0)
    gain, presents = (2 * layers) ** -0.5, []
    for i in range(layers):
        y = g.rms_norm(x, hidden)
        q, k, v = [g.op("Transpose",
                        g.reshape(g.linear(y, hidden, n * width, bias=False),
                                  g.batch, g.length, n, width), perm=[0, 2, 1, 3])
                   for n in (heads, kv_heads, kv_heads)]
        k, v = g.extended(i, (rotated(k), v))
        q = rotated(q)
        presents.append((k, v))
        if g.fused:
            y = g.op("Attention", q, k, v, mask, scale=width ** -0.5)
        else:
            root = np.float32(width ** -0.25)
            keys = g.op("Mul", g.op("Transpose", repeated(k), perm=[0, 1, 3, 2]), root)
            scores = g.op("MatMul", g.op("Mul", q, root), keys)
            scores = g.op("Softmax", g.op("Add", scores, mask), axis=-1)
            y = g.op("MatMul", scores, repeated(v))
        y = g.op("Transpose", y, perm=[0, 2, 1, 3])
        y = g.linear(g.reshape(y, g.batch, g.length, hidden), hidden, hidden, gain,
                     bias=False)
        x = g.op("Add", x, y)
        y = g.rms_norm(x, hidden)
        gate = g.silu(g.linear(y, hidden, inner, bias=False))
        y = g.op("Mul", gate, g.linear(y, hidden, inner, bias=False))
        x = g.op("Add", x, g.linear(y, inner, hidden, gain, bias=False))
    logits = g.linear(g.rms_norm(x, hidden), hidden, vocab, bias=False)
    return g.finish(logits, vocab, presents)


def llama_contrib(g, size, frequencies, hidden, heads, layers, inner, vocab):
    """As onnxruntime's model builder writes it: caches and rotation are part of
    attention, sums of normalization, weights have 4 bits."""
    def product(x, rows, columns, gain=1.0):
        return g.linear(x, rows, columns, gain, bias=False)

    def normal(x, added):
        """The sum, and its normalization."""
        parts = g.op("SkipSimplifiedLayerNormalization", x, added,
                     g.near_one(hidden), epsilon=1e-5, results=4,
                     domain="com.microsoft")
        g.nodes[-1].output[1] = g.nodes[-1].output[2] = ""
        return parts[3], parts[0]

    angles = np.outer(np.arange(2048), frequencies)
    cosines = g.stored(np.cos(angles).astype(np.float32), "cos_cache")
    sines = g.stored(np.sin(angles).astype(np.float32), "sin_cache")
    count = g.op("ReduceSum", g.attended, [1], keepdims=0)
    last = g.op("Cast", g.op("Sub", count, np.array(1)), to=INT32)
    total = g.op("Cast", g.op("Squeeze", g.total, [0]), to=INT32)
    gain, presents = (2 * layers) ** -0.5, []
    x = g.op("Gather", g.weight((vocab, hidden), 1.0), g.ids, axis=0)
    y = g.rms_norm(x, hidden)
    for i in range(layers):
        parts = [product(y, hidden, n * g.width)
                 for n in (heads, g.kv_heads, g.kv_heads)]
        y, *present = g.op("GroupQueryAttention", *parts, *g.past[i], last, total,
                           cosines, sines, num_heads=heads, kv_num_heads=g.kv_heads,
                           do_rotary=1, results=3, domain="com.microsoft")
        presents.append(present)
        x, y = normal(x, product(y, hidden, hidden, gain))
        gate = g.silu(product(y, hidden, inner))
        y = g.op("Mul", gate, product(y, hidden, inner))
        x, y = normal(x, product(y, inner, hidden, gain))
    return g.finish(product(y, hidden, vocab), vocab, presents)
