//===- BodyStorage.cpp - Narrow floats from and to their bits -------------===//
//
// f16 converts in hardware; the others by integer arithmetic on the bits of an
// f32, from their APFloat semantics, rounding to nearest even.
//
//===----------------------------------------------------------------------===//

#include "Num.h"
#include <cmath>
#include <limits>

using namespace mlir;
using namespace tenon::tn;

namespace {
/// A float of at most 8 bits with a sign, exponent bits and mantissa bits.
struct NarrowFloat {
  explicit NarrowFloat(const llvm::fltSemantics &semantics)
      : width(APFloat::semanticsSizeInBits(semantics)),
        mantissa(APFloat::semanticsPrecision(semantics) - 1),
        bias(1 - APFloat::semanticsMinExponent(semantics)),
        hasInfinity(APFloat::semanticsHasInf(semantics)),
        hasNaN(APFloat::semanticsHasNaN(semantics)),
        largest(bitsOf(APFloat::getLargest(semantics))),
        nan(hasNaN ? bitsOf(APFloat::getQNaN(semantics)) : 0) {}

  int64_t signBit() const { return int64_t(1) << (width - 1); }
  /// There is one NaN and no -0, whose bits the NaN has.
  bool isUnsignedZero() const { return hasNaN && nan == signBit(); }

  unsigned width;
  int mantissa, bias;
  bool hasInfinity, hasNaN;
  int64_t largest, nan;

private:
  static int64_t bitsOf(const APFloat &value) {
    return value.bitcastToAPInt().getZExtValue();
  }
};
} // namespace

static constexpr double infinity = std::numeric_limits<double>::infinity();
static constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();

/// 2^(v - 127); 255 is NaN.
static Num decodeExponent(Num v) {
  Num normal = v.shl(23).asFloat();
  return select(v == 0, 0x1p-127, select(v == 255, notANumber, normal));
}

/// Rounds up; 0 and less give the least. Beyond the largest: that, or NaN.
static Num encodeExponent(Num x, bool saturate) {
  Num a = x.bits();
  Num rounded = (a + 0x7fffff).shrLogical(23);
  rounded =
      select(x > 0x1p127, rounded.constant(saturate ? 254 : 255), rounded);
  rounded = select(x <= 0x1p-127, 0, rounded);
  return select(x != x, 255, rounded);
}

static Num decode(Num v, const NarrowFloat &format) {
  Num magnitude = v & (format.signBit() - 1);
  Num sign = (v & format.signBit()).shl(32 - format.width);
  Num bits = magnitude.shl(23 - format.mantissa);
  Num value = bits.asFloat() * std::ldexp(1.0, 127 - format.bias);
  if (format.hasInfinity) {
    value = select(magnitude > format.largest, infinity, value);
    value = select(magnitude > format.largest + 1, notANumber, value);
  } else if (format.isUnsignedZero()) {
    return select(v == format.nan, notANumber, (value.bits() | sign).asFloat());
  } else if (format.hasNaN) {
    value = select(magnitude == format.nan, notANumber, value);
  }
  return (value.bits() | sign).asFloat();
}

static Num encode(Num x, const NarrowFloat &format, bool saturate) {
  Num a = x.abs(), bits = a.bits();
  unsigned dropped = 23 - format.mantissa;
  Num rounded =
      (bits + ((1 << (dropped - 1)) - 1) + (bits.shrLogical(dropped) & 1))
          .shrLogical(dropped) -
      (int64_t(127 - format.bias) << format.mantissa);
  // A sum with ulps as large as a denormal's leaves the denormal's bits.
  double unit = std::ldexp(1.0, 24 - format.bias - format.mantissa);
  Num denormal = (a + unit).bits() - a.constant(unit).bits();
  Num code = select(a < std::ldexp(1.0, 1 - format.bias), denormal, rounded);

  int64_t beyond = saturate || !format.hasNaN ? format.largest
                   : format.hasInfinity       ? format.largest + 1
                                              : format.nan;
  code = select(code > format.largest, beyond, code);
  Num sign = x.bits().shrLogical(32 - format.width) & format.signBit();
  if (format.isUnsignedZero())
    code = select(code == 0, 0, code | sign);
  else
    code = code | sign;
  // Without a NaN, what ml_dtypes gives.
  return select(x != x, format.hasNaN ? format.nan : format.signBit(), code);
}

static Num decodeBFloat(Num v) { return v.shl(16).asFloat(); }

static Num encodeBFloat(Num x) {
  Num bits = x.bits();
  Num rounded = bits + 0x7fff + (bits.shrLogical(16) & 1);
  return select(x != x, bits | 0x400000, rounded).shrLogical(16);
}

/// f64 to f32 such that rounding again, to fewer bits, is as rounding once:
/// an inexact result gets an odd last bit.
static Num toFloatOdd(Num x) {
  Num y = x.toFloat(32), back = y.toFloat(64), bits = y.bits();
  Num isInexact = (back != x) & (x == x);
  Num isEven = (bits & 1) == 0;
  Num away = back.abs() > x.abs();
  Num odd = bits + select(away, bits.constant(-1), 1);
  return select(isInexact & isEven, odd, bits).asFloat();
}

Value BodyBuilder::fromStorage(Value stored, Type element) {
  Num v(b, stored);
  if (element.isF64() || element.isF32())
    return stored;
  if (element.isF16())
    return arith::ExtFOp::create(b, v.typeOf(b.getF32Type()), stored);
  if (auto type = dyn_cast<FloatType>(element)) {
    Num wide = v.toInt(32, /*isUnsigned=*/true);
    if (element.isBF16())
      return decodeBFloat(wide);
    if (isa<Float8E8M0FNUType>(element))
      return decodeExponent(wide);
    return decode(wide, NarrowFloat(type.getFloatSemantics()));
  }
  if (element.isInteger(1))
    return v != 0;
  if (auto type = dyn_cast<IntegerType>(element); type && type.getWidth() < 8)
    return v.toInt(type.getWidth(), /*isUnsigned=*/false);
  return stored;
}

Value BodyBuilder::toStorage(Value computed, Type element, bool saturate) {
  Num x(b, computed);
  if (element.isF64() || element.isF32())
    return computed;
  if (auto type = dyn_cast<FloatType>(element)) {
    if (x.isF64())
      x = toFloatOdd(x);
    if (element.isF16())
      return arith::TruncFOp::create(b, x.typeOf(element), x);
    if (element.isBF16())
      return encodeBFloat(x).toInt(16, /*isUnsigned=*/true);
    if (isa<Float8E8M0FNUType>(element))
      return encodeExponent(x, saturate).toInt(8, /*isUnsigned=*/true);
    return encode(x, NarrowFloat(type.getFloatSemantics()), saturate)
        .toInt(8, /*isUnsigned=*/true);
  }
  if (auto type = dyn_cast<IntegerType>(element); type && type.getWidth() < 8)
    return x.toInt(8, type.isUnsigned() || type.getWidth() == 1);
  return computed;
}
