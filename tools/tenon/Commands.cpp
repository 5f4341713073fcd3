//===- Commands.cpp - compile, run, inspect, ops --------------------------===//

#include "tools/tenon/Commands.h"
#include "tenon/Import/Onnx/OpTable.h"
#include "tools/tenon/Arguments.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/Path.h"
#include <chrono>
#include <sys/resource.h>

using namespace llvm;
using namespace tenon;
using namespace tenon::tool;

static int writeText(StringRef path, function_ref<void(raw_ostream &)> write) {
  Error error = writeToOutput(path, [&](raw_ostream &os) {
    write(os);
    return Error::success();
  });
  return error ? fail(std::move(error)) : 0;
}

int tool::compile(const CompileArguments &arguments) {
  FailureOr<CompileOptions> options = compileOptions(arguments.model);
  std::optional<Stage> last = stageByName(arguments.compileTo);
  if (failed(options))
    return 2;
  if (!last)
    return fail("there is no stage \"" + arguments.compileTo + "\""), 2;
  options->dumpDirectory = arguments.dumpDirectory;
  std::vector<std::pair<std::string, double>> times;
  options->onStage = [&](StringRef stage, double seconds) {
    for (auto &[name, total] : times)
      if (name == stage) {
        total += seconds;
        return;
      }
    times.emplace_back(stage.str(), seconds);
  };
  Compiler compiler;
  if (arguments.remarks)
    compiler.printRemarks(outs());
  auto module = compiler.read(arguments.model.model, *options);
  if (failed(module))
    return 1;
  if (*last == Stage::llvm || *last == Stage::assembly) {
    auto text = compiler.compileToText(**module, *last, *options);
    return failed(text) ? 1 : writeText(arguments.output, [&](raw_ostream &os) {
      os << *text;
    });
  }
  if (*last != Stage::link) {
    if (failed(compiler.runTo(**module, *last, *options)))
      return 1;
    return writeText(arguments.output,
                     [&](raw_ostream &os) { (*module)->print(os); });
  }
  if (failed(compiler.compileToFile(**module, arguments.output, *options)))
    return 1;
  if (arguments.time) {
    for (auto &[name, seconds] : times)
      outs() << format("%-10s %8.3f s\n", name.c_str(), seconds);
    rusage usage = {};
    getrusage(RUSAGE_SELF, &usage);
    uint64_t bytes = 0;
    if (!sys::fs::file_size(arguments.output, bytes))
      outs() << format("artifact   %8.2f MB\n", bytes * 1e-6);
    outs() << format("peak       %8.0f MB\n", usage.ru_maxrss / 1024.0);
  }
  return 0;
}

static Expected<std::vector<LoadedTensor>>
gatherInputs(const RunArguments &arguments, const tn_module_desc &desc) {
  std::vector<LoadedTensor> tensors(desc.input_count);
  if (!arguments.data.empty())
    return readTensors(arguments.data, "input_");
  for (int32_t i = 0; i < desc.input_count; ++i) {
    StringRef name = desc.inputs[i].name, file;
    for (StringRef text : arguments.inputs)
      if (text.rsplit('=').first == name)
        file = text.rsplit('=').second;
    if (file.empty())
      return createStringError("no --input for \"" + name + "\"");
    Expected<LoadedTensor> tensor = LoadedTensor::read(file);
    if (!tensor)
      return tensor.takeError();
    tensors[i] = std::move(*tensor);
  }
  return tensors;
}

