//===- Num.cpp - Arithmetic operators on MLIR values ----------------------===//

#include "Num.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/bit.h"
#include <limits>

using namespace mlir;
using namespace tenon::tn;

int64_t Num::lanes() const {
  auto vector = dyn_cast<VectorType>(type());
  return vector ? vector.getNumElements() : 0;
}

Type Num::typeOf(Type element) const {
  auto vector = dyn_cast<VectorType>(type());
  return vector ? VectorType::get(vector.getShape(), element) : element;
}

Num Num::constant(double value) const {
  return {*b, BodyBuilder(*b).constantLike(type(), value)};
}

Num Num::constant(int64_t value) const {
  if (isFloat())
    return constant(static_cast<double>(value));
  return {*b, BodyBuilder(*b).integerLike(type(), value)};
}

template <typename FloatOp, typename IntOp> Num Num::binary(Num x, Num y) {
  if (x.isFloat())
    return {*x.b, FloatOp::create(*x.b, x.v, y.v)};
  return {*x.b, IntOp::create(*x.b, x.v, y.v)};
}

namespace tenon::tn {

Num operator+(Num a, Num b) {
  return Num::binary<arith::AddFOp, arith::AddIOp>(a, b);
}
Num operator-(Num a, Num b) {
  return Num::binary<arith::SubFOp, arith::SubIOp>(a, b);
}
Num operator*(Num a, Num b) {
  return Num::binary<arith::MulFOp, arith::MulIOp>(a, b);
}
Num operator/(Num a, Num b) {
  return Num::binary<arith::DivFOp, arith::DivSIOp>(a, b);
}
Num operator-(Num a) {
  if (!a.isFloat())
    return 0 - a;
  return {a.builder(), arith::NegFOp::create(a.builder(), a)};
}
Num operator&(Num a, Num b) {
  return {a.builder(), arith::AndIOp::create(a.builder(), a, b)};
}
Num operator|(Num a, Num b) {
  return {a.builder(), arith::OrIOp::create(a.builder(), a, b)};
}
Num operator^(Num a, Num b) {
  return {a.builder(), arith::XOrIOp::create(a.builder(), a, b)};
}

static Num compareBoth(Num a, Num b, arith::CmpFPredicate floats,
                       arith::CmpIPredicate integers) {
  return a.isFloat() ? a.compare(floats, b) : a.compare(integers, b);
}
Num operator<(Num a, Num b) {
  return compareBoth(a, b, arith::CmpFPredicate::OLT,
                     arith::CmpIPredicate::slt);
}
Num operator<=(Num a, Num b) {
  return compareBoth(a, b, arith::CmpFPredicate::OLE,
                     arith::CmpIPredicate::sle);
}
Num operator>(Num a, Num b) {
  return compareBoth(a, b, arith::CmpFPredicate::OGT,
                     arith::CmpIPredicate::sgt);
}
Num operator>=(Num a, Num b) {
  return compareBoth(a, b, arith::CmpFPredicate::OGE,
                     arith::CmpIPredicate::sge);
}
Num operator==(Num a, Num b) {
  return compareBoth(a, b, arith::CmpFPredicate::OEQ, arith::CmpIPredicate::eq);
}
Num operator!=(Num a, Num b) {
  return compareBoth(a, b, arith::CmpFPredicate::UNE, arith::CmpIPredicate::ne);
}

std::optional<APFloat> constantFloat(Value value) {
  if (auto broadcast = value.getDefiningOp<vector::BroadcastOp>())
    value = broadcast.getSource();
  APFloat number(0.0);
  if (!matchPattern(value, m_ConstantFloat(&number)))
    return std::nullopt;
  return number;
}

Num fma(Num a, Num b, Num c) {
  return {a.builder(), math::FmaOp::create(a.builder(), a, b, c)};
}
Num select(Num condition, Num a, Num b) {
  return {a.builder(), arith::SelectOp::create(a.builder(), condition, a, b)};
}
// As x86's min and max: the second operand, x, where they do not compare.
Num atMost(Num x, double limit) { return select(limit < x, limit, x); }
Num atLeast(Num x, double limit) { return select(limit > x, limit, x); }

Num polynomial(Num x, ArrayRef<double> coefficients) {
  Num result = x.constant(coefficients.front());
  for (double coefficient : coefficients.drop_front())
    result = fma(result, x, coefficient);
  return result;
}

Num inF64(Num x, function_ref<Num(Num)> body) {
  return body(x.toFloat(64)).toFloat(x.width());
}

Num oddInF64(Num x, function_ref<Num(Num)> body) {
  return inF64(x.abs(), body).flipSign(x);
}

FloatLayout::FloatLayout(Num x)
    : mantissa(x.isF64() ? 52 : 23), bias(x.isF64() ? 1023 : 127),
      rounder(x.isF64() ? 0x1.8p52 : 0x1.8p23),
      rounderBits(x.isF64() ? llvm::bit_cast<int64_t>(rounder)
                            : llvm::bit_cast<int32_t>(float(rounder))) {}

} // namespace tenon::tn

