//===- ConcatEmitter.cpp - Hero concat: operands one after another --------===//
//
// Each operand is walked in its own row-major order, so what it reads is
// contiguous; the dims from the axis on are one run, which is contiguous in the
// result too. Tiles are blocks of an operand's elements, operand by operand.
//
//===----------------------------------------------------------------------===//

#include "passes/Codegen/Emit/Emitter.h"
#include "passes/Codegen/Emit/HeroWalk.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;
using tn::ExprAttr;

namespace {

struct Operand {
  Value value;
  ExprAttr run;   ///< elements from the axis on
  ExprAttr start; ///< of its run in a run of the result
};

} // namespace

/// Elements [first, last) of the operand.
static void copyRange(ElementEmitter &e, const Operand &operand,
                      ExprAttr resultRun, Value first, Value last) {
  KernelBuilder &k = e.kernel();
  Value run = k.evaluate(operand.run);
  Value start = k.evaluate(operand.start);
  Value gap = k.sub(k.evaluate(resultRun), run);
  Value rowEnd = k.add(k.div(k.sub(last, k.index(1)), run), k.index(1));
  k.forLoop(k.div(first, run), rowEnd, 1, [&](Value row) {
    Value rowStart = k.mul(row, run);
    Value from = k.max(first, rowStart);
    Value to = k.min(last, k.add(rowStart, run));
    Value offset = k.add(k.mul(row, gap), start);
    k.laneLoop(from, to, [&](Value at, Value mask) {
      Value value = emitRun(e, operand.value, at, mask);
      k.storeVector(value, k.output(0), k.add(at, offset), mask);
    });
  });
}

FailureOr<KernelInfo> codegen::emitConcat(KernelBuilder &k,
                                          tn::FusionOp fusion) {
  MLIRContext *context = fusion.getContext();
  if (fusion.getOutputs().size() != 1)
    return fusion.emitError("a concat kernel has one output, not ")
           << fusion.getOutputs().size();
  auto concat = fusion.getYield().getValues()[0].getDefiningOp<tn::ConcatOp>();
  SmallVector<ExprAttr> dims = tn::shapeOf(concat.getResult());
  int64_t axis = concat.getAxis();
  int64_t block = fusion.getScheduleAttr().getTile()[0];
  ElementEmitter e(k, fusion);

  ExprAttr start = tn::constantExpr(context, 0);
  ExprAttr resultRun =
      tn::productExpr(context, ArrayRef(dims).drop_front(axis));
  ExprAttr tiles = tn::constantExpr(context, 0);
  SmallVector<Operand> operands;
  SmallVector<ExprAttr> firstTiles{tiles};
  for (Value input : concat.getInputs()) {
    ExprAttr run = tn::productExpr(
        context, ArrayRef(tn::shapeOf(input)).drop_front(axis));
    operands.push_back({input, run, start});
    start = tn::addExpr(start, run);
    tiles = tn::addExpr(
        tiles, tn::ceilDivExpr(tn::elementCount(input.getType()), block));
    firstTiles.push_back(tiles);
  }

  ImplicitLocOpBuilder &b = k.builder();
  k.forLoop(k.firstTile(), k.lastTile(), 1, [&](Value tile) {
    for (auto [i, operand] : llvm::enumerate(operands)) {
      if (operand.run.isConstant(0))
        continue;
      Value tileOfOperand = k.sub(tile, k.evaluate(firstTiles[i]));
      Value count = k.evaluate(tn::subExpr(firstTiles[i + 1], firstTiles[i]));
      // Unsigned: a tile of an operand before this one is a large number.
      Value mine = arith::CmpIOp::create(b, arith::CmpIPredicate::ult,
                                         tileOfOperand, count);
      k.ifThen(mine, [&] {
        Value total = k.evaluate(tn::elementCount(operand.value.getType()));
        Value first = k.mul(tileOfOperand, k.index(block));
        copyRange(e, operand, resultRun, first,
                  k.min(k.add(first, k.index(block)), total));
      });
    }
  });
  return KernelInfo{tiles};
}
