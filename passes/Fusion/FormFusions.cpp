//===- FormFusions.cpp - Partitions blocks into fusions -------------------===//

#include "passes/Fusion/FusionGroup.h"
#include "passes/Fusion/Passes.h"
#include "mlir/IR/IRMapping.h"

namespace tenon::fusion {
#define GEN_PASS_DEF_FORMFUSIONSPASS
#include "passes/Fusion/Passes.h.inc"
} // namespace tenon::fusion

using namespace mlir;
using namespace tenon;
using namespace tenon::fusion;

/// A value that a kernel recomputes rather than reads: a splat constant, or
/// sizes.
static bool isRecomputed(Operation *op) {
  if (auto constant = dyn_cast_or_null<tn::ConstantOp>(op)) {
    auto dense = dyn_cast<DenseElementsAttr>(constant.getValue());
    return dense && dense.isSplat();
  }
  return isa_and_nonnull<tn::ExprOp>(op);
}

/// Moves the ops of a group into a tn.fusion in place of its root.
static void outline(const FusionGroup &group) {
  Operation *root = group.root();
  SmallVector<Operation *> ordered(group.members());
  llvm::sort(ordered, [](Operation *a, Operation *b) {
    return a->isBeforeInBlock(b);
  });
  llvm::SetVector<Value> inputs;
  llvm::SetVector<Operation *> recomputed;
  for (Operation *op : ordered)
    for (Value operand : op->getOperands()) {
      Operation *producer = operand.getDefiningOp();
      if (producer && group.contains(producer))
        continue;
      if (isRecomputed(producer))
        recomputed.insert(producer);
      else
        inputs.insert(operand);
    }
  OpBuilder b(root);
  auto fusion = tn::FusionOp::create(b, root->getLoc(), root->getResultTypes(),
                                     inputs.getArrayRef(), tn::ScheduleAttr());
  Block *body = b.createBlock(&fusion.getBody());
  IRMapping map;
  for (Value input : inputs)
    map.map(input, body->addArgument(input.getType(), input.getLoc()));
  for (Operation *op : recomputed)
    b.clone(*op, map);
  for (Operation *op : ordered)
    b.clone(*op, map);
  SmallVector<Value> results;
  for (Value result : root->getResults())
    results.push_back(map.lookup(result));
  tn::YieldOp::create(b, root->getLoc(), results);
  root->replaceAllUsesWith(fusion.getResults());
  for (Operation *op : llvm::reverse(ordered))
    op->erase();
}

static void fuseBlock(Block &block) {
  std::vector<std::unique_ptr<FusionGroup>> groups;
  DenseMap<Operation *, FusionGroup *> groupOf;
  for (Operation &op : llvm::reverse(block)) {
    auto role = dyn_cast<tn::FusionRoleOpInterface>(op);
    if (!role || role.getFusionRole() == tn::FusionRole::host ||
        role.getFusionRole() == tn::FusionRole::view)
      continue;
    FusionGroup *common = nullptr;
    bool oneGroup = !op.use_empty();
    for (Operation *user : op.getUsers()) {
      FusionGroup *group = groupOf.lookup(user);
      oneGroup &= group && (!common || common == group);
      common = group;
    }
    StringRef reason = "it is used by more than one kernel";
    if (!oneGroup || failed(common->join(&op, reason))) {
      groups.push_back(std::make_unique<FusionGroup>(&op));
      common = groups.back().get();
    }
    groupOf[&op] = common;
  }
  for (auto &group : groups)
    outline(*group);
}

namespace {
struct FormFusions : tenon::fusion::impl::FormFusionsPassBase<FormFusions> {
  void runOnOperation() override {
    SmallVector<Block *> blocks;
    getOperation()->walk([&](Block *block) {
      Operation *parent = block->getParentOp();
      if (!isa<ModuleOp, tn::FusionOp>(parent))
        blocks.push_back(block);
    });
    for (Block *block : blocks)
      fuseBlock(*block);
  }
};
} // namespace
