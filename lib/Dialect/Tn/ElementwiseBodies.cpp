//===- ElementwiseBodies.cpp - How one element of each op is computed -----===//
//
// Values come in their compute type (BodyBuilder.h), so integers are signless:
// an unsigned element type is asked of the op's tensors.
//
//===----------------------------------------------------------------------===//

#include "Num.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "tenon/Dialect/Tn/TnOps.h"
#include <limits>

using namespace mlir;
using namespace tenon::tn;

/// Of ui8 ... ui64; a bool is 0 or 1.
static bool isUnsigned(Value tensor) {
  Type element = getElementTypeOrSelf(tensor.getType());
  return element.isUnsignedInteger() || element.isInteger(1);
}

template <typename FloatOp> static Value roundFloat(BodyBuilder &k, Value x) {
  if (!isa<FloatType>(getElementTypeOrSelf(x.getType())))
    return x;
  return FloatOp::create(k.builder(), x);
}

//===----------------------------------------------------------------------===//
// Unary
//===----------------------------------------------------------------------===//

#define TENON_UNARY_BODY(OP, FUNCTION)                                         \
  Value OP::emitScalar(BodyBuilder &k, ValueRange operands) {                  \
    return k.FUNCTION(operands[0]);                                            \
  }
TENON_UNARY_BODY(ExpOp, exp)
TENON_UNARY_BODY(LogOp, log)
TENON_UNARY_BODY(SinOp, sin)
TENON_UNARY_BODY(CosOp, cos)
TENON_UNARY_BODY(TanOp, tan)
TENON_UNARY_BODY(AsinOp, asin)
TENON_UNARY_BODY(AcosOp, acos)
TENON_UNARY_BODY(AtanOp, atan)
TENON_UNARY_BODY(SinhOp, sinh)
TENON_UNARY_BODY(CoshOp, cosh)
TENON_UNARY_BODY(TanhOp, tanh)
TENON_UNARY_BODY(AsinhOp, asinh)
TENON_UNARY_BODY(AcoshOp, acosh)
TENON_UNARY_BODY(AtanhOp, atanh)
TENON_UNARY_BODY(ErfOp, erf)
TENON_UNARY_BODY(SigmoidOp, sigmoid)
#undef TENON_UNARY_BODY

Value AbsOp::emitScalar(BodyBuilder &k, ValueRange operands) {
  Num x(k.builder(), operands[0]);
  if (x.isFloat())
    return x.abs();
  return isUnsigned(getX()) ? x : select(x < 0, -x, x);
}

Value NegOp::emitScalar(BodyBuilder &k, ValueRange operands) {
  return -Num(k.builder(), operands[0]);
}

Value SignOp::emitScalar(BodyBuilder &k, ValueRange operands) {
  Num x(k.builder(), operands[0]);
  if (isUnsigned(getX()))
    return select(x != 0, 1, x);
  return select(x > 0, 1, select(x < 0, -1, x));
}

Value CeilOp::emitScalar(BodyBuilder &k, ValueRange operands) {
  return roundFloat<math::CeilOp>(k, operands[0]);
}

Value FloorOp::emitScalar(BodyBuilder &k, ValueRange operands) {
  return roundFloat<math::FloorOp>(k, operands[0]);
}

Value RoundOp::emitScalar(BodyBuilder &k, ValueRange operands) {
  return roundFloat<math::RoundEvenOp>(k, operands[0]);
}

Value SqrtOp::emitScalar(BodyBuilder &k, ValueRange operands) {
  return Num(k.builder(), operands[0]).sqrt();
}

Value NotOp::emitScalar(BodyBuilder &k, ValueRange operands) {
  return Num(k.builder(), operands[0]) ^ -1;
}

Value IsNanOp::emitScalar(BodyBuilder &k, ValueRange operands) {
  Num x(k.builder(), operands[0]);
  return x != x;
}

Value IsInfOp::emitScalar(BodyBuilder &k, ValueRange operands) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  Num x(k.builder(), operands[0]);
  if (getPositive() && getNegative())
    return x.abs() == infinity;
  if (getPositive())
    return x == infinity;
  if (getNegative())
    return x == -infinity;
  return k.integerLike(x.typeOf(k.builder().getI1Type()), 0);
}

