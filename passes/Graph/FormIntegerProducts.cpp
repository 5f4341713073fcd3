//===- FormIntegerProducts.cpp - Products of quantized values -------------===//
//
//   sum_k (a - za) sa * b sb  =  sa sb (sum_k a b - za sum_k b)
//
// where a and b are integers of 8 bits, b is a constant with its zero at 0 and
// scales per column or one for all, and a has one scale and one zero.
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Remarks.h"
#include "passes/Graph/ConstantValue.h"
#include "passes/Graph/Passes.h"

namespace tenon::graph {
#define GEN_PASS_DEF_FORMINTEGERPRODUCTSPASS
#include "passes/Graph/Passes.h.inc"
} // namespace tenon::graph

using namespace mlir;
using namespace tenon;
using tn::ExprAttr;

namespace {

/// The two sides as integers of 8 bits.
struct IntegerProduct {
  Value left, leftZero, leftScale; ///< zero: null is 0
  Value right;                     ///< its columns are along `columnDim`
  Value rightScale;                ///< of one element or one per column
  unsigned columnDim;
};

class Former {
public:
  explicit Former(Operation *op) : op(op), b(op->getLoc(), op) {}
  /// Why the product stays as it is; empty if it was replaced.
  StringRef run();

private:
  StringRef matchLeft();
  StringRef matchRight();
  void build();
  Value reshape(Value v, ArrayRef<ExprAttr> dims) {
    return b.createOrFold<tn::ReshapeOp>(
        tn::tensorOf(dims, getElementTypeOrSelf(v)), v);
  }
  Value cast(Value v, Type element) {
    return b.createOrFold<tn::CastOp>(tn::tensorOf(tn::shapeOf(v), element), v);
  }
  /// As [n], or as [1].
  Value asRow(Value parameter) {
    return reshape(parameter, tn::elementCount(parameter.getType()));
  }

  Operation *op;
  ImplicitLocOpBuilder b;
  IntegerProduct p;
};

} // namespace

static bool isByte(Value v) { return getElementTypeOrSelf(v).isInteger(8); }

static bool isOneNumber(Value v) {
  return tn::elementCount(v.getType()).isConstant(1) &&
         graph::isConstantValue(v);
}

/// Whether all elements are known to be 0; views and casts are looked through.
static bool isZero(Value v) {
  while (isa_and_nonnull<tn::ReshapeOp, tn::CastOp, tn::TransposeOp>(
      v.getDefiningOp()))
    v = v.getDefiningOp()->getOperand(0);
  DenseElementsAttr value;
  if (!matchPattern(v, m_Constant(&value)))
    return false;
  if (isa<FloatType>(value.getElementType()))
    return llvm::all_of(value.getValues<APFloat>(),
                        [](const APFloat &x) { return x.isZero(); });
  return isa<IntegerType>(value.getElementType()) &&
         llvm::all_of(value.getValues<APInt>(),
                      [](const APInt &x) { return x.isZero(); });
}

StringRef Former::matchLeft() {
  std::optional<graph::QuantizedValue> left =
      graph::matchQuantized(op->getOperand(0));
  if (!left || !isByte(left->integers))
    return "its left operand is not quantized";
  if (!isOneNumber(left->scale) || (left->zero && !isOneNumber(left->zero)))
    return "its left operand has no constant scale and zero for all elements";
  p.left = left->integers;
  p.leftScale = left->scale;
  p.leftZero = left->zero && !isZero(left->zero) ? left->zero : Value();
  return {};
}

