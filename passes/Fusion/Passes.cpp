//===- Passes.cpp - The fusion phase --------------------------------------===//

#include "passes/Fusion/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void tenon::fusion::buildFusionPipeline(OpPassManager &pm) {
  // 1. One kernel per group of ops.
  pm.addPass(createFormFusionsPass());
  // 2. As few loops per kernel as its values allow.
  pm.addPass(createCollapseDimsPass());
}

void tenon::fusion::registerFusionPasses() {
  registerTenonFusionPasses();
  PassPipelineRegistration<>("tn-fuse", "Every op into a fusion",
                             buildFusionPipeline);
}
