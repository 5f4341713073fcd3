#!/usr/bin/env python3
"""Prints what the outputs of magika's model mean: threshold, name, fallback.

With --model prints the path of the model instead. Both are data of the
installed Python package magika.
"""
import json
import pathlib
import sys

import magika

package = pathlib.Path(magika.__file__).parent
model = next(package.glob("models/standard_*/model.onnx"))
if "--model" in sys.argv[1:]:
    print(model)
    sys.exit()
config = json.loads((model.parent / "config.min.json").read_text())
kinds = json.loads((package / "config/content_types_kb.min.json").read_text())
for label in config["target_labels_space"]:
    threshold = config["thresholds"].get(label,
                                         config["medium_confidence_threshold"])
    name = config["overwrite_map"].get(label, label)
    print(threshold, name, "txt" if kinds[name]["is_text"] else "unknown")
