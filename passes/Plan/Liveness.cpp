//===- Liveness.cpp - Steps, uses and shared memory -----------------------===//

#include "passes/Plan/Liveness.h"
#include "passes/Plan/Flow.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::plan;

Liveness::Liveness(func::FuncOp function) { visit(function.getBody().front()); }

void Liveness::visit(Block &block) {
  for (Operation &op : block) {
    begins[&op] = opAt.size();
    opAt.push_back(&op);
    if (!isa<tn::ReshapeOp>(op))
      for (Value operand : op.getOperands())
        users[rootOf(operand)].push_back(&op);
    if (isa<tn::IfOp, tn::LoopOp>(op)) {
      for (Region &region : op.getRegions())
        visit(region.front());
      visitFlows(&op);
      opAt.push_back(&op);
    }
    ends[&op] = opAt.size() - 1;
  }
}

void Liveness::share(Value owner, Value user) {
  shared[rootOf(owner)].push_back(user);
}

/// What results and arguments of regions may point to.
void Liveness::visitFlows(Operation *op) {
  for (Region &region : op->getRegions()) {
    auto yield = cast<tn::YieldOp>(region.front().getTerminator());
    SmallVector<Flow> flows = flowsOf(yield);
    for (auto [i, value] : llvm::enumerate(joinedOperands(yield))) {
      if (flows[i] == Flow::Copy)
        continue;
      share(value, op->getResult(i));
      // Memory that moves into the next round is no more this round's.
      if (isa<tn::LoopOp>(op) &&
          (flows[i] == Flow::Borrow || isa<BlockArgument>(rootOf(value))))
        share(value, region.getArgument(2 + i));
    }
  }
  if (auto loop = dyn_cast<tn::LoopOp>(op))
    for (auto [i, initial] : llvm::enumerate(loop.getCarried())) {
      share(initial, loop.getBody().getArgument(2 + i));
      share(initial, loop.getResult(i));
    }
}

int32_t Liveness::endOfUse(Operation *user, Value root) const {
  int32_t step = begins.lookup(user);
  Operation *home = root.getParentBlock()->getParentOp();
  for (auto loop = user->getParentOfType<tn::LoopOp>(); loop;
       loop = loop->getParentOfType<tn::LoopOp>()) {
    if (loop->isAncestor(home))
      break;
    step = std::max(step, ends.lookup(loop));
  }
  return step;
}

int32_t Liveness::lastUse(Value root) const {
  Operation *definition = root.getDefiningOp();
  int32_t last = definition ? ends.lookup(definition) : 0;
  llvm::SetVector<Value> sharers;
  sharers.insert(root);
  for (size_t i = 0; i < sharers.size(); ++i) {
    Value sharer = sharers[i];
    if (auto it = users.find(sharer); it != users.end())
      for (Operation *user : it->second)
        last = std::max(last, endOfUse(user, root));
    if (auto it = shared.find(sharer); it != shared.end())
      sharers.insert(it->second.begin(), it->second.end());
  }
  return last;
}

Operation *Liveness::lastUser(Value root) const {
  Block *block = root.getParentBlock();
  Operation *user = block->findAncestorOpInBlock(*opAt[lastUse(root)]);
  return user ? user : block->getTerminator();
}
