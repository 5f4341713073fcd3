#!/usr/bin/env python3
"""ablation.py BUILD FOLDER... [--threads N]: what each optimization is
worth. Each model (a folder with model.onnx and test_data_set_0) is compiled with
everything, and with one optional pass left out at a time; the artifacts run in
turn. Prints latency relative to everything (above 1: the pass helps), launches and
arena bytes where they differ. `noise` is everything beside itself."""

import argparse
import json
import pathlib
import re
import statistics
import subprocess
import tempfile


class Variant:
    def __init__(self, tenon, model, artifact, data, disabled):
        self.tenon, self.artifact, self.data = tenon, artifact, data
        self.times = []
        options = ["--disable", disabled] if disabled else []
        done = subprocess.run([tenon, "compile", model, "-o", artifact, *options],
                              capture_output=True, text=True)
        self.error = done.stderr.strip() if done.returncode else ""
        if not self.error:
            text = subprocess.run([tenon, "inspect", artifact, "--json"],
                                  capture_output=True, text=True, check=True)
            variant = json.loads(text.stdout)["variants"][0]
            self.launches = variant["launches"]

    def run(self, threads, seconds, report):
        subprocess.run([self.tenon, "bench", self.artifact, "--data", self.data,
                        "--threads", str(threads), "--seconds", str(seconds),
                        "--json", report], check=True, capture_output=True)
        values = json.loads(report.read_text())
        self.times.append(values["latency_ms"]["median"])
        self.arena = values["arena_bytes"]


def optional_passes(tenon, model):
    done = subprocess.run([tenon, "compile", model, "-o", "/dev/null",
                           "--disable=?"], capture_output=True, text=True)
    names = done.stderr.split("there are all, ")[1]
    return re.findall(r"[\w-]+", names)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("models", nargs="+", type=pathlib.Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.2)
    arguments = parser.parse_args()
    tenon = arguments.build / "bin/tenon"
    print("| model | left out | latency | launches | arena, bytes |\n"
          "|---|---|---|---|---|")
    for folder in arguments.models:
        model, data = folder / "model.onnx", folder / "test_data_set_0"
        with tempfile.TemporaryDirectory() as temporary:
            work = pathlib.Path(temporary)
            names = ["", "", *optional_passes(tenon, model)]
            variants = [Variant(tenon, model, work / f"{i}.so", data, name)
                        for i, name in enumerate(names)]
            for _ in range(arguments.rounds):
                for variant in variants:
                    if not variant.error:
                        variant.run(arguments.threads, arguments.seconds,
                                    work / "report.json")
            whole = variants[0]
            base = statistics.median(whole.times)
            print(f"| {folder.name} | nothing | {base:.3f} ms | {whole.launches} "
                  f"| {whole.arena} |")
            for name, variant in list(zip(names, variants))[1:]:
                if variant.error:
                    print(f"| | {name} | {variant.error} | | |")
                    continue
                ratio = statistics.median(variant.times) / base
                print(f"| | {name or 'noise'} | {ratio:.2f} | {variant.launches} "
                      f"| {variant.arena} |", flush=True)


if __name__ == "__main__":
    main()
