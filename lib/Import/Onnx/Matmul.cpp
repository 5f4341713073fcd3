//===- Matmul.cpp - Matrix products ---------------------------------------===//

#include "Families.h"
#include "tenon/Import/Onnx/NodeReader.h"
#include "tenon/Import/Onnx/OpTable.h"

using namespace mlir;

namespace tenon::onnx {

/// numpy's matmul: a vector at the left is a row, at the right a column; the
/// dim that it gains is dropped from the result.
static Value matmulOfAnyRank(TnBuilder &b, Value lhs, Value rhs,
                             mlir::Type accumulator) {
  bool isRow = rankOf(lhs) == 1, isColumn = rankOf(rhs) == 1;
  if (isRow)
    lhs = b.unsqueeze(lhs, 0);
  if (isColumn)
    rhs = b.unsqueeze(rhs, 1);
  Value product = b.matmul(lhs, rhs, accumulator);
  int64_t rank = rankOf(product);
  SmallVector<int64_t> gained;
  if (isRow)
    gained.push_back(rank - 2);
  if (isColumn)
    gained.push_back(rank - 1);
  return b.squeeze(product, gained);
}

static LogicalResult importMatmul(NodeReader &n, TnBuilder &b) {
  if (failed(n.requireRankAtLeast(0, 1)) || failed(n.requireRankAtLeast(1, 1)))
    return failure();
  return n.finish(matmulOfAnyRank(b, n.input(0), n.input(1), {}));
}

/// alpha * A' * B' + beta * C
static LogicalResult importGemm(NodeReader &n, TnBuilder &b) {
  if (failed(n.requireRank(0, 2)) || failed(n.requireRank(1, 2)))
    return failure();
  double alpha = n.floatAttr("alpha", 1), beta = n.floatAttr("beta", 1);
  bool transposeA = n.flagAttr("transA", false);
  bool transposeB = n.flagAttr("transB", false);
  Value lhs = n.input(0), rhs = n.input(1), bias = n.optionalInput(2);
  if (transposeA)
    lhs = b.transpose(lhs, {1, 0});
  if (transposeB)
    rhs = b.transpose(rhs, {1, 0});
  Value result = b.matmul(lhs, rhs);
  if (alpha != 1)
    result = b.mul(result, alpha);
  if (bias && beta != 0)
    result = b.add(result, beta == 1 ? bias : b.mul(bias, beta));
  return n.finish(result);
}

void registerMatmul(OpTable &t) {
  t.on("MatMul", 1, 2, importMatmul);
  t.on("Gemm", 7, {2, 3}, importGemm);
}

} // namespace tenon::onnx
