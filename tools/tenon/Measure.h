//===- Measure.h - Time of runs, and of the kernels in them -----*- C++ -*-===//
//
// Latency is measured without the profiler; kernels in runs of their own, with
// it.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_TENON_MEASURE_H
#define TENON_TOOLS_TENON_MEASURE_H

#include "tools/tenon/Arguments.h"

namespace tenon::tool {

struct Measurement {
  /// One of the variant's kernels in one run.
  struct Kernel {
    std::string name;
    double calls, microseconds;
    int64_t flops, bytes;

    double gflops() const { return flops * 1e-3 / microseconds; }
    double gbs() const { return bytes * 1e-3 / microseconds; }
  };

  std::vector<double> milliseconds; ///< of runs, sorted
  std::vector<Kernel> kernels;      ///< in the variant's order, all of them
  std::string target;
  int threads = 0; ///< of one run
  int64_t arenaBytes = 0;

  double percentile(double p) const {
    return milliseconds[std::min(milliseconds.size() - 1,
                                 size_t(p * milliseconds.size()))];
  }
};

/// Runs the model again and again on the same inputs; nullopt with
/// tn_last_message set if a run fails.
std::optional<Measurement> measure(const LoadedModel &model,
                                   std::vector<LoadedTensor> &inputs,
                                   int threads, const MeasureOptions &options);

} // namespace tenon::tool

#endif // TENON_TOOLS_TENON_MEASURE_H
