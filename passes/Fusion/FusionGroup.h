//===- FusionGroup.h - Ops that will be one kernel --------------*- C++ -*-===//
//
// Decides legality: may an op, all of whose users are in the group, be computed
// inside the group's kernel without computing anything more often than alone?
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_FUSION_FUSIONGROUP_H
#define TENON_PASSES_FUSION_FUSIONGROUP_H

#include "tenon/Dialect/Tn/TnOps.h"
#include "llvm/ADT/SetVector.h"

namespace tenon::fusion {

class FusionGroup {
public:
  /// A group of `root` alone; its results are what the group computes.
  explicit FusionGroup(mlir::Operation *root);

  /// Adds `op`; or says why not.
  mlir::LogicalResult join(mlir::Operation *op, llvm::StringRef &reason);

  bool contains(mlir::Operation *op) const { return ops.contains(op); }
  mlir::Operation *root() const { return ops.front(); }
  llvm::ArrayRef<mlir::Operation *> members() const {
    return ops.getArrayRef();
  }

private:
  mlir::LogicalResult joinElementwise(mlir::Operation *op,
                                      llvm::StringRef &reason);
  mlir::LogicalResult joinMovement(mlir::Operation *op,
                                   llvm::StringRef &reason);
  mlir::LogicalResult joinReduction(tn::ReduceOp op, llvm::StringRef &reason);
  mlir::LogicalResult joinHero(mlir::Operation *op, llvm::StringRef &reason);

  llvm::SetVector<mlir::Operation *> ops; ///< users before producers
  llvm::SmallVector<tn::ExprAttr> domain; ///< dims the kernel walks
  mlir::Operation *hero = nullptr; ///< contraction, window, opaque or reduction
  llvm::SmallVector<int64_t> axes; ///< reduced, if the hero is a reduction
  bool onlyElementwise = true;
};

} // namespace tenon::fusion

#endif // TENON_PASSES_FUSION_FUSIONGROUP_H
