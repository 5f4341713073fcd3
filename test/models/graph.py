"""Writes one ONNX graph node by node, in the forms that exporters write."""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

FLOAT, BOOL = TensorProto.FLOAT, TensorProto.BOOL
INT32, INT64 = TensorProto.INT32, TensorProto.INT64
LOWEST = float(np.finfo(np.float32).min)


class Graph:
    """A graph under construction. `fused` decides between the fused operators
    of recent opsets and the primitive subgraphs of older exports, `contrib` is
    for the operators of onnxruntime and weights of 4 bits."""

    def __init__(self, name, fused, seed, contrib=False):
        self.name = name
        self.fused = fused
        self.contrib = contrib
        self.opsets = {"": 23 if fused else 17}
        self.random = np.random.default_rng(seed)
        self.nodes, self.weights, self.inputs, self.outputs = [], [], [], []
        self.taken = {}

    def fresh(self, stem):
        count = self.taken[stem] = self.taken.get(stem, -1) + 1
        return f"{stem}_{count}"

    def input(self, name, dtype, shape):
        self.inputs.append(helper.make_tensor_value_info(name, dtype, shape))
        return name

    def output(self, value, name, shape, dtype=FLOAT):
        self.nodes.append(helper.make_node("Identity", [value], [name]))
        self.outputs.append(helper.make_tensor_value_info(name, dtype, shape))

    def op(self, kind, *operands, results=1, **attributes):
        """Adds a node; operands that are no names become constants."""
        names = [v if isinstance(v, str) else self.constant(v) for v in operands]
        if "domain" in attributes:
            self.opsets[attributes["domain"]] = 1
        stem = self.fresh(kind)
        made = [stem] if results == 1 else [f"{stem}.{i}" for i in range(results)]
        self.nodes.append(helper.make_node(kind, names, made, stem, **attributes))
        return made[0] if results == 1 else made

    def constant(self, value):
        """A Constant node: f32 or int64 unless the array says otherwise."""
        array = np.asarray(value)
        if array.dtype == np.float64:
            array = array.astype(np.float32)
        stem = self.fresh("Constant")
        tensor = numpy_helper.from_array(array, stem)
        self.nodes.append(helper.make_node("Constant", [], [stem], value=tensor))
        return stem

    def stored(self, array, stem):
        name = self.fresh(stem)
        self.weights.append(numpy_helper.from_array(array, name))
        return name

    def weight(self, shape, deviation, stem="weight"):
        """Normal values; a deviation of 1/sqrt(fan in) keeps the variance."""
        values = self.random.standard_normal(shape, dtype=np.float32)
        return self.stored(values * np.float32(deviation), stem)

    def near_one(self, size, stem="scale"):
        values = self.random.standard_normal(size, dtype=np.float32)
        return self.stored(1 + np.float32(0.1) * values, stem)

    def dim(self, value, axis):
        """One dim as a tensor of one element, as exporters compute it."""
        dim = self.op("Gather", self.op("Shape", value), np.array(axis), axis=0)
        return self.op("Unsqueeze", dim, [0])

    def reshape(self, value, *dims):
        """Integers are static dims, names are tensors of one element."""
        if all(isinstance(d, int) for d in dims):
            return self.op("Reshape", value, list(dims))
        parts = [d if isinstance(d, str) else self.constant([d]) for d in dims]
        return self.op("Reshape", value, self.op("Concat", *parts, axis=0))

    def four_bits(self, x, rows, columns, gain=1.0, block=32):
        """A product with a weight of 4 bits, in blocks that share a scale."""
        shape = (columns, rows // block, block // 2)
        packed = self.random.integers(0, 256, shape).astype(np.uint8)
        scale = gain * rows ** -0.5 / 4.6 * np.ones(columns * rows // block)
        return self.op("MatMulNBits", x, self.stored(packed, "packed"),
                       self.stored(scale.astype(np.float32), "scale"), K=rows,
                       N=columns, bits=4, block_size=block, domain="com.microsoft")

    def linear(self, x, rows, columns, gain=1.0, bias=True):
        if self.contrib and not bias:
            return self.four_bits(x, rows, columns, gain)
        product = self.op("MatMul", x, self.weight((rows, columns),
                                                   gain * rows ** -0.5))
        if not bias:
            return product
        return self.op("Add", self.weight(columns, 0.1, "bias"), product)

    def layer_norm(self, x, size, epsilon=1e-5):
        scale, bias = self.near_one(size), self.weight(size, 0.1, "bias")
        if self.fused:
            return self.op("LayerNormalization", x, scale, bias, axis=-1,
                           epsilon=epsilon)
        centred = self.op("Sub", x, self.op("ReduceMean", x, axes=[-1]))
        square = self.op("Pow", centred, np.float32(2))
        variance = self.op("ReduceMean", square, axes=[-1])
        deviation = self.op("Sqrt", self.op("Add", variance, np.float32(epsilon)))
        normal = self.op("Div", centred, deviation)
        return self.op("Add", self.op("Mul", normal, scale), bias)

    def rms_norm(self, x, size, epsilon=1e-5):
        scale = self.near_one(size)
        if self.contrib:
            return self.op("SimplifiedLayerNormalization", x, scale, axis=-1,
                           epsilon=epsilon)
        if self.fused:
            return self.op("RMSNormalization", x, scale, axis=-1, epsilon=epsilon)
        square = self.op("Pow", x, np.float32(2))
        mean = self.op("ReduceMean", square, axes=[-1])
        root = self.op("Sqrt", self.op("Add", mean, np.float32(epsilon)))
        inverse = self.op("Reciprocal", root)
        return self.op("Mul", scale, self.op("Mul", x, inverse))

    def gelu(self, x):
        if self.fused:
            return self.op("Gelu", x)
        error = self.op("Erf", self.op("Div", x, np.float32(2 ** 0.5)))
        product = self.op("Mul", x, self.op("Add", error, np.float32(1)))
        return self.op("Mul", product, np.float32(0.5))

    def gelu_tanh(self, x):
        if self.fused:
            return self.op("Gelu", x, approximate="tanh")
        half = self.op("Mul", x, np.float32(0.5))
        cube = self.op("Pow", x, np.float32(3))
        inner = self.op("Add", x, self.op("Mul", cube, np.float32(0.044715)))
        tanh = self.op("Tanh", self.op("Mul", inner,
                                       np.float32((2 / np.pi) ** 0.5)))
        return self.op("Mul", half, self.op("Add", tanh, np.float32(1)))

    def silu(self, x):
        return self.op("Mul", x, self.op("Sigmoid", x))

    def model(self):
        graph = helper.make_graph(self.nodes, self.name, self.inputs, self.outputs,
                                  self.weights)
        return helper.make_model(
            graph, producer_name="tenon test/models/make.py", ir_version=10,
            opset_imports=[helper.make_opsetid(*o) for o in self.opsets.items()])
