//===- ConcatEmitter.cpp - Hero concat: operands one after another --------===//
//
// Each operand is walked by itself, in one of two ways:
//
//   runs   The dims from the axis on are one run, contiguous in operand and
//          result. Lanes go through it, across rows.
//   rows   Where an operand moves or broadcasts elements, coordinates matter,
//          and each lane of a run would divide for its own; where runs are
//          shorter than a vector, they are not worth it. Then lanes go through
//          the last dim that is not 1, with the other coordinates fixed.
//
// Tiles are blocks of an operand's elements or rows, operand by operand.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "passes/Codegen/Emit/Emitter.h"
#include "passes/Codegen/Emit/HeroWalk.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;
using tn::ExprAttr;

namespace {

struct Operand {
  Value value;
  SmallVector<ExprAttr> dims;
  ExprAttr start;  ///< along the axis of the result
  size_t lanesDim; ///< of a walk by rows
  bool byRows;
  ExprAttr steps; ///< elements or rows
  ExprAttr block; ///< steps of a tile
};

class ConcatKernel {
public:
  ConcatKernel(KernelBuilder &k, tn::FusionOp fusion, tn::ConcatOp op)
      : k(k), e(k, fusion), axis(op.getAxis()),
        dims(tn::shapeOf(op.getResult())) {}

  void add(Value value, ExprAttr start, int64_t tileElements);
  KernelInfo emit();

private:
  ExprAttr runOf(ArrayRef<ExprAttr> of) {
    return tn::productExpr(dims.front().getContext(), of.drop_front(axis));
  }
  void copyRuns(const Operand &operand, Value first, Value last);
  void copyRows(const Operand &operand, Value first, Value last);

  KernelBuilder &k;
  ElementEmitter e;
  int64_t axis;
  SmallVector<ExprAttr> dims; ///< of the result
  SmallVector<Operand> operands;
};

} // namespace

/// Whether elements of `value` are computed from others than those at the same
/// row-major position: where it moves them, or broadcasts along rows that are
/// not narrow. Those that are leave too many lanes empty.
static bool needsCoordinates(Value value, ArrayRef<ExprAttr> dims,
                             bool isNarrow) {
  Operation *op = value.getDefiningOp();
  if (isa_and_nonnull<tn::ConstantOp>(op) ||
      tn::elementCount(value.getType()).isConstant(1))
    return false;
  bool isBroadcast = tn::shapeOf(value) != dims;
  if (!op)
    return isBroadcast && !isNarrow;
  return isBroadcast ||
         cast<tn::FusionRoleOpInterface>(op).getFusionRole() !=
             tn::FusionRole::elementwise ||
         llvm::any_of(op->getOperands(), [&](Value operand) {
           return needsCoordinates(operand, dims, isNarrow);
         });
}

void ConcatKernel::add(Value value, ExprAttr start, int64_t tileElements) {
  Operand o;
  o.value = value;
  o.dims = tn::shapeOf(value);
  o.start = start;
  o.lanesDim = o.dims.size() - 1;
  while (o.lanesDim > 0 && o.dims[o.lanesDim].isConstant(1))
    --o.lanesDim;
  ExprAttr run = runOf(o.dims);
  ExprAttr width = o.dims[o.lanesDim];
  bool isNarrow = width.isConstant() && width.getValue() * 2 <= k.lanes();
  o.byRows = needsCoordinates(value, o.dims, isNarrow) ||
             (run.isConstant() && run.getValue() < k.lanes());
  ExprAttr one = tn::constantExpr(start.getContext(), 1);
  o.block = tn::mulExpr(one, tileElements);
  o.steps = tn::elementCount(value.getType());
  if (o.byRows) {
    SmallVector<ExprAttr> rows(o.dims);
    rows.erase(rows.begin() + o.lanesDim);
    o.steps = tn::productExpr(start.getContext(), rows);
    o.block = tn::floorDivExpr(o.block, tn::maxExpr(width, one));
    o.block = tn::maxExpr(o.block, one);
  }
  operands.push_back(o);
}

