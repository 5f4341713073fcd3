//===- Measure.cpp - Time of runs, and of the kernels in them -------------===//

#include "tools/tenon/Measure.h"
#include "llvm/Support/Format.h"
#include <chrono>
#include <unistd.h>

using namespace llvm;
using namespace tenon;
using namespace tenon::tool;

namespace {

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

static bool measureRuns(const MeasureOptions &options, Runner &runner,
                        std::vector<double> &milliseconds) {
  for (int i = 0; i < options.warmup; ++i)
    if (runner.run() < 0)
      return false;
  bool showsProgress = isatty(STDERR_FILENO);
  double total = 0, shown = 0;
  auto isDone = [&] {
    return options.iterations > 0
               ? milliseconds.size() >= size_t(options.iterations)
               : !milliseconds.empty() && total >= options.seconds * 1e3;
  };
  while (!isDone()) {
    double time = runner.run();
    if (time < 0)
      return false;
    milliseconds.push_back(time);
    total += time;
    if (showsProgress && total - shown > 100) {
      errs() << "\r" << milliseconds.size() << " runs, "
             << format("%.1f s", total * 1e-3);
      shown = total;
    }
  }
  if (showsProgress)
    errs() << "\r\033[K";
  llvm::sort(milliseconds);
  return true;
}

static void collectKernels(tn_session *session, int runs,
                           Measurement &measurement) {
  std::vector<tn_kernel_profile> rows(tn_session_profile(session, nullptr, 0));
  tn_session_profile(session, rows.data(), rows.size());
  for (const tn_kernel_profile &row : rows)
    measurement.kernels.push_back(
        {row.name, double(row.calls) / runs,
         std::max<double>(row.nanoseconds, 1) * 1e-3 / runs, row.flops / runs,
         row.bytes / runs});
}

std::optional<Measurement> tool::measure(const LoadedModel &model,
                                         std::vector<LoadedTensor> &inputs,
                                         int threads,
                                         const MeasureOptions &measureOptions) {
  Measurement result;
  int32_t outputs = model.desc().output_count;
  Runner plain(model.session(), viewsOf(inputs), outputs);
  if (!measureRuns(measureOptions, plain, result.milliseconds))
    return std::nullopt;
  result.target = tn_session_variant(model.session())->target;
  result.threads = tn_session_threads(model.session());
  result.arenaBytes = tn_session_arena_bytes(model.session());

  tn_options options = {};
  options.struct_bytes = sizeof(options);
  options.threads = threads;
  options.profile = 1;
  tn_session *profiled = nullptr;
  if (tn_session_create(model.handle(), &options, &profiled) != TN_OK)
    return std::nullopt;
  bool ok = true;
  {
    Runner runner(profiled, viewsOf(inputs), outputs);
    runner.run();
    tn_session_profile_reset(profiled);
    int runs = std::clamp<int>(200 / result.percentile(0.5), 3, 1000);
    for (int i = 0; i < runs && ok; ++i)
      ok = runner.run() >= 0;
    collectKernels(profiled, runs, result);
  }
  tn_session_release(profiled);
  if (!ok)
    return std::nullopt;
  return result;
}
