//===- EmitHostLoop.cpp - Loops with carried values and scan outputs ------===//
//
//   before:  header(0, condition, initial values, sizes)
//   header(round, condition, {address, owner}..., sizes...):
//            round < trip && condition ? inside : after
//   inside:  body; append scan outputs; header(round + 1, ...)
//   after:   results are the header's arguments; scan outputs their lists
//
// A round's memory is released in the round; what is carried belongs to the
// header's arguments. Initial values are borrowed.
//
//===----------------------------------------------------------------------===//

#include "passes/Plan/HostEmitter.h"
#include "passes/Plan/Symbols.h"
#include <limits>

using namespace mlir;
using namespace tenon;
using namespace tenon::plan;
using LLVM::ICmpPredicate;
using tn::ExprAttr;

/// A scan output: a list of the yielded values' bytes.
struct HostEmitter::Scan {
  Value yielded;
  OpResult result;
  unsigned axis;
  bool isReverse;
  Value list;
};

struct HostEmitter::LoopState {
  tn::LoopOp op;
  tn::YieldOp yield;
  Block *header = nullptr, *inside = nullptr, *after = nullptr;
  Value trip, roundCell, conditionCell;
  bool isCounted = false;             ///< all `trip` rounds run
  SmallVector<SymbolDim> carriedDims; ///< of the body's arguments
  SmallVector<SymbolDim> scanDims;    ///< of scan outputs, without their axis
  SmallVector<Scan> scans;

  explicit LoopState(tn::LoopOp op)
      : op(op), yield(cast<tn::YieldOp>(op.getBody().front().getTerminator())) {
  }

  size_t carried() const { return tn::LoopOp(op).getCarried().size(); }
  Value round() const { return header->getArgument(0); }
  Value address(size_t i) const { return header->getArgument(2 + 2 * i); }
  Value owner(size_t i) const { return header->getArgument(3 + 2 * i); }
  Value carriedDim(size_t i) const {
    return header->getArgument(2 + 2 * carried() + i);
  }
  Value scanDim(size_t i) const { return carriedDim(carriedDims.size() + i); }
};

/// Whether all symbols of a size of the body are known before the loop.
static bool isInvariant(ExprAttr e, tn::LoopOp op) {
  llvm::DenseSet<StringRef> bound;
  op->walk([&](Operation *inner) {
    if (auto symbols = inner->getAttrOfType<ArrayAttr>("symbols"))
      for (auto name : symbols.getAsRange<StringAttr>())
        bound.insert(name.getValue());
  });
  bool result = true;
  tn::walkSymbols(
      e, [&](ExprAttr symbol) { result &= !bound.contains(symbol.getName()); });
  return result;
}

/// The dims of a scan output but the one that counts the rounds.
static Type pieceType(Type output, unsigned axis) {
  SmallVector<ExprAttr> dims = tn::shapeOf(output);
  dims.erase(dims.begin() + axis);
  return tn::tensorOf(dims, getElementTypeOrSelf(output));
}

void HostEmitter::startScans(LoopState &state) {
  tn::LoopOp op = state.op;
  SmallVector<Type> pieces;
  for (auto [i, value] : llvm::enumerate(
           state.yield.getValues().drop_front(1 + state.carried()))) {
    Scan scan;
    scan.yielded = value;
    scan.result = op->getResult(state.carried() + i);
    scan.axis = op.getScanAxes().empty() ? 0 : op.getScanAxes()[i];
    scan.isReverse = !op.getScanReverse().empty() && op.getScanReverse()[i];
    ExprAttr size = bytesOf(value.getType(), facts);
    Value capacity = host.constant(0);
    if (state.isCounted && isInvariant(size, op)) {
      Value rounds = LLVM::SMaxOp::create(host.builder(), state.trip, capacity);
      capacity = host.saturatingMultiply(rounds, sizes.size(size));
    }
    scan.list = host.makeList(capacity);
    state.scans.push_back(scan);
    pieces.push_back(pieceType(scan.result.getType(), scan.axis));
  }
  state.scanDims = freshDims(op, pieces);
}

