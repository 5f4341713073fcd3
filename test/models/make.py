#!/usr/bin/env python3
"""make.py NAME OUT_DIR [flags]: writes a network with seeded weights.

OUT_DIR gets model.onnx (with model.onnx.data beside it beyond 2 GB) and, when
onnxruntime is there, test_data_set_0 with inputs and its outputs. Flags that are
left out give the sizes of the published network. Needs onnx and numpy.
"""
import argparse
import pathlib

import numpy as np
import onnx
from onnx import TensorProto, numpy_helper

import convnets
import transformers

NETWORKS = {
    "mobilenetv2": convnets.mobilenetv2,
    "efficientnet-b0": convnets.efficientnet_b0,
    "bert": transformers.bert,
    "vit": transformers.vit,
    "gpt2": transformers.gpt2,
    "llama": transformers.llama,
}
# Others have the first two.
STYLES = {"llama": ("primitive", "fused", "contrib")}
REDUCED = {
    "mobilenetv2": "--image 32 --width 0.25 --layers 2 --classes 10",
    "efficientnet-b0": "--image 32 --width 0.25 --layers 2 --classes 10",
    "bert": "--layers 2 --hidden 32 --heads 4 --vocab 100 --batch 2 --sequence 7",
    "vit": "--layers 2 --hidden 32 --heads 4 --image 32 --classes 10",
    "gpt2": "--layers 2 --hidden 32 --heads 4 --vocab 100 --batch 2 --sequence 3"
            " --past 5",
    "llama": "--layers 2 --hidden 32 --heads 4 --kv-heads 2 --intermediate 48"
             " --vocab 100 --batch 2 --sequence 3 --past 5",
    # Weights that are large enough to stay narrow.
    "llama-contrib": "--layers 2 --hidden 256 --heads 4 --kv-heads 2"
                     " --intermediate 384 --vocab 300 --batch 2 --past 5",
}


def parser():
    result = argparse.ArgumentParser(description=__doc__)
    result.add_argument("name", choices=NETWORKS)
    result.add_argument("folder", type=pathlib.Path, metavar="OUT_DIR")
    result.add_argument("--style", choices=("primitive", "fused", "contrib"),
                        default="primitive", help="primitive subgraphs (opset 17),"
                        " the fused operators of opset 23, or (llama) those of"
                        " onnxruntime with weights of 4 bits")
    result.add_argument("--seed", type=int, default=1)
    for flag in ("layers", "hidden", "heads", "kv-heads", "intermediate", "vocab",
                 "image"):
        result.add_argument(f"--{flag}", type=int)
    result.add_argument("--width", type=float, default=1.0,
                        help="factor of a convnet's channels")
    result.add_argument("--classes", type=int, default=1000)
    result.add_argument("--batch-norm", action="store_true",
                        help="keep BatchNormalization beside each Conv")
    result.add_argument("--dynamic", action="store_true",
                        help="symbolic batch of an image network")
    data = result.add_argument_group("sizes of the data set")
    data.add_argument("--batch", type=int, default=1)
    data.add_argument("--sequence", type=int, help="default: 128, of decoders 1")
    data.add_argument("--past", type=int, default=128)
    return result


def data_set(model, size):
    """Values for the inputs, the dims taken from the flags."""
    random = np.random.default_rng(size.seed + 1)
    decoder = size.name in ("gpt2", "llama")
    length = size.sequence or (1 if decoder else 128)
    dims = {"batch": size.batch, "sequence": length, "past": size.past,
            "total": size.past + length}
    default_vocab = {"bert": 30522, "gpt2": 50257, "llama": 32000}
    feed = {}
    for info in model.graph.input:
        shape = [dims[d.dim_param] if d.dim_param else d.dim_value
                 for d in info.type.tensor_type.shape.dim]
        if info.name == "input_ids":
            high = size.vocab or default_vocab[size.name]
            value = random.integers(0, high, shape)
        elif info.name == "token_type_ids":
            value = random.integers(0, 2, shape)
        elif info.name == "position_ids":
            value = np.broadcast_to(np.arange(size.past, size.past + length), shape)
        elif info.name == "attention_mask":
            value = np.ones(shape, np.int64)
            # Encoders pad at the end, decoders at the beginning.
            value[-1, slice(0, 2) if decoder else slice(-2, None)] = 0
            if size.batch == 1:
                value[:] = 1
        else:
            value = random.standard_normal(shape, dtype=np.float32)
        feed[info.name] = np.ascontiguousarray(value)
    return feed


def write_values(folder, kind, names, values):
    for i, (name, value) in enumerate(zip(names, values)):
        tensor = numpy_helper.from_array(value, name)
        (folder / f"{kind}_{i}.pb").write_bytes(tensor.SerializeToString())


def main(arguments=None):
    size = parser().parse_args(arguments)
    if size.style not in STYLES.get(size.name, ("primitive", "fused")):
        raise SystemExit(f"{size.name} has no style {size.style}")
    size.folder.mkdir(parents=True, exist_ok=True)
    path = size.folder / "model.onnx"
    model = NETWORKS[size.name](size)
    feed = data_set(model, size)
    outputs = [o.name for o in model.graph.output]
    count = sum(len(w.raw_data) for w in model.graph.initializer)
    external = count > 2 ** 31 - 2 ** 20
    onnx.save(model, path, save_as_external_data=external,
              location="model.onnx.data" if external else None)
    del model
    if size.style != "contrib":  # has operators that onnx does not know
        onnx.checker.check_model(path, full_check=True)
    try:
        import onnxruntime
    except ImportError:
        return
    session = onnxruntime.InferenceSession(str(path),
                                           providers=["CPUExecutionProvider"])
    data = size.folder / "test_data_set_0"
    data.mkdir(exist_ok=True)
    values = session.run(outputs, feed)
    for name, value in zip(outputs, values):
        if not np.isfinite(value).all():
            raise SystemExit(f"{size.name}: {name} is not finite")
        print(f"{name} {value.shape} deviation {value.std():.3f}")
    write_values(data, "input", feed, feed.values())
    write_values(data, "output", outputs, values)


if __name__ == "__main__":
    main()