int tool::run(const RunArguments &arguments) {
  auto model = LoadedModel::load(arguments.model, arguments.threads,
                                 !arguments.trace.empty());
  if (failed(model))
    return 1;
  const tn_module_desc &desc = (*model)->desc();
  Expected<std::vector<LoadedTensor>> inputs = gatherInputs(arguments, desc);
  if (!inputs)
    return fail(inputs.takeError());
  std::vector<tn_view> views;
  for (LoadedTensor &tensor : *inputs)
    views.push_back(tensor.view());
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
    outs() << format("latency: median %.3f ms, least %.3f ms, %zu runs\n",
                     milliseconds[milliseconds.size() / 2],
                     milliseconds.front(), milliseconds.size());
  }
  if (!arguments.trace.empty() &&
      tn_session_write_trace((*model)->session(), arguments.trace.c_str()))
    return fail(Twine(tn_last_message()));
  int code = 0;
  for (int32_t i = 0; i < desc.output_count; ++i) {
    const tn_view &view = outputs[i].view;
    outs() << desc.outputs[i].name << ": " << tn_dtype_name(view.dtype) << " [";
    interleaveComma(ArrayRef(view.dims, view.rank), outs());
    outs() << "]\n";
    if (arguments.output.empty())
      continue;
    if (onnx::dataTypeBits(dataTypeOf(view.dtype)) < 8)
      return fail("output \"" + Twine(desc.outputs[i].name) +
                  "\" has a type of fewer than 8 bits, which cannot be written");
    if (std::error_code error =
            sys::fs::create_directories(arguments.output))
      return fail(arguments.output + ": " + error.message());
    SmallString<128> path(arguments.output);
    sys::path::append(path, "output_" + Twine(i) + ".pb");
    ArrayRef<char> bytes(static_cast<char *>(view.data), tn_view_bytes(&view));
    code |= writeText(path, [&](raw_ostream &os) {
      onnx::encodeTensor(os, desc.outputs[i].name, dataTypeOf(view.dtype),
                         ArrayRef(view.dims, view.rank), bytes);
    });
    tn_tensor_release(outputs[i].tensor);
  }
  return code;
}

static void printTensors(StringRef what, const tn_tensor_desc *tensors,
                         int32_t count) {
  for (int32_t i = 0; i < count; ++i) {
    outs() << what << " " << tensors[i].name << ": "
           << tn_dtype_name(tensors[i].dtype) << " [";
    interleaveComma(ArrayRef(tensors[i].dims, tensors[i].rank), outs(),
                    [](const tn_dim_desc &dim) { outs() << dim.text; });
    outs() << "]\n";
  }
}

int tool::inspect(const std::string &artifact, bool kernels) {
  tn_module *module = nullptr;
  if (tn_module_load(artifact.c_str(), &module) != TN_OK)
    return fail(artifact + ": " + tn_last_message());
  const tn_module_desc *desc = tn_module_describe(module);
  outs() << "module " << desc->name << " by " << desc->producer << "\n";
  printTensors("input", desc->inputs, desc->input_count);
  printTensors("output", desc->outputs, desc->output_count);
  for (const tn_symbol_desc &symbol :
       ArrayRef(desc->symbols, desc->symbol_count))
    outs() << "symbol " << symbol.name << "\n";
  outs() << "weights " << desc->weights_bytes << " bytes\n";
  for (const tn_variant_desc &variant :
       ArrayRef(desc->variants, desc->variant_count)) {
    outs() << "variant " << variant.target << ": " << variant.kernel_count
           << " kernels, temporaries ";
    if (variant.arena_bytes < 0)
      outs() << "of dynamic size\n";
    else
      outs() << variant.arena_bytes << " bytes\n";
    if (kernels)
      for (const tn_kernel_desc &kernel :
           ArrayRef(variant.kernels, variant.kernel_count))
        outs() << "  " << kernel.name << "\n";
  }
  tn_module_release(module);
  return 0;
}

int tool::listOperators() {
  for (const onnx::OpTable::Operator *op : onnx::OpTable::get().operators()) {
    outs() << (op->domain.empty() ? "ai.onnx" : op->domain) << " " << op->name
           << " since";
    for (const onnx::OpEntry &entry : op->entries)
      outs() << " " << entry.since;
    outs() << "\n";
  }
  return 0;
}
