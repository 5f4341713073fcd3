#!/usr/bin/env python3
"""inlining.py BUILD: what a profile is worth to a model of many calls.
Instructions of one run (valgrind --tool=callgrind) and machine code of two
builds: without a profile, and with the one that the first build wrote.

The model steps a state through a loop; each round takes one of `branches`
branches, each of `calls` calls of one function. Which branch is hot only the
input says: branch 6, 96 times in 100."""

import argparse
import pathlib
import re
import subprocess
import tempfile

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper

FLOAT, INT64, BOOL = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL
HOT, STEPS, STATE, WIDTH = 6, 200, (2, 16), 16


def info(name, dtype, shape):
    return helper.make_tensor_value_info(name, dtype, shape)


def constant(name, value):
    return helper.make_node("Constant", [], [name],
                            value=numpy_helper.from_array(numpy.array(value)))


def update():
    """z = x + relu(normalized(x) * scale + shift) * scale; scale and shift
    depend on y alone."""
    node = helper.make_node
    mean = {"axes": [-1], "keepdims": 1}
    nodes = [
        node("Sigmoid", ["y"], ["scale"]), node("Tanh", ["y"], ["shift"]),
        node("ReduceMean", ["x"], ["mean"], **mean),
        node("Sub", ["x", "mean"], ["centred"]),
        node("Mul", ["centred", "centred"], ["square"]),
        node("ReduceMean", ["square"], ["variance"], **mean),
        constant("epsilon", numpy.float32(1e-5)),
        node("Add", ["variance", "epsilon"], ["v"]), node("Sqrt", ["v"], ["d"]),
        node("Div", ["centred", "d"], ["n"]), node("Mul", ["n", "scale"], ["a"]),
        node("Add", ["a", "shift"], ["b"]), node("Relu", ["b"], ["r"]),
        node("Mul", ["r", "scale"], ["g"]), node("Sub", ["g", "centred"], ["z"])]
    return helper.make_function("local", "update", ["x", "y"], ["z"], nodes,
                                [helper.make_opsetid("", 17)])


def branch(index, calls):
    """Nodes of one branch and its result."""
    names = ["state"] + [f"s{index}_{i}" for i in range(calls)]
    return [helper.make_node("update", [x, "bias"], [y], f"call{index}_{i}",
                             domain="local")
            for i, (x, y) in enumerate(zip(names, names[1:]))], names[-1]


def choose(index, branches, calls):
    """code == index ? this branch : the next ones."""
    then, result = branch(index, calls)
    if index == branches - 1:
        return then, result
    otherwise, other = choose(index + 1, branches, calls)

    def graph(nodes, value, name):
        nodes = nodes + [helper.make_node("Identity", [value], [name])]
        return helper.make_graph(nodes, name, [], [info(name, FLOAT, STATE)])
    return [constant(f"k{index}", numpy.int64(index)),
            helper.make_node("Equal", ["code", f"k{index}"], [f"is{index}"]),
            helper.make_node("If", [f"is{index}"], [f"chosen{index}"], f"if{index}",
                             then_branch=graph(then, result, f"then{index}"),
                             else_branch=graph(otherwise, other, f"else{index}"))
            ], f"chosen{index}"


def machine(branches=10, calls=8):
    nodes, result = choose(0, branches, calls)
    body = helper.make_graph(
        [helper.make_node("Gather", ["codes", "round"], ["code"]), *nodes,
         helper.make_node("Identity", ["go"], ["goes"]),
         helper.make_node("Identity", [result], ["next"])], "body",
        [info("round", INT64, []), info("go", BOOL, []), info("state", FLOAT, STATE)],
        [info("goes", BOOL, []), info("next", FLOAT, STATE)])
    graph = helper.make_graph(
        [helper.make_node("Shape", ["codes"], ["shape"]),
         helper.make_node("Squeeze", ["shape"], ["rounds"]),
         helper.make_node("Loop", ["rounds", "", "x"], ["y"], "steps", body=body)],
        "machine", [info("codes", INT64, ["steps"]), info("x", FLOAT, STATE),
                    info("bias", FLOAT, [WIDTH])], [info("y", FLOAT, STATE)])
    return helper.make_model(
        graph, functions=[update()], ir_version=8,
        opset_imports=[helper.make_opsetid(d, v) for d, v in (("", 17), ("local", 1))])


def save(folder, **sizes):
    """The model and its inputs; the arguments that name them."""
    random = numpy.random.default_rng(0)
    model = machine(**sizes)
    onnx.save(model, folder / "machine.onnx")
    branches = sizes.get("branches", 10)
    share = numpy.full(branches, 0.04 / (branches - 1))
    share[HOT] = 0.96
    inputs = {"codes": random.choice(branches, STEPS, p=share),
              "x": random.standard_normal(STATE).astype(numpy.float32),
              "bias": random.standard_normal(WIDTH).astype(numpy.float32)}
    arguments = []
    for name, value in inputs.items():
        numpy.save(folder / f"{name}.npy", value)
        arguments += ["--input", f"{name}={folder / name}.npy"]
    return inputs, arguments


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=pathlib.Path)
    build = parser.parse_args().build
    tenon = build / "bin/tenon"

    def run(*command):
        return subprocess.run(list(map(str, command)), check=True, text=True,
                              capture_output=True)
    print("| build | instructions | machine code, bytes | calls inlined |\n"
          "|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        _, inputs = save(work)
        profile = work / "profile.json"
        for name, extra in (("without a profile", []),
                            ("with a profile", ["--profile-use", profile])):
            options = [work / "machine.onnx", "--target", "x86-64-v3", *extra]
            remarks = run(tenon, "compile", *options, "-o", work / "m.so", "--remarks")
            run(tenon, "compile", *options, "-o", work / "m.o")
            code = sum(int(size, 16) for size in re.findall(
                r" \.text\S*\s+PROGBITS\s+\S+ \S+ (\S+)",
                run("readelf", "-SW", work / "m.o").stdout))
            if not extra:
                run(tenon, "run", work / "m.so", *inputs, "--profile", profile)
            done = run("valgrind", "--tool=callgrind", "--toggle-collect=tn_run",
                       f"--callgrind-out-file={work}/out", tenon, "run",
                       work / "m.so", "--threads", 1, *inputs)
            count = int(re.search(r"Collected : (\d+)", done.stderr)[1])
            inlined = remarks.stdout.count("passed Inlined")
            print(f"| {name} | {count:,} | {code:,} | {inlined} |")


if __name__ == "__main__":
    main()
