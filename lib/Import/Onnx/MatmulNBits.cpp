//===- MatmulNBits.cpp - Products with weights of a few bits --------------===//
//
// com.microsoft's MatMulNBits: A times the transpose of B, [N, K] in blocks of
// rows that share scale and zero point.
//
//===----------------------------------------------------------------------===//

#include "Families.h"
#include "tenon/Import/Onnx/NodeReader.h"
#include "tenon/Import/Onnx/OpTable.h"

using namespace mlir;

namespace tenon::onnx {

/// [..., M] bytes of two elements each as [..., 2 * M] elements.
static Value splitPairs(TnBuilder &b, Value bytes) {
  Exprs dims = dimsOf(bytes);
  dims.back() = tn::mulExpr(dims.back(), 2);
  mlir::Type element = b.getIntegerType(4, /*isSigned=*/false);
  return b.createOrFold<tn::UnpackOp>(tn::tensorOf(dims, element), bytes);
}

/// Zero points as [N, blocks]: numbers of the scales' type, or bytes of `bits`
/// an element, each row beginning with a byte.
static Value readZeroPoints(NodeReader &n, TnBuilder &b, int64_t columns,
                            int64_t blocks, int64_t bits) {
  Value zero = n.optionalInput(3);
  if (!zero)
    return b.scalar(double(int64_t(1) << (bits - 1)),
                    b.getIntegerType(8, /*isSigned=*/false));
  bool isPacked = bits == 4 && isa<IntegerType>(elementOf(zero));
  int64_t stored = isPacked ? llvm::divideCeil(blocks, 2) : blocks;
  if (!tn::elementCount(zero.getType()).isConstant(columns * stored)) {
    n.error() << "has zero points of type " << zero.getType() << ", expected "
              << columns << " x " << stored;
    return zero;
  }
  zero = b.reshape(zero, b.sizes({columns, stored}));
  if (isPacked)
    zero = b.slice(splitPairs(b, zero), 1, b.size(0), b.size(blocks));
  return zero;
}

static LogicalResult importMatmulNBits(NodeReader &n, TnBuilder &b) {
  int64_t depth = n.intAttr("K"), columns = n.intAttr("N");
  int64_t bits = n.intAttr("bits", 4), block = n.intAttr("block_size");
  n.ignoreAttr("accuracy_level"); // f32 is at least as accurate
  if (n.failed() || failed(n.requireFloat(0)) || failed(n.requireRank(1, 3)))
    return failure();
  if (bits != 4 && bits != 8)
    return n.error() << "attribute \"bits\" is " << bits
                     << ", Tenon has 4 and 8";
  if (depth < 1 || columns < 1 || block < 1)
    return n.error() << "needs positive \"K\", \"N\" and \"block_size\"";
  if (n.optionalInput(4))
    return n.error() << "has g_idx, an order of groups, which Tenon does not "
                        "support";
  Value x = n.input(0), weight = n.input(1);
  int64_t blocks = llvm::divideCeil(depth, block);
  if (dimsOf(weight) != b.sizes({columns, blocks, block * bits / 8}) ||
      !tn::elementCount(n.input(2).getType()).isConstant(columns * blocks))
    return n.error() << "its weight of type " << weight.getType()
                     << " or scales of type " << n.input(2).getType()
                     << " do not fit " << columns << " x " << blocks
                     << " blocks of " << block;
  mlir::Type wide = b.getF32Type();
  weight = b.collapse(weight, 1, 3);
  if (bits == 4)
    weight =
        b.cast(splitPairs(b, weight), b.getIntegerType(4, /*isSigned=*/false));
  weight = b.slice(weight, 1, b.size(0), b.size(depth));
  auto turned = [&](Value v) {
    return rankOf(v) < 2 ? v : b.transpose(v, {1, 0});
  };
  Value scale = b.reshape(b.cast(n.input(2), wide), b.sizes({columns, blocks}));
  Value zero = readZeroPoints(n, b, columns, blocks, bits);
  if (n.failed())
    return failure();
  weight = turned(weight);
  Value numbers = tn::DequantizeOp::create(
      b, tn::tensorOf(dimsOf(weight), wide), weight, turned(scale),
      turned(zero), b.getI64IntegerAttr(block));
  Value y = b.matmul(x, b.cast(numbers, elementOf(x)));
  if (Value bias = n.optionalInput(5))
    y = b.add(y, bias);
  return n.finish(y);
}

void registerMatmulNBits(OpTable &t) {
  t.on("com.microsoft", "MatMulNBits", 1, {3, 6}, importMatmulNBits);
}

} // namespace tenon::onnx
