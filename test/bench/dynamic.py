#!/usr/bin/env python3
"""dynamic.py MODELS [name...]: one artifact for all shapes beside builds for one
shape each, over 20 shapes per model of the folder of developer models. The
results of the one artifact must be those of onnxruntime; prints the median
latency of both (1 thread, rounds alternate, the order too), the median of
their ratios, and the largest difference from onnxruntime."""

import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

import numpy as np
import onnx
import onnxruntime

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TENON = ROOT / "build/bin/tenon"
SHAPES = {
    # One token (decoding) after p, or a prompt of s.
    "stories260k": [{"b": 1, "s": 1, "p": p, "t": p + 1}
                    for p in range(4, 164, 16)] +
                   [{"b": b, "s": s, "p": 0, "t": s}
                    for b in (1, 2) for s in (4, 9, 16, 33, 64)],
    "bert-toy": [{"batch": b, "max_seq_len_in_batch": s}
                 for b in (1, 2, 3, 8) for s in (5, 14, 32, 63, 128)],
    "ppocr-det": [{"p2o.DynamicDimension.0": 1, "p2o.DynamicDimension.1": h,
                   "p2o.DynamicDimension.2": w}
                  for h in (64, 96, 160, 224) for w in (64, 128, 192, 256, 320)],
}
ROUNDS = 5
SECONDS = 0.1  # of each in a round
TOLERANCE = 1e-3  # of the largest value of an output


def run(*command):
    done = subprocess.run([str(word) for word in command], text=True,
                          capture_output=True)
    if done.returncode != 0:
        raise SystemExit(done.stdout + done.stderr)
    return done.stdout


def feed_for(model, shape):
    """Random values for the inputs of `model`: floats, or small integers."""
    random = np.random.default_rng(0)
    graph = onnx.load(model, load_external_data=False).graph
    weights = {weight.name for weight in graph.initializer}
    feed = {}
    for value in graph.input:
        if value.name in weights:
            continue
        tensor = value.type.tensor_type
        dims = [shape[d.dim_param] if d.dim_param else d.dim_value
                for d in tensor.shape.dim]
        dtype = onnx.helper.tensor_dtype_to_np_dtype(tensor.elem_type)
        values = (random.uniform(-1, 1, dims) if dtype.kind == "f"
                  else random.integers(0, 2, dims))
        feed[value.name] = values.astype(dtype)
    return feed


def save(feed, folder):
    """Arguments that name the inputs."""
    arguments = []
    for i, (name, array) in enumerate(feed.items()):
        np.save(folder / f"in{i}.npy", array)
        arguments += ["--input", f"{name}={folder / f'in{i}.npy'}"]
    return arguments


def difference(artifact, session, feed, inputs, folder):
    """The largest one from onnxruntime, by the largest value of the output or,
    as probabilities of noise may all be near 0, by 1."""
    results = folder / "results"
    run(TENON, "run", artifact, *inputs, "--output", results)
    worst = 0.0
    for i, want in enumerate(session.run(None, feed)):
        got = np.load(results / f"output_{i}.npy")
        if got.shape != want.shape:
            raise SystemExit(f"output {i}: shape {got.shape} for {want.shape}")
        scale = max(float(np.abs(want).max(initial=0)), 1.0)
        worst = max(worst, float(np.abs(got - want).max(initial=0)) / scale)
    return worst


def latency(artifact, inputs, folder):
    report = folder / "report.json"
    run(TENON, "bench", artifact, "--threads", 1, "--seconds", SECONDS, *inputs,
        "--json", report)
    return json.loads(report.read_text())["latency_ms"]["median"]


def measure(model, shapes, folder):
    dynamic, static = folder / "dynamic.so", folder / "static.so"
    run(TENON, "compile", model, "-o", dynamic)
    session = onnxruntime.InferenceSession(str(model),
                                           providers=["CPUExecutionProvider"])
    ratios, worst = [], 0.0
    for shape in shapes:
        feed = feed_for(model, shape)
        inputs = save(feed, folder)
        error = difference(dynamic, session, feed, inputs, folder)
        worst = max(worst, error)
        run(TENON, "compile", model, "-o", static,
            *[word for name, size in shape.items()
              for word in ("--dim", f"{name}={size}")])
        times = {dynamic: [], static: []}
        for i in range(ROUNDS):
            for artifact in (dynamic, static) if i % 2 else (static, dynamic):
                times[artifact].append(latency(artifact, inputs, folder))
        ours, special = (statistics.median(column) for column in times.values())
        ratios.append(ours / special)
        text = " ".join(str(size) for size in shape.values())
        print(f"| {model.parent.name} | {text} | {ours:.4f} | {special:.4f} | "
              f"{ratios[-1]:.2f} | {error:.1e} |", flush=True)
    return statistics.median(ratios), worst


def main():
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    summary = {}
    print("| model | sizes | dynamic, ms | one shape, ms | ratio | difference |\n"
          "|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name in sys.argv[2:] or SHAPES:
            model = pathlib.Path(sys.argv[1]) / name / "model.onnx"
            summary[name] = measure(model, SHAPES[name], pathlib.Path(folder))
    for name, (ratio, worst) in summary.items():
        print(f"\n{name}: median ratio {ratio:.3f}, largest difference {worst:.1e}")
    wrong = [name for name, (_, worst) in summary.items() if worst > TOLERANCE]
    if wrong:
        raise SystemExit(f"not what onnxruntime computes: {', '.join(wrong)}")


if __name__ == "__main__":
    main()
