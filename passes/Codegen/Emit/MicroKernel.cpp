//===- MicroKernel.cpp - The register tile of matmul and conv -------------===//

#include "passes/Codegen/Emit/MicroKernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;
using tn::ExprAttr;

/// Rows of a panel between a load and the prefetch beside it.
static constexpr int64_t kPrefetchRows = 16;

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

void codegen::forColumns(KernelBuilder &k, Value first, Value last,
                         ExprAttr count, int64_t vectors,
                         function_ref<void(const ColumnBlock &)> body) {
  int64_t width = vectors * k.lanes();
  auto whole = [&](Value column) {
    body({column, SmallVector<Value>(vectors)});
  };
  if (!count.isConstant()) {
    if (k.divisor(k.sub(last, first)) % width == 0)
      return k.forLoop(first, last, width, whole);
    Value end = k.add(first, k.mul(k.div(k.sub(last, first), k.index(width)),
                                   k.index(width)));
    k.forLoop(first, end, width, whole);
    Value any = arith::CmpIOp::create(k.builder(), arith::CmpIPredicate::slt,
                                      end, last);
    k.ifThen(any, [&] {
      ColumnBlock block{end, {}};
      for (int64_t c = 0; c < vectors; ++c)
        block.masks.push_back(
            k.laneMask(k.sub(k.sub(last, end), k.index(c * k.lanes()))));
      body(block);
    });
    return;
  }
  int64_t wholeEnd = count.getValue() / width * width;
  int64_t rest = count.getValue() - wholeEnd;
  k.forLoop(first, k.min(last, k.index(wholeEnd)), width, whole);
  if (rest == 0)
    return;
  ColumnBlock block{k.index(wholeEnd), {}};
  for (int64_t c = 0; c < rest; c += k.lanes())
    block.masks.push_back(
        rest - c >= k.lanes() ? Value() : k.laneMask(k.index(rest - c)));
  // The block is in the last tile only.
  if (auto constant = getConstantIntValue(last)) {
    if (*constant > wholeEnd)
      body(block);
    return;
  }
  Value isLast = arith::CmpIOp::create(k.builder(), arith::CmpIPredicate::sgt,
                                       last, block.first);
  k.ifThen(isLast, [&] { body(block); });
}

RowBlocks::RowBlocks(ExprAttr count, int64_t most) : count(count), most(most) {
  if (!count.isConstant() || count.getValue() == 0)
    return;
  int64_t rows = count.getValue(), blocks = llvm::divideCeil(rows, most);
  this->most = llvm::divideCeil(rows, blocks);
  whole = rows - blocks * (this->most - 1);
}

ExprAttr RowBlocks::blocks() const { return tn::ceilDivExpr(count, most); }

Value RowBlocks::firstRow(KernelBuilder &k, Value block) const {
  if (!count.isConstant())
    return k.min(k.mul(block, k.index(most)), k.evaluate(count));
  return k.add(k.mul(block, k.index(most - 1)), k.min(block, k.index(whole)));
}

void RowBlocks::forEach(KernelBuilder &k, Value first, Value last,
                        function_ref<void(Value, int64_t)> body) const {
  if (count.isConstant()) {
    k.forLoop(first, k.min(last, k.index(whole)), 1,
              [&](Value block) { body(k.mul(block, k.index(most)), most); });
    if (count.getValue() % most != 0 && most > 1)
      k.forLoop(k.max(first, k.index(whole)), last, 1,
                [&](Value block) { body(firstRow(k, block), most - 1); });
    return;
  }
  Value row = firstRow(k, first), end = firstRow(k, last);
  SmallVector<int64_t> heights{most};
  if (most > 4)
    heights.push_back(4);
  if (most > 1)
    heights.push_back(1);
  for (int64_t height : heights) {
    Value rows = k.sub(end, row);
    auto emit = [&](Value r) { body(r, height); };
    if (k.divisor(rows) % height == 0)
      return k.forLoop(row, end, height, emit);
    Value wholeEnd =
        k.add(row, k.mul(k.div(rows, k.index(height)), k.index(height)));
    k.forLoop(row, wholeEnd, height, emit);
    row = wholeEnd;
  }
}

//===----------------------------------------------------------------------===//
// MicroKernel
//===----------------------------------------------------------------------===//

