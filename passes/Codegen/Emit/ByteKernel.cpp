//===- ByteKernel.cpp - The register tile of products of bytes ------------===//

#include "passes/Codegen/Emit/ByteKernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;

/// Products that one lane sums in a step.
static constexpr int64_t kTogether = 4;

ByteKernel::ByteKernel(KernelBuilder &kernel, const Buffer &left,
                       const RightOperand &right)
    : k(kernel), left(left), right(right),
      leftIsSigned(!left.element.isUnsignedInteger()),
      // The instruction takes unsigned bytes on the left.
      isWhole(!k.target().byteProduct.empty() && !leftIsSigned),
      sumType(k.vectorOf(k.builder().getI32Type())),
      byteType(VectorType::get({kTogether * k.lanes()},
                               k.builder().getIntegerType(8))),
      halfType(VectorType::get({kTogether / 2 * k.lanes()},
                               k.builder().getIntegerType(16))) {}

Value ByteKernel::loadRight(Value offset) {
  return vector::LoadOp::create(k.builder(), byteType, right.buffer.memref,
                                ValueRange{offset});
}

/// Four bytes in every lane.
Value ByteKernel::loadLeft(Value offset) {
  ImplicitLocOpBuilder &b = k.builder();
  Value bytes = vector::LoadOp::create(
      b, VectorType::get({kTogether}, b.getIntegerType(8)), left.memref,
      ValueRange{offset});
  Value lane =
      vector::BitCastOp::create(b, VectorType::get({1}, b.getI32Type()), bytes);
  Value lanes = vector::BroadcastOp::create(
      b, sumType, vector::ExtractOp::create(b, lane, ArrayRef<int64_t>{0}));
  return vector::BitCastOp::create(b, byteType, lanes);
}

ByteKernel::Parts ByteKernel::partsOf(Value bytes, bool isSigned) {
  if (isWhole)
    return {bytes};
  ImplicitLocOpBuilder &b = k.builder();
  Value halves = vector::BitCastOp::create(b, halfType, bytes);
  Value eight = arith::ConstantOp::create(
      b, DenseElementsAttr::get(halfType, b.getI16IntegerAttr(8)));
  Value even = arith::ShLIOp::create(b, halves, eight);
  if (isSigned)
    return {arith::ShRSIOp::create(b, even, eight),
            arith::ShRSIOp::create(b, halves, eight)};
  return {arith::ShRUIOp::create(b, even, eight),
          arith::ShRUIOp::create(b, halves, eight)};
}

Value ByteKernel::intrinsic(StringRef name, ValueRange operands) {
  return LLVM::CallIntrinsicOp::create(
             k.builder(), sumType, k.builder().getStringAttr(name), operands)
      .getResult(0);
}

Value ByteKernel::multiplyAdd(const Parts &x, const Parts &y, Value sum) {
  if (isWhole)
    return intrinsic(k.target().byteProduct, {sum, x[0], y[0]});
  for (auto [a, b] : llvm::zip_equal(x, y))
    sum = arith::AddIOp::create(k.builder(), sum,
                                intrinsic(k.target().pairProduct, {a, b}));
  return sum;
}

SmallVector<Value> ByteKernel::run(ArrayRef<Value> rows,
                                   const ColumnBlock &columns, Value depth) {
  Value panelSize = k.mul(right.rows, k.index(right.panel));
  SmallVector<Value> starts;
  for (int64_t c = 0; c < columns.vectors(); ++c) {
    Value column = k.add(columns.first, k.index(c * k.lanes()));
    Value panel = k.mul(k.div(column, k.index(right.panel)), panelSize);
    Value inPanel =
        k.mul(k.mod(column, k.index(right.panel)), k.index(kTogether));
    starts.push_back(k.add(right.origin, k.add(panel, inPanel)));
  }
  SmallVector<Value> zeros(rows.size() * starts.size(),
                           k.body().constantLike(sumType, 0));
  return k.forLoop(
      k.index(0), depth, kTogether, zeros, [&](Value i, ValueRange sums) {
        Value inPanel = k.mul(i, k.index(right.panel));
        SmallVector<Parts> vectors;
        for (Value start : starts)
          vectors.push_back(
              partsOf(loadRight(k.add(start, inPanel)), /*isSigned=*/true));
        SmallVector<Value> next;
        for (Value row : rows) {
          Parts x = partsOf(loadLeft(k.add(row, i)), leftIsSigned);
          for (const Parts &y : vectors)
            next.push_back(multiplyAdd(x, y, sums[next.size()]));
        }
        return next;
      });
}
