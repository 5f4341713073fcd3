"""make.py FOLDER: writes models that are wrong, one fault each."""
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

folder = pathlib.Path(sys.argv[1])
FLOAT, INT64 = TensorProto.FLOAT, TensorProto.INT64


def tensor(name, shape, kind=FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def write(name, nodes, inputs=None, outputs=None, initializers=(), opset=17,
          functions=()):
    graph = helper.make_graph(
        nodes, "g", [tensor("x", [2, 3])] if inputs is None else inputs,
        [tensor("y", None)] if outputs is None else outputs, list(initializers))
    model = helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", opset),
                              helper.make_opsetid("local", 1)],
        functions=list(functions))
    (folder / f"{name}.onnx").write_bytes(model.SerializeToString())
    return model


def node(op, inputs, outputs=("y",), **attributes):
    return helper.make_node(op, list(inputs), list(outputs), **attributes)


relu = node("Relu", ["x"])
good = write("tmp", [relu]).SerializeToString()
(folder / "tmp.onnx").unlink()
for cut in (1, 10, len(good) // 3, len(good) // 2, len(good) - 1):
    (folder / f"truncated_{cut}.onnx").write_bytes(good[:cut])
(folder / "empty.onnx").write_bytes(b"")
(folder / "text.onnx").write_bytes(b"this is no protobuf at all\n")
(folder / "zeros.onnx").write_bytes(bytes(100))
write("cycle", [node("Add", ["x", "b"], ["a"]), node("Relu", ["a"], ["b"]),
                node("Relu", ["b"])])
write("self_cycle", [node("Add", ["x", "y"])])
write("dangling_input", [node("Add", ["x", "nowhere"])])
write("dangling_output", [relu], outputs=[tensor("z", [2, 3])])
write("unknown_op", [node("Frobnicate", ["x"])])
write("unknown_domain", [helper.make_node("Relu", ["x"], ["y"], domain="what")])
write("duplicate_value", [relu, node("Relu", ["x"])])
write("wrong_dtype", [node("Add", ["x", "i"])],
      inputs=[tensor("x", [2, 3]), tensor("i", [2, 3], INT64)])
write("string_input", [node("Identity", ["x"])],
      inputs=[tensor("x", [2], TensorProto.STRING)])
write("sqrt_of_int", [node("Sqrt", ["x"])], inputs=[tensor("x", [2], INT64)])
write("negative_dim", [relu], inputs=[tensor("x", [2, -3])])
write("huge_input", [relu], inputs=[tensor("x", [2 ** 31, 2 ** 31, 4])])
write("opset_too_old", [relu], opset=3)
write("opset_too_new", [relu], opset=999)
write("unread_attribute", [node("Relu", ["x"], nonsense=1)])
write("too_many_inputs", [node("Relu", ["x", "x"])])
write("missing_input", [node("Add", ["x"])])
write("broadcast", [node("Add", ["x", "b"])],
      inputs=[tensor("x", [2, 3]), tensor("b", [4])])
write("matmul_inner", [node("MatMul", ["x", "b"])],
      inputs=[tensor("x", [2, 3]), tensor("b", [4, 5])])
write("transpose_perm", [node("Transpose", ["x"], perm=[0, 0])])
write("transpose_rank", [node("Transpose", ["x"], perm=[0, 1, 2])])
write("concat_axis", [node("Concat", ["x", "x"], axis=5)])
write("concat_dims", [node("Concat", ["x", "b"], axis=0)],
      inputs=[tensor("x", [2, 3]), tensor("b", [2, 4])])
write("softmax_axis", [node("Softmax", ["x"], axis=7)])
write("reshape_count", [node("Reshape", ["x", "s"])],
      initializers=[numpy_helper.from_array(np.array([4, 5]), "s")])
write("reshape_two_unknown", [node("Reshape", ["x", "s"])],
      initializers=[numpy_helper.from_array(np.array([-1, -1]), "s")])
write("conv_channels", [node("Conv", ["x", "w"])],
      inputs=[tensor("x", [1, 3, 8, 8])],
      initializers=[numpy_helper.from_array(np.zeros((4, 5, 3, 3), np.float32), "w")])
write("gather_axis", [node("Gather", ["x", "i"], axis=4)],
      initializers=[numpy_helper.from_array(np.array([0]), "i")])

short = numpy_helper.from_array(np.zeros(6, np.float32), "w")
short.raw_data = short.raw_data[:-1]
write("short_weight", [node("Add", ["x", "w"])], initializers=[short])
for name, location in (("missing", "gone.bin"), ("absolute", "/etc/hostname"),
                       ("escaping", "../secret.bin"), ("empty", "")):
    weight = TensorProto(name="w", data_type=FLOAT, dims=[3],
                         data_location=TensorProto.EXTERNAL)
    weight.external_data.add(key="location", value=location)
    write(f"external_{name}", [node("Add", ["x", "w"])], initializers=[weight])
huge = TensorProto(name="w", data_type=FLOAT, dims=[2 ** 31, 2 ** 31])
huge.raw_data = b"\0" * 16
write("huge_weight", [node("Add", ["x", "w"])], initializers=[huge])
recursive = helper.make_function(
    "local", "F", ["a"], ["b"],
    [helper.make_node("F", ["a"], ["b"], domain="local")],
    [helper.make_opsetid("local", 1)])
write("recursive_function", [helper.make_node("F", ["x"], ["y"], domain="local")],
      functions=[recursive])
