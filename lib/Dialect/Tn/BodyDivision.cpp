//===- BodyDivision.cpp - Quotients and remainders that never trap --------===//
//
// Lanes beyond the data hold anything, so integer divisors are made safe in
// every lane: 0, and -1 below the least integer, become 1.
//
//===----------------------------------------------------------------------===//

#include "Num.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
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

Value BodyBuilder::div(Value lhs, Value rhs, bool isUnsigned) {
  Num x(b, lhs), y(b, rhs);
  if (x.isFloat())
    return x / y;
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
