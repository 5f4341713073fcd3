//===- ReadPattern.cpp - How often and where ops read ---------------------===//

#include "passes/Fusion/ReadPattern.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::fusion;
using tn::ExprAttr;
using tn::FusionRole;

/// Steps between lanes that still share cache lines.
static constexpr int64_t kNearStep = 4;
/// Channels that a convolution copies from where they lie, at most: more are
/// transposed faster by themselves.
static constexpr int64_t kFewChannels = 16;
/// Ops from a narrow tensor to what a convolution copies, at most: a cast, a
/// zero point and a scale.
static constexpr int kMostWideningOps = 3;
/// Ops that followsReduction looks at.
static constexpr size_t kMostSteps = 16;

FusionRole fusion::roleOf(Operation *op) {
  return cast<tn::FusionRoleOpInterface>(op).getFusionRole();
}

SmallVector<ExprAttr> fusion::keptShape(ArrayRef<ExprAttr> dims,
                                        ArrayRef<int64_t> axes) {
  SmallVector<ExprAttr> kept(dims);
  for (int64_t axis : axes)
    kept[axis] = tn::constantExpr(dims.front().getContext(), 1);
  return kept;
}

bool fusion::isOneElement(ArrayRef<ExprAttr> dims) {
  return llvm::all_of(dims, [](ExprAttr d) { return d.isConstant(1); });
}

/// Equal, but for dims of 1 in front.
static bool sameShape(ArrayRef<ExprAttr> a, ArrayRef<ExprAttr> b) {
  if (a.size() < b.size())
    std::swap(a, b);
  return isOneElement(a.drop_back(b.size())) && a.take_back(b.size()) == b;
}

/// A convolution that copies what it reads: of more than one known tap, dense
/// or depthwise.
static bool copiesInput(tn::ConvOp conv) {
  SmallVector<ExprAttr> weight = tn::shapeOf(conv.getWeight());
  ArrayRef<ExprAttr> window = ArrayRef(weight).drop_back(2);
  ExprAttr channels = weight[window.size()], columns = weight.back();
  auto isKnown = [](ExprAttr d) { return d.isConstant(); };
  bool isDepthwise =
      channels.isConstant(1) && columns.isConstant(conv.getGroups());
  return llvm::all_of(window, isKnown) && !isOneElement(window) &&
         isKnown(channels) && (conv.getGroups() == 1 || isDepthwise);
}

bool fusion::copiesPlanes(Operation *op) {
  auto conv = dyn_cast<tn::ConvOp>(op);
  if (!conv || !copiesInput(conv) || conv.getGroups() != 1 ||
      conv.getDilations().back() != 1)
    return false;
  return tn::shapeOf(conv.getWeight()).end()[-2].getValue() <= kFewChannels;
}

/// Bits that an element gains by a cast.
static int64_t widening(Operation *op) {
  auto bits = [](Value v) {
    return int64_t(getElementTypeOrSelf(v).getIntOrFloatBitWidth());
  };
  return isa<tn::CastOp>(op) ? bits(op->getResult(0)) - bits(op->getOperand(0))
                             : 0;
}

bool fusion::narrows(Operation *op) { return widening(op) < 0; }

/// Whether `op` ends a few elementwise ops on a tensor of narrower elements:
/// there, less goes through memory.
static bool comesFromNarrow(Operation *op) {
  for (int step = 0; step < kMostWideningOps; ++step) {
    if (!op || !isa<tn::FusionRoleOpInterface>(op) ||
        roleOf(op) != FusionRole::elementwise)
      return false;
    if (widening(op) != 0)
      return widening(op) > 0;
    Operation *next = nullptr;
    for (Value operand : op->getOperands())
      if (tn::shapeOf(operand) == tn::shapeOf(op->getResult(0)))
        next = operand.getDefiningOp();
    op = next;
  }
  return false;
}

ReadPattern fusion::readPattern(Value operand, Operation *user) {
  switch (roleOf(user)) {
  case FusionRole::elementwise:
    return sameShape(tn::shapeOf(operand), tn::shapeOf(user->getResult(0)))
               ? ReadPattern::once
               : ReadPattern::repeated;
  case FusionRole::movement:
    return isa<tn::BroadcastOp, tn::GatherOp, tn::GatherElementsOp,
               tn::GatherNdOp>(user)
               ? ReadPattern::repeated
               : ReadPattern::once;
  case FusionRole::view:
    return ReadPattern::once;
  case FusionRole::reduction:
    return isa<tn::ReduceOp>(user) ? ReadPattern::once : ReadPattern::memory;
  case FusionRole::contraction:
    // Windows overlap, so a part of the elements is copied several times.
    if (auto conv = dyn_cast<tn::ConvOp>(user);
        conv && operand == conv.getX() && copiesInput(conv)) {
      Operation *producer = operand.getDefiningOp();
      bool isPlanar = isa_and_nonnull<tn::TransposeOp>(producer);
      if (isPlanar ? copiesPlanes(conv) : comesFromNarrow(producer))
        return ReadPattern::repeated;
    }
    return ReadPattern::memory;
  default:
    return ReadPattern::memory;
  }
}

