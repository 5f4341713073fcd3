//===- PlanMemory.cpp - Decides where every value lies in memory ----------===//
//
// One walk in the order of the host program. A result that is computed (by a
// kernel or a function, or by the host for tn.expr) gets memory of its own, the
// first of:
//   output   it is returned and its final sizes are known when it is computed
//   heap     a loop hands it over to the next round, or its size is not known
//            at the beginning of the run
//   arena    over an input of its kernel that dies there, or a slot of its own
// Everything else is the memory of another value.
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/Remarks.h"
#include "passes/Plan/Flow.h"
#include "passes/Plan/InPlace.h"
#include "passes/Plan/Liveness.h"
#include "passes/Plan/PackArena.h"
#include "passes/Plan/Passes.h"
#include "passes/Plan/Placement.h"
#include "passes/Plan/StoredValues.h"
#include "passes/Plan/Symbols.h"
#include "runtime/abi/tenon_abi.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::plan;
using tn::ExprAttr;

namespace tenon::plan {
#define GEN_PASS_DEF_PLANMEMORY
#include "passes/Plan/Passes.h.inc"
} // namespace tenon::plan

namespace {
/// The places of constants and weights, shared by all functions of a module.
class StoredPlaces {
public:
  FailureOr<int64_t> placeOf(Operation *op) {
    FailureOr<Attribute> identity = storedIdentity(op);
    FailureOr<int64_t> bytes = storedBytes(op);
    if (failed(identity) || failed(bytes))
      return failure();
    auto [it, isNew] = positions.try_emplace(*identity, end);
    if (isNew)
      end += llvm::alignTo(*bytes, TN_BUFFER_ALIGNMENT);
    return it->second;
  }

private:
  llvm::DenseMap<Attribute, int64_t> positions;
  int64_t end = 0;
};

class Planner {
public:
  Planner(func::FuncOp function, StoredPlaces &stored)
      : function(function), stored(stored), liveness(function),
        facts(function->getParentOfType<ModuleOp>()),
        atEntry(entrySymbols(function)) {}

  LogicalResult run();

private:
  void reportArena();
  void chooseOutputs();
  bool isKnownAt(ExprAttr e, Operation *op) const;
  LogicalResult planBlock(Block &block);
  FailureOr<SmallVector<Placement>> planOp(Operation *op);
  Placement placeComputed(OpResult result);
  std::optional<int64_t> slotToOverwrite(OpResult result, ExprAttr bytes);

  func::FuncOp function;
  StoredPlaces &stored;
  Liveness liveness;
  tn::ShapeFacts facts;
  llvm::SetVector<ExprAttr> atEntry;
  llvm::DenseMap<ExprAttr, Operation *> binders;
  llvm::DenseMap<Value, int64_t> outputOf, slotOf;
  llvm::DenseSet<Value> handedOver; ///< to the next round of a loop
  Arena arena;
  size_t overwritten = 0; ///< values written over an input
};

struct PlanMemory : tenon::plan::impl::PlanMemoryBase<PlanMemory> {
  void runOnOperation() override;
};
} // namespace

