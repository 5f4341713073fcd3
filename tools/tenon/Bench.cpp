//===- Bench.cpp - tenon bench --------------------------------------------===//
//
// Latency is measured without the profiler; kernels in runs of their own, with
// it, beside limits of the machine that are measured now.
//
//===----------------------------------------------------------------------===//

#include "tools/tenon/Arguments.h"
#include "tools/tenon/MachineLimits.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/JSON.h"
#include <chrono>
#include <unistd.h>

using namespace llvm;
using namespace tenon;
using namespace tenon::tool;

namespace {

struct Kernel {
  std::string name;
  double calls, microseconds, gflops, gbs; ///< calls and time of one run
  int64_t bytes;                           ///< moved in one run
};

struct Report {
  std::vector<double> milliseconds; ///< of runs, sorted
  MachineLimits limits;
  std::vector<Kernel> kernels; ///< slowest first
  std::string target;
  int threads = 0; ///< of one run
  int64_t arenaBytes = 0;

  double percentile(double p) const {
    return milliseconds[std::min(milliseconds.size() - 1,
                                 size_t(p * milliseconds.size()))];
  }
};

/// Runs of one session on the same inputs.
class Runner {
public:
  Runner(tn_session *session, std::vector<tn_view> views, int32_t outputs)
      : session(session), views(std::move(views)), outputs(outputs) {}
  ~Runner() {
    for (tn_output &output : outputs)
      tn_tensor_release(output.tensor);
  }

  /// Milliseconds of a run; negative if it failed.
  double run() {
    auto start = std::chrono::steady_clock::now();
    if (tn_run(session, views.data(), views.size(), outputs.data(),
               outputs.size()) != TN_OK)
      return -1;
    return std::chrono::duration<double, std::milli>(
               std::chrono::steady_clock::now() - start)
        .count();
  }

private:
  tn_session *session;
  std::vector<tn_view> views;
  std::vector<tn_output> outputs;
};

} // namespace

static bool measureRuns(const BenchArguments &arguments, Runner &runner,
                        Report &report) {
  for (int i = 0; i < arguments.warmup; ++i)
    if (runner.run() < 0)
      return false;
  bool showsProgress = isatty(STDERR_FILENO);
  double total = 0, shown = 0;
  auto isDone = [&] {
    size_t runs = report.milliseconds.size();
    return arguments.iterations > 0
               ? runs >= size_t(arguments.iterations)
               : runs > 0 && total >= arguments.seconds * 1e3;
  };
  while (!isDone()) {
    double time = runner.run();
    if (time < 0)
      return false;
    report.milliseconds.push_back(time);
    total += time;
    if (showsProgress && total - shown > 100) {
      errs() << "\rbench: " << report.milliseconds.size() << " runs, "
             << format("%.1f s", total * 1e-3);
      shown = total;
    }
  }
  if (showsProgress)
    errs() << "\r\033[K";
  llvm::sort(report.milliseconds);
  return true;
}

static void collectKernels(tn_session *session, int runs, Report &report) {
  std::vector<tn_kernel_profile> rows(tn_session_profile(session, nullptr, 0));
  tn_session_profile(session, rows.data(), rows.size());
  for (const tn_kernel_profile &row : rows)
    if (row.calls > 0) {
      double nanoseconds = std::max<double>(row.nanoseconds, 1);
      report.kernels.push_back(
          {row.name, double(row.calls) / runs, nanoseconds * 1e-3 / runs,
           row.flops / nanoseconds, row.bytes / nanoseconds,
           row.bytes / runs});
    }
  llvm::sort(report.kernels, [](const Kernel &a, const Kernel &b) {
    return a.microseconds > b.microseconds;
  });
}

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
  for (const Kernel &kernel : report.kernels)
    total += kernel.microseconds;
  outs() << "   us/run share calls  GFLOP/s  peak    GB/s  copy  kernel\n";
  for (const Kernel &k : report.kernels)
    outs() << format("%9.1f %4.0f%% %5.0f %8.1f %4.0f%% %7.1f %4.0f%%  %s\n",
                     k.microseconds, 100 * k.microseconds / total, k.calls,
                     k.gflops, 100 * k.gflops / report.limits.gflops, k.gbs,
                     100 * k.gbs / report.limits.gbs,
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
        for (const Kernel &kernel : report.kernels)
          json.object([&] {
            json.attribute("name", kernel.name);
            json.attribute("calls", kernel.calls);
            json.attribute("us", kernel.microseconds);
            json.attribute("gflops", kernel.gflops);
            json.attribute("gbs", kernel.gbs);
            json.attribute("bytes", kernel.bytes);
            json.attribute("share_of_peak",
                           kernel.gflops / report.limits.gflops);
            json.attribute("share_of_copy", kernel.gbs / report.limits.gbs);
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
  const tn_module_desc &desc = (*model)->desc();
  Expected<std::vector<LoadedTensor>> inputs =
      gatherInputs(arguments.inputs, arguments.model, desc);
  if (!inputs)
    return fail(inputs.takeError());
  auto failRun = [&] {
    return fail(arguments.model.model + ": " + tn_last_message());
  };
  Report report;
  Runner plain((*model)->session(), viewsOf(*inputs), desc.output_count);
  if (!measureRuns(arguments, plain, report))
    return failRun();
  report.target = tn_session_variant((*model)->session())->target;
  report.threads = tn_session_threads((*model)->session());
  report.arenaBytes = tn_session_arena_bytes((*model)->session());

  tn_options options = {};
  options.struct_bytes = sizeof(options);
  options.threads = arguments.threads;
  options.profile = 1;
  tn_session *profiled = nullptr;
  if (tn_session_create((*model)->handle(), &options, &profiled) != TN_OK)
    return failRun();
  {
    Runner runner(profiled, viewsOf(*inputs), desc.output_count);
    runner.run();
    tn_session_profile_reset(profiled);
    int runs = std::clamp<int>(200 / report.percentile(0.5), 3, 1000);
    for (int i = 0; i < runs; ++i)
      if (runner.run() < 0)
        return failRun();
    collectKernels(profiled, runs, report);
  }
  tn_session_release(profiled);
  report.limits = MachineLimits::measure(report.threads);
  print(report);
  return arguments.json.empty() ? 0 : writeJson(arguments, report);
}
