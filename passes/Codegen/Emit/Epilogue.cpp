//===- Epilogue.cpp - From the sums of a register tile to outputs ---------===//

#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "passes/Codegen/Emit/MicroKernel.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;

/// Ops of the code after the sums of one register tile, at most; what is longer
/// becomes a loop over the sums.
static constexpr int64_t kMostOps = 600;

Epilogue::Epilogue(ElementEmitter &e, tn::FusionOp fusion,
                   ArrayRef<Value> heroes, int64_t mostSums)
    : e(e), k(e.kernel()), fusion(fusion), heroes(heroes),
      dims(tn::shapeOf(heroes.front())) {
  isLong = countOps() * mostSums > kMostOps;
  if (isLong)
    parked = k.scratch(heroes.size() * mostSums * k.lanes(),
                       tn::BodyBuilder::computeType(
                           getElementTypeOrSelf(heroes.front())));
}

int64_t Epilogue::countOps() {
  ImplicitLocOpBuilder &b = k.builder();
  OpBuilder::InsertionGuard guard(b);
  Block probe;
  b.setInsertionPointToStart(&probe);
  Type type = k.vectorOf(
      tn::BodyBuilder::computeType(getElementTypeOrSelf(heroes.front())));
  SmallVector<Value> sums(heroes.size(), k.body().constantLike(type, 0));
  ElementIndex index(dims.size() - 1, e.uniform(k.index(0)));
  e.scope({}, [&] { storeVector(sums, {index, k.index(0)}, k.index(0)); });
  int64_t count = 0;
  for (Operation &op : probe)
    op.walk([&](Operation *) { ++count; });
  probe.dropAllReferences();
  return count;
}

void Epilogue::storeVector(ValueRange sums, const Row &row, Value column) {
  ElementIndex index(row.index);
  index.push_back({column, 1, {}});
  LaneIndex linear{
      k.add(k.mul(row.linear, k.evaluate(dims.back())), column), 1, {}};
  e.setFlat(dims, index, linear);
  for (auto [hero, sum] : llvm::zip_equal(heroes, sums))
    e.bind(hero, [sum](ArrayRef<LaneIndex>) { return sum; });
  // All values first: outputs may share what they are computed from.
  SmallVector<Value> values;
  for (Value yielded : fusion.getYield().getValues())
    values.push_back(e.emitVector(yielded, index));
  for (auto [i, value] : llvm::enumerate(values))
    e.store(value, k.output(i), index);
  for (Value hero : heroes)
    e.unbind(hero);
}

void Epilogue::store(ValueRange sums, int64_t rows, const ColumnBlock &columns,
                     RowAt rowAt) {
  int64_t vectors = columns.vectors(), perHero = rows * vectors;
  auto columnOf = [&](int64_t c) {
    return k.add(columns.first, k.index(c * k.lanes()));
  };
  if (!isLong) {
    SmallVector<Row> rowsAt;
    for (int64_t r = 0; r < rows; ++r)
      rowsAt.push_back(rowAt(k.index(r)));
    for (int64_t c = 0; c < vectors; ++c)
      e.scope(columns.masks[c], [&] {
        Value column = columnOf(c);
        for (int64_t r = 0; r < rows; ++r) {
          SmallVector<Value> own;
          for (size_t h = 0; h < heroes.size(); ++h)
            own.push_back(sums[h * perHero + r * vectors + c]);
          storeVector(own, rowsAt[r], column);
        }
      });
    return;
  }
  for (auto [i, sum] : llvm::enumerate(sums))
    k.storeVector(sum, parked, k.index(i * k.lanes()), {});
  k.forLoop(k.index(0), k.index(rows), 1, [&](Value r) {
    Row row = rowAt(r);
    for (int64_t c = 0; c < vectors; ++c)
      e.scope(columns.masks[c], [&] {
        Value at = k.mul(k.add(k.mul(r, k.index(vectors)), k.index(c)),
                         k.index(k.lanes()));
        SmallVector<Value> own;
        for (size_t h = 0; h < heroes.size(); ++h)
          own.push_back(k.loadVector(
              parked, k.add(at, k.index(h * perHero * k.lanes())), {}));
        storeVector(own, row, columnOf(c));
      });
  });
}
