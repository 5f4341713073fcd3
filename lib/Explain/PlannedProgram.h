//===- PlannedProgram.h - Steps and memory of a planned module --*- C++ -*-===//

#ifndef TENON_LIB_EXPLAIN_PLANNEDPROGRAM_H
#define TENON_LIB_EXPLAIN_PLANNEDPROGRAM_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "tenon/Dialect/Tn/TnOps.h"
#include "tenon/Explain/Report.h"
#include "llvm/ADT/StringMap.h"

namespace tenon::explain {

/// What a report says of the host program, with expressions that become numbers
/// once sizes are known.
struct PlannedProgram {
  struct PlannedStep {
    Step step;
    std::vector<std::string> nodes; ///< names
    tn::ExprAttr flops, bytes;      ///< null: control flow
  };
  struct PlannedSlot {
    Slot slot;
    tn::ExprAttr bytes;
    int32_t first, last; ///< in the plan, which counts all ops
    int function = 0;    ///< each has an arena of its own
  };

  std::vector<Tensor> inputs, outputs;
  std::vector<int> outputSteps;
  std::vector<PlannedStep> steps;
  std::vector<PlannedSlot> slots;
  /// Names of nodes that no kernel computes, by what the host has for them.
  llvm::StringMap<llvm::StringRef> onHost;

  /// Reads `main` of a module that --tn-plan-memory planned, and what it calls.
  static PlannedProgram read(mlir::func::FuncOp main);
  /// Adds steps and memory to a report.
  void describe(const llvm::StringMap<int64_t> &sizes, Report &report) const;
};

/// "f32[batch, 3]".
std::string typeText(mlir::Type tensor);

} // namespace tenon::explain

#endif // TENON_LIB_EXPLAIN_PLANNEDPROGRAM_H