/// Branches to the header with the initial values and emits its test.
void HostEmitter::enterLoop(LoopState &state) {
  tn::LoopOp op = state.op;
  SmallVector<Type> types = {host.i64(), host.builder().getI1Type()};
  types.append(2 * state.carried(), host.pointer());
  types.append(state.carriedDims.size() + state.scanDims.size(), host.i64());
  SmallVector<Value> initial = {
      host.constant(0),
      op.getCondition() ? loadCondition(op.getCondition()) : host.flag(true)};
  for (Value v : op.getCarried())
    initial.append({addressOf(v), host.null()});
  for (const SymbolDim &entry : state.carriedDims)
    initial.push_back(
        sizes.value(tn::shapeOf(op.getCarried()[entry.tensor])[entry.dim]));
  initial.append(state.scanDims.size(), host.constant(0));

  state.header = host.block(types);
  state.inside = host.block();
  state.after = host.block();
  host.branch(state.header, initial);
  host.enter(state.header);
  Value isLeft = host.compare(ICmpPredicate::slt, state.round(), state.trip);
  Value goesOn =
      LLVM::AndOp::create(host.builder(), isLeft, state.header->getArgument(1));
  host.branchIf(goesOn, state.inside, state.after, oddsOf(op.getBody()));
}

/// Gives the body's arguments their memory, and their sizes in this scope.
void HostEmitter::bindRound(LoopState &state) {
  Block &body = state.op.getBody().front();
  ImplicitLocOpBuilder &b = host.builder();
  host.store(state.round(), state.roundCell);
  Value condition =
      LLVM::ZExtOp::create(b, b.getI8Type(), state.header->getArgument(1));
  host.store(condition, state.conditionCell);
  buffers[body.getArgument(0)].address = state.roundCell;
  buffers[body.getArgument(1)].address = state.conditionCell;
  for (size_t i = 0; i < state.carried(); ++i)
    own(body.getArgument(2 + i), {state.address(i), state.owner(i)});
  for (auto [i, entry] : llvm::enumerate(state.carriedDims))
    sizes.bind(entry.symbol, state.carriedDim(i));
}

void HostEmitter::appendScans(LoopState &state) {
  ImplicitLocOpBuilder &b = host.builder();
  Value isLater =
      host.compare(ICmpPredicate::sgt, state.round(), host.constant(0));
  for (auto [i, entry] : llvm::enumerate(state.scanDims)) {
    Value size =
        sizes.value(tn::shapeOf(state.scans[entry.tensor].yielded)[entry.dim]);
    Value differs = host.compare(ICmpPredicate::ne, size, state.scanDim(i));
    host.failIf(LLVM::AndOp::create(b, isLater, differs),
                nameOf(state.op.getLoc()) +
                    "a scan output's values have size %lld in one round and "
                    "%lld in the next",
                {state.scanDim(i), size});
  }
  for (Scan &scan : state.scans)
    host.append(scan.list, addressOf(scan.yielded),
                bytes(scan.yielded.getType()));
}

LogicalResult HostEmitter::emitBody(LoopState &state) {
  host.enter(state.inside);
  sizes.pushScope();
  enterRegion(state.op.getBody());
  bindRound(state);
  if (failed(emitBlock(state.op.getBody().front())))
    return failure();
  appendScans(state);
  Value condition = state.isCounted ? host.flag(true)
                                    : loadCondition(state.yield.getValues()[0]);
  SmallVector<Value> next = {host.add(state.round(), host.constant(1)),
                             condition};
  next.append(handOver(state.yield));
  for (const SymbolDim &entry : state.carriedDims)
    next.push_back(sizes.value(
        tn::shapeOf(state.yield.getValues()[1 + entry.tensor])[entry.dim]));
  for (const SymbolDim &entry : state.scanDims)
    next.push_back(
        sizes.value(tn::shapeOf(state.scans[entry.tensor].yielded)[entry.dim]));
  endRegion(state.yield);
  host.leaveRegion();
  host.branch(state.header, next);
  sizes.popScope();
  return success();
}