bool fusion::isRecomputed(Operation *producer, Operation *user) {
  if (roleOf(user) == FusionRole::opaque)
    return false;
  if (auto constant = dyn_cast_or_null<tn::ConstantOp>(producer)) {
    auto dense = dyn_cast<DenseElementsAttr>(constant.getValue());
    return dense && dense.isSplat();
  }
  if (auto weight = dyn_cast_or_null<tn::DequantizeOp>(producer)) {
    auto product = dyn_cast<tn::MatmulOp>(user);
    return product && product.getRhs() == weight.getResult() &&
           product.getLhs() != weight.getResult();
  }
  return isa_and_nonnull<tn::ExprOp>(producer);
}

bool fusion::areSiblings(Operation *a, Operation *b) {
  auto x = dyn_cast<tn::MatmulOp>(a), y = dyn_cast<tn::MatmulOp>(b);
  auto isStored = [](Value v) {
    return isa_and_nonnull<tn::WeightOp, tn::ConstantOp>(v.getDefiningOp());
  };
  return x && y && x.getLhs() == y.getLhs() &&
         x.getRhs().getType() == y.getRhs().getType() &&
         x.getType() == y.getType() && isStored(x.getRhs()) &&
         isStored(y.getRhs());
}

/// How far neighbours of the result's last dim are apart in the operand's last
/// dim; 0: not in that dim, or by data.
static int64_t laneStep(Operation *op) {
  auto isLast = [](int64_t axis, Value x) {
    return axis + 1 == int64_t(tn::shapeOf(x).size());
  };
  if (auto transpose = dyn_cast<tn::TransposeOp>(op)) {
    ArrayRef<int64_t> permutation = transpose.getPermutation();
    return permutation.empty() || isLast(permutation.back(), transpose.getX());
  }
  if (auto slice = dyn_cast<tn::SliceOp>(op))
    return slice.getSteps().empty() ? 1 : slice.getSteps().back();
  if (auto gather = dyn_cast<tn::GatherOp>(op)) {
    if (!isLast(gather.getAxis(), gather.getX()))
      return 1;
    // One index for all: a column of a narrow matrix.
    ExprAttr width = tn::shapeOf(gather.getX()).back();
    return isOneElement(tn::shapeOf(gather.getIndices())) && width.isConstant()
               ? width.getValue()
               : 0;
  }
  return isa<tn::BroadcastOp, tn::IotaOp, tn::PadOp>(op);
}

bool fusion::keepsLanes(Operation *movement) { return laneStep(movement) == 1; }

bool fusion::readsNearby(Operation *movement) {
  int64_t step = laneStep(movement);
  return step != 0 && std::abs(step) <= kNearStep;
}

bool fusion::isCheapView(Operation *op) {
  auto reshape = dyn_cast<tn::ReshapeOp>(op);
  if (!reshape)
    return false;
  SmallVector<ExprAttr> from = tn::shapeOf(reshape.getX());
  SmallVector<ExprAttr> to = tn::shapeOf(reshape.getResult());
  // Lanes are in the last group; indices of the others are alike in all lanes.
  SmallVector<tn::DimGroup> groups = tn::matchDims(from, to);
  if (groups.empty())
    return true;
  auto inner = ArrayRef(from).slice(groups.back().from).drop_front();
  return llvm::all_of(inner, [](ExprAttr size) {
    return size.isConstant() && llvm::isPowerOf2_64(size.getValue());
  });
}

int64_t fusion::workPerElement(Operation *op) {
  auto cost = dyn_cast<tn::CostOpInterface>(op);
  if (!cost)
    return 0;
  ExprAttr perElement = tn::floorDivExpr(
      cost.getFlops(), tn::elementCount(op->getResult(0).getType()));
  return perElement.isConstant() ? perElement.getValue() : 1;
}

bool fusion::followsReduction(Operation *op, ArrayRef<ExprAttr> domain) {
  SmallVector<ExprAttr> dims = tn::shapeOf(op->getResult(0));
  SmallVector<Operation *> pending{op};
  for (size_t i = 0; i < pending.size() && i < kMostSteps; ++i)
    for (Value operand : pending[i]->getOperands()) {
      Operation *producer = operand.getDefiningOp();
      auto role = dyn_cast_or_null<tn::FusionRoleOpInterface>(producer);
      if (!role || tn::shapeOf(operand) != dims)
        continue;
      if (auto reduce = dyn_cast<tn::ReduceOp>(producer)) {
        if (tn::shapeOf(reduce.getX()) == domain)
          return true;
      } else if (role.getFusionRole() == FusionRole::elementwise) {
        pending.push_back(producer);
      }
    }
  return false;
}
