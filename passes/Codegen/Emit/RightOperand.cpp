//===- RightOperand.cpp - How products read what lanes are in -------------===//

#include "passes/Codegen/Emit/RightOperand.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;

/// Rows of a panel between a load and the prefetch beside it.
static constexpr int64_t kPrefetchRows = 16;
/// Rows that share scales, at least, to have sums of their own.
static constexpr int64_t kManyRows = 16;

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
  Value v = k.loadVector(right.buffer, at,
                         right.panel ? Value() : block.masks[vector]);
  return k.body().cast(v, right.buffer.element, element);
}

/// A vector of one of each pair, minus `zero`. The bits of an integer below
/// those of a power of two 2^e are the float 2^e + integer, if they have the
/// place of its units: no conversion, one subtraction for both.
Value RightReader::readPair(size_t vector, Value at, Value zero) {
  ImplicitLocOpBuilder &b = k.builder();
  VectorType i32 = k.vectorOf(b.getI32Type()), f32 = k.vectorOf(element);
  auto integer = [&](int64_t value) {
    return k.body().integerLike(i32, value);
  };
  Buffer bytes = right.buffer;
  bytes.element = b.getIntegerType(8, /*isSigned=*/false);
  Value bits = arith::ExtUIOp::create(b, i32, k.loadVector(bytes, at, {}));
  std::optional<int64_t> shift = getConstantIntValue(shifts[vector]);
  if (!shift) {
    Value by = arith::IndexCastOp::create(b, b.getI32Type(), shifts[vector]);
    bits = arith::ShRUIOp::create(b, bits, k.body().splat(by, k.lanes()));
    shift = 0;
  }
  bool isSigned = !right.buffer.element.isUnsignedInteger();
  if (isSigned) // 8 more than it is
    bits = arith::XOrIOp::create(b, bits, integer(int64_t(8) << *shift));
  bits = arith::AndIOp::create(b, bits, integer(int64_t(15) << *shift));
  double offset = isSigned ? 8 : 0;
  Value x;
  if (right.numbers->hasIntegralZero()) {
    int64_t exponent = 23 - *shift;
    bits = arith::OrIOp::create(b, bits, integer((127 + exponent) << 23));
    x = arith::BitcastOp::create(b, f32, bits);
    offset += double(int64_t(1) << exponent);
  } else {
    bits = arith::ShRUIOp::create(b, bits, integer(*shift));
    x = arith::SIToFPOp::create(b, f32, bits);
  }
  Value less = k.body().constantLike(f32, offset);
  if (zero)
    less = arith::AddFOp::create(b, zero, less);
  return arith::SubFOp::create(b, x, less);
}

SmallVector<Value> RightReader::readCentered(Value row,
                                             const Parameters &parameters) {
  Value stride = right.panel ? k.index(panelStride()) : right.columns;
  Value rowStart = k.mul(row, stride);
  SmallVector<Value> vectors;
  for (auto [c, offset] : llvm::enumerate(offsets)) {
    Value at = k.add(offset, rowStart), zero = parameters[c].zero;
    if (isPaired()) {
      vectors.push_back(readPair(c, at, zero));
      continue;
    }
    Value x = readInteger(c, at);
    vectors.push_back(zero ? Value(arith::SubFOp::create(k.builder(), x, zero))
                           : x);
  }
  return vectors;
}

SmallVector<Value> RightReader::read(Value row) {
  Value stride = right.panel ? k.index(right.panel) : right.columns;
  Value rowStart = k.mul(row, stride);
  SmallVector<Value> vectors;
  for (auto [offset, mask] : llvm::zip_equal(offsets, block.masks)) {
    // Panels are padded with zeros: no mask.
    Value v = k.loadVector(right.buffer, k.add(offset, rowStart),
                           right.panel ? Value() : mask);
    vectors.push_back(widen(k, v, right.buffer.element, element));
  }
  if (right.panel)
    for (Value offset : offsets)
      prefetch(
          k.add(k.add(offset, rowStart), k.index(kPrefetchRows * right.panel)));
  return vectors;
}

SmallVector<Value> RightReader::forSharingRows(
    Value count, ValueRange carried,
    function_ref<SmallVector<Value>(Value, Value, const Parameters &,
                                    ValueRange)>
        body) {
  auto rows = [&](Value first, Value last, ValueRange values) {
    Parameters parameters;
    for (auto [c, mask] : llvm::enumerate(block.masks))
      parameters.push_back(right.numbers->parameters(
          first, k.add(block.first, k.index(c * k.lanes())), mask));
    return body(first, last, parameters, values);
  };
  int64_t sharing = right.numbers->sharingRows();
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

SmallVector<Value> RightReader::forRows(Value count, ValueRange carried,
                                        RowBody body) {
  if (!right.numbers)
    return k.forLoop(k.index(0), count, 1, carried,
                     [&](Value row, ValueRange inner) {
                       return body(row, read(row), inner);
                     });
  return forSharingRows(
      count, carried,
      [&](Value first, Value last, const Parameters &parameters,
          ValueRange values) {
        return k.forLoop(
            first, last, 1, values, [&](Value row, ValueRange inner) {
              SmallVector<Value> vectors = readCentered(row, parameters);
              for (auto [v, own] : llvm::zip_equal(vectors, parameters))
                v = arith::MulFOp::create(k.builder(), v, own.scale);
              return body(row, vectors, inner);
            });
      });
}

SmallVector<Value> RightReader::sumRows(Value count, ValueRange sums,
                                        RowBody body) {
  int64_t sharing = right.numbers ? right.numbers->sharingRows() : 1;
  if (sharing != 0 && sharing < kManyRows)
    return forRows(count, sums, body);
  return forSharingRows(
      count, sums,
      [&](Value first, Value last, const Parameters &parameters,
          ValueRange before) {
        Value zero = k.body().constantLike(k.vectorOf(element), 0);
        SmallVector<Value> own(before.size(), zero);
        own = k.forLoop(first, last, 1, own, [&](Value row, ValueRange inner) {
          return body(row, readCentered(row, parameters), inner);
        });
        for (auto [i, sum] : llvm::enumerate(own))
          sum = vector::FMAOp::create(k.builder(), sum,
                                      parameters[i % parameters.size()].scale,
                                      before[i]);
        return own;
      });
}
