#!/usr/bin/env python3
"""Plants one violation at a time in a small tree: tools/check-layout must name
it, and must be silent about the tree without it."""
import pathlib
import subprocess
import sys
import tempfile

CHECK = pathlib.Path(__file__).resolve().parents[2] / "tools" / "check-layout"
TREE = {
    "lib/Size/CMakeLists.txt": "add(Size\n  Area.cpp\n  Length.cpp\n  LINK X)\n",
    "lib/Size/Area.cpp": "",
    "lib/Size/Length.cpp": "",
    "passes/Graph/Passes.td": 'def A : Pass<"tn-drop-all"> {}\n',
    "passes/Graph/DropAll.cpp": "",
    "runtime/core/Run.cpp": "#include <vector>\n",
    "docs/Architecture.md": "Sizes are in `lib/Size`, runs in `runtime/core/Run.cpp`.\n",
    "test/unit/Size/AreaTest.cpp": "",
    "test/passes/Graph/drop-all.mlir": "// RUN: tenon-opt %s --tn-drop-all\n",
    "test/layout/elsewhere.txt":
        "# Why.\n[test/unit/Size/AreaTest.cpp] sizes together\nlib/Size/Length.cpp\n",
}
# What is planted (None removes a file) and what the report must say.
VIOLATIONS = {
    "a source without a test":
        ({"lib/Size/Volume.cpp": ""}, "lib/Size/Volume.cpp: no test of its name"),
    "a test that is gone":
        ({"test/unit/Size/AreaTest.cpp": None}, "lib/Size/Area.cpp: no test of its name"),
    "an entry for what has a test":
        ({"test/unit/Size/LengthTest.cpp": ""}, "lib/Size/Length.cpp: has test/unit/Size"),
    "an entry for no source":
        ({"lib/Size/Length.cpp": None}, "there is no lib/Size/Length.cpp"),
    "an entry without a reason":
        ({"test/layout/elsewhere.txt":
          "[test/unit/Size/AreaTest.cpp]\nlib/Size/Length.cpp\n"},
         "is no `[TEST] reason`"),
    "an entry whose test is gone":
        ({"test/layout/elsewhere.txt": "[test/gone.mlir] why\nlib/Size/Length.cpp\n"},
         "there is no test/gone.mlir"),
    "a pass that no test runs":
        ({"test/passes/Graph/drop-all.mlir": "// RUN: tenon-opt %s --tn-drop-all-x\n"},
         "runs --tn-drop-all"),
    "a path that is not there":
        ({"docs/Architecture.md": "See `lib/Gone.cpp`.\n"}, "there is no lib/Gone.cpp"),
    "a list out of order":
        ({"lib/Size/CMakeLists.txt": "add(Size\n  Length.cpp\n  Area.cpp)\n"},
         "Area.cpp comes after Length.cpp"),
    "a long file":
        ({"lib/Size/Area.cpp": "\n" * 601}, "lib/Size/Area.cpp: 601 lines"),
    "LLVM in the runtime":
        ({"runtime/core/Run.cpp": '#include "llvm/ADT/STLExtras.h"\n'},
         "runtime/core/Run.cpp: the runtime includes"),
    "a global option":
        ({"lib/Size/Area.cpp": "static cl::opt<int> x;\n"}, "lib/Size/Area.cpp: no global"),
}


def check(changes):
    """Exit code and report for the tree with `changes`."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in {**TREE, **changes}.items():
            if text is not None:
                path = pathlib.Path(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
        subprocess.run(["git", "init", "-q", folder], check=True)
        done = subprocess.run([sys.executable, CHECK, folder], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout


failures = 0
code, report = check({})
if code != 0:
    failures += 1
    print(f"the tree without violations fails:\n{report}")
for what, (changes, expected) in VIOLATIONS.items():
    code, report = check(changes)
    if code != 1 or expected not in report:
        failures += 1
        print(f"{what}: expected `{expected}`, got code {code} and\n{report}")
print(f"{len(VIOLATIONS) + 1 - failures} passed, {failures} failed")
sys.exit(bool(failures))
