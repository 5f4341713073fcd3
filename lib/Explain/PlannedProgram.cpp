//===- PlannedProgram.cpp - Steps and memory of a planned module ----------===//

#include "lib/Explain/PlannedProgram.h"
#include "passes/Plan/Flow.h"
#include "passes/Plan/Liveness.h"
#include "passes/Plan/PackArena.h"
#include "runtime/abi/tenon_abi.h"
#include "tenon/Dialect/Tn/Shape.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::explain;

SmallVector<StringRef> explain::ownersOf(Location location) {
  SmallVector<StringRef> owners;
  location->walk([&](Location part) {
    if (auto call = dyn_cast<CallSiteLoc>(part)) {
      llvm::append_range(owners, ownersOf(call.getCaller()));
      return WalkResult::skip();
    }
    if (auto name = dyn_cast<NameLoc>(part))
      owners.push_back(name.getName());
    return WalkResult::advance();
  });
  return owners;
}

std::string explain::typeText(Type tensor) {
  std::string text;
  llvm::raw_string_ostream os(text);
  os << getElementTypeOrSelf(tensor) << "[";
  llvm::interleaveComma(tn::shapeOf(tensor), os,
                        [&](tn::ExprAttr dim) { os << dim.str(); });
  os << "]";
  return text;
}

namespace {

class Reader {
public:
  explicit Reader(func::FuncOp main) : main(main), liveness(main) {}
  PlannedProgram read();

private:
  void addStep(Operation *op);
  void addLaunch(tn::FusionOp fusion, PlannedProgram::PlannedStep &step);
  void addSources(Operation *op, PlannedProgram::PlannedStep &step);
  Operand operandOf(Value v) const;
  void addSlots();
  void addHostNames();

  func::FuncOp main;
  plan::Liveness liveness;
  PlannedProgram program;
  llvm::DenseMap<Operation *, int> stepOf;
  std::vector<std::pair<int, int32_t>> launches; ///< steps, time in the plan
};

} // namespace

/// Where a value comes from; carried values of loops come from before the loop.
Operand Reader::operandOf(Value v) const {
  Operand operand;
  operand.type = typeText(v.getType());
  Value root = plan::rootOf(v);
  while (auto argument = dyn_cast<BlockArgument>(root)) {
    Operation *owner = argument.getOwner()->getParentOp();
    unsigned number = argument.getArgNumber();
    auto loop = dyn_cast<tn::LoopOp>(owner);
    if (!loop) {
      operand.input = number;
      return operand;
    }
    if (number < 2)
      return operand;
    root = plan::rootOf(loop.getCarried()[number - 2]);
  }
  auto found = stepOf.find(root.getDefiningOp());
  operand.step = found == stepOf.end() ? -1 : found->second;
  return operand;
}

static bool isControl(Operation *op) { return isa<tn::IfOp, tn::LoopOp>(op); }

void Reader::addLaunch(tn::FusionOp fusion, PlannedProgram::PlannedStep &step) {
  step.step.kernel = fusion->getAttrOfType<IntegerAttr>("index").getInt();
  step.flops = fusion->getAttrOfType<tn::ExprAttr>("flops");
  step.bytes = fusion->getAttrOfType<tn::ExprAttr>("bytes");
  tn::ScheduleAttr schedule = fusion.getScheduleAttr();
  step.step.hero = tn::stringifyHero(schedule.getHero()).str();
  llvm::raw_string_ostream os(step.step.schedule);
  os << "lanes " << schedule.getLanes() << ", tile [";
  llvm::interleaveComma(schedule.getTile(), os);
  os << "]";
  for (Value input : fusion.getInputs())
    if (plan::isStored(plan::rootOf(input)))
      step.step.storedBytes +=
          cast<RankedTensorType>(input.getType()).getNumElements() *
          tn::elementBytes(getElementTypeOrSelf(input.getType()));
  fusion.getBody().walk([&](Operation *op) {
    if (isa<tn::ConstantOp, tn::ExprOp, tn::YieldOp>(op))
      return;
    for (StringRef name : ownersOf(op->getLoc()))
      if (!llvm::is_contained(step.nodes, name))
        step.nodes.push_back(name.str());
  });
}

void Reader::addSources(Operation *op, PlannedProgram::PlannedStep &step) {
  for (Value operand : op->getOperands())
    step.step.operands.push_back(operandOf(operand));
  if (isControl(op))
    for (Region &region : op->getRegions())
      for (Value yielded : region.front().getTerminator()->getOperands())
        step.step.operands.push_back(operandOf(yielded));
  for (Type type : op->getResultTypes())
    step.step.results.push_back(typeText(type));
}

void Reader::addStep(Operation *op) {
  PlannedProgram::PlannedStep step;
  if (auto fusion = dyn_cast<tn::FusionOp>(op)) {
    addLaunch(fusion, step);
  } else {
    step.step.hero = isa<tn::IfOp>(op) ? "if" : "loop";
    for (StringRef name : ownersOf(op->getLoc()))
      step.nodes.push_back(name.str());
  }
  addSources(op, step);
  stepOf[op] = program.steps.size();
  if (step.step.kernel >= 0)
    launches.emplace_back(program.steps.size(), liveness.stepOf(op));
  program.steps.push_back(std::move(step));
}

