//===- EliminateDeadNodes.cpp - Removes what no result depends on ---------===//

#include "passes/Graph/Passes.h"
#include "tenon/Dialect/Tn/TnOps.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "llvm/ADT/DenseSet.h"

namespace tenon::graph {
#define GEN_PASS_DEF_ELIMINATEDEADNODESPASS
#include "passes/Graph/Passes.h.inc"
} // namespace tenon::graph

using namespace mlir;
using namespace tenon;

namespace {

/// Ops that results of `root` depend on.
class Liveness {
public:
  explicit Liveness(Operation *root) {
    root->walk([&](tn::BindOp bind) {
      for (Attribute symbol : bind.getSymbols())
        binders[cast<StringAttr>(symbol).getValue()].push_back(bind);
    });
    walker.addWalk([&](tn::ExprAttr e) {
      tn::walkSymbols(e, [&](tn::ExprAttr symbol) {
        for (Operation *binder : binders.lookup(symbol.getName()))
          mark(binder);
      });
      return WalkResult::skip();
    });
    root->walk([&](Operation *op) {
      if (isRoot(op))
        mark(op);
    });
    while (!worklist.empty())
      visit(worklist.pop_back_val());
  }

  bool isLive(Operation *op) const { return live.contains(op); }

private:
  /// Terminators of functions and what acts on more than its results.
  static bool isRoot(Operation *op) {
    if (isa<func::FuncOp, ModuleOp, SymbolOpInterface>(op))
      return true;
    if (op->hasTrait<OpTrait::IsTerminator>() || isa<tn::CheckOp>(op))
      return isa<func::FuncOp>(op->getParentOp());
    return !isa<tn::TnDialect>(op->getDialect());
  }

  void mark(Operation *op) {
    if (live.insert(op).second)
      worklist.push_back(op);
  }

  void visit(Operation *op) {
    for (Value operand : op->getOperands())
      if (Operation *producer = operand.getDefiningOp())
        mark(producer);
    if (isa<ModuleOp, func::FuncOp>(op))
      return;
    // A live op with regions needs what they yield, and itself what is around.
    for (Region &region : op->getRegions())
      for (Block &block : region) {
        mark(block.getTerminator());
        for (tn::CheckOp check : block.getOps<tn::CheckOp>())
          mark(check);
      }
    if (Operation *parent = op->getParentOp())
      mark(parent);
    for (Type type : op->getResultTypes())
      walker.walk(type);
    walker.walk(op->getAttrDictionary());
  }

  llvm::DenseSet<Operation *> live;
  SmallVector<Operation *> worklist;
  llvm::StringMap<SmallVector<Operation *>> binders;
  AttrTypeWalker walker;
};

struct EliminateDeadNodes
    : tenon::graph::impl::EliminateDeadNodesPassBase<EliminateDeadNodes> {
  void runOnOperation() override {
    Liveness liveness(getOperation());
    SmallVector<Operation *> dead;
    getOperation()->walk<WalkOrder::PreOrder>([&](Operation *op) {
      if (liveness.isLive(op) || op == getOperation())
        return WalkResult::advance();
      dead.push_back(op);
      return WalkResult::skip();
    });
    for (Operation *op : llvm::reverse(dead)) {
      op->dropAllUses();
      op->erase();
    }
  }
};

} // namespace
