//===- Passes.cpp - The fusion phase --------------------------------------===//

#include "passes/Fusion/Passes.h"
#include "passes/OptionalPasses.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void tenon::fusion::buildFusionPipeline(OpPassManager &pm,
                                        const llvm::StringSet<> &disabled) {
  // 1. One kernel per group of ops.
  FormFusionsPassOptions options;
  options.groups = !disabled.contains("tn-form-fusions");
  pm.addPass(createFormFusionsPass(options));
  // 2. As few loops per kernel as its values allow.
  addOptional(pm, createCollapseDimsPass(), disabled);
}

void tenon::fusion::registerFusionPasses() {
  registerTenonFusionPasses();
  PassPipelineRegistration<>("tn-fuse", "Every op into a fusion",
                             [](OpPassManager &pm) { buildFusionPipeline(pm); });
}
