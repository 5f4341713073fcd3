#!/usr/bin/env python3
"""traffic.py BUILD [--threads N]: what fusion saves where memory is the limit.
Two models whose values do not fit into any cache, compiled with and without
tn-form-fusions and run in turn; medians of their latencies and the ratio."""

import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper


def model(name, nodes, inputs, output, weights=()):
    def info(name, shape):
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    graph = helper.make_graph(
        nodes, name, [info(*i) for i in inputs], [info(*output)],
        [numpy_helper.from_array(v, k) for k, v in weights])
    return helper.make_model(graph, ir_version=10,
                             opset_imports=[helper.make_opsetid("", 17)])


def gate(size):
    """y = sigmoid(x) + b, each `size` x `size`."""
    shape = [size, size]
    nodes = [helper.make_node("Sigmoid", ["x"], ["s"]),
             helper.make_node("Add", ["s", "b"], ["y"])]
    return model("gate", nodes, [("x", shape), ("b", shape)], ("y", shape))


def layer(size):
    """3x3 convolution of 3 channels to 16 with bias and ReLU, an image of
    `size` x `size`."""
    random = numpy.random.default_rng(0)
    weights = [("w", random.standard_normal((16, 3, 3, 3), numpy.float32)),
               ("b", random.standard_normal(16, numpy.float32))]
    nodes = [helper.make_node("Conv", ["x", "w", "b"], ["c"], pads=[1] * 4),
             helper.make_node("Relu", ["c"], ["r"]),
             helper.make_node("Transpose", ["r"], ["y"], perm=[0, 2, 3, 1])]
    return model("layer", nodes, [("x", [1, 3, size, size])],
                 ("y", [1, size, size, 16]), weights)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--threads", default="1")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    tenon = arguments.build / "bin/tenon"
    print("| model | fused, ms | each op alone, ms | ratio |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        for network in (gate(8192), layer(2048)):
            onnx.save(network, work / "model.onnx")
            inputs = [part for value in network.graph.input
                      for part in ("--input", f"{value.name}=random")]
            variants = {"fused": [], "apart": ["--disable=tn-form-fusions"]}
            for name, options in variants.items():
                subprocess.run([tenon, "compile", work / "model.onnx", "-o",
                                work / f"{name}.so", *options], check=True,
                               capture_output=True)
            times = {name: [] for name in variants}
            for _ in range(arguments.rounds):
                for name in variants:
                    subprocess.run(
                        [tenon, "bench", work / f"{name}.so", *inputs,
                         "--threads", arguments.threads, "--iterations", "5",
                         "--json", work / "report.json"], check=True,
                        capture_output=True)
                    report = json.loads((work / "report.json").read_text())
                    times[name].append(report["latency_ms"]["median"])
            fused, apart = (statistics.median(times[n]) for n in variants)
            print(f"| {network.graph.name} | {fused:.1f} | {apart:.1f} "
                  f"| {apart / fused:.2f} |", flush=True)


if __name__ == "__main__":
    main()
