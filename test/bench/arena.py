#!/usr/bin/env python3
"""arena.py BUILD FOLDER...: for each model.onnx below FOLDER, the bytes of its
arena beside the least that any packing needs (the most bytes that live at one
step), from the remarks of `tenon compile`."""

import pathlib
import re
import subprocess
import sys


def main():
    if len(sys.argv) < 3:
        raise SystemExit(__doc__)
    tenon = pathlib.Path(sys.argv[1]) / "bin/tenon"
    models = sorted(model for folder in sys.argv[2:]
                    for model in pathlib.Path(folder).rglob("model.onnx"))
    print("| model | slots | written over an input | arena, bytes | lower bound "
          "| ratio |\n|---|---|---|---|---|---|")
    ratios = []
    for model in models:
        done = subprocess.run(
            [tenon, "compile", model, "-o", "/dev/null", "--compile-to", "plan",
             "--remarks"], text=True, capture_output=True)
        found = re.findall(r"passed Arena \[plan\] (.*)", done.stdout)
        if done.returncode != 0 or not found:
            continue
        # The last one: folding constants makes plans too.
        values = dict(word.split("=") for word in found[-1].split(", "))
        name = model.parent.name
        row = [name, values["Slots"], values["Overwritten"]]
        if "Bytes" not in values:
            print("|", " | ".join(row), "| at run time | | |")
            continue
        size, bound = int(values["Bytes"]), int(values["LowerBound"])
        ratios.append(size / bound if bound else 1)
        print("|", " | ".join(row), f"| {size} | {bound} | {ratios[-1]:.3f} |",
              flush=True)
    near = sum(ratio <= 1.02 for ratio in ratios)
    print(f"\n{near} of {len(ratios)} within 1.02")


if __name__ == "__main__":
    main()
