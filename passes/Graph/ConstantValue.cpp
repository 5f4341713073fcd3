//===- ConstantValue.cpp - What will be known when constants are folded ---===//

#include "passes/Graph/ConstantValue.h"

using namespace mlir;
using namespace tenon;

/// Ops that a value is computed by, at most.
static constexpr size_t kMostOps = 64;

bool graph::isConstantValue(Value v) {
  SmallVector<Value> pending{v};
  llvm::SmallPtrSet<Operation *, 16> seen;
  while (!pending.empty()) {
    Operation *op = pending.pop_back_val().getDefiningOp();
    if (isa_and_nonnull<tn::ConstantOp, tn::WeightOp>(op))
      continue;
    auto role = dyn_cast_or_null<tn::FusionRoleOpInterface>(op);
    if (!role || role.getFusionRole() == tn::FusionRole::host)
      return false;
    if (seen.insert(op).second)
      llvm::append_range(pending, op->getOperands());
    if (seen.size() > kMostOps)
      return false;
  }
  return true;
}

bool graph::hasNarrowElements(Value v) {
  auto type = dyn_cast<IntegerType>(getElementTypeOrSelf(v));
  return type && type.getWidth() > 1 && type.getWidth() <= 8;
}

std::optional<graph::QuantizedValue> graph::matchQuantized(Value v) {
  auto product = v.getDefiningOp<tn::MulOp>();
  if (!product || !getElementTypeOrSelf(v).isF32())
    return std::nullopt;
  for (auto [centered, scale] :
       {std::pair(product.getLhs(), product.getRhs()),
        std::pair(product.getRhs(), product.getLhs())}) {
    QuantizedValue found{{}, {}, scale};
    Value wide = centered;
    if (auto difference = wide.getDefiningOp<tn::SubOp>()) {
      wide = difference.getLhs();
      found.zero = difference.getRhs();
      if (auto cast = found.zero.getDefiningOp<tn::CastOp>())
        found.zero = cast.getX();
    }
    auto cast = wide.getDefiningOp<tn::CastOp>();
    if (!cast || !hasNarrowElements(cast.getX()) ||
        cast.getType() != v.getType())
      continue;
    found.integers = cast.getX();
    return found;
  }
  return std::nullopt;
}

bool graph::isQuantized(Value v) {
  while (isa_and_nonnull<tn::ReshapeOp, tn::TransposeOp>(v.getDefiningOp()))
    v = v.getDefiningOp()->getOperand(0);
  return v.getDefiningOp<tn::DequantizeOp>() || matchQuantized(v).has_value();
}
