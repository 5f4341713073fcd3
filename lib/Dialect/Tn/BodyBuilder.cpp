//===- BodyBuilder.cpp - Types, constants, min and max of bodies ----------===//

#include "tenon/Dialect/Tn/BodyBuilder.h"
#include "Num.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace tenon::tn;

Type BodyBuilder::computeType(Type element) {
  if (auto type = dyn_cast<FloatType>(element))
    return type.getWidth() < 32 ? Float32Type::get(type.getContext()) : type;
  if (auto type = dyn_cast<IntegerType>(element))
    return IntegerType::get(type.getContext(), type.getWidth());
  return element;
}

Type BodyBuilder::storageType(Type element) {
  MLIRContext *context = element.getContext();
  if (element.isF64() || element.isF32() || element.isF16())
    return element;
  if (isa<FloatType, IntegerType>(element))
    return IntegerType::get(context,
                            std::max(8u, element.getIntOrFloatBitWidth()));
  return element;
}

Value BodyBuilder::constant(Value like, double value) {
  return constantLike(like.getType(), value);
}

static Value constantOf(ImplicitLocOpBuilder &b, Type type, Attribute value) {
  if (auto vector = dyn_cast<VectorType>(type))
    return arith::ConstantOp::create(b, DenseElementsAttr::get(vector, value));
  return arith::ConstantOp::create(b, cast<TypedAttr>(value));
}

Value BodyBuilder::constantLike(Type type, double value) {
  Type element = getElementTypeOrSelf(type);
  if (!isa<FloatType>(element))
    return integerLike(type, static_cast<int64_t>(value));
  return constantOf(b, type, b.getFloatAttr(element, value));
}

Value BodyBuilder::integerLike(Type type, int64_t value) {
  Type element = getElementTypeOrSelf(type);
  unsigned width = element.isIndex() ? IndexType::kInternalStorageBitWidth
                                     : element.getIntOrFloatBitWidth();
  APInt bits = APInt(64, value, /*isSigned=*/true).sextOrTrunc(width);
  return constantOf(b, type, b.getIntegerAttr(element, bits));
}

Value BodyBuilder::splat(Value scalar, int64_t lanes) {
  if (isa<VectorType>(scalar.getType()))
    return scalar;
  auto type = VectorType::get({lanes}, scalar.getType());
  return vector::BroadcastOp::create(b, type, scalar);
}

/// Whether `value` is a splat of a float that is not NaN.
static bool isNumberConstant(Value value) {
  std::optional<APFloat> number = constantFloat(value);
  return number && !number->isNaN();
}

/// The extreme of floats. `wins(x, y)` is false if either is NaN, so a select
/// gives its second operand then: free if that is the one that may be NaN.
template <typename Wins> static Value extremeFloat(Num x, Num y, Wins wins) {
  if (isNumberConstant(y))
    std::swap(x, y);
  Num extreme = select(wins(x, y), x, y);
  return isNumberConstant(x) ? extreme : select(x != x, x, extreme);
}

Value BodyBuilder::max(Value a, Value c, bool isUnsigned) {
  Num x(b, a), y(b, c);
  if (x.isFloat())
    return extremeFloat(x, y, [](Num p, Num q) { return p > q; });
  if (isUnsigned)
    return arith::MaxUIOp::create(b, a, c);
  return arith::MaxSIOp::create(b, a, c);
}

Value BodyBuilder::min(Value a, Value c, bool isUnsigned) {
  Num x(b, a), y(b, c);
  if (x.isFloat())
    return extremeFloat(x, y, [](Num p, Num q) { return p < q; });
  if (isUnsigned)
    return arith::MinUIOp::create(b, a, c);
  return arith::MinSIOp::create(b, a, c);
}
