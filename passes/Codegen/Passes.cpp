//===- Passes.cpp - Registers the codegen phase ---------------------------===//

#include "passes/Codegen/Passes.h"
#include "passes/Codegen/Lower/Lower.h"
#include "mlir/Pass/PassRegistry.h"

using namespace mlir;

namespace tenon::codegen {

void registerCodegenPasses() {
  registerTenonCodegenPasses();
  PassPipelineRegistration<>(
      "tn-lower-to-llvm",
      "Lowers kernels and host programs to the LLVM dialect",
      [](OpPassManager &pm) { buildLowerToLLVM(pm); });
}

} // namespace tenon::codegen
