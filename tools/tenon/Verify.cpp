//===- Verify.cpp - Compares results with recorded ones -------------------===//
//===----------------------------------------------------------------------===//

#include "tenon/Tools/Compare.h"
#include "tools/tenon/Arguments.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"

using namespace llvm;
using namespace tenon;
using namespace tenon::tool;

/// Prints what differs; true if nothing does.
static bool compare(StringRef what, const tn_view &got, LoadedTensor &want,
                    const VerifyArguments &arguments) {
  if (want.isNarrow) {
    errs() << what << ": the recorded type has fewer than 8 bits; artifacts have "
           << "no such type, the result is " << tn_dtype_name(got.dtype) << "\n";
    return false;
  }
  Comparison result =
      compareTensors(got, want.view(),
                     {arguments.rtol, arguments.atol, arguments.scale});
  if (!result.right)
    errs() << what << ": " << result.message << "\n";
  else
    outs() << what << ": largest error " << format("%.3g", result.worst)
           << " of " << format("%.3g", result.largest) << "\n";
  return result.right;
}

static bool verifySet(LoadedModel &model, StringRef folder,
                      const VerifyArguments &arguments) {
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
  std::vector<tn_view> views;
  for (LoadedTensor &tensor : *inputs)
    views.push_back(tensor.view());
  std::vector<tn_output> outputs(desc.output_count, tn_output{});
  if (tn_run(model.session(), views.data(), views.size(), outputs.data(),
             outputs.size()) != TN_OK)
    return fail(folder + ": " + tn_last_message()), false;
  bool right = true;
  for (int32_t i = 0; i < desc.output_count; ++i) {
    std::string what = (sys::path::filename(folder) + " output " + Twine(i) +
                        " \"" + desc.outputs[i].name + "\"")
                           .str();
    right &= compare(what, outputs[i].view, (*expected)[i], arguments);
    tn_tensor_release(outputs[i].tensor);
  }
  return right;
}

int tool::verify(const VerifyArguments &arguments) {
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
    right &= verifySet(**model, folder, arguments);
  return right ? 0 : 1;
}
