//===- PlannedProgram.cpp - Steps and memory of a planned module ----------===//

#include "lib/Explain/PlannedProgram.h"
#include "lib/Explain/NodeOwners.h"
#include "passes/Plan/Flow.h"
#include "passes/Plan/Liveness.h"
#include "passes/Plan/PackArena.h"
#include "runtime/abi/tenon_abi.h"
#include "tenon/Dialect/Tn/Shape.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/MathExtras.h"
#include <map>

using namespace mlir;
using namespace tenon;
using namespace tenon::explain;

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
  explicit Reader(func::FuncOp main)
      : main(main), owners(main->getParentOfType<ModuleOp>()) {}
  PlannedProgram read();

private:
  /// Steps, and when they begin in the plan of their function.
  using Times = std::vector<std::pair<int, int32_t>>;

  void visit(func::FuncOp function);
  void addStep(Operation *op);
  void addLaunch(tn::FusionOp fusion, PlannedProgram::PlannedStep &step);
  void addSources(Operation *op, PlannedProgram::PlannedStep &step);
  Operand operandOf(Value v) const;
  void addSlots(func::FuncOp function, const Times &times);
  void addHostNames(func::FuncOp function);

  func::FuncOp main;
  NodeOwners owners;
  PlannedProgram program;
  llvm::DenseMap<Operation *, int> stepOf;
  /// Functions in the order in which they are called first.
  llvm::MapVector<Operation *, func::CallOp> called;
};

func::FuncOp calleeOf(func::CallOp call) {
  return SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
      call, call.getCalleeAttr());
}

} // namespace

/// Where a value comes from: carried values of loops from before the loop,
/// arguments of functions from the first call.
Operand Reader::operandOf(Value v) const {
  Operand operand;
  operand.type = typeText(v.getType());
  Value root = plan::rootOf(v);
  while (auto argument = dyn_cast<BlockArgument>(root)) {
    Operation *owner = argument.getOwner()->getParentOp();
    unsigned number = argument.getArgNumber();
    if (auto call = called.find(owner); call != called.end()) {
      root = plan::rootOf(func::CallOp(call->second).getOperand(number));
      continue;
    }
    auto loop = dyn_cast<tn::LoopOp>(owner);
    if (!loop)
      operand.input = number;
    if (!loop || number < 2)
      return operand;
    root = plan::rootOf(loop.getCarried()[number - 2]);
  }
  auto found = stepOf.find(root.getDefiningOp());
  operand.step = found == stepOf.end() ? -1 : found->second;
  return operand;
}

static bool isControl(Operation *op) {
  return isa<tn::IfOp, tn::LoopOp, func::CallOp>(op);
}

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
  for (tn::VersionAttr version : schedule.getVersions()) {
    os << ", where " << version.getSize().str() << " is at most "
       << version.getMost() << " [";
    llvm::interleaveComma(version.getTile(), os);
    os << "]";
  }
  for (Value input : fusion.getInputs())
    if (plan::isStored(plan::rootOf(input)))
      step.step.storedBytes +=
          cast<RankedTensorType>(input.getType()).getNumElements() *
          tn::elementBytes(getElementTypeOrSelf(input.getType()));
  fusion.getBody().walk([&](Operation *op) {
    if (isa<tn::ConstantOp, tn::ExprOp, tn::YieldOp>(op))
      return;
    for (StringRef name : owners.of(op))
      if (!llvm::is_contained(step.nodes, name))
        step.nodes.push_back(name.str());
  });
}

void Reader::addSources(Operation *op, PlannedProgram::PlannedStep &step) {
  for (Value operand : op->getOperands())
    step.step.operands.push_back(operandOf(operand));
  auto addYielded = [&](Region &region) {
    for (Value yielded : region.front().getTerminator()->getOperands())
      step.step.operands.push_back(operandOf(yielded));
  };
  if (auto call = dyn_cast<func::CallOp>(op))
    addYielded(calleeOf(call).getBody());
  else if (isControl(op))
    llvm::for_each(op->getRegions(), addYielded);
  for (Type type : op->getResultTypes())
    step.step.results.push_back(typeText(type));
}

void Reader::addStep(Operation *op) {
  PlannedProgram::PlannedStep step;
  if (auto fusion = dyn_cast<tn::FusionOp>(op)) {
    addLaunch(fusion, step);
  } else {
    step.step.hero = isa<tn::IfOp>(op)     ? "if"
                     : isa<tn::LoopOp>(op) ? "loop"
                                           : "call";
    for (StringRef name : owners.of(op))
      step.nodes.push_back(name.str());
  }
  addSources(op, step);
  stepOf[op] = program.steps.size();
  program.steps.push_back(std::move(step));
}

