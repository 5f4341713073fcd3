//===- Passes.cpp - The graph phase ---------------------------------------===//

#include "passes/Graph/Passes.h"
#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"

using namespace mlir;

void tenon::graph::buildNormalizePipeline(OpPassManager &pm,
                                          ConstantEvaluator evaluator) {
  // 1. One function.
  pm.addPass(createInlinerPass());
  pm.addPass(createSymbolDCEPass());
  // 2. One expression per size, sizes gone from the graph.
  pm.addPass(createInferSymbolicShapesPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  // 3. Channels-last from end to end.
  pm.addPass(createUnfoldConvTransposePass());
  pm.addPass(createSinkTransposesPass());
  // 4. What is constant is computed now.
  pm.addPass(createEliminateDeadNodesPass());
  if (evaluator)
    pm.addPass(createFoldConstants(std::move(evaluator)));
  // 5. Weights as kernels will read them.
  pm.addPass(createFoldWeightLayoutsPass());
  pm.addPass(createCanonicalizerPass());
  pm.addPass(createCSEPass());
  pm.addPass(createEliminateDeadNodesPass());
}

void tenon::graph::registerGraphPasses() {
  registerTenonGraphPasses();
  PassPipelineRegistration<>(
      "tn-normalize", "Imported modules to normalized ones",
      [](OpPassManager &pm) { buildNormalizePipeline(pm); });
}
