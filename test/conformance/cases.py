"""Writes the ONNX cases that tools/conformance runs, in four variants each.

A case is a folder with `static.onnx` (the model as it is), `dynamic.onnx`,
`constant.onnx`, `folded.onnx` and the tensors of its data set. What a variant
does to a model is said at its function.
"""
import collections
import hashlib
import json
import os
import pathlib
import shutil
import warnings

import numpy as np
import onnx
from onnx import numpy_helper

VARIANTS = ("static", "dynamic", "constant", "folded")
# Debian's libonnx-testdata.
TESTDATA = pathlib.Path("/usr/share/libonnx-testdata/data")
SUITES = ("node", "pytorch-converted", "pytorch-operator", "simple")
# Models below it are converted to it: Tenon reads none that are older.
OLDEST_OPSET = 7
# Dims that operators need to know when they are compiled, by input: the lengths
# of lists with an entry per dim or output, the sizes of index tuples, kernels,
# states, and of pairs that are complex numbers.
ALL, LAST = slice(None), slice(-1, None)
FIXED_DIMS = {
    "AffineGrid": {1: ALL}, "ConstantOfShape": {0: ALL}, "Conv": {1: ALL},
    "ConvTranspose": {1: ALL}, "DFT": {0: LAST}, "Expand": {1: ALL},
    "GRU": {1: ALL, 2: ALL}, "GatherND": {1: LAST}, "LSTM": {1: ALL, 2: ALL, 7: ALL},
    "Pad": {1: ALL, 3: ALL}, "RNN": {1: ALL, 2: ALL}, "Reshape": {1: ALL},
    "Resize": {1: ALL, 2: ALL, 3: ALL}, "RotaryEmbedding": {0: LAST},
    "STFT": {0: LAST}, "ScatterND": {1: LAST},
    "Slice": {1: ALL, 2: ALL, 3: ALL, 4: ALL}, "Split": {1: ALL},
    "Squeeze": {1: ALL}, "Tile": {1: ALL}, "Unsqueeze": {1: ALL},
    "Upsample": {1: ALL},
    **{f"Reduce{name}": {1: ALL}
       for name in ("L1", "L2", "LogSum", "LogSumExp", "Max", "Mean", "Min", "Prod",
                    "Sum", "SumSquare")},
}

Case = collections.namedtuple("Case", "name model inputs outputs rtol atol")


def to_proto(value, info):
    """A TensorProto; None for sequences and optionals."""
    if isinstance(value, onnx.TensorProto):
        return value
    if not info.type.HasField("tensor_type"):
        return None
    proto = numpy_helper.from_array(np.asarray(value))
    if proto.data_type != info.type.tensor_type.elem_type:
        proto = onnx.helper.make_tensor(
            info.name, info.type.tensor_type.elem_type, np.shape(value),
            np.ravel(value))
    return proto


def protos(values, infos):
    found = (to_proto(v, i) for v, i in zip(values, infos))
    return [p for p in found if p is not None]


def node_cases():
    import onnx.backend.test.case.node as node

    for case in node.collect_testcases(None):
        inputs, outputs = case.data_sets[0]
        yield Case(case.name, case.model,
                   protos(inputs, case.model.graph.input),
                   protos(outputs, case.model.graph.output),
                   case.rtol, case.atol)


def recorded_tensors(folder, prefix, infos):
    tensors = []
    for i, info in enumerate(infos):
        path = folder / f"{prefix}_{i}.pb"
        if path.exists() and info.type.HasField("tensor_type"):
            tensors.append(onnx.load_tensor(path))
    return tensors


def recorded_cases(suite):
    for folder in sorted((TESTDATA / suite).glob("test_*")):
        model = onnx.load(folder / "model.onnx")
        version = max((o.version for o in model.opset_import if not o.domain),
                      default=OLDEST_OPSET)
        if version < OLDEST_OPSET:
            model = onnx.version_converter.convert_version(model, OLDEST_OPSET)
        initialized = {i.name for i in model.graph.initializer}
        infos = [i for i in model.graph.input if i.name not in initialized]
        data = folder / "test_data_set_0"
        # The tolerance of onnx's own runner of these cases.
        yield Case(folder.name, model, recorded_tensors(data, "input", infos),
                   recorded_tensors(data, "output", model.graph.output),
                   1e-3, 1e-7)


