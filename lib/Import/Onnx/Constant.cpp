//===- Constant.cpp - Tensors made from nothing, or from positions --------===//

#include "Families.h"
#include "tenon/Import/Onnx/NodeReader.h"
#include "tenon/Import/Onnx/OpTable.h"

using namespace mlir;

namespace tenon::onnx {

using tn::ComparePredicate;

//===--- Constant
//----------------------------------------------------------===//

static Value floats(TnBuilder &b, ArrayRef<float> values,
                    ArrayRef<int64_t> dims) {
  auto type = RankedTensorType::get(dims, b.getF32Type());
  return tn::ConstantOp::create(b, type, DenseElementsAttr::get(type, values));
}

static LogicalResult importConstant(NodeReader &n, TnBuilder &b) {
  if (const Tensor *tensor = n.tensorAttr("value")) {
    FailureOr<Value> value = n.constant(*tensor);
    return succeeded(value) ? n.finish(*value) : failure();
  }
  if (n.hasAttr("value_int"))
    return n.finish(b.intScalar(b.size(n.intAttr("value_int"))));
  if (std::optional<SmallVector<int64_t>> values = n.intsAttr("value_ints"))
    return n.finish(b.ints(*values));
  if (n.hasAttr("value_float"))
    return n.finish(floats(b, float(n.floatAttr("value_float")), {}));
  if (std::optional<SmallVector<float>> values = n.floatsAttr("value_floats"))
    return n.finish(floats(b, *values, int64_t(values->size())));
  return n.error() << "its value is a string or a sparse tensor, which Tenon "
                      "does not have";
}

/// The one element of the attribute `value`; 0.0f if absent.
static FailureOr<Value> fillValue(NodeReader &n, TnBuilder &b) {
  const Tensor *tensor = n.tensorAttr("value");
  if (!tensor)
    return b.scalar(0, b.getF32Type());
  if (tensor->numElements != 1)
    return n.error() << "attribute \"value\" must have one element", failure();
  FailureOr<Value> value = n.constant(*tensor);
  if (failed(value))
    return failure();
  return b.reshape(*value, {});
}

static LogicalResult importConstantOfShape(NodeReader &n, TnBuilder &b) {
  FailureOr<Value> value = fillValue(n, b);
  if (failed(value) || failed(n.requireRank(0, 1)))
    return failure();
  Exprs dims = n.bind(n.input(0));
  for (tn::ExprAttr dim : dims)
    if (dim.isConstant() && dim.getValue() < 0)
      return n.error() << "the shape has a negative size, " << dim.getValue();
  return n.finish(b.full(dims, *value));
}

//===--- Range
//-------------------------------------------------------------===//

/// ceil((limit - start) / delta), not negative, from integers.
static tn::ExprAttr stepCount(TnBuilder &b, tn::ExprAttr start,
                              tn::ExprAttr limit, int64_t delta) {
  tn::ExprAttr length =
      delta > 0 ? tn::subExpr(limit, start) : tn::subExpr(start, limit);
  return tn::ceilDivExpr(tn::maxExpr(length, b.size(0)), std::abs(delta));
}

static FailureOr<tn::ExprAttr> rangeSize(NodeReader &n, TnBuilder &b) {
  std::optional<Exprs> start = n.symbolicInts(0), limit = n.symbolicInts(1),
                       delta = n.symbolicInts(2);
  if (start && limit && delta && delta->front().isConstant()) {
    int64_t step = delta->front().getValue();
    if (step == 0)
      return n.error() << "the step is 0", failure();
    return stepCount(b, start->front(), limit->front(), step);
  }
  auto wide = [&](unsigned i) { return b.cast(n.input(i), b.getF64Type()); };
  Value steps = b.div(b.sub(wide(1), wide(0)), wide(2));
  Value count = b.max(b.unary<tn::CeilOp>(steps), 0);
  Exprs bound = n.bind(b.cast(count, b.getI64Type()));
  if (n.failed())
    return failure();
  return bound.front();
}

/// start + position * delta
static LogicalResult importRange(NodeReader &n, TnBuilder &b) {
  SmallVector<Value> scalars;
  for (unsigned i = 0; i < 3; ++i) {
    if (!tn::elementCount(n.input(i).getType()).isConstant(1))
      return n.error() << "input #" << i << " must be a scalar";
    scalars.push_back(b.reshape(n.input(i), {}));
  }
  FailureOr<tn::ExprAttr> count = rangeSize(n, b);
  if (failed(count))
    return failure();
  Value position = b.iota(*count, 0, elementOf(scalars[0]));
  auto isAlways = [](std::optional<Exprs> known, int64_t value) {
    return known && known->front().isConstant(value);
  };
  if (!isAlways(n.symbolicInts(2), 1))
    position = b.mul(position, scalars[2]);
  if (!isAlways(n.symbolicInts(0), 0))
    position = b.add(position, scalars[0]);
  return n.finish(position);
}

//===--- Patterns
//----------------------------------------------------------===//

/// column - row, of the last two dims of x.
static Value diagonalOf(TnBuilder &b, Value x) {
  Exprs dims = dimsOf(x);
  ArrayRef<tn::ExprAttr> matrix = ArrayRef(dims).take_back(2);
  return b.sub(b.iota(matrix, 1, b.getI64Type()),
               b.iota(matrix, 0, b.getI64Type()));
}

static LogicalResult importEyeLike(NodeReader &n, TnBuilder &b) {
  if (failed(n.requireRank(0, 2)))
    return failure();
  Value x = n.input(0);
  mlir::Type element = n.typeAttr("dtype");
  double k = double(n.intAttr("k", 0));
  Value isOne = b.compare(ComparePredicate::eq, diagonalOf(b, x), k);
  return n.finish(b.cast(isOne, element ? element : elementOf(x)));
}

/// The triangle above (or below) diagonal k, the rest 0.
static LogicalResult importTrilu(NodeReader &n, TnBuilder &b) {
  if (failed(n.requireRankAtLeast(0, 2)))
    return failure();
  Value x = n.input(0), k = n.optionalInput(1);
  k = k ? b.reshape(k, {}) : b.scalar(0, b.getI64Type());
  auto keeps =
      n.flagAttr("upper", true) ? ComparePredicate::ge : ComparePredicate::le;
  Value isKept = b.compare(keeps, diagonalOf(b, x), k);
  return n.finish(b.select(isKept, x, b.scalarLike(0, x)));
}

void registerConstant(OpTable &t) {
  t.on("Constant", 1, 0, importConstant);
  t.on("ConstantOfShape", 9, 1, importConstantOfShape);
  t.on("Range", 11, 3, importRange);
  t.on("EyeLike", 9, 1, importEyeLike);
  t.on("Trilu", 14, {1, 2}, importTrilu);
}

} // namespace tenon::onnx
