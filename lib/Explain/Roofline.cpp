//===- Roofline.cpp - What kernels take at least --------------------------===//

#include "tenon/Explain/Report.h"
#include "llvm/ADT/STLExtras.h"

using namespace tenon;
using namespace tenon::explain;

double Machine::moving(int64_t cold, int64_t others) const {
  return (cold / readGbs + others / (others <= cacheBytes ? cacheGbs : gbs)) *
         1e-3;
}

namespace {
/// Of the launches of one kernel.
struct Sum {
  int64_t flops = 0, bytes = 0, launches = 0;
  double computing = 0, moving = 0, predicted = 0; ///< microseconds
  bool isKnown = true;
};
} // namespace

void Report::predict() {
  // The weights of one run are gone from the caches in the next, unless they
  // all fit.
  bool areWeightsCold = machine && memory.weightBytes > machine->cacheBytes;
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
    if (!machine)
      continue;
    int64_t cold = areWeightsCold ? step.storedBytes : 0;
    double computing = machine->computing(*step.flops);
    double moving = machine->moving(cold, *step.bytes - cold);
    step.predicted = std::max(computing, moving);
    sum.computing += computing;
    sum.moving += moving;
    sum.predicted += *step.predicted;
  }
  for (auto [kernel, sum] : llvm::zip_equal(kernels, sums)) {
    if (!sum.isKnown || sum.launches == 0)
      continue;
    // Launches in loops and branches happen as often as was measured.
    double rounds = kernel.calls ? *kernel.calls / sum.launches : 1;
    if (machine) {
      kernel.predicted = sum.predicted * rounds;
      kernel.isMemoryBound = sum.moving > sum.computing;
    }
    if (!kernel.flops)
      kernel.flops = sum.flops;
    if (!kernel.bytes)
      kernel.bytes = sum.bytes;
  }
}