/// What may be in a host program, and nothing else.
static LogicalResult checkHostOps(func::FuncOp function) {
  if (!llvm::hasSingleElement(function.getBody()))
    return function.emitError("has several blocks; control flow is tn.if and "
                              "tn.loop");
  WalkResult result = function.getBody().walk<WalkOrder::PreOrder>([](Operation
                                                                          *op) {
    if (isa<tn::FusionOp>(op))
      return WalkResult::skip();
    if (isa<tn::ReshapeOp, tn::ConstantOp, tn::WeightOp, tn::ExprOp, tn::BindOp,
            tn::CheckOp, tn::IfOp, tn::LoopOp, tn::YieldOp, func::CallOp,
            func::ReturnOp>(op))
      return WalkResult::advance();
    op->emitError() << "'" << op->getName()
                    << "' cannot run in the host program; the fuse stage "
                       "must make it part of a tn.fusion";
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

LogicalResult Planner::run() {
  function.walk([&](Operation *op) {
    if (auto symbols = op->getAttrOfType<ArrayAttr>("symbols"))
      for (auto name : symbols.getAsRange<StringAttr>())
        binders[tn::symbolExpr(op->getContext(), name.getValue())] = op;
    auto yield = dyn_cast<tn::YieldOp>(op);
    if (!yield || !isa<tn::LoopOp>(yield->getParentOp()))
      return;
    SmallVector<Flow> flows = flowsOf(yield);
    for (auto [value, flow] : llvm::zip(joinedOperands(yield), flows))
      if (flow == Flow::Move)
        handedOver.insert(rootOf(value));
  });
  chooseOutputs();
  if (failed(planBlock(function.getBody().front())))
    return failure();
  packArena(arena);
  reportArena();
  arena.write(function);
  return success();
}

void Planner::reportArena() {
  auto remark = remark::passed(
      function.getLoc(), remark::RemarkOpts::name("Arena").category("plan"));
  remark << remark::metric("Slots", arena.slots.size())
         << remark::metric("Overwritten", overwritten);
  if (arena.bytes)
    remark << remark::metric("Bytes", *arena.bytes)
           << remark::metric("LowerBound", mostLiveBytes(arena));
  else
    remark << remark::metric("Packed", "at run time");
}

/// Whether all symbols of `e` are bound before `op`, in the body's block.
bool Planner::isKnownAt(ExprAttr e, Operation *op) const {
  bool known = true;
  tn::walkSymbols(e, [&](ExprAttr symbol) {
    Operation *binder = binders.lookup(symbol);
    known &= atEntry.contains(symbol) ||
             (binder && binder->getBlock() == op->getBlock() &&
              binder->isBeforeInBlock(op));
  });
  return known;
}

/// Results of the function that their producer writes directly.
void Planner::chooseOutputs() {
  Operation *terminator = function.getBody().front().getTerminator();
  for (OpOperand &operand : terminator->getOpOperands()) {
    Value root = rootOf(operand.get());
    Operation *producer = root.getDefiningOp();
    bool isDirect =
        isa_and_nonnull<tn::FusionOp, tn::ExprOp, func::CallOp>(producer) &&
        producer->getBlock() == terminator->getBlock() &&
        facts.provablyEqual(tn::elementCount(root.getType()),
                            tn::elementCount(operand.get().getType())) &&
        llvm::all_of(tn::shapeOf(operand.get()),
                     [&](ExprAttr dim) { return isKnownAt(dim, producer); });
    // An output that has a place already is copied.
    if (isDirect)
      outputOf.try_emplace(root, operand.getOperandNumber());
  }
}

LogicalResult Planner::planBlock(Block &block) {
  for (Operation &op : block) {
    if (op.getNumResults() != 0) {
      FailureOr<SmallVector<Placement>> placements = planOp(&op);
      if (failed(placements))
        return failure();
      setPlacements(&op, *placements);
    }
    if (isa<tn::FusionOp>(op))
      continue;
    for (Region &region : op.getRegions())
      if (failed(planBlock(region.front())))
        return failure();
  }
  return success();
}

FailureOr<SmallVector<Placement>> Planner::planOp(Operation *op) {
  if (isa<tn::ReshapeOp>(op))
    return SmallVector<Placement>{{Place::Alias}};
  if (isa<tn::ConstantOp, tn::WeightOp>(op)) {
    FailureOr<int64_t> position = stored.placeOf(op);
    if (failed(position))
      return failure();
    return SmallVector<Placement>{{Place::Weight, *position}};
  }
  SmallVector<Placement> placements(op->getNumResults(), {Place::Joined});
  if (auto loop = dyn_cast<tn::LoopOp>(op))
    std::fill(placements.begin() + loop.getCarried().size(), placements.end(),
              Placement{Place::Heap});
  if (isa<tn::FusionOp, tn::ExprOp, func::CallOp>(op))
    for (OpResult result : op->getResults())
      placements[result.getResultNumber()] = placeComputed(result);
  return placements;
}

Placement Planner::placeComputed(OpResult result) {
  if (auto it = outputOf.find(result); it != outputOf.end())
    return {Place::Output, it->second};
  ExprAttr bytes = bytesOf(result.getType(), facts);
  if (handedOver.contains(result) || !dependsOnlyOn(bytes, atEntry))
    return {Place::Heap};
  int32_t last = liveness.lastUse(result);
  std::optional<int64_t> slot = slotToOverwrite(result, bytes);
  if (slot) {
    ++overwritten;
    arena.slots[*slot].last = std::max(arena.slots[*slot].last, last);
  } else {
    slot = arena.slots.size();
    arena.slots.push_back({bytes, liveness.stepOf(result.getOwner()), last});
  }
  slotOf[result] = *slot;
  return {Place::Arena, *slot};
}

/// The slot of an input that nobody needs after this kernel, if the kernel may
/// write over it.
std::optional<int64_t> Planner::slotToOverwrite(OpResult result,
                                                ExprAttr bytes) {
  auto fusion = dyn_cast<tn::FusionOp>(result.getOwner());
  if (!fusion)
    return std::nullopt;
  for (Value input : fusion.getInputs()) {
    Value root = rootOf(input);
    auto slot = slotOf.find(root);
    if (slot == slotOf.end() || arena.slots[slot->second].bytes != bytes ||
        liveness.isShared(root) ||
        liveness.lastUse(root) != liveness.stepOf(fusion))
      continue;
    bool isSafe = llvm::all_of(fusion->getOpOperands(), [&](OpOperand &use) {
      return rootOf(use.get()) != root ||
             mayOverwrite(fusion, use.getOperandNumber());
    });
    if (isSafe)
      return slot->second;
  }
  return std::nullopt;
}

void PlanMemory::runOnOperation() {
  StoredPlaces stored;
  for (func::FuncOp function : getOperation().getOps<func::FuncOp>()) {
    if (function.isDeclaration())
      continue;
    if (failed(checkHostOps(function)))
      return signalPassFailure();
    Planner planner(function, stored);
    if (failed(planner.run()))
      return signalPassFailure();
  }
}