void Reader::addSlots(func::FuncOp function, const Times &times) {
  FailureOr<plan::Arena> arena = plan::Arena::read(function);
  if (failed(arena) || times.empty())
    return;
  // The first step that begins at `time` or later.
  auto stepAt = [&](int32_t time) -> size_t {
    return llvm::partition_point(
               times, [&](const auto &step) { return step.second < time; }) -
           times.begin();
  };
  size_t base = program.slots.size();
  for (const plan::ArenaSlot &entry : arena->slots) {
    PlannedProgram::PlannedSlot slot{
        {}, entry.bytes, entry.first, entry.last, int(called.size())};
    slot.slot.bytesText = entry.bytes.str();
    size_t first = std::min(stepAt(entry.first), times.size() - 1);
    size_t end = stepAt(entry.last + 1);
    slot.slot.first = times[first].first;
    slot.slot.last = times[end > first ? end - 1 : first].first;
    program.slots.push_back(std::move(slot));
  }
  function.walk<WalkOrder::PreOrder>([&](Operation *op) {
    for (OpResult result : op->getResults()) {
      std::optional<plan::Placement> place = plan::placementOf(result);
      if (!place || place->place != plan::Place::Arena)
        continue;
      auto found = stepOf.find(op);
      program.slots[base + place->position].slot.values.emplace_back(
          found == stepOf.end() ? -1 : found->second,
          typeText(result.getType()));
    }
    return isa<tn::FusionOp>(op) ? WalkResult::skip() : WalkResult::advance();
  });
}

/// What the host has for nodes that are in no kernel.
void Reader::addHostNames(func::FuncOp function) {
  auto add = [&](Operation *op, StringRef what) {
    for (StringRef name : owners.of(op))
      program.onHost.try_emplace(name, what);
  };
  function.walk([&](Operation *op) {
    if (op->getParentOfType<tn::FusionOp>())
      return;
    if (isa<tn::CheckOp>(op))
      add(op, "the host program checks sizes");
    else if (isa<tn::ExprOp, tn::BindOp>(op))
      add(op, "a size that the host program computes");
    else if (isa<tn::ReshapeOp>(op))
      add(op, "a view of the same memory: nothing is moved");
  });
  function.walk([&](Operation *op) {
    if (isa<tn::ExprOp>(op))
      add(op, "a size that is known when a kernel starts");
  });
}

/// Control flow comes after what is in it: it reads what its regions yield. A
/// function is in the call that comes first.
void Reader::visit(func::FuncOp function) {
  plan::Liveness liveness(function);
  Times times;
  function.walk([&](Operation *op) {
    auto call = dyn_cast<func::CallOp>(op);
    if (call)
      if (func::FuncOp callee = calleeOf(call);
          called.try_emplace(callee, call).second)
        visit(callee);
    bool isLaunch =
        isa<tn::FusionOp>(op) && !op->getParentOfType<tn::FusionOp>();
    if (isLaunch || call)
      times.emplace_back(program.steps.size(), liveness.stepOf(op));
    if (isLaunch || isControl(op))
      addStep(op);
  });
  addSlots(function, times);
  addHostNames(function);
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
  visit(main);
  for (Value result : main.getBody().front().getTerminator()->getOperands())
    program.outputSteps.push_back(operandOf(result).step);
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

  bool isKnown = true;
  std::map<int, plan::Arena> arenas; // of functions
  for (const PlannedSlot &planned : slots) {
    Slot slot = planned.slot;
    slot.bytes = numberOf(planned.bytes);
    isKnown &= slot.bytes.has_value();
    if (slot.bytes)
      arenas[planned.function].slots.push_back(
          {tn::constantExpr(planned.bytes.getContext(), *slot.bytes),
           planned.first, planned.last});
    report.memory.slots.push_back(std::move(slot));
  }
  if (!isKnown)
    return;
  int64_t bytes = 0, least = 0, apart = 0;
  std::map<int, int64_t> begins;
  for (auto &[function, arena] : arenas) {
    plan::packArena(arena);
    if (!arena.bytes)
      return;
    begins[function] = bytes;
    bytes += *arena.bytes;
    least += plan::mostLiveBytes(arena);
  }
  std::map<int, size_t> next;
  for (auto [slot, planned] : llvm::zip_equal(report.memory.slots, slots)) {
    int function = planned.function;
    slot.offset =
        begins[function] + arenas[function].slots[next[function]++].offset;
    apart += llvm::alignTo(*slot.bytes, TN_BUFFER_ALIGNMENT) *
             std::max<size_t>(1, slot.values.size());
  }
  report.memory.arenaBytes = bytes;
  report.memory.leastBytes = least;
  report.memory.apartBytes = apart;
}
