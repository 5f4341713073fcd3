//===- Passes.cpp - The schedule phase ------------------------------------===//

#include "passes/OptionalPasses.h"
#include "passes/Schedule/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassOptions.h"
#include "mlir/Pass/PassRegistry.h"

using namespace mlir;

void tenon::schedule::buildSchedulePipeline(OpPassManager &pm,
                                            StringRef target,
                                            const llvm::StringSet<> &disabled) {
  // 1. How each kernel looks.
  ScheduleFusionsPassOptions options;
  options.target = target.str();
  pm.addPass(createScheduleFusionsPass(options));
  // 2. Weights in the layout that the kernels read.
  pm.addPass(createPackWeightsPass());
  // 3. Kernels that can run side by side in one launch.
  addOptional(pm, createBatchFusionsPass(), disabled);
}

namespace {
struct ScheduleOptions : PassPipelineOptions<ScheduleOptions> {
  Option<std::string> target{
      *this, "target", llvm::cl::desc("name or file of the target"),
      llvm::cl::init("x86-64-v4")};
};
} // namespace

void tenon::schedule::registerSchedulePasses() {
  registerTenonSchedulePasses();
  PassPipelineRegistration<ScheduleOptions>(
      "tn-schedule", "Schedules of fusions and layouts of weights",
      [](OpPassManager &pm, const ScheduleOptions &options) {
        buildSchedulePipeline(pm, options.target);
      });
}
