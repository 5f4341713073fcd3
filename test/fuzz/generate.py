"""Random valid graphs: every node's shapes and attributes are solved when it is
added. A value carries its dtype, the shape that it has with the graph's feed, and
bounds of its elements, so that all values stay finite and well conditioned.

Elements of inputs and weights are multiples of 1/64. What only moves, adds or
selects them is exact, whoever computes it; so it may be compared, rounded, sorted
or quantized, which would be a tie by rounding for other values."""
import dataclasses

import numpy as np
from onnx import TensorProto, helper, numpy_helper

FLOAT, FLOAT16, DOUBLE = TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE
INT8, UINT8, INT32, INT64 = (TensorProto.INT8, TensorProto.UINT8, TensorProto.INT32,
                             TensorProto.INT64)
BOOL = TensorProto.BOOL
REALS = (FLOAT, FLOAT16, DOUBLE)
LIMIT = 50.0
SIZE = 4096
GRID = 64  # parts of 1 that inputs and weights are multiples of

# Results of exact operands that are exact.
KEEPS_EXACT = set(
    "Abs Add ArgMax ArgMin Ceil Clip Compress Concat ConstantOfShape DepthToSpace"
    " Dropout Expand Flatten Floor Gather GatherElements GatherND GlobalMaxPool Hardmax"
    " Identity Max MaxPool Min Neg Pad ReduceMax ReduceMin ReduceSum Relu Reshape"
    " ReverseSequence Round ScatterElements ScatterND Shrink Sign Slice SpaceToDepth"
    " Split Squeeze Sub Sum ThresholdedRelu Tile TopK Transpose Trilu Unsqueeze Where"
    .split())

# What onnxruntime 1.32 has no kernel for, by the type of floats.
NO_KERNEL = {
    FLOAT: set(),
    FLOAT16: {"Celu", "OneHot"},
    DOUBLE: set(
        "Acos Acosh Asin Asinh Atan Atanh AveragePool Celu Conv ConvTranspose Cosh"
        " DequantizeLinear Elu Erf GRU Gelu GlobalAveragePool GlobalLpPool GlobalMaxPool"
        " HardSigmoid HardSwish Hardmax InstanceNormalization LRN LSTM LeakyRelu LpPool"
        " Mean MeanVarianceNormalization Mish NonZero OneHot PRelu QuantizeLinear RNN"
        " Resize RotaryEmbedding Selu Shrink Sinh Softplus Softsign Tan ThresholdedRelu"
        .split())}


class Unfit(Exception):
    """A family finds in the midst of its nodes that it does not go on."""


def broadcast(a, b):
    try:
        return np.broadcast_shapes(a, b)
    except ValueError:
        return None


def numpy_type(dtype):
    return helper.tensor_dtype_to_np_dtype(dtype)


@dataclasses.dataclass(frozen=True)
class Value:
    name: str
    dtype: int
    shape: tuple
    low: float
    high: float
    exact: bool = False
    known: bool = True  # its sizes follow from those of the inputs

    @property
    def rank(self):
        return len(self.shape)

    @property
    def bound(self):
        return max(abs(self.low), abs(self.high))