def free_inputs(model):
    initialized = {i.name for i in model.graph.initializer}
    return [i for i in model.graph.input if i.name not in initialized]


def dynamic(case):
    """Every dim of every input is a symbol of its own, but for FIXED_DIMS."""
    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    fixed = {node.input[i]: which for node in model.graph.node
             for i, which in FIXED_DIMS.get(node.op_type, {}).items()
             if i < len(node.input)}
    count = 0
    for info in free_inputs(model):
        if not info.type.HasField("tensor_type"):
            continue
        dims = list(enumerate(info.type.tensor_type.shape.dim))
        kept = dims[fixed[info.name]] if info.name in fixed else []
        for i, dim in dims:
            if (i, dim) not in kept:
                dim.dim_param = f"{info.name}_{i}"
                count += 1
    for info in model.graph.output:
        for dim in info.type.tensor_type.shape.dim:
            dim.Clear()
    del model.graph.value_info[:]
    return (model, case.inputs) if count else None


def with_constants(case, first):
    """All inputs from `first` on are initializers."""
    infos = free_inputs(case.model)
    if len(infos) <= first or len(case.inputs) != len(infos):
        return None
    model = onnx.ModelProto()
    model.CopyFrom(case.model)
    del model.graph.input[:]
    initialized = {i.name for i in model.graph.initializer}
    for info in case.model.graph.input:
        if info.name in initialized or info in infos[:first]:
            model.graph.input.append(info)
    for info, value in zip(infos[first:], case.inputs[first:]):
        tensor = model.graph.initializer.add()
        tensor.CopyFrom(value)
        tensor.name = info.name
    return model, case.inputs[:first]


def constant(case):
    """All inputs but the first are initializers."""
    return with_constants(case, 1)


def folded(case):
    """All inputs are initializers, so all of the model is folded."""
    return with_constants(case, 0)


def write_case(suite, case, folder):
    """One manifest entry per variant that makes sense of the case."""
    folder.mkdir(parents=True)

    def write(kind, tensors):
        paths = [folder / f"{kind}_{i}.pb" for i in range(len(tensors))]
        for path, tensor in zip(paths, tensors):
            path.write_bytes(tensor.SerializeToString())
        return [str(p) for p in paths]

    inputs = write("input", case.inputs)
    outputs = write("output", case.outputs)
    variants = {"static": (case.model, case.inputs), "dynamic": dynamic(case),
                "constant": constant(case), "folded": folded(case)}
    for variant, made in variants.items():
        if made is None:
            continue
        model, used = made
        path = folder / f"{variant}.onnx"
        path.write_bytes(model.SerializeToString())
        yield {"suite": suite, "name": case.name, "variant": variant,
               "model": str(path), "inputs": inputs[:len(used)],
               "outputs": outputs, "rtol": case.rtol, "atol": case.atol}


def read_suite(suite, folder):
    """The manifest entries of a suite, written into `folder` unless they are
    there already."""
    warnings.filterwarnings("ignore")
    manifest = folder / "manifest.json"
    origin = onnx.__version__ + hashlib.sha256(
        pathlib.Path(__file__).read_bytes()).hexdigest()
    if manifest.exists():
        found = json.loads(manifest.read_text())
        if found["origin"] == origin:
            return found["cases"]
    shutil.rmtree(folder, ignore_errors=True)
    cases = node_cases() if suite == "node" else recorded_cases(suite)
    entries = [entry for case in cases
               for entry in write_case(suite, case, folder / case.name)]
    if not entries:
        raise SystemExit(f"no cases in {TESTDATA / suite}: run tools/setup")
    manifest.write_text(json.dumps({"origin": origin, "cases": entries}))
    return entries
