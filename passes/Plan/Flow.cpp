//===- Flow.cpp - Move, borrow or copy ------------------------------------===//

#include "passes/Plan/Flow.h"
#include "llvm/ADT/SmallPtrSet.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::plan;

Value plan::rootOf(Value v) {
  while (auto reshape = v.getDefiningOp<tn::ReshapeOp>())
    v = reshape.getX();
  return v;
}

bool plan::isStored(Value root) {
  return isa_and_nonnull<tn::ConstantOp, tn::WeightOp>(root.getDefiningOp());
}

OperandRange plan::joinedOperands(tn::YieldOp yield) {
  OperandRange values = yield.getValues();
  if (auto loop = dyn_cast<tn::LoopOp>(yield->getParentOp()))
    return values.slice(1, loop.getCarried().size());
  return values;
}

/// Whether a loop's body may hand over the memory of `root`, which it defines:
/// a carried value, or what a kernel or the host wrote. A result of an inner
/// region may be borrowed from this round, the round and the condition are
/// overwritten by the next.
static bool isMovable(Value root) {
  if (auto argument = dyn_cast<BlockArgument>(root))
    return argument.getArgNumber() >= 2;
  return isa<tn::FusionOp, tn::ExprOp, func::CallOp>(root.getDefiningOp());
}

SmallVector<Flow> plan::flowsOf(tn::YieldOp yield) {
  SmallVector<Flow> flows;
  llvm::SmallDenseSet<Value> moved;
  bool isLoop = isa<tn::LoopOp>(yield->getParentOp());
  for (Value v : joinedOperands(yield)) {
    Value root = rootOf(v);
    Flow flow = Flow::Copy;
    if (isStored(root) || root.getParentBlock() != yield->getBlock())
      flow = Flow::Borrow;
    else if ((!isLoop || isMovable(root)) && moved.insert(root).second)
      flow = Flow::Move;
    flows.push_back(flow);
  }
  return flows;
}
