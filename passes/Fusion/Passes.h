//===- Passes.h - The passes of the fusion phase ----------------*- C++ -*-===//

#ifndef TENON_PASSES_FUSION_PASSES_H
#define TENON_PASSES_FUSION_PASSES_H

#include "mlir/Pass/Pass.h"
#include "llvm/ADT/StringSet.h"

namespace tenon::fusion {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/Fusion/Passes.h.inc"

/// Normalized tn functions -> every op in a fusion; passes named in `disabled`
/// do the least that is necessary.
void buildFusionPipeline(mlir::OpPassManager &pm,
                         const llvm::StringSet<> &disabled = {});
/// Registers the passes and the pipeline `tn-fuse`.
void registerFusionPasses();

} // namespace tenon::fusion

#endif // TENON_PASSES_FUSION_PASSES_H
