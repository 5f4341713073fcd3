#!/usr/bin/env python3
"""quantized.py [--size N] [--rows M...]: latency of a product with an N x N weight
in f32, 8 and 4 bits beside onnxruntime, 1 and 2 threads. Prints a table of medians
in milliseconds, the artifact's megabytes, and onnxruntime's largest error relative
to the largest result.
"""
import argparse
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TENON = ROOT / "build/bin/tenon"
sys.path.insert(0, str(ROOT / "test/models"))
import make

BLOCK = 32
REPEATS = 50


def pairs(values):
    """Two of four bits in a byte, the first in the low bits."""
    flat = values.reshape(-1).astype(np.uint8) & 15
    return flat[0::2] | flat[1::2] << 4


def weight(kind, size, random):
    """Nodes that multiply x with a weight, initializers, and the weight in f32."""
    stored = []

    def store(name, array):
        stored.append(numpy_helper.from_array(array, name))
        return name

    product = helper.make_node("MatMul", ["x", "w"], ["y"])
    if kind == "f32":
        w = random.standard_normal((size, size), dtype=np.float32) * size ** -0.5
        store("w", w)
        return [product], stored, w
    if kind == "int8":
        q = random.integers(-128, 128, (size, size)).astype(np.int8)
        scale = (random.random(size, dtype=np.float32) + 0.5) * size ** -0.5 / 64
        zero = random.integers(-3, 4, size).astype(np.int8)
        names = [store("q", q), store("s", scale.astype(np.float32)), store("z", zero)]
        made = helper.make_node("DequantizeLinear", names, ["w"], axis=1)
        return [made, product], stored, (q - zero.astype(np.float32)) * scale
    blocks = size // BLOCK
    bits = 8 if kind == "nbits8" else 4
    steps = 1 << bits
    # As [columns, rows]: MatMulNBits stores it so, int4 its transpose.
    q = random.integers(0, steps, (size, size))
    scale = (random.random((size, blocks), dtype=np.float32) + 0.5)
    scale = (scale * 4 * size ** -0.5 / steps).astype(np.float32)
    wide = np.repeat(scale, BLOCK, 1)
    w = (q - steps // 2).astype(np.float32) * wide
    if kind == "int4":
        stored.append(helper.make_tensor("q", TensorProto.INT4, q.shape,
                                         pairs((q - 8).T).tobytes(), raw=True))
        zeros = np.zeros((blocks, size), np.int8)
        stored.append(helper.make_tensor("z", TensorProto.INT4, zeros.shape,
                                         pairs(zeros).tobytes(), raw=True))
        store("s", np.ascontiguousarray(scale.T))
        made = helper.make_node("DequantizeLinear", ["q", "s", "z"], ["w"], axis=0,
                                block_size=BLOCK)
        return [made, product], stored, w.T
    packed = pairs(q) if bits == 4 else q.astype(np.uint8)
    store("q", packed.reshape(size, blocks, BLOCK * bits // 8))
    store("s", scale.reshape(-1))
    made = helper.make_node("MatMulNBits", ["x", "q", "s"], ["y"], K=size, N=size,
                            bits=bits, block_size=BLOCK, domain="com.microsoft")
    return [made], stored, w.T


def tenon_run(folder, threads):
    done = subprocess.run(
        [TENON, "run", folder / "model.so", "--data", folder / "test_data_set_0",
         "--threads", str(threads), "--repeat", str(REPEATS)], capture_output=True,
        text=True, check=True).stdout
    return float(done.split("median ")[1].split(" ")[0])


def onnxruntime_run(path, x, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(path), options,
                                           providers=["CPUExecutionProvider"])
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        y = session.run(None, {"x": x})[0]
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times), y


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=4096)
    parser.add_argument("--rows", type=int, nargs="*", default=[1, 32])
    arguments = parser.parse_args()
    print("| weight | MB | M | threads | tenon | onnxruntime | onnxruntime's error |")
    print("|---|---|---|---|---|---|---|")
    for rows in arguments.rows:
        for kind in ("f32", "int8", "int4", "nbits4", "nbits8"):
            random = np.random.default_rng(1)
            nodes, stored, w = weight(kind, arguments.size, random)
            x = random.standard_normal((rows, arguments.size), dtype=np.float32)
            y = (x.astype(np.float64) @ w.astype(np.float64)).astype(np.float32)
            info = [helper.make_tensor_value_info(n, TensorProto.FLOAT, v.shape)
                    for n, v in (("x", x), ("y", y))]
            graph = helper.make_graph(nodes, kind, info[:1], info[1:], stored)
            model = helper.make_model(graph, ir_version=10, opset_imports=[
                helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)])
            with tempfile.TemporaryDirectory() as name:
                folder = pathlib.Path(name)
                path = folder / "model.onnx"
                onnx.save(model, path)
                data = folder / "test_data_set_0"
                data.mkdir()
                make.write_values(data, "input", ["x"], [x])
                make.write_values(data, "output", ["y"], [y])
                subprocess.run([TENON, "verify", path, "--data", folder],
                               capture_output=True, check=True)
                subprocess.run([TENON, "compile", path, "-o", folder / "model.so"],
                               check=True)
                megabytes = (folder / "model.so").stat().st_size / 1e6
                for threads in (1, 2):
                    ours = tenon_run(folder, threads)
                    theirs, got = onnxruntime_run(path, x, threads)
                    error = np.abs(got - y).max() / np.abs(y).max()
                    print(f"| {kind} | {megabytes:.1f} | {rows} | {threads} | "
                          f"{ours:.2f} | {theirs:.2f} | {error:.0e} |", flush=True)


if __name__ == "__main__":
    main()
