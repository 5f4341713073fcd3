//===- Liveness.h - Until when memory is in use -----------------*- C++ -*-===//
//
// The host program runs its ops in order; each op is a step, counted through
// all regions. What is used inside a loop and defined outside of it is in use
// until the loop ends. Memory is in use as long as anything that may share it:
// reshapes, results of regions that yield it, arguments of loops that carry it.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_PLAN_LIVENESS_H
#define TENON_PASSES_PLAN_LIVENESS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "tenon/Dialect/Tn/TnOps.h"

namespace tenon::plan {

class Liveness {
public:
  explicit Liveness(mlir::func::FuncOp function);

  /// When an op begins; for an op without host regions, also when it ends.
  int32_t stepOf(mlir::Operation *op) const { return begins.lookup(op); }
  /// The last step that needs the memory of `root` (see rootOf), at least the
  /// one that defines it.
  int32_t lastUse(mlir::Value root) const;
  /// True if a result of a region or a carried value may point to `root`.
  bool isShared(mlir::Value root) const { return shared.contains(root); }
  /// The op of root's block after which the memory is not in use; the
  /// terminator if it leaves the block.
  mlir::Operation *lastUser(mlir::Value root) const;

private:
  void visit(mlir::Block &block);
  void visitFlows(mlir::Operation *op);
  void share(mlir::Value owner, mlir::Value user);
  int32_t endOfUse(mlir::Operation *user, mlir::Value root) const;

  llvm::DenseMap<mlir::Operation *, int32_t> begins, ends;
  llvm::SmallVector<mlir::Operation *> opAt; ///< by step
  llvm::DenseMap<mlir::Value, llvm::SmallVector<mlir::Operation *, 2>> users;
  /// Values that may point to the memory of another one.
  llvm::DenseMap<mlir::Value, llvm::SmallVector<mlir::Value, 1>> shared;
};

} // namespace tenon::plan

#endif // TENON_PASSES_PLAN_LIVENESS_H