//===----------------------------------------------------------------------===//
// Binary
//===----------------------------------------------------------------------===//

#define TENON_BINARY_BODY(OP, EXPRESSION)                                      \
  Value OP::emitScalar(BodyBuilder &k, ValueRange operands) {                  \
    Num x(k.builder(), operands[0]), y(k.builder(), operands[1]);              \
    return EXPRESSION;                                                         \
  }
TENON_BINARY_BODY(AddOp, x + y)
TENON_BINARY_BODY(SubOp, x - y)
TENON_BINARY_BODY(MulOp, x *y)
TENON_BINARY_BODY(DivOp, k.div(x, y, isUnsigned(getLhs())))
TENON_BINARY_BODY(ModOp, k.mod(x, y, isUnsigned(getLhs())))
TENON_BINARY_BODY(RemOp, k.rem(x, y, isUnsigned(getLhs())))
TENON_BINARY_BODY(MaxOp, k.max(x, y, isUnsigned(getLhs())))
TENON_BINARY_BODY(MinOp, k.min(x, y, isUnsigned(getLhs())))
TENON_BINARY_BODY(AndOp, x &y)
TENON_BINARY_BODY(OrOp, x | y)
TENON_BINARY_BODY(XorOp, x ^ y)
#undef TENON_BINARY_BODY

Value PowOp::emitScalar(BodyBuilder &k, ValueRange operands) {
  Value x = operands[0], y = operands[1];
  Type base = getElementTypeOrSelf(getLhs().getType());
  Type exponent = getElementTypeOrSelf(getRhs().getType());
  if (isa<FloatType>(base)) {
    Type compute = BodyBuilder::computeType(base);
    return k.pow(x, k.cast(y, exponent, compute));
  }
  if (!isa<FloatType>(exponent))
    return k.pow(x, y, isUnsigned(getRhs()));
  Type f64 = k.builder().getF64Type();
  Value power = k.pow(k.cast(x, base, f64), k.cast(y, exponent, f64));
  return k.cast(power, f64, base);
}

/// Whether a shift of x by y leaves any of its bits.
static Num isWithinWidth(Num x, Num y) {
  return y.compare(arith::CmpIPredicate::ult, y.constant(x.width()));
}

Value ShlOp::emitScalar(BodyBuilder &k, ValueRange operands) {
  Num x(k.builder(), operands[0]), y(k.builder(), operands[1]);
  Num isWithin = isWithinWidth(x, y);
  return select(isWithin, x.shl(select(isWithin, y, 0)), 0);
}

Value ShrOp::emitScalar(BodyBuilder &k, ValueRange operands) {
  Num x(k.builder(), operands[0]), y(k.builder(), operands[1]);
  Num isWithin = isWithinWidth(x, y);
  if (isUnsigned(getLhs()))
    return select(isWithin, x.shrLogical(select(isWithin, y, 0)), 0);
  return x.shrArithmetic(select(isWithin, y, x.width() - 1));
}

Value CompareOp::emitScalar(BodyBuilder &k, ValueRange operands) {
  using Predicate = arith::CmpIPredicate;
  Num x(k.builder(), operands[0]), y(k.builder(), operands[1]);
  bool asUnsigned = isUnsigned(getLhs());
  switch (getPredicate()) {
  case ComparePredicate::eq:
    return x == y;
  case ComparePredicate::ne:
    return x != y;
  case ComparePredicate::lt:
    return asUnsigned ? x.compare(Predicate::ult, y) : x < y;
  case ComparePredicate::le:
    return asUnsigned ? x.compare(Predicate::ule, y) : x <= y;
  case ComparePredicate::gt:
    return asUnsigned ? x.compare(Predicate::ugt, y) : x > y;
  case ComparePredicate::ge:
    return asUnsigned ? x.compare(Predicate::uge, y) : x >= y;
  }
  llvm_unreachable("a compare predicate");
}

Value SelectOp::emitScalar(BodyBuilder &k, ValueRange operands) {
  return arith::SelectOp::create(k.builder(), operands[0], operands[1],
                                 operands[2]);
}

Value CastOp::emitScalar(BodyBuilder &k, ValueRange operands) {
  return k.cast(operands[0], getElementTypeOrSelf(getX().getType()),
                getElementTypeOrSelf(getResult().getType()), getSaturate());
}
