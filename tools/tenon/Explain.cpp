//===- Explain.cpp - tenon explain ----------------------------------------===//

#include "tenon/Explain/Collector.h"
#include "tools/tenon/MachineLimits.h"
#include "tools/tenon/Measure.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <thread>

using namespace llvm;
using namespace tenon;
using namespace tenon::tool;

/// The inputs, random ones where none is named.
static Expected<std::vector<LoadedTensor>>
inputsOf(const ExplainArguments &arguments, const tn_module_desc &desc) {
  InputArguments inputs = arguments.inputs;
  if (inputs.data.empty())
    for (const tn_tensor_desc &tensor :
         ArrayRef(desc.inputs, desc.input_count)) {
      std::string prefix = std::string(tensor.name) + "=";
      if (none_of(inputs.inputs, [&](StringRef text) {
            return text.rsplit('=').first == tensor.name;
          }))
        inputs.inputs.push_back(prefix + "random");
    }
  return gatherInputs(inputs, arguments.model, desc);
}

/// What the inputs say of symbols.
static StringMap<int64_t> sizesOf(std::vector<LoadedTensor> &inputs,
                                  const tn_module_desc &desc) {
  StringMap<int64_t> sizes;
  for (auto [tensor, described] :
       zip(inputs, ArrayRef(desc.inputs, desc.input_count)))
    for (auto [size, dim] :
         zip(tensor.dims, ArrayRef(described.dims, described.rank)))
      if (dim.symbol >= 0)
        sizes[desc.symbols[dim.symbol].name] = size;
  return sizes;
}

static explain::Machine machineOf(const TargetDesc &target, int threads) {
  MachineLimits limits = MachineLimits::measure(threads);
  return {limits.gflops, limits.gbs, limits.readGbs, limits.cacheGbs,
          threads * target.l2Bytes};
}

static void addTimes(const Measurement &measurement, explain::Report &report) {
  report.latency = {measurement.percentile(0.5), measurement.percentile(0.9),
                    measurement.milliseconds.front(),
                    int64_t(measurement.milliseconds.size())};
  for (auto [kernel, measured] :
       zip_equal(report.kernels, measurement.kernels)) {
    kernel.calls = measured.calls;
    kernel.microseconds = measured.calls > 0 ? measured.microseconds : 0;
    kernel.flops = measured.flops;
    kernel.bytes = measured.bytes;
  }
}

static int write(const ExplainArguments &arguments, explain::Report &report) {
  StringRef path = arguments.model.model;
  StringRef folder = sys::path::filename(sys::path::parent_path(path));
  report.model = (folder.empty() ? "" : folder + "/").str() +
                 sys::path::filename(path).str();
  report.predict();
  Error error = writeToOutput(arguments.output, [&](raw_ostream &os) {
    explain::writePage(report, os);
    return Error::success();
  });
  return error ? fail(std::move(error)) : 0;
}

/// For the first target, whatever machine this is; predictions are for this
/// one.
static int explainOnly(const ExplainArguments &arguments,
                       CompileOptions options) {
  if (options.targets.empty())
    options.hostOnly = true;
  else
    options.targets.resize(1);
  explain::Collector collector;
  Compiler compiler;
  collector.attach(compiler, options);
  auto module = compiler.read(arguments.model.model, options);
  if (failed(module))
    return 1;
  FailureOr<CompiledModule> compiled = compiler.compile(**module, options);
  if (failed(compiled))
    return 1;
  explain::Report report =
      collector.report(compiler.modelFile()->model().graph, {});
  report.memory.weightBytes = compiled->table.weightsBytes;
  report.unmeasured = "--no-run was given";
  TargetDesc target = options.hostOnly
                          ? cantFail(TargetDesc::lookup(report.target))
                          : options.targets.front();
  if (runsHere(target)) {
    report.threads = arguments.threads;
    if (report.threads == 0)
      report.threads = std::max(1u, std::thread::hardware_concurrency());
    report.machine = machineOf(target, report.threads);
  }
  return write(arguments, report);
}

int tool::explain(const ExplainArguments &arguments) {
  FailureOr<CompileOptions> options = compileOptions(arguments.model);
  if (failed(options))
    return 2;
  if (!StringRef(arguments.model.model).ends_with(".onnx"))
    return fail(arguments.model.model +
                ": explain compiles a model itself; give it the model.onnx");
  if (arguments.noRun)
    return explainOnly(arguments, *options);
  if (!arguments.model.targets.empty())
    return fail("--target is for --no-run: what is measured is compiled for "
                "this machine"),
           2;

  explain::Collector collector;
  auto model =
      LoadedModel::load(arguments.model, arguments.threads, false,
                        [&](Compiler &compiler, CompileOptions &options) {
                          collector.attach(compiler, options);
                        });
  if (failed(model))
    return 1;
  const tn_module_desc &desc = (*model)->desc();
  bool isAsked =
      !arguments.inputs.data.empty() || !arguments.inputs.inputs.empty();
  Expected<std::vector<LoadedTensor>> inputs = inputsOf(arguments, desc);
  std::string problem = inputs ? "" : toString(inputs.takeError());
  std::optional<Measurement> measurement;
  StringMap<int64_t> sizes;
  if (inputs) {
    sizes = sizesOf(*inputs, desc);
    measurement = measure(**model, *inputs, arguments.threads, {});
    if (!measurement)
      problem = tn_last_message();
  }
  // Inputs that the user chose must work; random ones need not.
  if (!measurement && isAsked)
    return fail(arguments.model.model + ": " + problem);

  explain::Report report = collector.report(
      (*model)->compilerUsed().modelFile()->model().graph, sizes);
  report.memory.weightBytes = desc.weights_bytes;
  report.threads = tn_session_threads((*model)->session());
  report.machine = machineOf(cantFail(TargetDesc::lookup(report.target)),
                             report.threads);
  report.unmeasured = problem;
  if (measurement)
    addTimes(*measurement, report);
  else
    errs() << "not measured: " << problem << "\n";
  return write(arguments, report);
}
