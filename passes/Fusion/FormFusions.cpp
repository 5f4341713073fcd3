//===- FormFusions.cpp - Partitions blocks into fusions -------------------===//

#include "passes/Fusion/FusionGraph.h"
#include "passes/Fusion/Passes.h"
#include "passes/Fusion/ReadPattern.h"
#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Remarks.h"

namespace tenon::fusion {
#define GEN_PASS_DEF_FORMFUSIONSPASS
#include "passes/Fusion/Passes.h.inc"
} // namespace tenon::fusion

using namespace mlir;
using namespace tenon;
using namespace tenon::fusion;

/// Moves the ops of a group into a tn.fusion in place of its last one.
static void outline(const FusionGroup &group) {
  SmallVector<Operation *> ordered(group.members());
  llvm::sort(ordered, [](Operation *a, Operation *b) {
    return a->isBeforeInBlock(b);
  });
  SmallVector<Value> outputs = group.outputs();
  llvm::SetVector<Value> inputs;
  llvm::SetVector<Operation *> recomputed; // producers before users
  auto collect = [&](auto &self, Operation *op) -> void {
    for (Value operand : op->getOperands()) {
      Operation *producer = operand.getDefiningOp();
      if (producer && group.contains(producer))
        continue;
      if (!isRecomputed(producer, op)) {
        inputs.insert(operand);
        continue;
      }
      self(self, producer);
      recomputed.insert(producer);
    }
  };
  for (Operation *op : ordered)
    collect(collect, op);
  Operation *last = ordered.back();
  OpBuilder b(last);
  auto fusion = tn::FusionOp::create(
      b, last->getLoc(), TypeRange(ValueRange(outputs)), inputs.getArrayRef(),
      tn::ScheduleAttr());
  Block *body = b.createBlock(&fusion.getBody());
  IRMapping map;
  for (Value input : inputs)
    map.map(input, body->addArgument(input.getType(), input.getLoc()));
  for (Operation *op : recomputed)
    b.clone(*op, map);
  for (Operation *op : ordered)
    b.clone(*op, map);
  SmallVector<Value> results;
  for (Value output : outputs)
    results.push_back(map.lookup(output));
  tn::YieldOp::create(b, last->getLoc(), results);
  for (auto [from, to] : llvm::zip_equal(outputs, fusion.getOutputs()))
    from.replaceAllUsesWith(to);
  for (Operation *op : llvm::reverse(ordered))
    op->erase();
  if (ordered.size() > 1)
    remark::passed(fusion.getLoc(),
                   remark::RemarkOpts::name("Fused").category("fusion"))
        << remark::metric("Ops", ordered.size())
        << remark::metric("Results", outputs.size());
}

/// Users of a fusion that took an earlier op's place may come before it.
static void restoreOrder(Block &block) {
  auto first = block.begin();
  for (Operation &op : block)
    if (tn::isHostStep(&op)) {
      sortTopologically(&block, {first, op.getIterator()});
      first = std::next(op.getIterator());
    }
  sortTopologically(&block, {first, std::prev(block.end())});
}

static void fuseBlock(Block &block, bool groups) {
  FusionGraph graph(block, groups);
  if (groups) {
    graph.mergeIntoConsumers();
    graph.mergeSiblings();
  }
  for (const FusionGroup *group : graph.groups())
    outline(*group);
  for (auto op : llvm::make_early_inc_range(block.getOps<tn::DequantizeOp>()))
    if (op->use_empty())
      op.erase();
  restoreOrder(block);
}

namespace {
struct FormFusions : tenon::fusion::impl::FormFusionsPassBase<FormFusions> {
  using FormFusionsPassBase::FormFusionsPassBase;
  void runOnOperation() override {
    SmallVector<Block *> blocks;
    getOperation()->walk([&](Block *block) {
      Operation *parent = block->getParentOp();
      if (!isa<ModuleOp, tn::FusionOp>(parent))
        blocks.push_back(block);
    });
    for (Block *block : blocks)
      fuseBlock(*block, groups);
  }
};
} // namespace