Num Num::abs() const { return {*b, math::AbsFOp::create(*b, v)}; }
Num Num::sqrt() const { return {*b, math::SqrtOp::create(*b, v)}; }
Num Num::floor() const { return {*b, math::FloorOp::create(*b, v)}; }
Num Num::trunc() const { return {*b, math::TruncOp::create(*b, v)}; }
/// The bit of the sign of floats like x.
static Num signMask(Num x) {
  return x.bits().constant(x.isF64() ? std::numeric_limits<int64_t>::min()
                                     : std::numeric_limits<int32_t>::min());
}

Num Num::copySign(Num sign) const {
  return {*b, math::CopySignOp::create(*b, v, sign)};
}
Num Num::flipSign(Num sign) const {
  return (bits() ^ (sign.bits() & signMask(sign))).asFloat();
}

Num Num::bits() const {
  return {*b,
          arith::BitcastOp::create(*b, typeOf(b->getIntegerType(width())), v)};
}
Num Num::asFloat() const {
  Type type = width() == 64 ? Type(b->getF64Type()) : b->getF32Type();
  return {*b, arith::BitcastOp::create(*b, typeOf(type), v)};
}

Num Num::shl(Num amount) const {
  return {*b, arith::ShLIOp::create(*b, v, amount)};
}
Num Num::shrLogical(Num amount) const {
  return {*b, arith::ShRUIOp::create(*b, v, amount)};
}
Num Num::shrArithmetic(Num amount) const {
  return {*b, arith::ShRSIOp::create(*b, v, amount)};
}
Num Num::shl(int64_t amount) const { return shl(constant(amount)); }
Num Num::shrLogical(int64_t amount) const {
  return shrLogical(constant(amount));
}
Num Num::shrArithmetic(int64_t amount) const {
  return shrArithmetic(constant(amount));
}

Num Num::toFloat(unsigned newWidth) const {
  if (newWidth == width())
    return *this;
  if (newWidth == 64)
    return {*b, arith::ExtFOp::create(*b, typeOf(b->getF64Type()), v)};
  return {*b, arith::TruncFOp::create(*b, typeOf(b->getF32Type()), v)};
}

Num Num::toInt(unsigned newWidth, bool isUnsigned) const {
  Type type = typeOf(b->getIntegerType(newWidth));
  if (newWidth == width())
    return *this;
  if (newWidth < width())
    return {*b, arith::TruncIOp::create(*b, type, v)};
  if (isUnsigned)
    return {*b, arith::ExtUIOp::create(*b, type, v)};
  return {*b, arith::ExtSIOp::create(*b, type, v)};
}

Num Num::intToFloat(unsigned newWidth, bool isUnsigned) const {
  Type type = typeOf(newWidth == 64 ? Type(b->getF64Type()) : b->getF32Type());
  if (width() < 32)
    return toInt(32, isUnsigned).intToFloat(newWidth, /*isUnsigned=*/false);
  if (isUnsigned)
    return {*b, arith::UIToFPOp::create(*b, type, v)};
  return {*b, arith::SIToFPOp::create(*b, type, v)};
}

Num Num::compare(arith::CmpFPredicate p, Num other) const {
  return {*b, arith::CmpFOp::create(*b, p, v, other)};
}
Num Num::compare(arith::CmpIPredicate p, Num other) const {
  return {*b, arith::CmpIOp::create(*b, p, v, other)};
}

Value Num::any() const {
  if (!lanes())
    return v;
  return vector::ReductionOp::create(*b, vector::CombiningKind::OR, v);
}
