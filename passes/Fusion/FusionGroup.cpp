//===- FusionGroup.cpp - Ops that will be one kernel ----------------------===//

#include "passes/Fusion/FusionGroup.h"
#include "passes/Fusion/ReadPattern.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::fusion;
using tn::ExprAttr;
using tn::FusionRole;

/// Operations that a kernel may repeat for every element that it computes,
/// all members together: less than reading the value from the second cache.
static constexpr int64_t kMostRepeatedWork = 8;
/// Operands of concats that a kernel may choose between for every element.
static constexpr size_t kMostChoices = 4;

/// Ops of a kernel: beyond it, a value that goes through memory is a small part
/// of the work, and code is better compiled in pieces.
static constexpr size_t kMostOps = 256;

FusionGroup::FusionGroup(Operation *root) {
  ops.insert(root);
  domain = tn::shapeOf(root->getResult(0));
  FusionRole role = roleOf(root);
  standsAlone = role == FusionRole::opaque || root->getNumResults() > 1 ||
                isa<tn::ConcatOp>(root) ||
                (isa<tn::TransposeOp>(root) && !keepsLanes(root));
  if (role == FusionRole::elementwise || role == FusionRole::movement)
    return;
  hero = root;
  if (auto reduce = dyn_cast<tn::ReduceOp>(root)) {
    domain = tn::shapeOf(reduce.getX());
    axes.assign(reduce.getAxes().begin(), reduce.getAxes().end());
  }
}

bool FusionGroup::isUsedOutside(Operation *op) const {
  return llvm::any_of(op->getUsers(),
                      [&](Operation *user) { return !contains(user); });
}

SmallVector<Value> FusionGroup::outputs() const {
  SmallVector<Operation *> leaving = llvm::filter_to_vector(
      ops, [&](Operation *op) { return isUsedOutside(op) || op == root(); });
  llvm::sort(leaving,
             [](Operation *a, Operation *b) { return a->isBeforeInBlock(b); });
  SmallVector<Value> values;
  for (Operation *op : leaving)
    llvm::append_range(values, op->getResults());
  return values;
}

bool FusionGroup::mayLeave(ArrayRef<ExprAttr> dims) const {
  return dims == ArrayRef(domain) ||
         (!axes.empty() && dims == ArrayRef(keptShape(domain, axes)));
}

LogicalResult FusionGroup::join(Operation *op, StringRef &reason) {
  if (ops.size() == kMostOps)
    return reason = "the kernel is long enough", failure();
  if (isUsedOutside(op) && standsAlone)
    return reason = "the kernel writes one result only", failure();
  bool repeats = false;
  if (failed(checkReads(op, repeats, reason)) || failed(joinByRole(op, reason)))
    return failure();
  if (isUsedOutside(op) && !mayLeave(tn::shapeOf(op->getResult(0))))
    return reason = "it is used elsewhere and its shape is not the kernel's",
           failure();
  ops.insert(op);
  if (isa<tn::ConcatOp>(op))
    choices += op->getNumOperands();
  if (repeats) {
    repeated.insert(op);
    repeatedWork += workPerElement(op);
  }
  return success();
}

LogicalResult FusionGroup::joinByRole(Operation *op, StringRef &reason) {
  switch (roleOf(op)) {
  case FusionRole::elementwise:
    return success();
  case FusionRole::movement:
    if (isa<tn::ConcatOp>(op)) {
      reason = "the kernel would choose between many operands for each element";
      return success(choices + op->getNumOperands() <= kMostChoices);
    }
    reason = "neighbours in its result are far apart in its operand";
    return success(readsNearby(op) || (llvm::hasSingleElement(op->getUsers()) &&
                                       copiesPlanes(*op->user_begin())));
  case FusionRole::reduction:
    if (auto reduce = dyn_cast<tn::ReduceOp>(op))
      return joinReduction(reduce, reason);
    return joinHero(op, reason);
  case FusionRole::contraction:
  case FusionRole::window:
    return joinHero(op, reason);
  case FusionRole::view:
    reason = "a view would need a division for each element";
    return success(isCheapView(op));
  case FusionRole::opaque:
  case FusionRole::host:
    return reason = "it is computed alone", failure();
  }
  llvm_unreachable("all roles are handled");
}