/// Elements [first, last).
void ConcatKernel::copyRuns(const Operand &operand, Value first, Value last) {
  ExprAttr length = runOf(operand.dims);
  Value run = k.evaluate(length);
  ExprAttr row = runOf(dims);
  Value gap = k.evaluate(tn::subExpr(row, length));
  ExprAttr inner =
      tn::productExpr(row.getContext(), ArrayRef(dims).drop_front(axis + 1));
  Value start = k.evaluate(tn::mulExpr(operand.start, inner));
  Value lastRun = k.add(k.div(k.sub(last, k.index(1)), run), k.index(1));
  k.forLoop(k.div(first, run), lastRun, 1, [&](Value number) {
    Value runStart = k.mul(number, run);
    Value from = k.max(first, runStart);
    Value to = k.min(last, k.add(runStart, run));
    Value offset = k.add(k.mul(number, gap), start);
    k.laneLoop(from, to, [&](Value at, Value mask) {
      Value value = emitRun(e, operand.value, at, mask);
      k.storeVector(value, k.output(0), k.add(at, offset), mask);
    });
  });
}

/// Rows [first, last).
void ConcatKernel::copyRows(const Operand &operand, Value first, Value last) {
  SmallVector<ExprAttr> rows(operand.dims);
  rows.erase(rows.begin() + operand.lanesDim);
  k.forLoop(first, last, 1, [&](Value row) {
    e.scope({}, [&] {
      ElementIndex index = uniformIndex(e, k.delinearize(row, rows));
      index.insert(index.begin() + operand.lanesDim, LaneIndex());
      Value width = k.evaluate(operand.dims[operand.lanesDim]);
      k.laneLoop(k.index(0), width, [&](Value at, Value mask) {
        e.scope(mask, [&] {
          index[operand.lanesDim] = consecutive(k, at);
          ElementIndex place(index);
          place[axis] = e.shift(place[axis], k.evaluate(operand.start));
          e.store(e.emitVector(operand.value, index), k.output(0), place);
        });
      });
    });
  });
}

KernelInfo ConcatKernel::emit() {
  SmallVector<ExprAttr> firstTiles{
      tn::constantExpr(dims.front().getContext(), 0)};
  for (const Operand &operand : operands)
    firstTiles.push_back(tn::addExpr(
        firstTiles.back(), tn::ceilDivExpr(operand.steps, operand.block)));
  k.forLoop(k.firstTile(), k.lastTile(), 1, [&](Value tile) {
    for (auto [i, operand] : llvm::enumerate(operands)) {
      if (operand.steps.isConstant(0))
        continue;
      Value tileOfOperand = k.sub(tile, k.evaluate(firstTiles[i]));
      Value count = k.evaluate(tn::subExpr(firstTiles[i + 1], firstTiles[i]));
      // Unsigned: a tile of an operand before this one is a large number.
      Value mine = arith::CmpIOp::create(k.builder(), arith::CmpIPredicate::ult,
                                         tileOfOperand, count);
      k.ifThen(mine, [&] {
        Value block = k.evaluate(operand.block);
        Value first = k.mul(tileOfOperand, block);
        Value last = k.min(k.add(first, block), k.evaluate(operand.steps));
        operand.byRows ? copyRows(operand, first, last)
                       : copyRuns(operand, first, last);
      });
    }
  });
  return KernelInfo{firstTiles.back()};
}

FailureOr<KernelInfo> codegen::emitConcat(KernelBuilder &k,
                                          tn::FusionOp fusion) {
  if (fusion.getOutputs().size() != 1)
    return fusion.emitError("a concat kernel has one output, not ")
           << fusion.getOutputs().size();
  auto concat = fusion.getYield().getValues()[0].getDefiningOp<tn::ConcatOp>();
  ConcatKernel kernel(k, fusion, concat);
  ExprAttr start = tn::constantExpr(fusion.getContext(), 0);
  for (Value input : concat.getInputs()) {
    kernel.add(input, start, fusion.getScheduleAttr().getTile()[0]);
    start = tn::addExpr(start, tn::shapeOf(input)[concat.getAxis()]);
  }
  return kernel.emit();
}
