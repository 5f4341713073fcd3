//===- EmitHostControl.cpp - Bound symbols and branches -------------------===//

#include "passes/Plan/HostEmitter.h"
#include "passes/Plan/Symbols.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::plan;
using LLVM::ICmpPredicate;
using tn::ExprAttr;

Value HostEmitter::loadCondition(Value v) {
  ImplicitLocOpBuilder &b = host.builder();
  Value zero =
      LLVM::ConstantOp::create(b, b.getI8Type(), b.getI8IntegerAttr(0));
  return host.compare(ICmpPredicate::ne, host.load(b.getI8Type(), addressOf(v)),
                      zero);
}

void HostEmitter::emitBind(tn::BindOp op) {
  ImplicitLocOpBuilder &b = host.builder();
  Type element = getElementTypeOrSelf(op.getValues());
  int64_t width = tn::elementBytes(element);
  Value address = addressOf(op.getValues());
  for (auto [i, attr] : llvm::enumerate(op.getSymbols())) {
    StringRef name = cast<StringAttr>(attr).getValue();
    Value value = host.load(element, address, i * width);
    if (element.getIntOrFloatBitWidth() < 64)
      value = LLVM::SExtOp::create(b, host.i64(), value);
    tn::SymbolFact fact = facts.lookup(name);
    int64_t min = std::max<int64_t>(fact.range.min, 0);
    Value isWrong = LLVM::OrOp::create(
        b, host.compare(ICmpPredicate::slt, value, host.constant(min)),
        host.compare(ICmpPredicate::sgt, value, host.constant(fact.range.max)));
    host.failIf(isWrong,
                nameOf(op.getLoc()) + escapeFormat("size \"" + name.str()) +
                    "\" is %lld; it must be %lld to %lld",
                {value, host.constant(min), host.constant(fact.range.max)});
    sizes.bind(tn::symbolExpr(op.getContext(), name), value);
  }
}

void HostEmitter::emitCheck(tn::CheckOp op) {
  ImplicitLocOpBuilder &b = host.builder();
  Value fails = LLVM::XOrOp::create(
      b, loadCondition(op.getCondition()),
      LLVM::ConstantOp::create(b, b.getI1Type(), b.getBoolAttr(true)));
  host.failIf(fails,
              nameOf(op.getLoc()) + escapeFormat(op.getMessage().str()), {});
}

SmallVector<HostEmitter::SymbolDim> HostEmitter::freshDims(Operation *op,
                                                           TypeRange types) {
  llvm::DenseSet<ExprAttr> fresh;
  if (auto symbols = op->getAttrOfType<ArrayAttr>("symbols"))
    for (auto name : symbols.getAsRange<StringAttr>())
      fresh.insert(tn::symbolExpr(op->getContext(), name.getValue()));
  SmallVector<SymbolDim> dims;
  for (auto [i, type] : llvm::enumerate(types))
    for (auto [d, dim] : llvm::enumerate(tn::shapeOf(type)))
      if (fresh.erase(dim))
        dims.push_back({unsigned(i), unsigned(d), dim});
  return dims;
}

/// Address and owner of each value that leaves the region.
SmallVector<Value> HostEmitter::handOver(tn::YieldOp yield) {
  SmallVector<Value> handed;
  SmallVector<Flow> flows = flowsOf(yield);
  for (auto [v, flow] : llvm::zip(joinedOperands(yield), flows)) {
    Value address = addressOf(v), owner;
    if (flow == Flow::Move)
      owner = buffers.lookup(rootOf(v)).owner;
    if (flow == Flow::Copy) {
      Value size = bytes(v.getType());
      owner = host.allocate(size);
      host.copy(owner, address, size);
      address = owner;
    }
    handed.push_back(address);
    handed.push_back(owner ? owner : host.null());
  }
  return handed;
}

/// Releases what dies in the region and was not handed over.
void HostEmitter::endRegion(tn::YieldOp yield) {
  llvm::DenseSet<Value> kept;
  SmallVector<Flow> flows = flowsOf(yield);
  for (auto [v, flow] : llvm::zip(joinedOperands(yield), flows))
    if (flow == Flow::Move)
      kept.insert(rootOf(v));
  releaseAfter(yield, kept);
}

LogicalResult HostEmitter::emitBranch(Region &region, Block *join,
                                      ArrayRef<SymbolDim> fresh) {
  sizes.pushScope();
  enterRegion(region);
  if (failed(emitBlock(region.front())))
    return failure();
  auto yield = cast<tn::YieldOp>(region.front().getTerminator());
  SmallVector<Value> handed = handOver(yield);
  for (const SymbolDim &entry : fresh)
    handed.push_back(
        sizes.value(tn::shapeOf(yield.getOperand(entry.tensor))[entry.dim]));
  endRegion(yield);
  host.leaveRegion();
  host.branch(join, handed);
  sizes.popScope();
  return success();
}

LogicalResult HostEmitter::emitIf(tn::IfOp op) {
  SmallVector<SymbolDim> fresh = freshDims(op, op->getResultTypes());
  SmallVector<Type> types(2 * op->getNumResults(), host.pointer());
  types.append(fresh.size(), host.i64());
  Block *yes = host.block(), *no = host.block(), *join = host.block(types);
  host.branchIf(loadCondition(op.getCondition()), yes, no,
                oddsOf(op.getThenRegion()));
  host.enter(yes);
  if (failed(emitBranch(op.getThenRegion(), join, fresh)))
    return failure();
  host.enter(no);
  if (failed(emitBranch(op.getElseRegion(), join, fresh)))
    return failure();
  host.enter(join);
  host.builder().setLoc(op.getLoc());
  for (auto [i, result] : llvm::enumerate(op->getResults()))
    own(result, {join->getArgument(2 * i), join->getArgument(2 * i + 1)});
  for (auto [i, entry] : llvm::enumerate(fresh))
    sizes.bind(entry.symbol, join->getArgument(2 * op->getNumResults() + i));
  return success();
}
