#!/usr/bin/env python3
"""peers.py FOLDER [name...]: latency of compiled models beside onnxruntime and,
where it is installed, OpenVINO; f32, 1 and 2 threads, rounds interleaved in one
run. The shapes are those of the data set, for OpenVINO static ones.

FOLDER is that of the developer models (light-* are given weights first; without
names, those of test/models/verified.txt), or any with NAME/model.onnx and
NAME/test_data_set_0, as tools/check-networks --full leaves in
build/networks/full (without names, all in it). Prints a table of medians in
milliseconds and the geometric mean of the ratios to onnxruntime.
"""
import argparse
import math
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnx
import onnxruntime
from onnx import numpy_helper

try:
    import openvino
except ImportError:
    openvino = None

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
ROUNDS = 3
SECONDS = 0.4  # of each in a round, at least five runs


def timed(run):
    run()
    times = []
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end or len(times) < 5:
        start = time.perf_counter()
        run()
        times.append((time.perf_counter() - start) * 1e3)
    return times


def onnxruntime_runner(model, feed, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(model), options,
                                           providers=["CPUExecutionProvider"])
    return lambda: session.run(None, feed)


def openvino_runner(model, feed, threads):
    core = openvino.Core()
    loaded = core.read_model(model)
    loaded.reshape({k: list(v.shape) for k, v in feed.items()})
    compiled = core.compile_model(loaded, "CPU", {
        "INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY",
        "INFERENCE_PRECISION_HINT": "f32"})
    request = compiled.create_infer_request()
    return lambda: request.infer(feed)


def tenon_median(artifact, data, threads, repeats):
    output = subprocess.run(
        [ROOT / "build/bin/tenon", "run", artifact, "--data", data, "--threads",
         str(threads), "--repeat", str(repeats)], capture_output=True, text=True,
        check=True).stdout
    return float(output.split("median ")[1].split(" ")[0])


def chosen(folder):
    if (folder / "models.json").exists():
        listed = (ROOT / "test/models/verified.txt").read_text().splitlines()
        return [n for n in listed if n and not n.startswith("#")]
    return sorted(p.parent.name for p in folder.glob("*/model.onnx"))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path, metavar="FOLDER")
    parser.add_argument("names", nargs="*", metavar="name")
    arguments = parser.parse_args()
    models = arguments.folder
    names = arguments.names or chosen(models)
    ratios = {1: [], 2: []}
    print("| model | threads | tenon | onnxruntime | OpenVINO | tenon/onnxruntime |")
    print("|---|---|---|---|---|---|")
    for name in names:
        model, data = models / name / "model.onnx", models / name / "test_data_set_0"
        with tempfile.TemporaryDirectory() as folder:
            if name.startswith("light-"):
                written = pathlib.Path(folder) / "model.onnx"
                subprocess.run([sys.executable, models / "materialize.py", model,
                                written], check=True)
                model = written
            artifact = pathlib.Path(folder) / "model.so"
            subprocess.run([ROOT / "build/bin/tenon", "compile", model, "-o",
                            artifact], check=True)
            graph = onnx.load(model, load_external_data=False).graph
            weights = {i.name for i in graph.initializer}
            inputs = [i.name for i in graph.input if i.name not in weights]
            feed = {}
            for i, input_name in enumerate(inputs):
                proto = onnx.TensorProto()
                proto.ParseFromString((data / f"input_{i}.pb").read_bytes())
                feed[input_name] = np.array(numpy_helper.to_array(proto))
            for threads in (1, 2):
                peers = {"onnxruntime": onnxruntime_runner(model, feed, threads)}
                if openvino:
                    try:
                        peers["openvino"] = openvino_runner(model, feed, threads)
                    except RuntimeError as error:
                        print(f"{name}: OpenVINO: {str(error)[-200:]}",
                              file=sys.stderr)
                ours, theirs = [], {p: [] for p in peers}
                one = tenon_median(artifact, data, threads, 1)
                repeats = max(5, min(30, int(1000 * SECONDS / max(one, 1e-3))))
                for _ in range(ROUNDS):
                    ours.append(tenon_median(artifact, data, threads, repeats))
                    for peer, run in list(peers.items()):
                        try:
                            theirs[peer] += timed(run)
                        except RuntimeError as error:
                            print(f"{name}: {peer}: {str(error)[-200:]}",
                                  file=sys.stderr)
                            del peers[peer], theirs[peer]
                tenon = statistics.median(ours)
                ort = statistics.median(theirs["onnxruntime"])
                vino = (f"{statistics.median(theirs['openvino']):.3f}"
                        if "openvino" in theirs else "-")
                ratios[threads].append(tenon / ort)
                print(f"| {name} | {threads} | {tenon:.3f} | {ort:.3f} | {vino} |"
                      f" {tenon / ort:.2f} |", flush=True)
    for threads, values in ratios.items():
        mean = math.exp(statistics.mean(map(math.log, values)))
        print(f"\ngeometric mean of tenon/onnxruntime, {threads} thread(s): "
              f"{mean:.2f}; worst {max(values):.2f}")


if __name__ == "__main__":
    main()
