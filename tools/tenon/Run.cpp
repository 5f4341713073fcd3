//===- Run.cpp - tenon run ------------------------------------------------===//

#include "tenon/Tools/Npy.h"
#include "tools/tenon/Arguments.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"
#include <chrono>

using namespace llvm;
using namespace tenon;
using namespace tenon::tool;

static int writeOutput(const RunArguments &arguments, int32_t i,
                       const tn_view &view) {
  if (std::error_code error = sys::fs::create_directories(arguments.output))
    return fail(arguments.output + ": " + error.message());
  SmallString<128> path(arguments.output);
  sys::path::append(path, "output_" + Twine(i) + ".npy");
  Error error = writeToOutput(path, [&](raw_ostream &os) {
    writeNpy(os, view);
    return Error::success();
  });
  return error ? fail(std::move(error)) : 0;
}

int tool::run(const RunArguments &arguments) {
  if (failed(compileOptions(arguments.model)))
    return 2;
  auto model = LoadedModel::load(arguments.model, arguments.threads,
                                 !arguments.trace.empty() ||
                                     !arguments.profile.empty());
  if (failed(model))
    return 1;
  const tn_module_desc &desc = (*model)->desc();
  Expected<std::vector<LoadedTensor>> inputs =
      gatherInputs(arguments.inputs, arguments.model, desc);
  if (!inputs)
    return fail(inputs.takeError());
  std::vector<tn_view> views = viewsOf(*inputs);
  std::vector<tn_output> outputs(desc.output_count, tn_output{});
  std::vector<double> milliseconds;
  for (int i = 0; i <= arguments.repeat; ++i) {
    auto start = std::chrono::steady_clock::now();
    if (tn_run((*model)->session(), views.data(), views.size(), outputs.data(),
               outputs.size()) != TN_OK)
      return fail(arguments.model.model + ": " + tn_last_message());
    if (i > 0)
      milliseconds.push_back(std::chrono::duration<double, std::milli>(
                                 std::chrono::steady_clock::now() - start)
                                 .count());
  }
  if (!milliseconds.empty()) {
    llvm::sort(milliseconds);
    outs() << format("latency: median %.4g ms, least %.4g ms, %zu runs\n",
                     milliseconds[milliseconds.size() / 2],
                     milliseconds.front(), milliseconds.size());
  }
  if (!arguments.profile.empty() &&
      tn_session_write_profile((*model)->session(), arguments.profile.c_str()))
    return fail(Twine(tn_last_message()));
  if (!arguments.trace.empty() &&
      tn_session_write_trace((*model)->session(), arguments.trace.c_str()))
    return fail(Twine(tn_last_message()));
  int code = 0;
  for (int32_t i = 0; i < desc.output_count; ++i) {
    const tn_view &view = outputs[i].view;
    outs() << desc.outputs[i].name << ": " << tn_dtype_name(view.dtype) << " [";
    interleaveComma(ArrayRef(view.dims, view.rank), outs());
    outs() << "]\n";
    if (!arguments.output.empty())
      code |= writeOutput(arguments, i, view);
    tn_tensor_release(outputs[i].tensor);
  }
  return code;
}
