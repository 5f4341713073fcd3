//===- Passes.cpp - The graph phase ---------------------------------------===//

#include "passes/Graph/Passes.h"
#include "passes/OptionalPasses.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void tenon::graph::buildNormalizePipeline(OpPassManager &pm,
                                          ConstantEvaluator evaluator,
                                          const llvm::StringSet<> &disabled,
                                          const profile::ExecutionProfile
                                              *profile) {
  auto optional = [&](std::unique_ptr<Pass> pass) {
    addOptional(pm, std::move(pass), disabled);
  };
  // 1. Live ops, in as few functions as are worth it.
  optional(createEliminateDeadNodesPass());
  pm.addPass(createInlineHotFunctions(
      {profile, disabled.contains("tn-inline-hot-functions")}));
  // 2. One expression per size, sizes gone from the graph.
  pm.addPass(createInferSymbolicShapesPass());
  pm.addPass(createCanonicalizerPass());
  optional(createCSEPass());
  optional(createUnrollHotLoops(profile));
  // 3. Channels-last from end to end.
  optional(createSinkTransposesPass());
  optional(createFoldAffinePass());
  optional(createUnfoldConvTransposePass());
  optional(createSinkTransposesPass());
  // 4. What is constant is computed now.
  optional(createEliminateDeadNodesPass());
  optional(createFormIntegerProductsPass());
  optional(createKeepWeightsNarrowPass());
  if (evaluator)
    optional(createFoldConstants(std::move(evaluator)));
  // 5. Ops that stand for many.
  optional(createRecognizeAttentionPass());
  // 6. Weights as kernels will read them.
  optional(createFoldWeightLayoutsPass());
  pm.addPass(createCanonicalizerPass());
  optional(createCSEPass());
  optional(createEliminateDeadNodesPass());
}

void tenon::graph::registerGraphPasses() {
  registerTenonGraphPasses();
  PassPipelineRegistration<>(
      "tn-normalize", "Imported modules to normalized ones",
      [](OpPassManager &pm) { buildNormalizePipeline(pm); });
}
