//===- EmitHost.cpp - Straight-line host programs -------------------------===//

#include "passes/Plan/HostEmitter.h"
#include "passes/Plan/Symbols.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::plan;
using tn::ExprAttr;

/// Of 5,000 launches LLVM compiled parts of 16 to 512 in XXX.
static constexpr unsigned kLaunchesPerPart = 128;

HostEmitter::HostEmitter(HostBuilder &host, func::FuncOp function,
                         const Arena &arena, ProgramContext &program)
    : host(host), function(function), arena(arena), program(program),
      liveness(function), facts(function->getParentOfType<ModuleOp>()),
      sizes(host) {}

LogicalResult HostEmitter::run() {
  bindInputs();
  planTemporaries();
  if (failed(emitBlock(function.getBody().front())))
    return failure();
  host.finish();
  return failure(sizes.hasError());
}

void HostEmitter::bindInputs() {
  for (auto [i, symbol] : llvm::enumerate(entrySymbols(function)))
    sizes.bind(symbol, host.load(host.i64(), host.symbols(), 8 * i));
  for (auto [i, input] : llvm::enumerate(function.getArguments()))
    buffers[input].address = host.input(i);
}

void HostEmitter::planTemporaries() {
  if (arena.slots.empty())
    return;
  if (arena.bytes) {
    Value table = host.plan({0, 0}, host.constant(*arena.bytes));
    arenaBase = host.load(host.pointer(), table);
    return;
  }
  SmallVector<int32_t> lives;
  SmallVector<Value> bytes;
  for (const ArenaSlot &slot : arena.slots) {
    lives.append({slot.first, slot.last});
    bytes.push_back(sizes.size(slot.bytes));
  }
  arenaBase = host.plan(lives, bytes);
}

LogicalResult HostEmitter::emitBlock(Block &block) {
  for (Operation &op : block) {
    host.builder().setLoc(op.getLoc());
    if (isa<tn::YieldOp>(op))
      break; // The op with the region ends it.
    if (failed(emitOp(&op)))
      return failure();
    releaseAfter(&op);
    if (launchesInPart >= kLaunchesPerPart &&
        isa<func::FuncOp>(op.getParentOp())) {
      host.beginPart();
      launchesInPart = 0;
    }
  }
  return success();
}

LogicalResult HostEmitter::emitOp(Operation *op) {
  if (op->getNumResults() != 0 && !placementOf(op->getResult(0)))
    return reportUnplaced(op);
  if (auto fusion = dyn_cast<tn::FusionOp>(op))
    return emitFusion(fusion);
  if (auto expr = dyn_cast<tn::ExprOp>(op))
    return emitExpr(expr);
  if (auto condition = dyn_cast<tn::IfOp>(op))
    return emitIf(condition);
  if (auto loop = dyn_cast<tn::LoopOp>(op))
    return emitLoop(loop);
  if (auto call = dyn_cast<func::CallOp>(op))
    return emitCall(call);
  if (auto end = dyn_cast<func::ReturnOp>(op))
    return emitReturn(end);
  if (auto bind = dyn_cast<tn::BindOp>(op))
    emitBind(bind);
  else if (auto check = dyn_cast<tn::CheckOp>(op))
    emitCheck(check);
  else if (auto reshape = dyn_cast<tn::ReshapeOp>(op))
    guardReshape(reshape);
  else if (!isa<tn::ConstantOp, tn::WeightOp>(op))
    return op->emitOpError("cannot run in the host program");
  return success();
}

