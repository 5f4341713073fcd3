//===- InPlace.cpp - Whether a kernel may overwrite its input -------------===//

#include "passes/Plan/InPlace.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::plan;

static bool isElementwise(Operation *op) {
  auto role = dyn_cast<tn::FusionRoleOpInterface>(op);
  return role && role.getFusionRole() == tn::FusionRole::elementwise;
}

bool plan::mayOverwrite(tn::FusionOp fusion, unsigned input) {
  std::optional<tn::ScheduleAttr> schedule = fusion.getSchedule();
  if (!schedule || schedule->getHero() != tn::Hero::loop ||
      fusion.getNumResults() != 1)
    return false;
  Value result = fusion.getYield().getValues().front();
  BlockArgument argument = fusion.getBody().getArgument(input);
  SmallVector<tn::ExprAttr> dims = tn::shapeOf(result);
  if (tn::shapeOf(argument) != dims ||
      tn::elementBytes(getElementTypeOrSelf(argument)) !=
          tn::elementBytes(getElementTypeOrSelf(result)))
    return false;
  // Whatever depends on the argument computes an element from the same one.
  llvm::SmallDenseSet<Value> dependent = {argument};
  for (Operation &op : fusion.getBody().front().without_terminator()) {
    bool depends = llvm::any_of(op.getOperands(),
                                [&](Value v) { return dependent.contains(v); });
    if (!depends)
      continue;
    if (!isElementwise(&op) || tn::shapeOf(op.getResult(0)) != dims)
      return false;
    dependent.insert(op.getResult(0));
  }
  return dependent.contains(result);
}
