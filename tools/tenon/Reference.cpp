//===- Reference.cpp - Results of onnxruntime -----------------------------===//

#include "tools/tenon/Reference.h"
#include "tenon/Tools/Npy.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"

using namespace llvm;
using namespace tenon;
using namespace tenon::tool;

/// argv: model, folder, whether every node. Reads in_N.npy, writes out_N.npy
/// and values.json, which describes each. A value that is no tensor is left
/// out: what reads it reads what it is made of.
static constexpr StringLiteral kProgram = R"py(
import json, pathlib, sys
try:
    import numpy, onnx, onnxruntime
except ImportError as error:
    sys.exit(f"{error}; install onnx and onnxruntime, or set TENON_PYTHON")
model, folder, every = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3] == "1"
options = onnxruntime.SessionOptions()
options.log_severity_level = 3
options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL

def names_read(node):
    names = list(node.input)
    for attribute in node.attribute:
        for graph in [attribute.g, *attribute.graphs]:
            names += [name for inner in graph.node for name in names_read(inner)]
            names += [output.name for output in graph.output]
    return names

source = model
if every:
    proto = onnx.load(model)
    outputs = [o.name for o in proto.graph.output]
    made = [(v, n) for n in proto.graph.node for v in n.output if v]
    proto.graph.output.extend(onnx.ValueInfoProto(name=v) for v, _ in made if v not in outputs)
    source = str(folder / "probed.onnx")
    onnx.save(proto, source)
session = onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
feed = {}
for i, entry in enumerate(session.get_inputs()):
    value = numpy.load(folder / f"in_{i}.npy")
    if value.dtype.kind == "V":
        sys.exit(f"input {entry.name} has a type that numpy lacks; give --data")
    feed[entry.name] = value
wanted = made if every else [(o.name, onnx.NodeProto()) for o in session.get_outputs()]
results = session.run([v for v, _ in wanted], feed)
values, behind = [], {}
for (value, node), result in zip(wanted, results):
    reads = sorted({i for name in names_read(node) for i in behind.get(name, [])})
    behind[value] = reads
    if isinstance(result, numpy.ndarray) and result.dtype.kind in "fiub":
        numpy.save(folder / f"out_{len(values)}.npy", numpy.ascontiguousarray(result).reshape(result.shape))
        behind[value] = [len(values)]
        values.append({"node": node.name, "op": node.op_type, "value": value, "reads": reads})
(folder / "values.json").write_text(json.dumps(values))
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

namespace tenon::tool {
/// For json::parse.
static bool fromJSON(const json::Value &from, ReferenceValue &value,
                     json::Path path) {
  json::ObjectMapper object(from, path);
  std::vector<int64_t> reads;
  if (!object || !object.map("node", value.node) ||
      !object.map("op", value.op) || !object.map("value", value.value) ||
      !object.map("reads", reads))
    return false;
  value.reads.assign(reads.begin(), reads.end());
  return true;
}
} // namespace tenon::tool

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
  auto text = MemoryBuffer::getFile(folder.file("values.json"));
  if (!text)
    return createStringError("onnxruntime gave no results");
  Expected<std::vector<ReferenceValue>> values =
      json::parse<std::vector<ReferenceValue>>((*text)->getBuffer());
  if (!values)
    return values.takeError();
  for (auto [i, value] : enumerate(*values)) {
    Expected<LoadedTensor> tensor =
        LoadedTensor::read(folder.file("out_" + Twine(i) + ".npy"));
    if (!tensor)
      return tensor.takeError();
    value.tensor = std::move(*tensor);
  }
  return values;
}
