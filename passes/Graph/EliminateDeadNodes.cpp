//===- EliminateDeadNodes.cpp - Removes what no result depends on ---------===//
//
// First the places where values pass a border are closed: yields, returns,
// carried values and operands of calls lose what is dead. Then no live op uses
// a dead one, dead ops go, users before producers, and at last arguments and
// results that nothing uses.
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/Remarks.h"
#include "passes/Graph/Passes.h"
#include "passes/Graph/Reachability.h"
#include "tenon/Dialect/Tn/NodeName.h"
#include "llvm/ADT/BitVector.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/StringExtras.h"

namespace tenon::graph {
#define GEN_PASS_DEF_ELIMINATEDEADNODESPASS
#include "passes/Graph/Passes.h.inc"
} // namespace tenon::graph

using namespace mlir;
using namespace tenon;
using tenon::graph::Reachability;

namespace {

/// What was removed from one function, for its remark.
struct Removed {
  static constexpr size_t kNames = 8;

  size_t ops = 0;
  size_t ifResults = 0, loopValues = 0, scanOutputs = 0;
  size_t results = 0, arguments = 0;
  SmallVector<StringRef> names; ///< the first of them

  Location loc;
  std::string function;

  explicit Removed(Operation *op);
  void add(Operation *op);
  void report() const;
};

class Eliminator {
public:
  explicit Eliminator(Operation *root) : root(root), reached(root) {}
  void run();

private:
  void closeIf(tn::IfOp op);
  void closeLoop(tn::LoopOp op);
  void closeFunction(func::FuncOp function);
  void eraseDead();
  BitVector deadOf(ValueRange values) const;
  Removed &removedFrom(Operation *op);

  struct FunctionBorder {
    func::FuncOp function;
    BitVector arguments, results; ///< dead ones
  };

  Operation *root;
  Reachability reached;
  SmallVector<Operation *> dead; ///< outermost ones
  SmallVector<FunctionBorder> functions;
  std::vector<std::pair<Operation *, BitVector>> bordered; ///< dead results
  llvm::MapVector<Operation *, Removed> removed;           ///< by function
};

} // namespace

Removed::Removed(Operation *op) : loc(op->getLoc()) {
  if (auto symbol = dyn_cast<SymbolOpInterface>(op))
    function = symbol.getName().str();
}

void Removed::add(Operation *op) {
  op->walk<WalkOrder::PreOrder>([&](Operation *inner) {
    if (isa<func::FuncOp>(inner) || inner->hasTrait<OpTrait::IsTerminator>())
      return;
    ++ops;
    StringRef name = tn::nodeName(inner->getLoc());
    if (!name.empty() && names.size() < kNames &&
        !llvm::is_contained(names, name))
      names.push_back(name);
  });
}

void Removed::report() const {
  auto remark = remark::passed(
      loc, remark::RemarkOpts::name("DeadNodes").category("graph"));
  remark << remark::metric("Function", function) << remark::metric("Ops", ops);
  std::pair<StringRef, size_t> counts[] = {{"IfResults", ifResults},
                                           {"LoopValues", loopValues},
                                           {"ScanOutputs", scanOutputs},
                                           {"FunctionResults", results},
                                           {"FunctionArguments", arguments}};
  for (auto [name, count] : counts)
    if (count != 0)
      remark << remark::metric(name, count);
  if (!names.empty())
    remark << remark::metric("Names", llvm::join(names, " ") +
                                          (ops > names.size() ? " ..." : ""));
}

Removed &Eliminator::removedFrom(Operation *op) {
  while (!isa<func::FuncOp>(op) && op->getParentOp())
    op = op->getParentOp();
  return removed.try_emplace(op, op).first->second;
}

BitVector Eliminator::deadOf(ValueRange values) const {
  BitVector dead(values.size());
  for (auto [i, v] : llvm::enumerate(values))
    dead[i] = !reached.isLive(v);
  return dead;
}

//===----------------------------------------------------------------------===//
// Borders
//===----------------------------------------------------------------------===//

/// The dead values, moved up by `offset`, with `size` in all.
static BitVector shifted(const BitVector &dead, unsigned offset,
                         unsigned size) {
  BitVector moved(size);
  for (unsigned i : dead.set_bits())
    moved.set(i + offset);
  return moved;
}

void Eliminator::closeIf(tn::IfOp op) {
  BitVector dead = deadOf(op->getResults());
  if (dead.none())
    return;
  for (Region &region : op->getRegions())
    region.front().getTerminator()->eraseOperands(dead);
  removedFrom(op).ifResults += dead.count();
  bordered.emplace_back(op, std::move(dead));
}

