//===- EmitHost.cpp - Straight-line host programs -------------------------===//

#include "passes/Plan/HostEmitter.h"
#include "passes/Plan/HostProgram.h"
#include "passes/Plan/StoredValues.h"
#include "passes/Plan/Symbols.h"
#include "runtime/abi/tenon_abi.h"
#include <cstddef>

using namespace mlir;
using namespace tenon;
using namespace tenon::plan;
using tn::ExprAttr;

/// Of 5,000 launches LLVM compiled parts of 16 to 512 in XXX.
static constexpr unsigned kLaunchesPerPart = 128;

HostEmitter::HostEmitter(HostBuilder &host, func::FuncOp function,
                         const Arena &arena)
    : host(host), function(function), arena(arena), liveness(function),
      facts(function->getParentOfType<ModuleOp>()), sizes(host) {}

LogicalResult HostEmitter::run() {
  bindInputs();
  planTemporaries();
  if (failed(emitBlock(function.getBody().front())))
    return failure();
  host.finish();
  return failure(sizes.hasError());
}

void HostEmitter::bindInputs() {
  for (auto [i, symbol] : llvm::enumerate(inputSymbols(function)))
    sizes.bind(symbol, host.load(host.i64(), host.symbols(), 8 * i));
  for (auto [i, input] : llvm::enumerate(function.getArguments()))
    buffers[input].address =
        host.load(host.pointer(), host.inputs(),
                  sizeof(tn_view) * i + offsetof(tn_view, data));
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

//===----------------------------------------------------------------------===//
// The program
//===----------------------------------------------------------------------===//

static HostFrame frameOf(func::FuncOp function, const Arena &arena) {
  HostFrame frame;
  frame.temporaries = arena.bytes ? 1 : arena.slots.size();
  for (Type result : function.getResultTypes())
    frame.values =
        std::max(frame.values, cast<RankedTensorType>(result).getRank());
  function.walk([&](tn::FusionOp op) {
    int64_t slots = op->getNumOperands() + op->getNumResults();
    if (auto scalars = op->getAttrOfType<tn::ShapeAttr>("args"))
      slots += scalars.size();
    frame.slots = std::max(frame.slots, slots);
  });
  return frame;
}

static HostTensor describe(StringAttr name, StringRef kind, unsigned index,
                           Type type) {
  return {name ? name.str() : (kind + Twine(index)).str(),
          cast<RankedTensorType>(type)};
}

/// Everything that the artifact says about the program but its weights.
static HostProgram describe(func::FuncOp function, StringRef symbolName,
                            const Arena &arena) {
  HostProgram program;
  program.symbolName = symbolName.str();
  llvm::SetVector<ExprAttr> symbols = inputSymbols(function);
  program.inputSymbols = symbols.size();
  for (auto [i, type] : llvm::enumerate(function.getArgumentTypes()))
    program.inputs.push_back(describe(
        function.getArgAttrOfType<StringAttr>(i, "tn.name"), "input", i, type));
  for (auto [i, type] : llvm::enumerate(function.getResultTypes())) {
    program.outputs.push_back(
        describe(function.getResultAttrOfType<StringAttr>(i, "tn.name"),
                 "output", i, type));
    for (ExprAttr dim : tn::shapeOf(type))
      if (dim.isSymbol())
        symbols.insert(dim);
  }
  program.symbols = symbols.takeVector();
  program.arenaBytes = arena.slots.empty() ? 0 : arena.bytes;
  return program;
}

/// The blob of all constants and weights of `function`.
static FailureOr<cpu::WeightBlob> collectWeights(func::FuncOp function) {
  cpu::WeightBlob blob;
  llvm::DenseSet<int64_t> known;
  WalkResult result =
      function.getBody().walk<WalkOrder::PreOrder>([&](Operation *op) {
        if (isa<tn::FusionOp>(op))
          return WalkResult::skip();
        if (!isa<tn::ConstantOp, tn::WeightOp>(op))
          return WalkResult::advance();
        // What is empty shares its place with what comes next.
        if (tn::elementCount(op->getResult(0).getType()).isConstant(0))
          return WalkResult::advance();
        std::optional<Placement> placement = placementOf(op->getResult(0));
        if (!placement || placement->place != Place::Weight) {
          op->emitOpError("has no place in the weights: run --tn-plan-memory");
          return WalkResult::interrupt();
        }
        if (!known.insert(placement->position).second)
          return WalkResult::advance();
        FailureOr<cpu::WeightSource> source =
            storedSource(op, placement->position);
        if (failed(source))
          return WalkResult::interrupt();
        blob.bytes =
            std::max(blob.bytes, source->position + source->blobBytes());
        blob.sources.push_back(std::move(*source));
        return WalkResult::advance();
      });
  if (result.wasInterrupted())
    return failure();
  return blob;
}

FailureOr<HostProgram> plan::emitHostProgram(func::FuncOp function,
                                             StringRef symbolName,
                                             ModuleOp dest) {
  dest.getContext()->getOrLoadDialect<LLVM::LLVMDialect>();
  FailureOr<Arena> arena = Arena::read(function);
  if (failed(arena))
    return failure();
  HostProgram program = describe(function, symbolName, *arena);
  FailureOr<cpu::WeightBlob> weights = collectWeights(function);
  if (failed(weights))
    return failure();
  program.weights = std::move(*weights);
  HostBuilder host(dest, symbolName, function.getLoc(),
                   frameOf(function, *arena));
  HostEmitter emitter(host, function, *arena);
  if (failed(emitter.run()))
    return failure();
  return program;
}
