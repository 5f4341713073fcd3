//===- LoopEmitter.cpp - Hero loop: every output element by itself --------===//
//
// All outputs have the same dims. A tile is a block of rows (the dims but the
// last, flattened) by a block of columns. With tile [0, n] the dims are one
// flat range, n elements a tile, and lanes cross rows: for last dims shorter
// than a vector.
//
//===----------------------------------------------------------------------===//

#include "passes/Codegen/Emit/Emitter.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;
using tn::ExprAttr;

static void storeYields(ElementEmitter &e, tn::FusionOp fusion,
                        ArrayRef<LaneIndex> index) {
  KernelBuilder &k = e.kernel();
  // All values first: an output may be written over an input.
  SmallVector<Value> values;
  for (Value yielded : fusion.getYield().getValues())
    values.push_back(index.empty() || index.back().isUniform()
                         ? e.emit(yielded, index)
                         : e.emitVector(yielded, index));
  for (auto [i, value] : llvm::enumerate(values))
    e.store(value, k.output(i), index);
}

static KernelInfo emitFlat(KernelBuilder &k, tn::FusionOp fusion,
                           ArrayRef<ExprAttr> dims, int64_t block) {
  MLIRContext *context = fusion.getContext();
  ExprAttr count = tn::productExpr(context, dims);
  ElementEmitter e(k, fusion);
  Value total = k.evaluate(count);
  k.forLoop(k.firstTile(), k.lastTile(), 1, [&](Value tile) {
    Value first = k.mul(tile, k.index(block));
    Value last = k.min(k.add(first, k.index(block)), total);
    k.laneLoop(first, last, [&](Value at, Value mask) {
      e.scope(mask, [&] {
        LaneIndex linear{at, k.lanes() == 1 ? 0 : 1, {}};
        LaneIndex rest = linear;
        ElementIndex index(dims.size());
        for (size_t d = dims.size(); d-- > 0;) {
          Value size = k.evaluate(dims[d]);
          index[d] = d == 0 ? rest : e.modulo(rest, size);
          rest = e.divide(rest, size);
        }
        e.setFlat(dims, index, linear);
        storeYields(e, fusion, index);
      });
    });
  });
  return {tn::ceilDivExpr(count, block)};
}

FailureOr<KernelInfo> codegen::emitLoop(KernelBuilder &k, tn::FusionOp fusion) {
  ArrayRef<int64_t> tile = fusion.getScheduleAttr().getTile();
  SmallVector<ExprAttr> dims = tn::shapeOf(fusion.getOutputs().front());
  MLIRContext *context = fusion.getContext();
  if (tile[0] == 0)
    return emitFlat(k, fusion, dims, tile[1]);
  ElementEmitter e(k, fusion);
  if (dims.empty()) {
    k.forLoop(k.firstTile(), k.lastTile(), 1, [&](Value) {
      e.scope({}, [&] { storeYields(e, fusion, {}); });
    });
    return KernelInfo{tn::constantExpr(context, 1)};
  }

  ArrayRef<ExprAttr> outer = ArrayRef(dims).drop_back();
  ExprAttr rows = tn::productExpr(context, outer);
  ExprAttr rowBlocks = tn::ceilDivExpr(rows, tile[0]);
  ExprAttr columnBlocks = tn::ceilDivExpr(dims.back(), tile[1]);
  Value rowCount = k.evaluate(rows), columns = k.evaluate(dims.back());
  Value blocks = k.evaluate(columnBlocks);
  k.forLoop(k.firstTile(), k.lastTile(), 1, [&](Value t) {
    Value firstRow = k.mul(k.div(t, blocks), k.index(tile[0]));
    Value lastRow = k.min(k.add(firstRow, k.index(tile[0])), rowCount);
    Value firstColumn = k.mul(k.mod(t, blocks), k.index(tile[1]));
    Value lastColumn =
        columnBlocks.isConstant(1)
            ? columns
            : k.min(k.add(firstColumn, k.index(tile[1])), columns);
    k.forLoop(firstRow, lastRow, 1, [&](Value row) {
      ElementIndex index;
      for (Value coordinate : k.delinearize(row, outer))
        index.push_back(e.uniform(coordinate));
      index.push_back({});
      e.scope({}, [&] {
        k.laneLoop(firstColumn, lastColumn, [&](Value column, Value mask) {
          index.back() = {column, k.lanes() == 1 ? 0 : 1, {}};
          e.scope(mask, [&] { storeYields(e, fusion, index); });
        });
      });
    });
  });
  return KernelInfo{tn::mulExpr(rowBlocks, columnBlocks)};
}
