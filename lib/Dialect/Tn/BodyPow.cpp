//===- BodyPow.cpp - Powers of floats and of integers ---------------------===//
//
// Floats: |x|^y = exp(y * ln|x|), then C99's rules for signs, zeros and
// infinities. A relative error of the logarithm grows by y * ln|x|, up to 745:
// f64 uses the extended logarithm, f32 computes in f64.
//
//===----------------------------------------------------------------------===//

#include "Num.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include <limits>

using namespace mlir;
using namespace tenon::tn;

/// a^y of f64, a >= 0, to 1e-15.
static Num powExtended(BodyBuilder &k, Num a, Num y) {
  auto [high, low] = logExtended(a);
  Num p = y * high;
  Num pLow = fma(y, low, fma(y, high, -p));
  // Where the result over- or underflows the low part may be no number.
  pLow = select(p.abs() < 800, pLow, 0);
  return Num(p.builder(), k.exp(p)) * (1 + pLow);
}

static Num powFloat(BodyBuilder &k, Num x, Num y, bool extended) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();
  Num a = x.abs();
  Num result = extended
                   ? powExtended(k, a, y)
                   : Num(x.builder(), k.exp(y * Num(x.builder(), k.log(a))));
  Num half = y * 0.5;
  Num isInteger = y.floor() == y;
  Num isOdd = isInteger & (half.floor() != half);
  result = select(isOdd & (x.bits() < 0), -result, result);
  Num noPower = (x < 0) & (a < infinity) & (y.floor() < y);
  result = select(noPower, notANumber, result);
  Num isOne = (x == 1) | (y == 0) | ((a == 1) & (y.abs() == infinity));
  return select(isOne, 1, result);
}

/// x^n by squaring, until the exponents of all lanes are used up. A negative
/// exponent gives what 1 / x^-n truncates to, and 0 for x = 0.
static Num powInteger(Num x, Num n, bool isUnsigned) {
  ImplicitLocOpBuilder &b = x.builder();
  auto loop = scf::WhileOp::create(
      b, TypeRange{x.type(), x.type(), n.type()},
      ValueRange{x.constant(1), x, n},
      [&](OpBuilder &, Location, ValueRange state) {
        Value more = (Num(b, state[2]) != 0).any();
        scf::ConditionOp::create(b, more, state);
      },
      [&](OpBuilder &, Location, ValueRange state) {
        Num result(b, state[0]), square(b, state[1]), rest(b, state[2]);
        Num odd = (rest & 1) != 0;
        scf::YieldOp::create(b,
                             ValueRange{select(odd, result * square, result),
                                        square * square, rest.shrLogical(1)});
      });
  Num result(b, loop.getResult(0));
  if (isUnsigned)
    return result;
  Num isUnit = (x == 1) | (x == -1);
  return select((n >= 0) | isUnit, result, 0);
}

Value BodyBuilder::pow(Value base, Value exponent, bool isUnsigned) {
  Num x(b, base), y(b, exponent);
  if (!x.isFloat())
    return powInteger(x, y, isUnsigned);
  if (x.isF64())
    return powFloat(*this, x, y, /*extended=*/true);
  return powFloat(*this, x.toFloat(64), y.toFloat(64), /*extended=*/false)
      .toFloat(32);
}
