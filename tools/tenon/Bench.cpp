//===- Bench.cpp - tenon bench --------------------------------------------===//
//
// What was measured, beside limits of the machine that are measured now.
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/MachineLimits.h"
#include "tools/tenon/Measure.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"

using namespace llvm;
using namespace tenon;
using namespace tenon::tool;

namespace {
struct Report : Measurement {
  MachineLimits limits;
  std::vector<Kernel> slowest; ///< those that ran, slowest first
};
} // namespace

static void print(const Report &report) {
  outs() << format("latency  median %.4g ms, p90 %.4g, p99 %.4g, least %.4g; "
                   "%zu runs, %d threads, %s\n",
                   report.percentile(0.5), report.percentile(0.9),
                   report.percentile(0.99), report.milliseconds.front(),
                   report.milliseconds.size(), report.threads,
                   report.target.c_str());
  outs() << format("machine  %.0f GFLOP/s, %.1f GB/s\n", report.limits.gflops,
                   report.limits.gbs);
  double total = 0;
  for (const Measurement::Kernel &kernel : report.slowest)
    total += kernel.microseconds;
  outs() << "   us/run share calls  GFLOP/s  peak    GB/s  copy  kernel\n";
  for (const Measurement::Kernel &k : report.slowest)
    outs() << format("%9.1f %4.0f%% %5.0f %8.1f %4.0f%% %7.1f %4.0f%%  %s\n",
                     k.microseconds, 100 * k.microseconds / total, k.calls,
                     k.gflops(), 100 * k.gflops() / report.limits.gflops,
                     k.gbs(), 100 * k.gbs() / report.limits.gbs,
                     StringRef(k.name).take_front(90).str().c_str());
}

static int writeJson(const BenchArguments &arguments, const Report &report) {
  Error error = writeToOutput(arguments.json, [&](raw_ostream &os) {
    json::OStream json(os, /*IndentSize=*/2);
    json.object([&] {
      json.attribute("model", arguments.model.model);
      json.attribute("target", report.target);
      json.attribute("threads", report.threads);
      json.attribute("runs", int64_t(report.milliseconds.size()));
      json.attribute("arena_bytes", report.arenaBytes);
      json.attributeObject("latency_ms", [&] {
        json.attribute("median", report.percentile(0.5));
        json.attribute("p90", report.percentile(0.9));
        json.attribute("p99", report.percentile(0.99));
        json.attribute("min", report.milliseconds.front());
        json.attribute("max", report.milliseconds.back());
      });
      json.attributeObject("machine", [&] {
        json.attribute("gflops", report.limits.gflops);
        json.attribute("gbs", report.limits.gbs);
      });
      json.attributeArray("kernels", [&] {
        for (const Measurement::Kernel &kernel : report.slowest)
          json.object([&] {
            json.attribute("name", kernel.name);
            json.attribute("calls", kernel.calls);
            json.attribute("us", kernel.microseconds);
            json.attribute("gflops", kernel.gflops());
            json.attribute("gbs", kernel.gbs());
            json.attribute("bytes", kernel.bytes);
            json.attribute("share_of_peak",
                           kernel.gflops() / report.limits.gflops);
            json.attribute("share_of_copy", kernel.gbs() / report.limits.gbs);
          });
      });
    });
    os << "\n";
    return Error::success();
  });
  return error ? fail(std::move(error)) : 0;
}

int tool::bench(const BenchArguments &arguments) {
  if (failed(compileOptions(arguments.model)))
    return 2;
  auto model = LoadedModel::load(arguments.model, arguments.threads, false);
  if (failed(model))
    return 1;
  Expected<std::vector<LoadedTensor>> inputs =
      gatherInputs(arguments.inputs, arguments.model, (*model)->desc());
  if (!inputs)
    return fail(inputs.takeError());
  std::optional<Measurement> measurement =
      measure(**model, *inputs, arguments.threads, arguments.measure);
  if (!measurement)
    return fail(arguments.model.model + ": " + tn_last_message());
  Report report{*measurement, MachineLimits::measure(measurement->threads)};
  copy_if(report.kernels, std::back_inserter(report.slowest),
          [](const Measurement::Kernel &kernel) { return kernel.calls > 0; });
  llvm::sort(report.slowest, [](const auto &a, const auto &b) {
    return a.microseconds > b.microseconds;
  });
  print(report);
  return arguments.json.empty() ? 0 : writeJson(arguments, report);
}