LogicalResult HostEmitter::reportUnplaced(Operation *op) {
  return op->emitOpError(
      "has no placement: run --tn-plan-memory after the last "
      "change of the function");
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Value HostEmitter::bytes(Type tensor) {
  return sizes.size(bytesOf(tensor, facts));
}

void HostEmitter::own(Value root, Buffer buffer) {
  buffers[root] = buffer;
  if (buffer.owner)
    dying[liveness.lastUser(root)].push_back(root);
}

/// Makes the memory of a result that the host program is about to compute.
void HostEmitter::place(OpResult result) {
  Placement placement = *placementOf(result);
  if (placement.place == Place::Output) {
    buffers[result].address = placeOutput(placement.position);
  } else if (placement.place == Place::Heap) {
    Value memory = host.allocate(bytes(result.getType()));
    own(result, {memory, memory});
  }
}

Value HostEmitter::placeOutput(int64_t index) {
  Operation *terminator = function.getBody().front().getTerminator();
  SmallVector<Value> dims;
  for (ExprAttr dim : tn::shapeOf(terminator->getOperand(index)))
    dims.push_back(sizes.size(dim));
  return host.output(index, dims);
}

Value HostEmitter::addressOf(Value v) {
  Value root = rootOf(v);
  if (auto it = buffers.find(root); it != buffers.end())
    return it->second.address;
  Placement placement = *placementOf(cast<OpResult>(root));
  if (placement.place == Place::Weight)
    return host.offset(host.weights(), placement.position);
  if (arena.bytes)
    return host.offset(arenaBase, arena.slots[placement.position].offset);
  return host.load(host.pointer(), arenaBase, 8 * placement.position);
}

void HostEmitter::releaseAfter(Operation *op,
                               const llvm::DenseSet<Value> &kept) {
  for (Value root : dying.lookup(op))
    if (!kept.contains(root))
      host.release(buffers[root].owner);
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

LogicalResult HostEmitter::emitFusion(tn::FusionOp op) {
  auto index = op->getAttrOfType<IntegerAttr>("index");
  auto scalars = op->getAttrOfType<tn::ShapeAttr>("args");
  auto tiles = op->getAttrOfType<ExprAttr>("tiles");
  auto grain = op->getAttrOfType<IntegerAttr>("grain");
  auto flops = op->getAttrOfType<ExprAttr>("flops");
  auto bytes = op->getAttrOfType<ExprAttr>("bytes");
  if (!index || !scalars || !tiles || !grain || !flops || !bytes)
    return op.emitOpError("has no kernel: the emit stage must set index, args, "
                          "tiles, grain, flops and bytes");
  guardSizes(op);
  for (OpResult result : op->getResults())
    place(result);
  SmallVector<Value> slots;
  for (Value v : op.getInputs())
    slots.push_back(addressOf(v));
  for (Value v : op.getOutputs())
    slots.push_back(addressOf(v));
  for (ExprAttr scalar : scalars.getDims())
    slots.push_back(sizes.value(scalar));
  ++launchesInPart;
  host.launch(index.getInt(), slots, sizes.value(tiles), grain.getInt(),
              sizes.value(flops), sizes.value(bytes));
  return success();
}

LogicalResult HostEmitter::emitExpr(tn::ExprOp op) {
  place(cast<OpResult>(op.getResult()));
  Value address = addressOf(op.getResult());
  auto element = cast<IntegerType>(getElementTypeOrSelf(op.getResult()));
  int64_t width = element.getWidth() / 8;
  for (auto [i, e] : llvm::enumerate(op.getValues().getDims())) {
    Value value = sizes.value(e);
    if (element.getWidth() < 64)
      value = LLVM::TruncOp::create(host.builder(), element, value);
    host.store(value, address, i * width);
  }
  return success();
}

/// Copies the outputs that their producer did not write.
LogicalResult HostEmitter::emitReturn(func::ReturnOp op) {
  for (auto [i, v] : llvm::enumerate(op.getOperands())) {
    auto root = dyn_cast<OpResult>(rootOf(v));
    if (root && *placementOf(root) == Placement{Place::Output, int64_t(i)})
      continue;
    guardDims(v.getType());
    Value to = placeOutput(i);
    host.copy(to, addressOf(v), bytes(v.getType()));
  }
  return success();
}
