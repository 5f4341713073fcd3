//===- MicroKernel.cpp - The register tile of matmul and conv -------------===//

#include "passes/Codegen/Emit/MicroKernel.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;
using tn::ExprAttr;

//===----------------------------------------------------------------------===//
// Columns
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

Value codegen::multiplyAdd(KernelBuilder &k, Value a, Value b, Value sum) {
  if (isa<FloatType>(getElementTypeOrSelf(sum)))
    return vector::FMAOp::create(k.builder(), a, b, sum);
  Value product = arith::MulIOp::create(k.builder(), a, b);
  return arith::AddIOp::create(k.builder(), sum, product);
}

SmallVector<Value> MicroKernel::run(ValueRange sums, ArrayRef<Value> rows,
                                    const ColumnBlock &block, Value rightRow,
                                    Value depth) {
  Type element = sumType.getElementType();
  RightReader reader(k, right, block, rightRow, element);
  return reader.sumRows(
      depth, sums, [&](Value i, ArrayRef<Value> vectors, ValueRange carried) {
        SmallVector<Value> next;
        Value inRow = k.mul(i, leftStep);
        for (Value row : rows) {
          Value scalar = widen(k, k.loadScalar(left, k.add(row, inRow)),
                               left.element, element);
          Value a = k.body().splat(scalar, k.lanes());
          for (Value v : vectors)
            next.push_back(multiplyAdd(k, a, v, carried[next.size()]));
        }
        return next;
      });
}
