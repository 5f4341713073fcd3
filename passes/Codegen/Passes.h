//===- Passes.h - The passes of the codegen phase ---------------*- C++ -*-===//

#ifndef TENON_PASSES_CODEGEN_PASSES_H
#define TENON_PASSES_CODEGEN_PASSES_H

#include "mlir/Pass/Pass.h"

namespace tenon::codegen {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/Codegen/Passes.h.inc"

/// Registers the passes and the pipeline `tn-lower-to-llvm`.
void registerCodegenPasses();

} // namespace tenon::codegen

#endif // TENON_PASSES_CODEGEN_PASSES_H
