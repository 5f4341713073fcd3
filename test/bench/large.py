#!/usr/bin/env python3
"""large.py BUILD [--nodes N] [--kinds dead,chain,wide]: how the
compiler's time grows with the graph. Compiles made-up graphs of N and 2 N nodes
with BUILD/bin/tenon and prints the time of each stage and its growth:

  dead   every second node is dead; also the time of tn-eliminate-dead-nodes
  chain  products, elementwise ops, softmax and transposes, one after the other
  wide   100 columns of convolutions and elementwise ops that exchange values
"""

import argparse
import pathlib
import re
import subprocess
import tempfile

import numpy
import onnx
from onnx import helper, numpy_helper


class Graph:
    def __init__(self, name, shape):
        self.name, self.shape = name, shape
        self.nodes, self.weights = [], []
        self.random = numpy.random.default_rng(0)

    def add(self, op, *inputs, **attributes):
        index = len(self.nodes)
        name = f"v{index}"
        self.nodes.append(
            helper.make_node(op, inputs, [name], name=f"n{index}", **attributes))
        return name

    def weight(self, *shape):
        name = f"w{len(self.weights)}"
        data = 0.1 * self.random.standard_normal(shape).astype(numpy.float32)
        self.weights.append(numpy_helper.from_array(data, name))
        return name

    def save(self, result, path):
        tensor = helper.make_tensor_value_info
        graph = helper.make_graph(
            self.nodes, self.name,
            [tensor("x", onnx.TensorProto.FLOAT, self.shape)],
            [tensor(result, onnx.TensorProto.FLOAT, None)], self.weights)
        model = helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
        onnx.save(model, path)


def make_dead(count, path):
    graph = Graph("dead", [4])
    live = dead = "x"
    while len(graph.nodes) < count:
        dead = graph.add("Add", live, dead)
        live = graph.add("Tanh", live)
    graph.save(live, path)


def make_chain(count, path):
    graph = Graph("chain", [16, 16])
    products = [graph.weight(16, 16) for _ in range(8)]
    biases = [graph.weight(16) for _ in range(8)]
    x, layer = "x", 0
    while len(graph.nodes) < count:
        layer += 1
        y = graph.add("MatMul", x, products[layer % 8])
        y = graph.add("Add", y, biases[3 * layer % 8])
        y = graph.add(("Relu", "Sigmoid", "Tanh")[layer % 3], y)
        y = graph.add("Add", y, x)
        if layer % 4 == 0:
            y = graph.add("Softmax", y, axis=-1)
        x = graph.add("Tanh", graph.add("Mul", y, biases[5 * layer % 8]))
        if layer % 5 == 0:
            turned = graph.add("Transpose", x, perm=[1, 0])
            x = graph.add("Tanh", graph.add("MatMul", turned, x))
    graph.save(x, path)


def make_wide(count, path, columns=100):
    graph = Graph("wide", [1, 8, 8, 8])
    filters = [graph.weight(8, 8, 3, 3) for _ in range(16)]
    values, row = ["x"] * columns, 0
    while len(graph.nodes) < count - columns:
        for i in range(columns):
            if row % 4 == 0:
                values[i] = graph.add("Conv", values[i],
                                      filters[(7 * row + i) % 16],
                                      pads=[1, 1, 1, 1])
            elif row % 4 == 2:
                values[i] = graph.add("Add", values[i],
                                      values[(i + 1) % columns])
            else:
                values[i] = graph.add(("Relu", "Sigmoid")[row // 2 % 2],
                                      values[i])
        row += 1
    graph.save(graph.add("Concat", *values, axis=1), path)


MAKERS = {"dead": make_dead, "chain": make_chain, "wide": make_wide}


def run(*command):
    done = subprocess.run([str(word) for word in command], text=True,
                          capture_output=True)
    if done.returncode != 0:
        raise SystemExit(done.stdout + done.stderr)
    return done.stdout + done.stderr


def compile_times(tenon, model, folder):
    text = run(tenon, "compile", model, "-o", folder / "model.so", "--target",
               "x86-64-v4", "--time")
    times = {name: float(value) for name, value in
             re.findall(r"^(\w+) +([\d.]+) s$", text, re.M)}
    times["all"] = sum(times.values())
    times["artifact, MB"] = float(re.search(r"artifact +([\d.]+)", text)[1])
    times["peak, MB"] = float(re.search(r"peak +([\d.]+)", text)[1])
    return times


def pass_times(build, model, folder):
    imported = folder / "imported.mlir"
    run(build / "bin/tenon", "compile", model, "-o", imported, "--compile-to",
        "import")
    text = run(build / "bin/tenon-opt", imported, "--tn-eliminate-dead-nodes",
               "--mlir-timing", "--mlir-disable-threading", "-o", "/dev/null")
    found = re.search(r"([\d.]+) \( *[\d.]+%\) +EliminateDeadNodes", text)
    return {"eliminate-dead-nodes": float(found[1])}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("--nodes", type=int, default=50_000)
    parser.add_argument("--kinds", default="dead,chain,wide")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for kind in arguments.kinds.split(","):
            columns = []
            for count in (arguments.nodes, 2 * arguments.nodes):
                model = folder / f"{kind}.onnx"
                MAKERS[kind](count, model)
                times = compile_times(arguments.build / "bin/tenon", model,
                                      folder)
                if kind == "dead":
                    times |= pass_times(arguments.build, model, folder)
                columns.append(times)
            print(f"\n| {kind} | {arguments.nodes} | {2 * arguments.nodes} | "
                  "growth |\n|---|---|---|---|")
            for stage, once in columns[0].items():
                twice = columns[1][stage]
                print(f"| {stage} | {once:.2f} | {twice:.2f} | "
                      f"{twice / max(once, 1e-3):.2f} |", flush=True)


if __name__ == "__main__":
    main()
