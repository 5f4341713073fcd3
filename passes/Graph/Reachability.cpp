//===- Reachability.cpp - What results depend on --------------------------===//

#include "passes/Graph/Reachability.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::graph;

/// Ops whose results are followed one by one.
static bool isFollowed(Operation *op) {
  return isa<tn::IfOp, tn::LoopOp, func::CallOp>(op);
}

/// What acts on more than its results.
bool Reachability::isRoot(Operation *op) const {
  if (auto function = dyn_cast<func::FuncOp>(op))
    return !isPrivate(function);
  if (auto call = dyn_cast<func::CallOp>(op))
    return !calleeOf(call);
  if (op->hasTrait<OpTrait::IsTerminator>())
    return false;
  return isa<SymbolOpInterface>(op) || !isa<tn::TnDialect>(op->getDialect());
}

static tn::YieldOp yieldOf(Region &region) {
  return cast<tn::YieldOp>(region.front().getTerminator());
}

Reachability::Reachability(Operation *root) {
  if (auto module = dyn_cast<ModuleOp>(root))
    for (auto function : module.getOps<func::FuncOp>())
      if (function.isPrivate() && !function.isDeclaration()) {
        privateNames[function.getName()] = function;
        functions[function];
      }
  root->walk([&](Operation *op) { collect(op); });
  walker.addWalk([&](tn::ExprAttr e) {
    tn::walkSymbols(
        e, [&](tn::ExprAttr symbol) { markBinders(symbol.getName()); });
    return WalkResult::skip();
  });
  while (!ops.empty() || !values.empty()) {
    while (!ops.empty())
      visit(ops.pop_back_val());
    if (!values.empty())
      visit(values.pop_back_val());
  }
}

/// Roots, and what must be found later.
void Reachability::collect(Operation *op) {
  if (isRoot(op))
    mark(op);
  if (auto check = dyn_cast<tn::CheckOp>(op))
    checks[op->getBlock()].push_back(check);
  if (auto call = dyn_cast<func::CallOp>(op))
    if (func::FuncOp callee = calleeOf(call))
      functions[callee].push_back(call);
  if (isa<tn::BindOp, tn::IfOp, tn::LoopOp>(op))
    for (auto name :
         op->getAttrOfType<ArrayAttr>("symbols").getAsRange<StringAttr>())
      binders[name.getValue()].push_back(op);
}

func::FuncOp Reachability::calleeOf(func::CallOp call) const {
  return privateNames.lookup(call.getCallee());
}

//===----------------------------------------------------------------------===//
// Marking
//===----------------------------------------------------------------------===//

void Reachability::mark(Operation *op) {
  if (liveOps.insert(op).second)
    ops.push_back(op);
}

void Reachability::mark(Value v) {
  Operation *producer = v.getDefiningOp();
  if (producer)
    mark(producer);
  if ((!producer || isFollowed(producer)) && liveValues.insert(v).second)
    values.push_back(v);
}

/// The region's end, and what must hold in it.
void Reachability::markRegion(Region &region) {
  for (Block &block : region) {
    mark(block.getTerminator());
    for (Operation *check : checks.lookup(&block))
      mark(check);
  }
}

/// What binds a symbol at run time: the elements of a tensor, or dims of the
/// values that leave a region or are carried.
void Reachability::markBinders(StringRef symbol) {
  auto it = binders.find(symbol);
  if (it == binders.end())
    return;
  SmallVector<Operation *, 1> found = std::move(it->second);
  binders.erase(it);
  auto hasDim = [&](Value v) {
    return llvm::any_of(tn::shapeOf(v), [&](tn::ExprAttr dim) {
      return dim.isSymbol() && dim.getName() == symbol;
    });
  };
  for (Operation *binder : found) {
    mark(binder);
    for (Value result : binder->getResults())
      if (hasDim(result))
        mark(result);
    if (auto loop = dyn_cast<tn::LoopOp>(binder))
      for (Value argument : loop.getBody().getArguments())
        if (hasDim(argument))
          mark(argument);
  }
}

//===----------------------------------------------------------------------===//
// Following
//===----------------------------------------------------------------------===//

void Reachability::visit(Operation *op) {
  if (Operation *parent = op->getParentOp())
    mark(parent);
  if (!binders.empty() && !isa<ModuleOp, func::FuncOp>(op)) {
    if (!isFollowed(op))
      for (Type type : op->getResultTypes())
        walker.walk(type);
    walker.walk(op->getAttrDictionary());
  }
  if (isa<ModuleOp>(op))
    return;
  if (auto function = dyn_cast<func::FuncOp>(op))
    return markRegion(function.getBody());
  if (auto condition = dyn_cast<tn::IfOp>(op)) {
    mark(condition.getCondition());
  } else if (auto loop = dyn_cast<tn::LoopOp>(op)) {
    for (Value bound : {loop.getTripCount(), loop.getCondition()})
      if (bound)
        mark(bound);
    mark(yieldOf(loop.getBody()).getValues().front());
  } else if (isa<tn::YieldOp>(op) && isFollowed(op->getParentOp())) {
    return;
  } else if (isa<func::ReturnOp>(op) && functions.contains(op->getParentOp())) {
    return;
  } else if (auto call = dyn_cast<func::CallOp>(op); call && calleeOf(call)) {
    func::FuncOp callee = calleeOf(call);
    mark(callee.getOperation());
    for (auto [operand, argument] :
         llvm::zip_equal(call.getOperands(), callee.getArguments()))
      if (isLive(argument))
        mark(operand);
  } else {
    for (Value operand : op->getOperands())
      mark(operand);
  }
  for (Region &region : op->getRegions())
    markRegion(region);
}

void Reachability::visit(Value v) {
  if (!binders.empty())
    walker.walk(v.getType());
  if (auto result = dyn_cast<OpResult>(v))
    visitResult(result);
  else
    visitArgument(cast<BlockArgument>(v));
}

void Reachability::visitResult(OpResult result) {
  Operation *op = result.getOwner();
  unsigned i = result.getResultNumber();
  if (auto loop = dyn_cast<tn::LoopOp>(op)) {
    if (i < loop.getCarried().size())
      visitCarried(loop, i);
    else
      mark(yieldOf(loop.getBody()).getValues()[1 + i]);
  } else if (auto call = dyn_cast<func::CallOp>(op)) {
    if (func::FuncOp callee = calleeOf(call))
      mark(callee.getBody().front().getTerminator()->getOperand(i));
  } else {
    for (Region &region : op->getRegions())
      mark(yieldOf(region).getValues()[i]);
  }
}

void Reachability::visitArgument(BlockArgument argument) {
  Operation *op = argument.getOwner()->getParentOp();
  unsigned i = argument.getArgNumber();
  if (auto loop = dyn_cast<tn::LoopOp>(op)) {
    if (i >= 2)
      visitCarried(loop, i - 2);
  } else if (auto it = functions.find(op); it != functions.end()) {
    for (func::CallOp call : it->second)
      if (isLive(call.getOperation()))
        mark(call.getOperand(i));
  }
}

void Reachability::visitCarried(tn::LoopOp loop, unsigned i) {
  mark(loop->getResult(i));
  mark(loop.getBody().getArgument(2 + i));
  mark(loop.getCarried()[i]);
  mark(yieldOf(loop.getBody()).getValues()[1 + i]);
}
