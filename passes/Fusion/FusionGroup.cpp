//===- FusionGroup.cpp - Ops that will be one kernel ----------------------===//

#include "passes/Fusion/FusionGroup.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::fusion;
using tn::ExprAttr;
using tn::FusionRole;

static FusionRole roleOf(Operation *op) {
  return cast<tn::FusionRoleOpInterface>(op).getFusionRole();
}

static SmallVector<ExprAttr> keptShape(ArrayRef<ExprAttr> dims,
                                       ArrayRef<int64_t> axes) {
  SmallVector<ExprAttr> kept(dims);
  for (int64_t axis : axes)
    kept[axis] = tn::constantExpr(dims.front().getContext(), 1);
  return kept;
}

/// `dims` with ones in front up to `rank`.
static SmallVector<ExprAttr> padRank(ArrayRef<ExprAttr> dims, size_t rank,
                                     MLIRContext *context) {
  SmallVector<ExprAttr> padded(rank - std::min(rank, dims.size()),
                               tn::constantExpr(context, 1));
  llvm::append_range(padded, dims);
  return padded;
}

static bool isOneElement(ArrayRef<ExprAttr> dims) {
  return llvm::all_of(dims, [](ExprAttr d) { return d.isConstant(1); });
}

FusionGroup::FusionGroup(Operation *root) {
  ops.insert(root);
  domain = tn::shapeOf(root->getResult(0));
  FusionRole role = roleOf(root);
  if (role == FusionRole::elementwise)
    return;
  if (role != FusionRole::movement)
    hero = root;
  if (auto reduce = dyn_cast<tn::ReduceOp>(root)) {
    domain = tn::shapeOf(reduce.getX());
    axes.assign(reduce.getAxes().begin(), reduce.getAxes().end());
    return;
  }
  onlyElementwise = false;
}

LogicalResult FusionGroup::join(Operation *op, StringRef &reason) {
  LogicalResult joined = failure();
  switch (roleOf(op)) {
  case FusionRole::elementwise:
    joined = joinElementwise(op, reason);
    break;
  case FusionRole::movement:
    joined = joinMovement(op, reason);
    break;
  case FusionRole::reduction:
    if (auto reduce = dyn_cast<tn::ReduceOp>(op)) {
      joined = joinReduction(reduce, reason);
      break;
    }
    [[fallthrough]];
  case FusionRole::contraction:
  case FusionRole::window:
    joined = joinHero(op, reason);
    break;
  case FusionRole::view:
  case FusionRole::opaque:
  case FusionRole::host:
    reason = "it is computed alone";
    break;
  }
  if (succeeded(joined))
    ops.insert(op);
  return joined;
}

/// Whether `user` reads each element of its operands at most once per element
/// that it computes.
static bool readsOnce(Operation *user) {
  switch (roleOf(user)) {
  case FusionRole::elementwise:
    return true;
  case FusionRole::reduction:
    return isa<tn::ReduceOp>(user);
  case FusionRole::movement:
    return !isa<tn::BroadcastOp, tn::GatherOp, tn::GatherElementsOp,
                tn::GatherNdOp>(user);
  default:
    return false;
  }
}

LogicalResult FusionGroup::joinElementwise(Operation *op, StringRef &reason) {
  for (Operation *user : op->getUsers()) {
    if (!readsOnce(user)) {
      reason = "a user reads its elements more than once";
      return failure();
    }
  }
  SmallVector<ExprAttr> dims = tn::shapeOf(op->getResult(0));
  if (isOneElement(dims))
    return success();
  if (!onlyElementwise)
    return success(llvm::all_of(op->getUsers(), [&](Operation *user) {
      return roleOf(user) == FusionRole::movement ||
             tn::shapeOf(user->getResult(0)) == dims;
    }));
  MLIRContext *context = op->getContext();
  SmallVector<ExprAttr> padded = padRank(dims, domain.size(), context);
  if (padded == domain || (hero && !axes.empty() &&
                           padded == keptShape(domain, axes)))
    return success();
  reason = "its shape is not the kernel's; it would be computed repeatedly";
  return failure();
}

/// Lanes stay contiguous: the last dim of the result is the last dim of what
/// it reads, step 1.
static bool keepsLanes(Operation *op) {
  if (auto transpose = dyn_cast<tn::TransposeOp>(op))
    return transpose.getPermutation().back() ==
           int64_t(transpose.getPermutation().size()) - 1;
  if (auto slice = dyn_cast<tn::SliceOp>(op))
    return slice.getSteps().empty() || slice.getSteps().back() == 1;
  if (auto gather = dyn_cast<tn::GatherOp>(op))
    return gather.getAxis() + 1 <
           int64_t(tn::shapeOf(gather.getX()).size());
  return isa<tn::BroadcastOp, tn::IotaOp>(op);
}

LogicalResult FusionGroup::joinMovement(Operation *op, StringRef &reason) {
  if (hero) {
    reason = "the kernel has a hero, whose domain a movement would change";
    return failure();
  }
  if (!keepsLanes(op)) {
    reason = "its lanes are not contiguous";
    return failure();
  }
  for (Operation *user : op->getUsers())
    if (roleOf(user) != FusionRole::elementwise ||
        tn::shapeOf(user->getResult(0)) != tn::shapeOf(op->getResult(0))) {
      reason = "a user is not elementwise over its shape";
      return failure();
    }
  onlyElementwise = false;
  return success();
}

LogicalResult FusionGroup::joinReduction(tn::ReduceOp op, StringRef &reason) {
  if (!onlyElementwise) {
    reason = "the kernel moves elements";
    return failure();
  }
  SmallVector<ExprAttr> walked = tn::shapeOf(op.getX());
  SmallVector<ExprAttr> kept = tn::shapeOf(op.getResult());
  if (!axes.empty()) {
    if (walked == domain && op.getAxes() == ArrayRef(axes))
      return success();
    reason = "the kernel reduces another domain";
    return failure();
  }
  if (hero) {
    reason = "the kernel has another hero";
    return failure();
  }
  // Each member must be over the domain that the reduction brings.
  MLIRContext *context = op.getContext();
  for (Operation *member : ops) {
    SmallVector<ExprAttr> dims = tn::shapeOf(member->getResult(0));
    if (dims.size() > walked.size())
      return reason = "the kernel has more dims", failure();
    SmallVector<ExprAttr> padded = padRank(dims, walked.size(), context);
    if (dims.size() != walked.size() ||
        (padded != walked && padded != kept)) {
      reason = "the kernel's shape is not the reduction's";
      return failure();
    }
  }
  domain = walked;
  axes.assign(op.getAxes().begin(), op.getAxes().end());
  hero = op;
  return success();
}

LogicalResult FusionGroup::joinHero(Operation *op, StringRef &reason) {
  if (hero || !onlyElementwise) {
    reason = "the kernel has another hero or moves elements";
    return failure();
  }
  if (tn::shapeOf(op->getResult(0)) != domain) {
    reason = "the kernel's shape is not the hero's";
    return failure();
  }
  hero = op;
  return success();
}
