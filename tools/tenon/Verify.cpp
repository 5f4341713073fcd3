//===- Verify.cpp - Compares results with recorded ones -------------------===//
//
// Recorded in data sets, or by onnxruntime now; then, where an output differs,
// the first node that does is searched for by bisection over the nodes in
// topological order.
//
//===----------------------------------------------------------------------===//

#include "tenon/Tools/Compare.h"
#include "tools/tenon/Arguments.h"
#include "tools/tenon/Reference.h"
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
  if (want.isNarrow) {
    errs() << what << ": the recorded type has fewer than 8 bits; artifacts have "
           << "no such type, the result is " << tn_dtype_name(got.dtype) << "\n";
    return false;
  }
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

/// The error that models.json, in the folder around a model's data, grants it:
/// eight times what onnxruntime's own optimizations change, or `tolerance`.
static std::optional<double> recordedScale(StringRef data) {
  SmallString<128> folder(data);
  sys::fs::make_absolute(folder);
  while (sys::path::filename(folder) == "." ||
         sys::path::filename(folder).starts_with("test_data_set"))
    sys::path::remove_filename(folder);
  SmallString<128> file(sys::path::parent_path(folder));
  sys::path::append(file, "models.json");
  auto text = MemoryBuffer::getFile(file);
  if (!text)
    return std::nullopt;
  Expected<json::Value> parsed = json::parse((*text)->getBuffer());
  if (!parsed)
    return consumeError(parsed.takeError()), std::nullopt;
  const json::Object *models = parsed->getAsObject();
  const json::Object *entry =
      models ? models->getObject(sys::path::filename(folder)) : nullptr;
  if (!entry)
    return std::nullopt;
  std::optional<double> noise = entry->getNumber("optimized_vs_plain_onnxruntime");
  return noise ? std::optional(8 * *noise) : std::nullopt;
}

static Tolerance toleranceOf(const VerifyArguments &arguments) {
  constexpr double kDefaultScale = 5e-5;
  double scale = arguments.scale;
  if (scale == 0)
    scale = std::max(kDefaultScale, arguments.data.empty()
                                        ? kDefaultScale
                                        : recordedScale(arguments.data)
                                              .value_or(kDefaultScale));
  return {arguments.rtol, arguments.atol, scale};
}

static int verifyData(const VerifyArguments &arguments) {
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
    right &= verifySet(**model, folder, toleranceOf(arguments));
  return right ? 0 : 1;
}

//===----------------------------------------------------------------------===//
// onnxruntime
//===----------------------------------------------------------------------===//

/// Compares these values of the model; prints if `isShown`. Fails if the model
/// cannot be compiled or run so.
static FailureOr<bool> agrees(const VerifyArguments &arguments,
                              MutableArrayRef<ReferenceValue> values,
                              std::vector<LoadedTensor> &inputs, bool isShown) {
  ModelArguments chosen = arguments.model;
  for (const ReferenceValue &value : values)
    chosen.outputs.push_back(value.value);
  auto model = LoadedModel::load(chosen, arguments.threads, false);
  if (failed(model))
    return failure();
  std::vector<tn_view> views = viewsOf(inputs);
  std::vector<tn_output> outputs(values.size(), tn_output{});
  if (tn_run((*model)->session(), views.data(), views.size(), outputs.data(),
             outputs.size()) != TN_OK)
    return fail(arguments.model.model + ": " + tn_last_message()), failure();
  bool right = true;
  for (auto [value, output] : zip_equal(values, outputs)) {
    Tolerance tolerance = toleranceOf(arguments);
    right &= isShown ? compare("output \"" + value.value + "\"", output.view,
                               value.tensor, tolerance)
                     : compareTensors(output.view, value.tensor.view(), tolerance)
                           .right;
    tn_tensor_release(output.tensor);
  }
  return right;
}

/// Prints the first node whose result differs, if one is found.
static int reportFirstNode(const VerifyArguments &arguments,
                           const tn_module_desc &desc,
                           std::vector<LoadedTensor> &inputs) {
  auto values = runReference(arguments.model.model, desc, inputs, true);
  if (!values)
    return fail(values.takeError());
  size_t right = 0, wrong = values->size(); // [0, right) agree, wrong differs
  while (right < wrong) {
    size_t middle = (right + wrong) / 2;
    FailureOr<bool> same = agrees(
        arguments, MutableArrayRef(*values).slice(middle, 1), inputs, false);
    if (failed(same))
      return 1;
    (*same ? right : wrong) = *same ? middle + 1 : middle;
  }
  if (wrong < values->size())
    errs() << "first difference: node \"" << (*values)[wrong].node
           << "\", value \"" << (*values)[wrong].value << "\"\n";
  else
    errs() << "no node by itself differs: the difference arises where several "
              "are optimized together; see --disable\n";
  return 1;
}

static int verifyByReference(const VerifyArguments &arguments) {
  if (!StringRef(arguments.model.model).ends_with(".onnx"))
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
  auto values = runReference(arguments.model.model, desc, *inputs, false);
  if (!values)
    return fail(values.takeError());
  FailureOr<bool> same = agrees(arguments, *values, *inputs, true);
  if (failed(same))
    return 1;
  return *same ? 0 : reportFirstNode(arguments, desc, *inputs);
}

int tool::verify(const VerifyArguments &arguments) {
  if (failed(compileOptions(arguments.model)))
    return 2;
  return arguments.data.empty() ? verifyByReference(arguments)
                                : verifyData(arguments);
}
