//===- RightOperand.cpp - How products read what lanes are in -------------===//

#include "passes/Codegen/Emit/RightOperand.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;

/// Rows of a panel between a load and the prefetch beside it.
static constexpr int64_t kPrefetchRows = 16;

Value codegen::widen(KernelBuilder &k, Value v, Type element, Type sum) {
  if (getElementTypeOrSelf(v) == sum)
    return v;
  auto vector = dyn_cast<VectorType>(v.getType());
  Type type = vector ? Type(vector.clone(sum)) : sum;
  if (isa<FloatType>(sum))
    return arith::ExtFOp::create(k.builder(), type, v);
  if (element.isUnsignedInteger())
    return arith::ExtUIOp::create(k.builder(), type, v);
  return arith::ExtSIOp::create(k.builder(), type, v);
}

RightReader::RightReader(KernelBuilder &k, const RightOperand &right,
                         const ColumnBlock &columns, Value firstRow,
                         Type element)
    : k(k), right(right), block(columns), element(element) {
  placeVectors(firstRow);
}

bool RightReader::isPaired() const {
  return right.panel && right.numbers &&
         right.buffer.element.getIntOrFloatBitWidth() == 4;
}

void RightReader::placeVectors(Value firstRow) {
  int64_t width = block.vectors() * k.lanes(), panel = right.panel;
  if (panel == 0) {
    Value base =
        k.add(k.add(right.origin, block.first), k.mul(firstRow, right.columns));
    for (int64_t c = 0; c < block.vectors(); ++c)
      offsets.push_back(k.add(base, k.index(c * k.lanes())));
    return;
  }
  int64_t stride = panelStride();
  Value inPanel = k.mul(firstRow, k.index(stride));
  Value panelSize = k.mul(right.rows, k.index(stride));
  auto offsetOf = [&](Value column) {
    Value start =
        k.add(right.origin, k.mul(k.div(column, k.index(panel)), panelSize));
    return k.add(k.add(start, inPanel), k.mod(column, k.index(stride)));
  };
  // Vectors in one panel, or in panels from their first column on, are at
  // fixed distances.
  bool startsPanel = width % panel == 0;
  bool isAligned = panel % width == 0 || startsPanel;
  Value base = offsetOf(block.first);
  for (int64_t c = 0; c < block.vectors(); ++c) {
    int64_t column = c * k.lanes();
    offsets.push_back(
        isAligned ? k.add(base, k.add(k.mul(k.index(column / panel), panelSize),
                                      k.index(column % stride)))
                  : offsetOf(k.add(block.first, k.index(column))));
    if (!isPaired())
      continue;
    Value at =
        startsPanel ? k.index(column) : k.add(block.first, k.index(column));
    shifts.push_back(
        k.mul(k.mod(k.div(at, k.index(stride)), k.index(2)), k.index(4)));
  }
}

void RightReader::prefetch(Value offset) {
  memref::PrefetchOp::create(k.builder(), right.buffer.memref,
                             ValueRange{offset}, /*isWrite=*/false,
                             /*localityHint=*/3, /*isDataCache=*/true);
}

/// A vector of small integers as `element`.
Value RightReader::readInteger(size_t vector, Value at) {
  ImplicitLocOpBuilder &b = k.builder();
  if (!isPaired()) {
    Value v = k.loadVector(right.buffer, at,
                           right.panel ? Value() : block.masks[vector]);
    return k.body().cast(v, right.buffer.element, element);
  }
  Type i32 = b.getI32Type();
  Buffer bytes = right.buffer;
  bytes.element = b.getIntegerType(8, /*isSigned=*/false);
  Value pair =
      arith::ExtUIOp::create(b, k.vectorOf(i32), k.loadVector(bytes, at, {}));
  Value shift = arith::IndexCastOp::create(b, i32, shifts[vector]);
  auto constant = [&](int64_t value) {
    return k.body().integerLike(pair.getType(), value);
  };
  if (right.buffer.element.isUnsignedInteger()) {
    pair = arith::ShRUIOp::create(b, pair, k.body().splat(shift, k.lanes()));
    pair = arith::AndIOp::create(b, pair, constant(15));
  } else {
    Value up = arith::SubIOp::create(b, constant(28),
                                     k.body().splat(shift, k.lanes()));
    pair = arith::ShLIOp::create(b, pair, up);
    pair = arith::ShRSIOp::create(b, pair, constant(28));
  }
  return arith::SIToFPOp::create(b, k.vectorOf(element), pair);
}

SmallVector<Value> RightReader::read(Value row,
                                     ArrayRef<Parameters> parameters) {
  Value stride = right.panel ? k.index(panelStride()) : right.columns;
  Value rowStart = k.mul(row, stride);
  SmallVector<Value> vectors;
  for (auto [c, offset] : llvm::enumerate(offsets)) {
    Value at = k.add(offset, rowStart);
    if (right.numbers) {
      vectors.push_back(
          Dequantizer::apply(k, readInteger(c, at), parameters[c]));
      continue;
    }
    // Panels are padded with zeros: no mask.
    Value v =
        k.loadVector(right.buffer, at, right.panel ? Value() : block.masks[c]);
    vectors.push_back(widen(k, v, right.buffer.element, element));
  }
  if (right.panel && !right.numbers)
    for (Value offset : offsets)
      prefetch(
          k.add(k.add(offset, rowStart), k.index(kPrefetchRows * right.panel)));
  return vectors;
}

SmallVector<Value> RightReader::forRows(Value count, ValueRange carried,
                                        RowBody body) {
  auto rows = [&](Value first, Value last, ValueRange values) {
    SmallVector<Parameters> parameters;
    if (right.numbers)
      for (auto [c, mask] : llvm::enumerate(block.masks))
        parameters.push_back(right.numbers->parameters(
            first, k.add(block.first, k.index(c * k.lanes())), mask));
    return k.forLoop(first, last, 1, values, [&](Value row, ValueRange inner) {
      return body(row, read(row, parameters), inner);
    });
  };
  int64_t sharing = right.numbers ? right.numbers->sharingRows() : 0;
  if (sharing == 0)
    return rows(k.index(0), count, carried);
  auto known = getConstantIntValue(count);
  return k.forLoop(k.index(0), count, sharing, carried,
                   [&](Value first, ValueRange inner) {
                     Value last = k.add(first, k.index(sharing));
                     if (!known || *known % sharing)
                       last = k.min(last, count);
                     return rows(first, last, inner);
                   });
}