MicroKernel::MicroKernel(KernelBuilder &kernel, const Buffer &left,
                         const RightOperand &right, Type sum, Value leftStep)
    : k(kernel), left(left), right(right),
      sumType(kernel.vectorOf(tn::BodyBuilder::computeType(sum))),
      leftStep(leftStep ? leftStep : kernel.index(1)) {}

SmallVector<Value> MicroKernel::zeros(int64_t count) {
  return SmallVector<Value>(count, k.body().constantLike(sumType, 0));
}

SmallVector<Value> MicroKernel::columnOffsets(const ColumnBlock &columns,
                                              Value row) {
  SmallVector<Value> offsets;
  int64_t width = columns.vectors() * k.lanes(), panel = right.panel;
  if (panel == 0) {
    Value base =
        k.add(k.add(right.origin, columns.first), k.mul(row, right.columns));
    for (int64_t c = 0; c < columns.vectors(); ++c)
      offsets.push_back(k.add(base, k.index(c * k.lanes())));
    return offsets;
  }
  Value inPanel = k.mul(row, k.index(panel));
  Value panelSize = k.mul(right.rows, k.index(panel));
  auto offsetOf = [&](Value column) {
    Value start =
        k.add(right.origin, k.mul(k.div(column, k.index(panel)), panelSize));
    return k.add(k.add(start, inPanel), k.mod(column, k.index(panel)));
  };
  // Vectors in one panel, or in panels from their first column on, are at
  // fixed distances.
  bool isAligned = panel % width == 0 || width % panel == 0;
  Value base = offsetOf(columns.first);
  for (int64_t c = 0; c < columns.vectors(); ++c) {
    int64_t column = c * k.lanes();
    offsets.push_back(
        isAligned ? k.add(base, k.add(k.mul(k.index(column / panel), panelSize),
                                      k.index(column % panel)))
                  : offsetOf(k.add(columns.first, k.index(column))));
  }
  return offsets;
}

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

Value codegen::multiplyAdd(KernelBuilder &k, Value a, Value b, Value sum) {
  if (isa<FloatType>(getElementTypeOrSelf(sum)))
    return vector::FMAOp::create(k.builder(), a, b, sum);
  Value product = arith::MulIOp::create(k.builder(), a, b);
  return arith::AddIOp::create(k.builder(), sum, product);
}

void MicroKernel::prefetch(Value offset) {
  memref::PrefetchOp::create(k.builder(), right.buffer.memref,
                             ValueRange{offset}, /*isWrite=*/false,
                             /*localityHint=*/3, /*isDataCache=*/true);
}

SmallVector<Value> MicroKernel::step(ValueRange sums, ArrayRef<Value> rows,
                                     ArrayRef<Value> columns,
                                     const ColumnBlock &block, Value i) {
  Value stride = right.panel ? k.index(right.panel) : right.columns;
  Value rowStart = k.mul(i, stride);
  Type element = sumType.getElementType();
  SmallVector<Value> vectors;
  for (auto [offset, mask] : llvm::zip_equal(columns, block.masks)) {
    Value at = k.add(offset, rowStart);
    // Panels are padded with zeros: no mask.
    Value v = k.loadVector(right.buffer, at, right.panel ? Value() : mask);
    vectors.push_back(widen(k, v, right.buffer.element, element));
  }
  if (right.panel)
    for (Value offset : columns)
      prefetch(
          k.add(k.add(offset, rowStart), k.index(kPrefetchRows * right.panel)));
  SmallVector<Value> next;
  Value inRow = k.mul(i, leftStep);
  for (Value row : rows) {
    Value scalar =
        widen(k, k.loadScalar(left, k.add(row, inRow)), left.element, element);
    Value a = k.body().splat(scalar, k.lanes());
    for (Value v : vectors)
      next.push_back(multiplyAdd(k, a, v, sums[next.size()]));
  }
  return next;
}

SmallVector<Value> MicroKernel::run(ValueRange sums, ArrayRef<Value> rows,
                                    const ColumnBlock &block, Value rightRow,
                                    Value depth) {
  SmallVector<Value> columns = columnOffsets(block, rightRow);
  return k.forLoop(k.index(0), depth, 1, sums,
                   [&](Value i, ValueRange carried) {
                     return step(carried, rows, columns, block, i);
                   });
}