/// The memory of a scan output when its loop has ended.
HostEmitter::Buffer HostEmitter::finishScan(LoopState &state, Scan &scan) {
  SmallVector<ExprAttr> dims = tn::shapeOf(scan.result);
  Value expected = sizes.value(dims[scan.axis]);
  if (!dims[scan.axis].isSymbol())
    host.failIf(
        host.compare(ICmpPredicate::ne, expected, state.round()),
        nameOf(state.op.getLoc()) +
            "the loop ended after %lld rounds, but a scan output has %lld",
        {state.round(), expected});
  Value stacked = host.load(host.pointer(), scan.list, host.listAddress);
  if (scan.axis == 0 && !scan.isReverse)
    return {stacked, stacked};
  MLIRContext *context = host.builder().getContext();
  ArrayRef<ExprAttr> inner = ArrayRef(dims).drop_front(scan.axis + 1);
  int64_t width = tn::elementBytes(getElementTypeOrSelf(scan.result.getType()));
  Value outer = sizes.value(
      tn::productExpr(context, ArrayRef(dims).take_front(scan.axis)));
  Value pieceBytes =
      sizes.value(tn::mulExpr(tn::productExpr(context, inner), width));
  Value result = host.allocate(host.load(host.i64(), scan.list, host.listUsed));
  host.restack(result, stacked, state.round(), outer, pieceBytes,
               scan.isReverse);
  host.release(stacked);
  return {result, result};
}

/// Binds the results and the fresh symbols in their types.
void HostEmitter::leaveLoop(LoopState &state) {
  tn::LoopOp op = state.op;
  Block &body = op.getBody().front();
  host.enter(state.after);
  host.builder().setLoc(op.getLoc());
  sizes.pushScope();
  for (auto [i, entry] : llvm::enumerate(state.carriedDims))
    sizes.bind(entry.symbol, state.carriedDim(i));
  SmallVector<std::pair<ExprAttr, Value>> symbols;
  for (const SymbolDim &entry : freshDims(op, op->getResultTypes())) {
    Value size;
    if (entry.tensor < state.carried()) {
      Type argument = body.getArgument(2 + entry.tensor).getType();
      size = sizes.value(tn::shapeOf(argument)[entry.dim]);
    } else if (entry.dim == state.scans[entry.tensor - state.carried()].axis) {
      size = state.round();
    } else {
      for (auto [i, inner] : llvm::enumerate(state.scanDims))
        if (inner.symbol == entry.symbol)
          size = state.scanDim(i);
    }
    symbols.push_back({entry.symbol, size});
  }
  sizes.popScope();
  for (auto [symbol, size] : symbols)
    sizes.bind(symbol, size);
  for (size_t i = 0; i < state.carried(); ++i)
    own(op->getResult(i), {state.address(i), state.owner(i)});
  for (Scan &scan : state.scans)
    own(scan.result, finishScan(state, scan));
}

LogicalResult HostEmitter::emitLoop(tn::LoopOp op) {
  LoopState state(op);
  Block &body = op.getBody().front();
  state.isCounted = op.runsAllRounds();
  state.carriedDims =
      freshDims(op, TypeRange(body.getArgumentTypes()).drop_front(2));
  state.roundCell = host.stack(8);
  state.conditionCell = host.stack(1);
  state.trip = op.getTripCount()
                   ? host.load(host.i64(), addressOf(op.getTripCount()))
                   : host.constant(std::numeric_limits<int64_t>::max());
  startScans(state);
  enterLoop(state);
  if (failed(emitBody(state)))
    return failure();
  leaveLoop(state);
  return success();
}
