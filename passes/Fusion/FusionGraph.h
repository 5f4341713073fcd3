//===- FusionGraph.h - The groups of a block and their order ----*- C++ -*-===//
//
// A partition of the ops of a block into groups. Ops that no kernel computes
// (views, host values, control flow) stay by themselves. Between groups there
// is never a cycle: either all users of an op are in one group, or it was
// searched for a path before.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_FUSION_FUSIONGRAPH_H
#define TENON_PASSES_FUSION_FUSIONGRAPH_H

#include "passes/Fusion/FusionGroup.h"

namespace tenon::fusion {

class FusionGraph {
public:
  /// Vertical fusion: each op joins the group of its users, if there is one;
  /// without `vertical`, none does.
  FusionGraph(mlir::Block &block, bool vertical);

  /// A producer that several kernels read is computed by one of them.
  void mergeIntoConsumers();
  /// Kernels that read the same value and walk the same domain become one.
  void mergeSiblings();

  /// The groups that are left, in no order.
  llvm::SmallVector<const FusionGroup *> groups() const;

private:
  FusionGroup *groupOf(mlir::Operation *op) const { return owner.lookup(op); }
  /// False if it was merged into another group.
  bool isThere(const FusionGroup &group) const {
    return groupOf(group.root()) == &group;
  }
  /// The one group of all users of `op`, or null; looks through views that
  /// are in no group and lists them, users first.
  FusionGroup *groupOfUsers(mlir::Operation *op,
                            llvm::SmallVectorImpl<mlir::Operation *> &views);
  /// Lets `op` join the group of its users, together with views in between.
  bool joinUsers(mlir::Operation *op);
  /// Groups that read what `group` computes, each once.
  llvm::SmallVector<FusionGroup *> consumersOf(const FusionGroup &group) const;
  /// Groups and other ops that read what `group` computes.
  size_t readers(const FusionGroup &group) const;
  void mergeReadersOf(mlir::Value value);
  /// Moves the ops of `from` into `to`, if legal.
  bool merge(FusionGroup *from, FusionGroup *to);
  /// Whether a path leads from `from` to `to` other than an edge from the one
  /// to the other; true also when the search becomes too long.
  bool isConnected(const FusionGroup *from, const FusionGroup *to) const;
  /// Nothing that binds symbols or has regions lies between the two.
  bool inSameSegment(const FusionGroup *a, const FusionGroup *b) const;

  mlir::Block &block;
  std::vector<std::unique_ptr<FusionGroup>> all; ///< consumers first
  llvm::DenseMap<mlir::Operation *, FusionGroup *> owner;
  llvm::DenseMap<mlir::Operation *, unsigned> segment;
};

} // namespace tenon::fusion

#endif // TENON_PASSES_FUSION_FUSIONGRAPH_H