class Generator:
    def __init__(self, seed, nodes, dynamic):
        self.random = np.random.default_rng(seed)
        self.count = nodes
        self.dynamic = dynamic
        self.nodes, self.weights, self.inputs = [], [], []
        self.values, self.feed = [], {}
        self.names = {}  # every value by its name, those of bodies as well
        self.shared = []  # weights that several nodes may read
        self.serial = self.depth = 0
        self.opset = self.pick([21, 21, 23, 24, 26])
        self.real = self.pick([FLOAT] * 8 + [FLOAT16, DOUBLE])
        # An element of 16 bits is wrong by 2^-11: less room to amplify that.
        self.limit = 8.0 if self.real == FLOAT16 else LIMIT

    # Choices

    def pick(self, things):
        return things[int(self.random.integers(len(things)))]

    def chance(self, share):
        return self.random.random() < share

    def fresh(self):
        self.serial += 1
        return f"v{self.serial}"

    def some(self, test, known=True):
        fits = [v for v in self.values if (v.known or not known) and test(v)]
        # Later values make deeper graphs.
        if len(fits) > 3 and self.chance(0.6):
            fits = fits[-3:]
        return self.pick(fits) if fits else None

    def floats(self, rank=None, least=0, known=True):
        return self.some(lambda v: v.dtype == self.real and v.rank >= least and
                         (rank is None or v.rank == rank), known)

    def exacts(self, rank=None, least=0):
        return self.some(lambda v: v.dtype == self.real and v.exact and
                         v.rank >= least and (rank is None or v.rank == rank))

    def integers(self, dtypes=(INT32, INT64), least=0):
        return self.some(lambda v: v.dtype in dtypes and v.rank >= least)

    # Making values

    def array(self, shape, low=-2.0, high=2.0, dtype=None):
        data = np.round(self.random.uniform(low, high, shape) * GRID) / GRID
        return np.asarray(data, numpy_type(dtype or self.real))

    def stored(self, array, name=None):
        """The array, of an initializer or now and then of a Constant."""
        name = name or self.fresh()
        tensor = numpy_helper.from_array(np.asarray(array), name)
        if self.chance(0.1):
            self.nodes.append(helper.make_node("Constant", [], [name], value=tensor))
        else:
            self.weights.append(tensor)
        return name

    def scalar(self, number):
        return self.stored(np.array(number, numpy_type(self.real)))

    def weight(self, shape, low=-1.0, high=1.0):
        shape = tuple(np.atleast_1d(shape).tolist())
        fits = [name for name, *rest in self.shared if rest == [shape, low, high]]
        if fits and self.chance(0.5):
            return self.pick(fits)
        name = self.fresh()
        self.weights.append(numpy_helper.from_array(self.array(shape, low, high), name))
        self.shared.append((name, shape, low, high))
        return name

    def add(self, kind, operands, shape, low, high, dtype=None, outputs=1, known=None,
            exact=None, **attributes):
        """A node; `shape` has one per output if there are several, and so may have
        `dtype`. Returns the first value."""
        if kind in NO_KERNEL[self.real]:
            raise Unfit
        dtype = self.real if dtype is None else dtype
        read = [self.names[o.name] for o in operands if isinstance(o, Value)]
        if known is None:
            known = all(v.known for v in read)
        dtypes = dtype if isinstance(dtype, (list, tuple)) else [dtype] * outputs
        shapes = shape if outputs > 1 else [shape]
        names = [self.fresh() for _ in range(outputs)]
        operands = [o.name if isinstance(o, Value) else o for o in operands]
        self.nodes.append(helper.make_node(kind, operands, names, **attributes))
        made = []
        for name, sizes, type_ in zip(names, shapes, dtypes):
            sure = type_ not in REALS if exact is None else exact
            if exact is None and kind in KEEPS_EXACT:
                room = 16 if type_ == FLOAT16 else 2 ** 16
                sure = all(v.exact for v in read) and max(abs(low), abs(high)) < room
            made.append(Value(name, type_, tuple(int(d) for d in sizes), float(low),
                              float(high), sure, known))
        self.values += made
        self.names.update((v.name, v) for v in made)
        return made[0]

    def declare(self, name, shape, dtype, data, low, high):
        """An input of the graph."""
        self.feed[name] = data
        # A symbolic dim is named by its size: equal names mean equal sizes.
        declared = [f"d{d}" if self.dynamic and d > 1 and self.chance(0.6) else d
                    for d in shape]
        self.inputs.append(helper.make_tensor_value_info(name, dtype, declared))
        value = Value(name, dtype, shape, low, high, True)
        self.values.append(value)
        self.names[name] = value
        return value

    def input(self):
        rank = self.pick([1, 2, 2, 3, 3, 4, 4])
        dims = [1, 2, 3, 4, 5, 7, 8, 16, 17] if rank < 4 else [1, 2, 3, 4, 6, 8, 9]
        shape = tuple(self.pick(dims) for _ in range(rank))
        while np.prod(shape) > SIZE:
            shape = shape[1:]
        if self.values and self.chance(0.5):
            shape = self.pick(self.values).shape
        self.declare(f"x{len(self.inputs)}", shape, self.real, self.array(shape),
                     -2.0, 2.0)

    # Bodies of If, Loop and Scan

    def body(self, make, inputs=()):
        """The graph of what make() adds beside `inputs` (of Values); it may read
        values from outside. make returns the outputs."""
        outside = self.nodes, self.values
        self.nodes, self.values = [], [*self.values, *inputs]
        self.names.update((v.name, v) for v in inputs)
        self.depth += 1
        outputs = make()
        nodes, _ = needed_nodes(self.nodes, {v.name for v in outputs})
        made = {n for node in nodes for n in node.output}
        taken = set()
        for i, v in enumerate(outputs):  # a name of its own that a node here makes
            if v.name not in made or v.name in taken:
                copy = dataclasses.replace(v, name=self.fresh())
                nodes.append(helper.make_node("Identity", [v.name], [copy.name]))
                self.names[copy.name] = outputs[i] = copy
            taken.add(outputs[i].name)
        self.depth -= 1
        self.nodes, self.values = outside
        info = lambda v: helper.make_tensor_value_info(v.name, v.dtype, [None] * v.rank)
        return helper.make_graph(nodes, self.fresh(), [info(v) for v in inputs],
                                 [info(v) for v in outputs])

    def grow(self, count):
        """Adds `count` nodes of any family, or as many as are found."""
        from families import FAMILIES
        tries, aim = 0, len(self.nodes) + count
        while len(self.nodes) < aim and tries < 20 * count:
            tries += 1
            nodes, values, depth = self.nodes, self.values, self.depth
            made, held = len(nodes), len(values)
            try:
                self.pick(FAMILIES)(self)
                good = all(np.prod(v.shape) <= SIZE for v in values[held:])
            except Unfit:
                good = False
                self.nodes, self.values, self.depth = nodes, values, depth
            if not good:
                del nodes[made:], values[held:]

    # Finishing

    def model(self):
        """Inputs, nodes, and every value that nobody reads as an output."""
        for _ in range(int(self.random.integers(1, 4))):
            self.input()
        self.grow(self.count)
        used = {name for node in self.nodes for name in reads(node)}
        known = {v.name: v for v in self.values}
        made = [name for node in self.nodes for name in node.output]
        ends = [n for n in made if n in known and n not in used]
        if self.chance(0.3):  # an inner value that others read as well
            ends += [n for n in [self.pick(made)] if n in known and n not in ends]
        return build(self.nodes, self.weights, self.inputs,
                     [(n, known[n].dtype, known[n].rank) for n in ends], self.opset)


def reads(node):
    """Names that a node needs from around it, its bodies' too."""
    names = {n for n in node.input if n}
    for attribute in node.attribute:
        if attribute.HasField("g"):
            body = attribute.g
            made = {i.name for i in body.input} | {i.name for i in body.initializer}
            for inner in body.node:
                names |= reads(inner) - made
                made |= set(inner.output)
    return names


def needed_nodes(nodes, names):
    """Those of `nodes` that make `names`, and all names they need."""
    names, kept = set(names), []
    for node in reversed(nodes):
        if names & set(node.output):
            names |= reads(node)
            kept.insert(0, node)
    return kept, names


def build(nodes, weights, inputs, outputs, opset):
    """A model of the parts of these that its outputs need."""
    kept, needed = needed_nodes(nodes, {n for n, _, _ in outputs})
    infos = [helper.make_tensor_value_info(n, t, [None] * rank)
             for n, t, rank in outputs]
    graph = helper.make_graph(kept, "fuzz", [i for i in inputs if i.name in needed],
                              infos, [w for w in weights if w.name in needed])
    return helper.make_model(graph, ir_version=10, opset_imports=[
        helper.make_opsetid("", opset), helper.make_opsetid("com.microsoft", 1)])
