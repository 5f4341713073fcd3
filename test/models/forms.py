"""Normalizations, activations and their like as exporters and optimizers write
them: FORMS has a function per form, which adds nodes to a Graph (graph.py) and
returns the result. `x` is b x s x 256. Each is one kernel."""
import numpy as np

SIZE = 256
FORMS = {}


def form(function):
    FORMS[function.__name__] = function
    return function


def halves(g, x):
    return g.op("Split", x, [SIZE // 2] * 2, axis=-1, results=2)


def contrib(g, kind, *operands, **attributes):
    return g.op(kind, *operands, domain="com.microsoft", **attributes)


# Layer normalization


@form
def layer_norm_torch(g, x):
    return g.layer_norm(x, SIZE)


@form
def layer_norm_tf(g, x):
    """x * factor + (bias - mean * factor)"""
    mean = g.op("ReduceMean", x, axes=[-1])
    centred = g.op("Sub", x, mean)
    variance = g.op("ReduceMean", g.op("Mul", centred, centred), axes=[-1])
    root = g.op("Sqrt", g.op("Add", variance, np.float32(1e-12)))
    factor = g.op("Mul", g.op("Reciprocal", root), g.near_one(SIZE))
    shift = g.op("Sub", g.weight(SIZE, 0.1), g.op("Mul", mean, factor))
    return g.op("Add", g.op("Mul", x, factor), shift)


@form
def layer_norm_two_means(g, x):
    mean = g.op("ReduceMean", x, axes=[-1])
    square = g.op("ReduceMean", g.op("Mul", x, x), axes=[-1])
    variance = g.op("Sub", square, g.op("Mul", mean, mean))
    root = g.op("Sqrt", g.op("Add", variance, np.float32(1e-5)))
    normal = g.op("Div", g.op("Sub", x, mean), root)
    return g.op("Mul", normal, g.near_one(SIZE))


@form
def layer_norm_op(g, x):
    return g.op("LayerNormalization", x, g.near_one(SIZE), g.weight(SIZE, 0.1))


@form
def skip_layer_norm(g, x):
    parts = [g.near_one(SIZE), g.weight(SIZE, 0.1), g.weight(SIZE, 0.1)]
    return contrib(g, "SkipLayerNormalization", x, g.op("Relu", x), *parts)


# RMS normalization


@form
def rms_norm_torch(g, x):
    return g.rms_norm(x, SIZE)


def rms_root(g, x):
    square = g.op("ReduceMean", g.op("Mul", x, x), axes=[-1])
    return g.op("Add", square, np.float32(1e-5))


@form
def rms_norm_div(g, x):
    normal = g.op("Div", x, g.op("Sqrt", rms_root(g, x)))
    return g.op("Mul", normal, g.near_one(SIZE))


@form
def rms_norm_pow(g, x):
    inverse = g.op("Pow", rms_root(g, x), np.float32(-0.5))
    return g.op("Mul", g.op("Mul", x, inverse), g.near_one(SIZE))


@form
def simplified_layer_norm(g, x):
    return g.op("SimplifiedLayerNormalization", x, g.near_one(SIZE), axis=-1,
                epsilon=1e-5)


@form
def skip_simplified_layer_norm(g, x):
    return contrib(g, "SkipSimplifiedLayerNormalization", x, g.op("Relu", x),
                   g.near_one(SIZE))


# Other rows


@form
def l2_norm(g, x):
    norm = g.op("Max", g.op("ReduceL2", x, axes=[-1]), np.float32(1e-12))
    return g.op("Div", x, norm)


@form
def softmax_scaled_masked(g, x):
    scaled = g.op("Div", x, np.float32(8))
    return g.op("Softmax", g.op("Add", scaled, g.weight(SIZE, 1)), axis=-1)


# Activations


@form
def gelu_erf(g, x):
    return g.gelu(x)


@form
def gelu_tanh(g, x):
    return g.gelu_tanh(x)


@form
def fast_gelu(g, x):
    return contrib(g, "FastGelu", x, g.weight(SIZE, 0.1))


@form
def bias_gelu(g, x):
    return contrib(g, "BiasGelu", x, g.weight(SIZE, 0.1))


@form
def quick_gelu(g, x):
    return contrib(g, "QuickGelu", x)


@form
def silu(g, x):
    return g.silu(x)


@form
def hard_swish_clip(g, x):
    six = np.float32(6)
    limited = g.op("Clip", g.op("Add", x, np.float32(3)), np.float32(0), six)
    return g.op("Div", g.op("Mul", x, limited), six)


@form
def hard_swish_sigmoid(g, x):
    return g.op("Mul", x, g.op("HardSigmoid", x, alpha=1 / 6, beta=0.5))


@form
def hard_swish_relu6(g, x):
    limited = g.op("Min", g.op("Relu", g.op("Add", x, np.float32(3))), np.float32(6))
    return g.op("Mul", x, g.op("Mul", limited, np.float32(1 / 6)))


@form
def swiglu(g, x):
    gate = g.silu(g.linear(x, SIZE, 64, bias=False))
    return g.op("Mul", gate, g.linear(x, SIZE, 64, bias=False))


@form
def swiglu_split(g, x):
    gate, up = halves(g, x)
    return g.op("Mul", g.silu(gate), up)


@form
def geglu_split(g, x):
    up, gate = halves(g, x)
    return g.op("Mul", up, g.gelu(gate))


# Rotary embedding, 12 positions


@form
def rotary_half(g, x):
    half = SIZE // 2
    low = g.op("Slice", x, [0], [half], [2], [1])
    high = g.op("Slice", x, [half], [2 ** 63 - 1], [2], [1])
    turned = g.op("Concat", g.op("Neg", high), low, axis=-1)
    return g.op("Add", g.op("Mul", x, g.weight((12, SIZE), 1)),
                g.op("Mul", turned, g.weight((12, SIZE), 1)))


def turn(g, a, b, shape):
    cosine, sine = g.weight(shape, 1), g.weight(shape, 1)
    real = g.op("Sub", g.op("Mul", a, cosine), g.op("Mul", b, sine))
    imaginary = g.op("Add", g.op("Mul", a, sine), g.op("Mul", b, cosine))
    return g.op("Concat", real, imaginary, axis=-1)


@form
def rotary_split(g, x):
    return turn(g, *halves(g, x), (12, SIZE // 2))


@form
def rotary_interleaved(g, x):
    pairs = g.op("Reshape", x, [0, 12, SIZE // 2, 2])
    a = g.op("Slice", pairs, [0], [1], [3], [1])
    b = g.op("Slice", pairs, [1], [2], [3], [1])
    return g.op("Reshape", turn(g, a, b, (12, SIZE // 2, 1)), [0, 12, SIZE])


@form
def rotary_contrib(g, x):
    positions = np.tile(np.arange(12), (2, 1))
    return contrib(g, "RotaryEmbedding", x, positions, g.weight((64, 32), 1),
                   g.weight((64, 32), 1), num_heads=4)
