//===- BodyDivision.cpp - Quotients and remainders that never trap --------===//
//
// Lanes beyond the data hold anything, so integer divisors are made safe in
// every lane: 0, and -1 below the least integer, become 1. Floats divided by a
// constant are multiplied by its reciprocal and corrected.
//
//===----------------------------------------------------------------------===//

#include "Num.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include <cstdlib>
#include <limits>

using namespace mlir;
using namespace tenon::tn;

static Num safeDivisor(Num x, Num y, bool isUnsigned) {
  Num isUnsafe = y == 0;
  if (!isUnsigned) {
    int64_t least = std::numeric_limits<int64_t>::min() >> (64 - x.width());
    isUnsafe = isUnsafe | ((x == least) & (y == -1));
  }
  return select(isUnsafe, 1, y);
}

/// |x| modulo |y|, exactly; NaN where fmod is.
static Num floatRemainder(Num x, Num y, bool isNarrow) {
  ImplicitLocOpBuilder &b = x.builder();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  Num a = x.abs(), d = y.abs();
  Num isValid = (a < infinity) & (d > 0);
  d = select(isValid, d, 1);
  // Subtracts a multiple of d, of 27 bits, until less than d is left: the
  // products and differences are exact. The quotient may be one too large,
  // then r becomes negative and less than d in size.
  auto loop = scf::WhileOp::create(
      b, TypeRange{x.type()}, ValueRange{select(isValid, a, 0)},
      [&](OpBuilder &, Location, ValueRange state) {
        Value more = (Num(b, state[0]).abs() >= d).any();
        scf::ConditionOp::create(b, more, state);
      },
      [&](OpBuilder &, Location, ValueRange state) {
        Num r(b, state[0]), t = d;
        // Keeps the quotient finite.
        for (int step = 0; step < (isNarrow ? 0 : 3); ++step)
          t = select(r.abs() > t * 0x1p500, t * 0x1p500, t);
        Num quotient = ((r / t).bits() & ~((int64_t(1) << 26) - 1)).asFloat();
        Num less = fma(-quotient.trunc(), t, r);
        scf::YieldOp::create(b, ValueRange{select(r.abs() >= d, less, r)});
      });
  Num r(b, loop.getResult(0));
  return select(isValid, select(r < 0, r + d, r),
                std::numeric_limits<double>::quiet_NaN());
}

/// x / divisor, correctly rounded unless it over- or underflows: a division
/// takes some ten times as long. (Markstein: a quotient that is off by a unit,
/// plus its exact remainder times the rounded reciprocal, rounds correctly.)
static Num divideByConstant(Num x, const APFloat &divisor) {
  APFloat reciprocal(divisor.getSemantics(), 1);
  reciprocal.divide(divisor, APFloat::rmNearestTiesToEven);
  Num r = x.constant(reciprocal.convertToDouble());
  Num q = x * r;
  if (divisor.getExactInverse(nullptr))
    return q;
  Num d = x.constant(divisor.convertToDouble());
  Num corrected = fma(-fma(q, d, -x), r, q);
  // Infinities have no remainder.
  return select(corrected == corrected, corrected, q);
}

/// Whether divideByConstant is right: the sign of a zero remainder, and
/// exponents far from both ends.
static bool isGoodDivisor(const APFloat &d) {
  return d.isFiniteNonZero() && !d.isNegative() && std::abs(ilogb(d)) < 60;
}

Value BodyBuilder::div(Value lhs, Value rhs, bool isUnsigned) {
  Num x(b, lhs), y(b, rhs);
  if (x.isFloat()) {
    std::optional<APFloat> divisor = constantFloat(rhs);
    return divisor && isGoodDivisor(*divisor) ? divideByConstant(x, *divisor)
                                              : x / y;
  }
  Num divisor = safeDivisor(x, y, isUnsigned);
  Num quotient = isUnsigned ? Num(b, arith::DivUIOp::create(b, x, divisor))
                            : Num(b, arith::DivSIOp::create(b, x, divisor));
  return select(y == 0, 0, quotient);
}

Value BodyBuilder::rem(Value lhs, Value rhs, bool isUnsigned) {
  Num x(b, lhs), y(b, rhs);
  if (x.isFloat())
    return floatRemainder(x.toFloat(64), y.toFloat(64), !x.isF64())
        .toFloat(x.width())
        .copySign(x);
  Num divisor = safeDivisor(x, y, isUnsigned);
  if (isUnsigned)
    return arith::RemUIOp::create(b, x, divisor);
  return arith::RemSIOp::create(b, x, divisor);
}

Value BodyBuilder::mod(Value lhs, Value rhs, bool isUnsigned) {
  Num x(b, lhs), y(b, rhs), r(b, rem(lhs, rhs, isUnsigned));
  if (x.isFloat()) {
    Num differ = (r < 0) ^ (y < 0);
    return select(r == 0, r.copySign(y), select(differ, r + y, r));
  }
  if (isUnsigned)
    return r;
  return select((r != 0) & ((r ^ y) < 0), r + y, r);
}
