//===- BatchFusions.cpp - Independent kernels share a launch --------------===//

#include "passes/Schedule/Passes.h"
#include "tenon/Dialect/Tn/TnOps.h"
#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Remarks.h"
#include "llvm/ADT/SetVector.h"

namespace tenon::schedule {
#define GEN_PASS_DEF_BATCHFUSIONSPASS
#include "passes/Schedule/Passes.h.inc"
} // namespace tenon::schedule

using namespace mlir;
using namespace tenon;

/// Parts of a batch, and ops that a search for a path visits before it gives up.
static constexpr size_t kMostParts = 16;
static constexpr size_t kMostVisits = 512;

namespace {

class Batcher {
public:
  explicit Batcher(Block &block) : block(block) {}
  void run();

private:
  using Batch = SmallVector<tn::FusionOp>;

  void batchReaders(ValueRange values);
  /// Fusions of this block that read one of `values`, also through views.
  SmallVector<tn::FusionOp> readersOf(ValueRange values);
  bool isIndependent(tn::FusionOp fusion, const Batch &batch);
  bool leadsTo(Operation *from, Operation *to);
  void build(Batch &batch);
  void restoreOrder();

  Block &block;
  DenseMap<Operation *, unsigned> segment; ///< between host steps
};

} // namespace

static SmallVector<tn::FusionOp> partsOf(tn::FusionOp fusion) {
  if (fusion.getScheduleAttr().getHero() != tn::Hero::batch)
    return {fusion};
  return SmallVector<tn::FusionOp>(fusion.getBody().getOps<tn::FusionOp>());
}

SmallVector<tn::FusionOp> Batcher::readersOf(ValueRange values) {
  llvm::SetVector<Operation *> readers;
  SmallVector<Value> pending(values);
  while (!pending.empty())
    for (Operation *user : pending.pop_back_val().getUsers()) {
      if (auto view = dyn_cast<tn::ReshapeOp>(user))
        pending.push_back(view.getResult());
      else if (isa<tn::FusionOp>(user) && user->getBlock() == &block)
        readers.insert(user);
    }
  SmallVector<Operation *> ordered = readers.takeVector();
  llvm::sort(ordered, [](Operation *a, Operation *b) {
    return a->isBeforeInBlock(b);
  });
  return llvm::map_to_vector(
      ordered, [](Operation *op) { return cast<tn::FusionOp>(op); });
}

bool Batcher::leadsTo(Operation *from, Operation *to) {
  llvm::SmallPtrSet<Operation *, 32> seen;
  SmallVector<Operation *> pending{from};
  for (size_t visits = 0; !pending.empty(); ++visits) {
    if (visits > kMostVisits)
      return true;
    for (Operation *user : pending.pop_back_val()->getUsers()) {
      Operation *op = block.findAncestorOpInBlock(*user);
      if (op == to)
        return true;
      if (seen.insert(op).second)
        pending.push_back(op);
    }
  }
  return false;
}

bool Batcher::isIndependent(tn::FusionOp fusion, const Batch &batch) {
  return llvm::all_of(batch, [&](tn::FusionOp other) {
    return segment.lookup(fusion) == segment.lookup(other) &&
           !leadsTo(fusion, other) && !leadsTo(other, fusion);
  });
}

void Batcher::build(Batch &batch) {
  Batch parts;
  for (tn::FusionOp fusion : batch)
    llvm::append_range(parts, partsOf(fusion));
  llvm::SetVector<Value> inputs;
  SmallVector<Value> outputs;
  SmallVector<Location> locations;
  for (tn::FusionOp fusion : batch) {
    inputs.insert_range(fusion.getInputs());
    llvm::append_range(outputs, fusion.getOutputs());
    locations.push_back(fusion.getLoc());
  }
  OpBuilder b(batch.back());
  MLIRContext *context = b.getContext();
  Location loc = FusedLoc::get(context, locations);
  auto schedule = tn::ScheduleAttr::get(context, tn::Hero::batch, 1, {1});
  auto whole = tn::FusionOp::create(b, loc, TypeRange(ValueRange(outputs)),
                                    inputs.getArrayRef(), schedule);
  Block *body = b.createBlock(&whole.getBody());
  IRMapping map;
  for (Value input : inputs)
    map.map(input, body->addArgument(input.getType(), input.getLoc()));
  SmallVector<Value> results;
  for (tn::FusionOp fusion : batch) {
    if (fusion.getScheduleAttr().getHero() == tn::Hero::batch) {
      IRMapping inner;
      for (auto [argument, input] : llvm::zip_equal(
               fusion.getBody().getArguments(), fusion.getInputs()))
        inner.map(argument, map.lookup(input));
      for (Operation &part : fusion.getBody().front().without_terminator())
        b.clone(part, inner);
      for (Value yielded : fusion.getYield().getValues())
        results.push_back(inner.lookup(yielded));
    } else {
      llvm::append_range(results, b.clone(*fusion, map)->getResults());
    }
  }
  tn::YieldOp::create(b, loc, results);
  segment[whole] = segment.lookup(batch.back());
  for (auto [from, to] : llvm::zip_equal(outputs, whole.getOutputs()))
    from.replaceAllUsesWith(to);
  for (tn::FusionOp fusion : batch) {
    segment.erase(fusion);
    fusion.erase();
  }
  remark::passed(loc, remark::RemarkOpts::name("Batched").category("schedule"))
      << remark::metric("Kernels", parts.size());
}

void Batcher::batchReaders(ValueRange values) {
  std::vector<Batch> batches;
  for (tn::FusionOp reader : readersOf(values)) {
    size_t parts = partsOf(reader).size();
    auto fitting = llvm::find_if(batches, [&](const Batch &batch) {
      size_t total = parts;
      for (tn::FusionOp fusion : batch)
        total += partsOf(fusion).size();
      return total <= kMostParts && isIndependent(reader, batch);
    });
    if (fitting == batches.end())
      batches.push_back({reader});
    else
      fitting->push_back(reader);
  }
  // What was independent may not be once another batch is built: that one leads
  // to all that its parts led to.
  for (Batch &batch : batches) {
    Batch still;
    for (tn::FusionOp fusion : batch)
      if (isIndependent(fusion, still))
        still.push_back(fusion);
    if (still.size() > 1)
      build(still);
  }
}

/// A batch is where its last part was; users of other parts may be before it.
void Batcher::restoreOrder() {
  auto first = block.begin();
  for (Operation &op : block)
    if (tn::isHostStep(&op) || op.hasTrait<OpTrait::IsTerminator>()) {
      sortTopologically(&block, {first, op.getIterator()});
      first = std::next(op.getIterator());
    }
}

void Batcher::run() {
  unsigned passed = 0;
  for (Operation &op : block) {
    segment[&op] = passed;
    passed += tn::isHostStep(&op);
  }
  for (BlockArgument argument : block.getArguments())
    batchReaders(argument);
  for (Operation *op = &block.front(); op; op = op->getNextNode())
    if (!isa<tn::ConstantOp, tn::WeightOp, tn::ExprOp>(op))
      batchReaders(op->getResults());
  restoreOrder();
}

namespace {
struct BatchFusions
    : tenon::schedule::impl::BatchFusionsPassBase<BatchFusions> {
  void runOnOperation() override {
    SmallVector<Block *> blocks;
    getOperation()->walk([&](Block *block) {
      if (!isa<ModuleOp, tn::FusionOp>(block->getParentOp()) && !block->empty())
        blocks.push_back(block);
    });
    for (Block *block : blocks)
      Batcher(*block).run();
  }
};
} // namespace