LogicalResult FusionGroup::checkReads(Operation *op, bool &repeats,
                                      StringRef &reason) const {
  for (Operation *user : op->getUsers()) {
    if (!contains(user))
      continue;
    switch (readPattern(op->getResult(0), user)) {
    case ReadPattern::once:
      repeats |= repeated.contains(user);
      break;
    case ReadPattern::repeated:
      repeats = true;
      break;
    case ReadPattern::memory:
      return reason = "a user reads it in an order of its own", failure();
    }
  }
  if (repeats && narrows(op))
    return reason = "its narrow result is better read from memory", failure();
  // One element, and what a reduction leaves of a row, stays in a register.
  SmallVector<ExprAttr> dims = tn::shapeOf(op->getResult(0));
  if (isOneElement(dims) || isa<tn::ReduceOp>(op) ||
      followsReduction(op, domain))
    repeats = false;
  if (!repeats || repeatedWork + workPerElement(op) <= kMostRepeatedWork)
    return success();
  return reason = "the kernel would compute it again for many elements",
         failure();
}

bool FusionGroup::leadsOut(Operation *op,
                           function_ref<bool(ArrayRef<ExprAttr>)> fits) const {
  SmallVector<Operation *> pending{op};
  llvm::SmallPtrSet<Operation *, 16> seen;
  while (!pending.empty()) {
    Operation *next = pending.pop_back_val();
    for (Operation *user : next->getUsers()) {
      if (!contains(user) || !seen.insert(user).second)
        continue;
      bool elementwise = roleOf(user) == FusionRole::elementwise &&
                         fits(tn::shapeOf(user->getResult(0)));
      if (!elementwise && !isa<tn::ReduceOp>(user))
        return false;
      pending.push_back(user);
    }
  }
  return true;
}

LogicalResult FusionGroup::joinReduction(tn::ReduceOp op, StringRef &reason) {
  SmallVector<ExprAttr> walked = tn::shapeOf(op.getX());
  SmallVector<ExprAttr> kept = tn::shapeOf(op.getResult());
  if (hero &&
      (axes.empty() || walked != domain || op.getAxes() != ArrayRef(axes)))
    return reason = "the kernel has another hero or reduces another domain",
           failure();
  auto fits = [&](ArrayRef<ExprAttr> dims) {
    return dims == ArrayRef(walked) || dims == ArrayRef(kept);
  };
  if (!leadsOut(op, fits))
    return reason = "the kernel moves elements after it", failure();
  if (standsAlone || !llvm::all_of(outputs(), [&](Value output) {
        return fits(tn::shapeOf(output));
      }))
    return reason = "the kernel's shape is not the reduction's", failure();
  domain = walked;
  axes.assign(op.getAxes().begin(), op.getAxes().end());
  hero = op;
  return success();
}

LogicalResult FusionGroup::joinHero(Operation *op, StringRef &reason) {
  SmallVector<ExprAttr> dims = tn::shapeOf(op->getResult(0));
  if ((hero && !areSiblings(hero, op)) || standsAlone ||
      op->getNumResults() > 1)
    return reason = "the kernel has another hero", failure();
  if (dims != domain || !leadsOut(op, [&](ArrayRef<ExprAttr> user) {
        return user == ArrayRef(dims);
      }))
    return reason = "the kernel's shape is not the hero's", failure();
  hero = op;
  return success();
}

LogicalResult FusionGroup::joinAll(ArrayRef<Operation *> producers,
                                   StringRef &reason) {
  FusionGroup joined(*this);
  for (Operation *op : producers)
    if (failed(joined.join(op, reason)))
      return failure();
  *this = std::move(joined);
  return success();
}

bool FusionGroup::movesAfterHero() const {
  return llvm::any_of(ops, [&](Operation *op) {
    return (op == hero || isa<tn::ReduceOp>(op)) &&
           !leadsOut(op, [&](ArrayRef<ExprAttr> dims) { return mayLeave(dims); });
  });
}

LogicalResult FusionGroup::merge(const FusionGroup &other, StringRef &reason) {
  if (other.standsAlone)
    return reason = "its kernel writes one result only", failure();
  FusionGroup merged(*this);
  if (failed(merged.joinAll(other.members(), reason)))
    return failure();
  // Members of `other` may be users of members of this group.
  if (merged.movesAfterHero())
    return reason = "the kernel would move elements after its hero", failure();
  *this = std::move(merged);
  return success();
}
