//===- Verify.cpp - Compares results with recorded ones -------------------===//
//
// Recorded in data sets, or by onnxruntime now; then, where an output differs,
// the node where it begins is searched for among those it depends on, by
// compiling the model up to one of them.
//
//===----------------------------------------------------------------------===//

#include "tenon/Tools/Compare.h"
#include "tenon/Tools/FirstDifference.h"
#include "tools/tenon/Arguments.h"
#include "tools/tenon/Reference.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace tenon;
using namespace tenon::tool;

/// Prints what differs; true if nothing does.
static bool compare(StringRef what, const tn_view &got, LoadedTensor &want,
                    const Tolerance &tolerance) {
  Comparison result = compareTensors(got, want.view(), tolerance);
  if (!result.right)
    errs() << what << ": " << result.message << "\n";
  else
    outs() << what << ": largest error " << format("%.3g", result.worst)
           << " of " << format("%.3g", result.largest) << "\n";
  return result.right;
}

static bool verifySet(LoadedModel &model, StringRef folder,
                      const Tolerance &tolerance) {
  Expected<std::vector<LoadedTensor>> inputs = readTensors(folder, "input_");
  if (!inputs)
    return fail(inputs.takeError()), false;
  Expected<std::vector<LoadedTensor>> expected = readTensors(folder, "output_");
  if (!expected)
    return fail(expected.takeError()), false;
  const tn_module_desc &desc = model.desc();
  if (int32_t(expected->size()) != desc.output_count)
    return fail(folder + ": " + Twine(expected->size()) +
                " outputs are recorded, the model has " +
                Twine(desc.output_count)),
           false;
  std::vector<tn_view> views = viewsOf(*inputs);
  std::vector<tn_output> outputs(desc.output_count, tn_output{});
  if (tn_run(model.session(), views.data(), views.size(), outputs.data(),
             outputs.size()) != TN_OK)
    return fail(folder + ": " + tn_last_message()), false;
  bool right = true;
  for (int32_t i = 0; i < desc.output_count; ++i) {
    std::string what = (sys::path::filename(folder) + " output " + Twine(i) +
                        " \"" + desc.outputs[i].name + "\"")
                           .str();
    right &= compare(what, outputs[i].view, (*expected)[i], tolerance);
    tn_tensor_release(outputs[i].tensor);
  }
  return right;
}

/// What models.json, in the folder around a model's data, grants it: eight
/// times what onnxruntime's own optimizations change. Where that is much, as
/// between rounded integers, the largest elements must be the same ones.
static Expected<Tolerance> toleranceOf(const VerifyArguments &arguments) {
  constexpr double kMostScale = 0.08;
  Tolerance tolerance{arguments.rtol, arguments.atol};
  if (arguments.scale) {
    tolerance.scale = *arguments.scale;
    return tolerance;
  }
  if (arguments.data.empty())
    return tolerance;
  SmallString<128> folder(arguments.data);
  sys::fs::make_absolute(folder);
  while (sys::path::filename(folder) == "." ||
         sys::path::filename(folder).starts_with("test_data_set"))
    sys::path::remove_filename(folder);
  SmallString<128> file(sys::path::parent_path(folder));
  sys::path::append(file, "models.json");
  auto text = MemoryBuffer::getFile(file);
  if (!text)
    return tolerance;
  Expected<json::Value> models = json::parse((*text)->getBuffer());
  if (!models)
    return createStringError(file + ": " + toString(models.takeError()));
  const json::Object *model =
      models->getAsObject()
          ? models->getAsObject()->getObject(sys::path::filename(folder))
          : nullptr;
  if (!model)
    return tolerance;
  std::optional<double> noise =
      model->getNumber("optimized_vs_plain_onnxruntime");
  if (!noise)
    return createStringError(file + ": \"" + sys::path::filename(folder) +
                             "\" has no number optimized_vs_plain_onnxruntime");
  tolerance.sameTop = 8 * *noise > kMostScale;
  tolerance.scale = std::clamp(8 * *noise, tolerance.scale, kMostScale);
  return tolerance;
}

static int verifyData(const VerifyArguments &arguments,
                      const Tolerance &tolerance) {
  auto model = LoadedModel::load(arguments.model, arguments.threads, false);
  if (failed(model))
    return 1;
  std::vector<std::string> folders;
  std::error_code error;
  for (sys::fs::directory_iterator it(arguments.data, error), end;
       it != end && !error; it.increment(error))
    if (sys::path::filename(it->path()).starts_with("test_data_set"))
      folders.push_back(it->path());
  llvm::sort(folders);
  if (error)
    return fail(arguments.data + ": " + error.message());
  if (folders.empty())
    folders.push_back(arguments.data);
  bool right = true;
  for (const std::string &folder : folders)
    right &= verifySet(**model, folder, tolerance);
  return right ? 0 : 1;
}

//===----------------------------------------------------------------------===//
// onnxruntime
//===----------------------------------------------------------------------===//

