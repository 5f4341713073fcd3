//===- Reference.cpp - Results of onnxruntime -----------------------------===//

#include "tools/tenon/Reference.h"
#include "tenon/Tools/Npy.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"

using namespace llvm;
using namespace tenon;
using namespace tenon::tool;

/// argv: model, folder, whether every node. Reads in_N.npy, writes out_N.npy and
/// a line "node\tvalue" for each in names.txt.
static constexpr StringLiteral kProgram = R"py(
import pathlib, sys
try:
    import numpy, onnx, onnxruntime
except ImportError as error:
    sys.exit(f"{error}; install onnx and onnxruntime, or set TENON_PYTHON")
model, folder, every = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3] == "1"
options = onnxruntime.SessionOptions()
options.log_severity_level = 3
options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
names = []
source = model
if every:
    proto = onnx.load(model)
    outputs = [o.name for o in proto.graph.output]
    made = [(n.name or n.op_type, v) for n in proto.graph.node for v in n.output if v]
    proto.graph.output.extend(onnx.ValueInfoProto(name=v) for _, v in made if v not in outputs)
    source = str(folder / "probed.onnx")
    onnx.save(proto, source)
session = onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
feed = {}
for i, entry in enumerate(session.get_inputs()):
    value = numpy.load(folder / f"in_{i}.npy")
    if value.dtype.kind == "V":
        sys.exit(f"input {entry.name} has a type that numpy lacks; give --data")
    feed[entry.name] = value
wanted = made if every else [("", o.name) for o in session.get_outputs()]
results = session.run([v for _, v in wanted], feed)
kept = 0
with open(folder / "names.txt", "w") as lines:
    for (node, value), result in zip(wanted, results):
        if isinstance(result, numpy.ndarray) and result.dtype.kind in "fiub":
            numpy.save(folder / f"out_{kept}.npy", numpy.ascontiguousarray(result).reshape(result.shape))
            lines.write(f"{node}\t{value}\n")
            kept += 1
)py";

namespace {
/// A folder that goes with the object.
struct TemporaryFolder {
  SmallString<128> path;
  TemporaryFolder() { sys::fs::createUniqueDirectory("tenon-verify", path); }
  ~TemporaryFolder() { sys::fs::remove_directories(path); }
  std::string file(const Twine &name) const {
    SmallString<128> full(path);
    sys::path::append(full, name);
    return full.str().str();
  }
};
} // namespace

static Error runPython(const std::string &model, const TemporaryFolder &folder,
                       bool everyNode) {
  std::optional<std::string> chosen = sys::Process::GetEnv("TENON_PYTHON");
  ErrorOr<std::string> python =
      sys::findProgramByName(chosen.value_or("python3"));
  if (!python || !sys::fs::can_execute(*python))
    return createStringError("no " + chosen.value_or("python3") +
                             " to run onnxruntime; set TENON_PYTHON or give "
                             "--data");
  std::string errors = folder.file("errors.txt");
  std::optional<StringRef> redirects[] = {StringRef(), StringRef(),
                                          StringRef(errors)};
  int code = sys::ExecuteAndWait(
      *python,
      {*python, "-c", kProgram, model, folder.path, everyNode ? "1" : "0"},
      std::nullopt, redirects);
  if (code == 0)
    return Error::success();
  auto text = MemoryBuffer::getFile(errors);
  StringRef last = text ? (*text)->getBuffer().rtrim() : StringRef();
  return createStringError("onnxruntime failed: " + last.rsplit('\n').second +
                           (last.contains('\n') ? "" : last));
}

Expected<std::vector<ReferenceValue>>
tool::runReference(const std::string &model, const tn_module_desc &desc,
                   std::vector<LoadedTensor> &inputs, bool everyNode) {
  TemporaryFolder folder;
  for (auto [i, input] : enumerate(inputs)) {
    std::error_code error;
    raw_fd_ostream os(folder.file("in_" + Twine(i) + ".npy"), error);
    if (error)
      return createStringError(folder.path + ": " + error.message());
    writeNpy(os, input.view());
  }
  if (Error error = runPython(model, folder, everyNode))
    return std::move(error);
  auto names = MemoryBuffer::getFile(folder.file("names.txt"));
  if (!names)
    return createStringError("onnxruntime gave no results");
  SmallVector<StringRef> lines;
  (*names)->getBuffer().split(lines, '\n', -1, /*KeepEmpty=*/false);
  std::vector<ReferenceValue> values;
  for (auto [i, line] : enumerate(lines)) {
    Expected<LoadedTensor> tensor =
        LoadedTensor::read(folder.file("out_" + Twine(i) + ".npy"));
    if (!tensor)
      return tensor.takeError();
    auto [node, value] = line.split('\t');
    values.push_back({node.str(), value.str(), std::move(*tensor)});
  }
  return values;
}
