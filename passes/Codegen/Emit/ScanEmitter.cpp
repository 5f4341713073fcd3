//===- ScanEmitter.cpp - Hero scan: running sums and products -------------===//
//
// Lanes run along what is inside of the axis; each carries its own total. A
// tile is one vector of totals (or one total, if the axis is the last dim).
//
//===----------------------------------------------------------------------===//

#include "passes/Codegen/Emit/Combine.h"
#include "passes/Codegen/Emit/Emitter.h"
#include "passes/Codegen/Emit/HeroWalk.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;
using tn::ExprAttr;

/// Steps of one thread's share, at least.
static constexpr int64_t kGrainSteps = 16384;

FailureOr<KernelInfo> codegen::emitScan(KernelBuilder &k, tn::FusionOp fusion) {
  auto scan = heroOp<tn::CumulativeOp>(fusion);
  MLIRContext *context = fusion.getContext();
  SmallVector<ExprAttr> dims = tn::shapeOf(scan.getX());
  int64_t axis = scan.getAxis();
  ExprAttr inner =
      tn::productExpr(context, ArrayRef(dims).drop_front(axis + 1));
  ExprAttr outer = tn::productExpr(context, ArrayRef(dims).take_front(axis));
  bool perLane = k.lanes() > 1 && !inner.isConstant(1);
  ExprAttr blocks = perLane ? tn::ceilDivExpr(inner, k.lanes()) : inner;

  Type element = getElementTypeOrSelf(scan.getX());
  Type type = tn::BodyBuilder::computeType(element);
  Combine combine(k, scan.getCombiner(), element);
  ElementEmitter e(k, fusion);
  Value length = k.evaluate(dims[axis]), innerCount = k.evaluate(inner);
  Value blockCount = k.evaluate(blocks);
  const Buffer &out = k.output(0);

  k.forLoop(k.firstTile(), k.lastTile(), 1, [&](Value tile) {
    Value column = k.mod(tile, blockCount);
    if (perLane)
      column = k.mul(column, k.index(k.lanes()));
    Value row = k.mul(k.div(tile, blockCount), length);
    Value mask = perLane ? k.laneMask(k.sub(innerCount, column)) : Value();
    Value init = combine.neutral(perLane ? Type(k.vectorOf(type)) : type);
    k.forLoop(
        k.index(0), length, 1, init, [&](Value i, ValueRange carried) {
          Value step = i;
          if (scan.getReverse())
            step = k.sub(k.sub(length, k.index(1)), i);
          Value at = k.add(k.mul(k.add(row, step), innerCount), column);
          Value x;
          if (perLane)
            x = emitRun(e, scan.getX(), at, mask);
          else
            e.scope({}, [&] {
              x = e.emit(scan.getX(),
                         uniformIndex(e, k.delinearize(at, dims)));
            });
          Value total = combine.combine(carried[0], x);
          Value result = scan.getExclusive() ? carried[0] : total;
          if (perLane)
            k.storeVector(result, out, at, mask);
          else
            k.storeScalar(result, out, at);
          return SmallVector<Value>{total};
        });
  });
  int64_t steps = dims[axis].isConstant() ? dims[axis].getValue() : 128;
  return KernelInfo{tn::mulExpr(outer, blocks),
                    std::max<int64_t>(1, kGrainSteps / std::max<int64_t>(
                                                           1, steps))};
}
