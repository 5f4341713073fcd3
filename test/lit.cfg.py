# The lit suite: IR in, IR out. Loaded by lit.site.cfg.py of a build folder.

import os

import lit.formats

config.name = "tenon"
config.test_format = lit.formats.ShTest(execute_external=False)
config.test_source_root = os.path.dirname(__file__)
config.suffixes = [".mlir", ".test"]
config.excludes = ["unit", "runtime"]

config.environment["PATH"] = os.pathsep.join(
    [config.tenon_tools_dir, config.llvm_tools_dir, config.environment["PATH"]]
)
