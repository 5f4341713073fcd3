//===- FusionGroup.h - Ops that will be one kernel --------------*- C++ -*-===//
//
// Decides legality: may an op be computed inside a group's kernel? A kernel
// walks one domain. Values of the domain's shape may leave the kernel; all
// others are computed where a member asks for them, so they must not be asked
// for more often than they have elements, unless that is cheap.
//
// A group has at most one hero (a contraction, a window, an opaque op, or
// reductions that share domain and axes); between the hero and what leaves the
// kernel there is only elementwise work. Movements are computed on the way to
// an element, so they lie before the hero or in a group without one.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_FUSION_FUSIONGROUP_H
#define TENON_PASSES_FUSION_FUSIONGROUP_H

#include "tenon/Dialect/Tn/TnOps.h"
#include "llvm/ADT/SetVector.h"

namespace tenon::fusion {

class FusionGroup {
public:
  /// A group of `root` alone.
  explicit FusionGroup(mlir::Operation *root);

  /// Adds `op`, a producer of members; its users outside of the group will
  /// read it from memory. Fails with the reason if that is not legal.
  mlir::LogicalResult join(mlir::Operation *op, llvm::StringRef &reason);
  /// Adds all of `producers`, users first, or nothing.
  mlir::LogicalResult joinAll(llvm::ArrayRef<mlir::Operation *> producers,
                              llvm::StringRef &reason);
  /// Adds all of `other`, or nothing.
  mlir::LogicalResult merge(const FusionGroup &other, llvm::StringRef &reason);

  bool contains(mlir::Operation *op) const { return ops.contains(op); }
  /// The member that was there first; no other member uses it.
  mlir::Operation *root() const { return ops.front(); }
  llvm::ArrayRef<mlir::Operation *> members() const {
    return ops.getArrayRef();
  }
  /// Whether the kernel visits each element of a value of these dims once.
  bool walks(llvm::ArrayRef<tn::ExprAttr> dims) const {
    return dims == llvm::ArrayRef(domain);
  }
  /// Values of members that other ops read, in the order of the block.
  llvm::SmallVector<mlir::Value> outputs() const;

private:
  bool isUsedOutside(mlir::Operation *op) const;
  /// A value of these dims can be stored by the kernel.
  bool mayLeave(llvm::ArrayRef<tn::ExprAttr> dims) const;
  /// Refuses what would be computed too often.
  mlir::LogicalResult checkReads(mlir::Operation *op, bool &repeats,
                                 llvm::StringRef &reason) const;
  mlir::LogicalResult joinByRole(mlir::Operation *op, llvm::StringRef &reason);
  mlir::LogicalResult joinReduction(tn::ReduceOp op, llvm::StringRef &reason);
  mlir::LogicalResult joinHero(mlir::Operation *op, llvm::StringRef &reason);
  /// Only reductions, and elementwise ops of shapes that `fits` accepts, lie
  /// between `op` and what leaves the kernel.
  bool leadsOut(mlir::Operation *op,
                llvm::function_ref<bool(llvm::ArrayRef<tn::ExprAttr>)> fits)
      const;
  bool movesAfterHero() const;

  llvm::SetVector<mlir::Operation *> ops; ///< users before producers
  llvm::SmallVector<tn::ExprAttr> domain; ///< dims the kernel walks
  mlir::Operation *hero = nullptr;
  llvm::SmallVector<int64_t> axes; ///< reduced, if the hero is a reduction
  bool standsAlone = false; ///< its emitter writes the results of one op
  llvm::SmallPtrSet<mlir::Operation *, 4> repeated; ///< computed again and again
  int64_t repeatedWork = 0; ///< operations of these, per element
  size_t choices = 0; ///< operands of concats inside
};

} // namespace tenon::fusion

#endif // TENON_PASSES_FUSION_FUSIONGROUP_H
