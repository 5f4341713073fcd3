//===- ConcatEmitter.cpp - Hero concat: operands one after another --------===//
//
// Each operand is walked in its own row-major order, so what it reads is
// contiguous; the dims from the axis on are one run, which is contiguous in the
// result too. Tiles are blocks of an operand's elements, operand by operand.
// What is computed on the way is walked in rows of the last dim, as lanes that
// cross rows would divide for their index; so are runs of a known, short
// length.
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
  ExprAttr row;   ///< elements of a row; null: walked without rows
  int64_t block;  ///< elements of a tile; whole rows

  Operand(Value value, int64_t axis, ExprAttr start, int64_t lanes,
          int64_t tileElements);
};

} // namespace

Operand::Operand(Value value, int64_t axis, ExprAttr start, int64_t lanes,
                 int64_t tileElements)
    : value(value), start(start), block(tileElements) {
  SmallVector<ExprAttr> dims = tn::shapeOf(value);
  run = tn::productExpr(value.getContext(), ArrayRef(dims).drop_front(axis));
  ExprAttr wanted = isa<BlockArgument>(value) ? run : dims.back();
  if (!wanted.isConstant() || wanted.getValue() < lanes ||
      wanted.getValue() > tileElements)
    return;
  row = wanted;
  block = tileElements / row.getValue() * row.getValue();
}

/// Elements [first, last) of the operand, which may begin and end within runs.
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

/// Elements [first, last) of the operand, which are whole rows.
static void copyRows(ElementEmitter &e, const Operand &operand,
                     ExprAttr resultRun, Value first, Value last) {
  KernelBuilder &k = e.kernel();
  Value row = k.evaluate(operand.row);
  ExprAttr rowsOfRun = tn::floorDivExpr(operand.run, operand.row.getValue());
  Value gap = k.evaluate(tn::subExpr(resultRun, operand.run));
  SmallVector<ExprAttr> dims = tn::shapeOf(operand.value);
  bool isRead = isa<BlockArgument>(operand.value);
  k.forLoop(k.div(first, row), k.div(last, row), 1, [&](Value number) {
    Value rowStart = k.mul(number, row);
    Value runNumber = k.div(number, k.evaluate(rowsOfRun));
    Value offset = k.add(
        k.add(k.mul(runNumber, gap), k.evaluate(operand.start)), rowStart);
    ElementIndex index;
    if (!isRead)
      index =
          uniformIndex(e, k.delinearize(number, ArrayRef(dims).drop_back()));
    k.laneLoop(k.index(0), row, [&](Value column, Value mask) {
      Value at = k.add(rowStart, column), value;
      if (isRead)
        value = k.loadVector(
            k.input(cast<BlockArgument>(operand.value).getArgNumber()), at,
            mask);
      else
        e.scope(mask, [&] {
          ElementIndex here(index);
          here.push_back(consecutive(k, column));
          e.setFlat(dims, here, consecutive(k, at));
          value = e.emitVector(operand.value, here);
        });
      k.storeVector(value, k.output(0), k.add(offset, column), mask);
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
  std::vector<Operand> operands;
  SmallVector<ExprAttr> firstTiles{tiles};
  for (Value input : concat.getInputs()) {
    operands.emplace_back(input, axis, start, k.lanes(), block);
    start = tn::addExpr(start, operands.back().run);
    tiles =
        tn::addExpr(tiles, tn::ceilDivExpr(tn::elementCount(input.getType()),
                                           operands.back().block));
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
        Value first = k.mul(tileOfOperand, k.index(operand.block));
        Value last = k.min(k.add(first, k.index(operand.block)), total);
        (operand.row ? copyRows : copyRange)(e, operand, resultRun, first,
                                             last);
      });
    }
  });
  return KernelInfo{tiles};
}
