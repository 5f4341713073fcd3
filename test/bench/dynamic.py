#!/usr/bin/env python3
"""dynamic.py BUILD MODELS [name...]: one artifact for all shapes beside builds
for one shape each. For 20 shapes per model prints the median latency of both
(1 thread, rounds alternate) and the median of their ratios."""

import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

SHAPES = {
    # A prompt of s tokens after p, or one token (decoding).
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


def run(*command):
    done = subprocess.run([str(word) for word in command], text=True,
                          capture_output=True)
    if done.returncode != 0:
        raise SystemExit(done.stdout + done.stderr)
    return done.stdout


def dims_of(shape):
    return [word for name, size in shape.items()
            for word in ("--dim", f"{name}={size}")]


def latency(tenon, artifact, inputs, dims, folder):
    report = folder / "report.json"
    run(tenon, "bench", artifact, "--threads", 1, "--seconds", 0.1,
        *[word for name in inputs for word in ("--input", f"{name}=random")],
        *dims, "--json", report)
    return json.loads(report.read_text())["latency_ms"]["median"]


def inputs_of(tenon, artifact):
    return [line.split()[1].rstrip(":")
            for line in run(tenon, "inspect", artifact).splitlines()
            if line.startswith("input ")]


def measure(tenon, model, shapes, folder):
    dynamic, static = folder / "dynamic.so", folder / "static.so"
    run(tenon, "compile", model, "-o", dynamic)
    inputs = inputs_of(tenon, dynamic)
    ratios = []
    for shape in shapes:
        dims = dims_of(shape)
        run(tenon, "compile", model, "-o", static, *dims)
        rounds = [(latency(tenon, dynamic, inputs, dims, folder),
                   latency(tenon, static, inputs, [], folder))
                  for _ in range(ROUNDS)]
        ours, special = (statistics.median(column) for column in zip(*rounds))
        ratios.append(ours / special)
        text = " ".join(str(size) for size in shape.values())
        print(f"| {model.parent.name} | {text} | {ours:.4f} | {special:.4f} | "
              f"{ratios[-1]:.2f} |", flush=True)
    return statistics.median(ratios)


def main():
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    tenon = pathlib.Path(sys.argv[1]) / "bin/tenon"
    medians = {}
    print("| model | sizes | dynamic, ms | one shape, ms | ratio |\n"
          "|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for name in sys.argv[3:] or SHAPES:
            model = pathlib.Path(sys.argv[2]) / name / "model.onnx"
            medians[name] = measure(tenon, model, SHAPES[name],
                                    pathlib.Path(folder))
    for name, ratio in medians.items():
        print(f"\nmedian ratio of {name}: {ratio:.3f}")


if __name__ == "__main__":
    main()