namespace {
/// A model, random inputs, and what is right for them.
struct Trial {
  const VerifyArguments &arguments;
  const Tolerance &tolerance;
  std::vector<LoadedTensor> inputs;

  /// Which of the model's outputs, `values` of it, differ. Fails if it cannot
  /// run.
  FailureOr<BitVector> compare(LoadedModel &model,
                               MutableArrayRef<ReferenceValue> values,
                               bool isShown);
  /// Whether this value is right if the model is compiled up to it only.
  FailureOr<bool> agrees(ReferenceValue &value);
};
} // namespace

FailureOr<BitVector> Trial::compare(LoadedModel &model,
                                    MutableArrayRef<ReferenceValue> values,
                                    bool isShown) {
  std::vector<tn_view> views = viewsOf(inputs);
  std::vector<tn_output> outputs(values.size(), tn_output{});
  if (tn_run(model.session(), views.data(), views.size(), outputs.data(),
             outputs.size()) != TN_OK)
    return fail(arguments.model.model + ": " + tn_last_message()), failure();
  BitVector differing(values.size());
  for (auto [i, value, output] : enumerate(values, outputs)) {
    bool right =
        isShown
            ? ::compare("output \"" + value.value + "\"", output.view,
                        value.tensor, tolerance)
            : compareTensors(output.view, value.tensor.view(), tolerance).right;
    differing[i] = !right;
    tn_tensor_release(output.tensor);
  }
  return differing;
}

FailureOr<bool> Trial::agrees(ReferenceValue &value) {
  ModelArguments upToValue = arguments.model;
  upToValue.outputs = {value.value};
  auto model = LoadedModel::load(upToValue, arguments.threads, false);
  if (failed(model))
    return failure();
  FailureOr<BitVector> differing = compare(**model, value, false);
  if (failed(differing))
    return failure();
  return differing->none();
}

/// Prints where the difference of `output` begins.
static void reportFirstNode(Trial &trial, const tn_module_desc &desc,
                            StringRef output) {
  auto values =
      runReference(trial.arguments.model.model, desc, trial.inputs, true);
  if (!values) {
    fail(values.takeError());
    return;
  }
  auto wrong = find_if(*values, [&](const ReferenceValue &value) {
    return value.value == output;
  });
  if (wrong == values->end()) {
    errs() << "no node makes output \"" << output << "\"\n";
    return;
  }
  std::vector<SmallVector<unsigned>> reads;
  for (const ReferenceValue &value : *values)
    reads.push_back(value.reads);
  auto first = findFirstDifference(reads, wrong - values->begin(), [&](auto v) {
    return trial.agrees((*values)[v]);
  });
  if (failed(first))
    return;
  if (!*first) {
    errs() << "output \"" << output << "\" is right if the model is compiled "
           << "for it alone: the difference arises where several outputs are "
           << "optimized together; see --disable\n";
    return;
  }
  const ReferenceValue &value = (*values)[**first];
  errs() << "first difference: node \"" << value.node << "\" (" << value.op
         << "), value \"" << value.value << "\"; what it reads agrees\n";
}

static int verifyByReference(const VerifyArguments &arguments,
                             const Tolerance &tolerance) {
  const std::string &path = arguments.model.model;
  if (!StringRef(path).ends_with(".onnx"))
    return fail("verify without --data wants a model.onnx, which onnxruntime "
                "can run");
  auto model = LoadedModel::load(arguments.model, arguments.threads, false);
  if (failed(model))
    return 1;
  const tn_module_desc &desc = (*model)->desc();
  InputArguments random;
  for (const tn_tensor_desc &input : ArrayRef(desc.inputs, desc.input_count))
    random.inputs.push_back(std::string(input.name) + "=random");
  Expected<std::vector<LoadedTensor>> inputs =
      gatherInputs(random, arguments.model, desc);
  if (!inputs)
    return fail(inputs.takeError());
  Trial trial{arguments, tolerance, std::move(*inputs)};
  auto values = runReference(path, desc, trial.inputs, false);
  if (!values)
    return fail(values.takeError());
  if (int32_t(values->size()) != desc.output_count)
    return fail(path + ": onnxruntime gave " + Twine(values->size()) +
                " tensors of types that numpy has, the model has " +
                Twine(desc.output_count) + " outputs");
  FailureOr<BitVector> differing = trial.compare(**model, *values, true);
  if (failed(differing))
    return 1;
  if (differing->none())
    return 0;
  reportFirstNode(trial, desc, (*values)[differing->find_first()].value);
  return 1;
}

int tool::verify(const VerifyArguments &arguments) {
  if (failed(compileOptions(arguments.model)))
    return 2;
  Expected<Tolerance> tolerance = toleranceOf(arguments);
  if (!tolerance)
    return fail(tolerance.takeError());
  return arguments.data.empty() ? verifyByReference(arguments, *tolerance)
                                : verifyData(arguments, *tolerance);
}