void Reader::addSlots() {
  FailureOr<plan::Arena> arena = plan::Arena::read(main);
  if (failed(arena))
    return;
  if (launches.empty())
    return;
  // The first launch that begins at `time` of the plan or later.
  auto launchAt = [&](int32_t time) {
    return llvm::partition_point(
               launches,
               [&](const auto &launch) { return launch.second < time; }) -
           launches.begin();
  };
  for (const plan::ArenaSlot &entry : arena->slots) {
    PlannedProgram::PlannedSlot slot{{}, entry.bytes, entry.first, entry.last};
    slot.slot.bytesText = entry.bytes.str();
    size_t first = std::min<size_t>(launchAt(entry.first), launches.size() - 1);
    size_t end = launchAt(entry.last + 1);
    slot.slot.first = launches[first].first;
    slot.slot.last = launches[end > first ? end - 1 : first].first;
    program.slots.push_back(std::move(slot));
  }
  main.walk<WalkOrder::PreOrder>([&](Operation *op) {
    for (OpResult result : op->getResults()) {
      std::optional<plan::Placement> place = plan::placementOf(result);
      if (!place || place->place != plan::Place::Arena)
        continue;
      auto found = stepOf.find(op);
      program.slots[place->position].slot.values.emplace_back(
          found == stepOf.end() ? -1 : found->second,
          typeText(result.getType()));
    }
    return isa<tn::FusionOp>(op) ? WalkResult::skip() : WalkResult::advance();
  });
}

/// What the host has for nodes that are in no kernel.
void Reader::addHostNames() {
  auto add = [&](Operation *op, StringRef what) {
    for (StringRef name : ownersOf(op->getLoc()))
      program.onHost.try_emplace(name, what);
  };
  main.walk([&](Operation *op) {
    if (op->getParentOfType<tn::FusionOp>())
      return;
    if (isa<tn::CheckOp>(op))
      add(op, "the host program checks sizes");
    else if (isa<tn::ExprOp, tn::BindOp>(op))
      add(op, "a size that the host program computes");
    else if (isa<tn::ReshapeOp>(op))
      add(op, "a view of the same memory: nothing is moved");
  });
  main.walk([&](Operation *op) {
    if (isa<tn::ExprOp>(op))
      add(op, "a size that is known when a kernel starts");
  });
}

PlannedProgram Reader::read() {
  for (auto [i, type] : llvm::enumerate(main.getArgumentTypes()))
    program.inputs.push_back(
        {main.getArgAttrOfType<StringAttr>(i, "tn.name").str(),
         typeText(type)});
  for (auto [i, type] : llvm::enumerate(main.getResultTypes()))
    program.outputs.push_back(
        {main.getResultAttrOfType<StringAttr>(i, "tn.name").str(),
         typeText(type)});
  // Control flow comes after what is in it: it reads what its regions yield.
  main.walk([&](Operation *op) {
    if (isControl(op) ||
        (isa<tn::FusionOp>(op) && !op->getParentOfType<tn::FusionOp>()))
      addStep(op);
  });
  for (Value result : main.getBody().front().getTerminator()->getOperands())
    program.outputSteps.push_back(operandOf(result).step);
  addSlots();
  addHostNames();
  return std::move(program);
}

PlannedProgram PlannedProgram::read(func::FuncOp main) {
  return Reader(main).read();
}

//===----------------------------------------------------------------------===//
// Numbers
//===----------------------------------------------------------------------===//

void PlannedProgram::describe(const llvm::StringMap<int64_t> &sizes,
                              Report &report) const {
  auto numberOf = [&](tn::ExprAttr e) {
    return tn::evaluateExpr(e, [&](StringRef name) -> std::optional<int64_t> {
      auto it = sizes.find(name);
      if (it == sizes.end())
        return std::nullopt;
      return it->second;
    });
  };
  report.inputs = inputs;
  report.outputs = outputs;
  report.outputSteps = outputSteps;
  for (const PlannedStep &planned : steps) {
    Step step = planned.step;
    if (planned.flops) {
      step.flopsText = planned.flops.str();
      step.bytesText = planned.bytes.str();
      step.flops = numberOf(planned.flops);
      step.bytes = numberOf(planned.bytes);
    }
    report.steps.push_back(std::move(step));
  }

  plan::Arena arena;
  int64_t apart = 0;
  bool known = true;
  for (const PlannedSlot &planned : slots) {
    Slot slot = planned.slot;
    slot.bytes = numberOf(planned.bytes);
    known &= slot.bytes.has_value();
    if (slot.bytes) {
      arena.slots.push_back(
          {tn::constantExpr(planned.bytes.getContext(), *slot.bytes),
           planned.first, planned.last});
      apart += llvm::alignTo(*slot.bytes, TN_BUFFER_ALIGNMENT) *
               std::max<size_t>(1, slot.values.size());
    }
    report.memory.slots.push_back(std::move(slot));
  }
  if (!known)
    return;
  plan::packArena(arena);
  if (!arena.bytes)
    return;
  report.memory.arenaBytes = arena.slots.empty() ? 0 : arena.bytes;
  report.memory.leastBytes = plan::mostLiveBytes(arena);
  report.memory.apartBytes = apart;
  for (auto [slot, placed] : llvm::zip_equal(report.memory.slots, arena.slots))
    slot.offset = placed.offset;
}