StringRef Former::matchRight() {
  Value right = op->getOperand(1);
  unsigned rank = tn::shapeOf(right).size();
  p.columnDim = rank - 1;
  if (auto transpose = right.getDefiningOp<tn::TransposeOp>()) {
    p.columnDim = transpose.getPermutation().back();
    right = transpose.getX();
  }
  std::optional<graph::QuantizedValue> weight = graph::matchQuantized(right);
  if (!weight || !isByte(weight->integers) ||
      getElementTypeOrSelf(weight->integers).isUnsignedInteger() ||
      !graph::isConstantValue(weight->integers))
    return "its right operand is no quantized constant of i8";
  if (weight->zero && !isZero(weight->zero))
    return "its right operand has a zero that is not 0";
  p.right = weight->integers;
  p.rightScale = weight->scale;
  SmallVector<ExprAttr> dims = tn::shapeOf(p.right);
  SmallVector<ExprAttr> scales = tn::shapeOf(p.rightScale);
  if (p.columnDim != 0 && p.columnDim + 1 != dims.size())
    return "its right operand is transposed in the middle";
  if (!graph::isConstantValue(p.rightScale))
    return "its right operand has a scale that is not constant";
  for (auto [d, scale] : llvm::enumerate(scales))
    if (d + dims.size() - scales.size() != p.columnDim && !scale.isConstant(1))
      return "its right operand has scales that are not one per column";
  return {};
}

void Former::build() {
  Type i32 = b.getI32Type();
  ExprAttr n = tn::shapeOf(op->getResult(0)).back();
  ExprAttr k = tn::shapeOf(op->getOperand(0)).back();
  bool columnsFirst = p.columnDim == 0;
  Value right =
      columnsFirst ? reshape(p.right, {n, k}) : reshape(p.right, {k, n});
  if (columnsFirst)
    right = tn::TransposeOp::create(
        b, tn::tensorOf({k, n}, getElementTypeOrSelf(right)), right,
        ArrayRef<int64_t>{1, 0});
  Value sum = tn::MatmulOp::create(b, p.left, right, TypeAttr::get(i32));
  if (p.leftZero) {
    Value ofColumns = tn::ReduceOp::create(
        b, cast(right, i32), tn::Combiner::sum, ArrayRef<int64_t>{0});
    Value zero = asRow(cast(p.leftZero, i32));
    sum =
        tn::SubOp::create(b, sum, tn::MulOp::create(b, asRow(ofColumns), zero));
  }
  Value scale = tn::MulOp::create(b, asRow(p.rightScale), asRow(p.leftScale));
  Value scaled = tn::MulOp::create(b, cast(sum, b.getF32Type()), scale);
  op->getResult(0).replaceAllUsesWith(scaled);
  op->erase();
}

StringRef Former::run() {
  ExprAttr k = tn::shapeOf(op->getOperand(0)).back();
  if (StringRef reason = matchLeft(); !reason.empty())
    return reason;
  if (StringRef reason = matchRight(); !reason.empty())
    return reason;
  if (!k.isConstant() || k.getValue() % 4 != 0)
    return "its depth is no multiple of 4";
  build();
  return {};
}

namespace {
struct FormIntegerProducts
    : tenon::graph::impl::FormIntegerProductsPassBase<FormIntegerProducts> {
  void runOnOperation() override {
    SmallVector<Operation *> products;
    getOperation()->walk([&](Operation *op) {
      auto conv = dyn_cast<tn::ConvOp>(op);
      auto matmul = dyn_cast<tn::MatmulOp>(op);
      bool isMatrix = (conv && conv.isPointwise()) ||
                      (matmul && tn::shapeOf(matmul.getRhs()).size() == 2);
      if (isMatrix && graph::isQuantized(op->getOperand(0)) &&
          graph::isQuantized(op->getOperand(1)))
        products.push_back(op);
    });
    for (Operation *op : products) {
      Location loc = op->getLoc();
      StringRef reason = Former(op).run();
      if (reason.empty())
        remark::passed(
            loc,
            remark::RemarkOpts::name("IntegerProduct").category("recognize"));
      else
        remark::missed(
            loc,
            remark::RemarkOpts::name("NoIntegerProduct").category("recognize"))
            << remark::reason("{0}", reason);
    }
  }
};
} // namespace
