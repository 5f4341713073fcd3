//===- Roofline.cpp - What kernels can take at least ----------------------===//

#include "tenon/Explain/Report.h"

using namespace tenon;
using namespace tenon::explain;

double Machine::predict(int64_t flops, int64_t bytes) const {
  return std::max(flops / gflops, bytes / bandwidth(bytes)) * 1e-3;
}

bool Machine::isMemoryBound(int64_t flops, int64_t bytes) const {
  return bytes / bandwidth(bytes) > flops / gflops;
}

void Report::predict() {
  struct Sum {
    int64_t flops = 0, bytes = 0, launches = 0;
    double microseconds = 0;
    bool isKnown = true;
  };
  std::vector<Sum> sums(kernels.size());
  for (Step &step : steps) {
    if (step.kernel < 0)
      continue;
    Sum &sum = sums[step.kernel];
    if (!step.flops || !step.bytes) {
      sum.isKnown = false;
      continue;
    }
    ++sum.launches;
    sum.flops += *step.flops;
    sum.bytes += *step.bytes;
    if (machine) {
      step.predicted = machine->predict(*step.flops, *step.bytes);
      sum.microseconds += *step.predicted;
    }
  }
  for (size_t i = 0; i < kernels.size(); ++i) {
    Kernel &kernel = kernels[i];
    const Sum &sum = sums[i];
    if (!sum.isKnown || sum.launches == 0)
      continue;
    // Launches in loops and branches happen as often as was measured.
    double rounds = kernel.calls ? *kernel.calls / sum.launches : 1;
    if (machine)
      kernel.predicted = sum.microseconds * rounds;
    if (!kernel.flops)
      kernel.flops = sum.flops;
    if (!kernel.bytes)
      kernel.bytes = sum.bytes;
  }
}
