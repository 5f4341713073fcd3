#!/usr/bin/env python3
"""compare.py RESULTS: puts magika on onnxruntime beside what file-type wrote.

Runs the same files through the Python package magika and its model through
onnxruntime (median of five runs on one thread, as file-type). Prints both
times per file; fails if a type differs.
"""
import pathlib
import statistics
import sys
import time

import magika
import numpy as np
import onnxruntime

package = pathlib.Path(magika.__file__).parent
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(
    str(next(package.glob("models/standard_*/model.onnx"))), options,
    providers=["CPUExecutionProvider"])
oracle = magika.Magika()
BLOCK, SIDE, PADDING = 4096, 1024, 256


def features(path):
    data = path.read_bytes()
    head = list(data[:BLOCK].lstrip()[:SIDE])
    tail = list(data[-BLOCK:].rstrip()[-SIDE:])
    row = head + [PADDING] * (SIDE - len(head))
    row += [PADDING] * (SIDE - len(tail)) + tail
    return np.array([row], np.int32)


different, tenon_times, peer_times = 0, [], []
print(f"{'type':14}{'tenon us':>9}{'onnxruntime us':>16}  file")
for line in pathlib.Path(sys.argv[1]).read_text().splitlines():
    name, label, _, micros = line.split("\t")
    path = pathlib.Path(name)
    want = str(oracle.identify_path(path).output.label)
    shown = "-"
    if micros != "0":
        row, times = features(path), []
        for _ in range(5):
            start = time.perf_counter()
            session.run(None, {"bytes": row})
            times.append((time.perf_counter() - start) * 1e6)
        tenon_times.append(float(micros))
        peer_times.append(statistics.median(times))
        shown = f"{peer_times[-1]:.0f}"
    note = "" if label == want else f"  <- magika says {want}"
    different += label != want
    print(f"{label:14}{micros:>9}{shown:>16}  {name}{note}")
if peer_times:
    print(f"median per file: tenon {statistics.median(tenon_times):.0f} us, "
          f"onnxruntime {statistics.median(peer_times):.0f} us (one thread)")
print(f"{different} types differ from the package magika")
sys.exit(bool(different))
