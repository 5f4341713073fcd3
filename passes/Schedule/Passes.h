//===- Passes.h - The passes of the schedule phase --------------*- C++ -*-===//

#ifndef TENON_PASSES_SCHEDULE_PASSES_H
#define TENON_PASSES_SCHEDULE_PASSES_H

#include "tenon/Target/TargetDesc.h"
#include "mlir/Pass/Pass.h"
#include "llvm/ADT/StringSet.h"

namespace tenon::schedule {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/Schedule/Passes.h.inc"

/// Fusions -> fusions with schedules and packed weights; passes named in
/// `disabled` are left out.
void buildSchedulePipeline(mlir::OpPassManager &pm, llvm::StringRef target,
                           const llvm::StringSet<> &disabled = {});
/// Registers the passes and the pipeline `tn-schedule`.
void registerSchedulePasses();

} // namespace tenon::schedule

#endif // TENON_PASSES_SCHEDULE_PASSES_H