void Eliminator::closeLoop(tn::LoopOp op) {
  BitVector dead = deadOf(op->getResults());
  if (dead.none())
    return;
  Removed &entry = removedFrom(op);
  unsigned carried = op.getCarried().size();
  Operation *yield = op.getBody().front().getTerminator();
  yield->eraseOperands(shifted(dead, 1, yield->getNumOperands()));
  for (unsigned i : llvm::reverse(llvm::to_vector(dead.set_bits())))
    if (i < carried) {
      op.getCarriedMutable().erase(i);
      ++entry.loopValues;
    } else {
      ++entry.scanOutputs;
    }
  bordered.emplace_back(op, std::move(dead));
}

/// A result of a private function is dead if it is in all calls.
void Eliminator::closeFunction(func::FuncOp function) {
  BitVector results(function.getNumResults(), true);
  BitVector arguments = deadOf(function.getArguments());
  SmallVector<func::CallOp> calls;
  for (func::CallOp call : reached.callsOf(function))
    if (reached.isLive(call.getOperation())) {
      calls.push_back(call);
      results &= deadOf(call.getResults());
    }
  if (results.none() && arguments.none())
    return;
  function.getBody().front().getTerminator()->eraseOperands(results);
  for (func::CallOp call : calls) {
    call->eraseOperands(arguments);
    bordered.emplace_back(call, results);
  }
  Removed &entry = removedFrom(function);
  entry.results += results.count();
  entry.arguments += arguments.count();
  functions.push_back({function, std::move(arguments), std::move(results)});
}

//===----------------------------------------------------------------------===//
// Removal
//===----------------------------------------------------------------------===//

/// The elements of `attr` that belong to scan outputs that stay.
template <typename Attr>
static Attr keepLive(Attr attr, const BitVector &dead, unsigned carried) {
  SmallVector<typename decltype(attr.asArrayRef())::value_type> kept;
  for (auto [i, value] : llvm::enumerate(attr.asArrayRef()))
    if (!dead[carried + i])
      kept.push_back(value);
  return Attr::get(attr.getContext(), kept);
}

/// Replaces `op` by one without its dead results, which nothing uses.
static void dropResults(Operation *op, const BitVector &dead) {
  SmallVector<Value> kept;
  for (OpResult result : op->getResults())
    if (!dead[result.getResultNumber()])
      kept.push_back(result);
  OpBuilder b(op);
  OperationState state(op->getLoc(), op->getName(), op->getOperands(),
                       TypeRange(ValueRange(kept)), op->getAttrs());
  for (Region &region : op->getRegions())
    state.addRegion()->takeBody(region);
  Operation *smaller = b.create(state);
  for (auto [from, to] : llvm::zip_equal(kept, smaller->getResults()))
    from.replaceAllUsesWith(to);
  op->erase();
}

/// Arguments and scan attributes of a loop, before its results go.
static void dropCarried(tn::LoopOp op, const BitVector &dead) {
  Block &body = op.getBody().front();
  unsigned carried = body.getNumArguments() - 2;
  BitVector arguments(body.getNumArguments());
  for (unsigned i : dead.set_bits())
    if (i < carried)
      arguments.set(2 + i);
  body.eraseArguments(arguments);
  op.setScanAxesAttr(keepLive(op.getScanAxesAttr(), dead, carried));
  op.setScanReverseAttr(keepLive(op.getScanReverseAttr(), dead, carried));
}

void Eliminator::eraseDead() {
  for (Operation *op : dead)
    removedFrom(op).add(op);
  for (Operation *op : llvm::reverse(dead)) {
    op->dropAllUses();
    op->erase();
  }
  for (const FunctionBorder &border : functions) {
    func::FuncOp function = border.function;
    function.setType(function.getTypeWithoutArgsAndResults(border.arguments,
                                                           border.results));
    function.getBody().front().eraseArguments(border.arguments);
  }
  for (const auto &[op, results] : bordered) {
    if (auto loop = dyn_cast<tn::LoopOp>(op))
      dropCarried(loop, results);
    dropResults(op, results);
  }
}

void Eliminator::run() {
  root->walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (!reached.isLive(op) && op != root) {
      dead.push_back(op);
      return WalkResult::skip();
    }
    if (auto condition = dyn_cast<tn::IfOp>(op))
      closeIf(condition);
    else if (auto loop = dyn_cast<tn::LoopOp>(op))
      closeLoop(loop);
    else if (auto function = dyn_cast<func::FuncOp>(op);
             function && reached.isPrivate(function))
      closeFunction(function);
    return isa<tn::FusionOp>(op) ? WalkResult::skip() : WalkResult::advance();
  });
  eraseDead();
  for (const auto &[function, entry] : removed)
    entry.report();
}

namespace {
struct EliminateDeadNodes
    : tenon::graph::impl::EliminateDeadNodesPassBase<EliminateDeadNodes> {
  void runOnOperation() override { Eliminator(getOperation()).run(); }
};
} // namespace
