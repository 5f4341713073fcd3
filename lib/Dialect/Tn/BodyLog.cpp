//===- BodyLog.cpp - log, and the inverse hyperbolic functions ------------===//
//
// ln(x) = e * ln(2) + ln(1 + f) with x = 2^e * (1 + f), sqrt(1/2) <= 1 + f <
// sqrt(2).
//
//===----------------------------------------------------------------------===//

#include "Num.h"
#include <limits>

using namespace mlir;
using namespace tenon::tn;

static constexpr double infinity = std::numeric_limits<double>::infinity();
static constexpr double notANumber = std::numeric_limits<double>::quiet_NaN();
/// ln(2) with 32 bits, so that times an exponent it is exact, and the rest.
static constexpr double ln2High = 0x1.62e42feep-1;
static constexpr double ln2Low = 0x1.a39ef35793c76p-33;

namespace {
struct Decomposed {
  Num e, f;
};
} // namespace

/// x = 2^e * (1 + f) of a positive finite x, denormals too.
static Decomposed decompose(Num x) {
  FloatLayout layout(x);
  double leastNormal = x.isF64() ? 0x1p-1022 : 0x1p-126;
  double lift = x.isF64() ? 0x1p54 : 0x1p25;
  Num tiny = x < leastNormal;
  Num bits = select(tiny, x * lift, x).bits();
  int64_t root = x.isF64() ? 0x3fe6a09e667f3bcd : 0x3f3504f3;
  Num exponent = (bits - root).shrArithmetic(layout.mantissa);
  Num f = (bits - exponent.shl(layout.mantissa)).asFloat() - 1;
  // The way an integer becomes a float without a conversion, which AVX2 lacks.
  Num e = (exponent + layout.rounderBits).asFloat() - layout.rounder;
  return {e - select(tiny, x.constant(x.isF64() ? 54.0 : 25.0), 0), f};
}

/// (ln((1 + s) / (1 - s)) - 2 s) / s with z = s^2, in f64.
static Num oddRest(Num z) {
  return z * polynomial(z, {0.1324767455069422, 0.1325080342728847,
                            0.15387044428335836, 0.1818177720237258,
                            0.22222222619441265, 0.28571428569345886,
                            0.4000000000000505, 0.6666666666666666});
}

/// `result` where x is a positive number, what C99 says elsewhere.
static Num logOutside(Num x, Num result) {
  result = select(x == infinity, x, result);
  return select(x > 0, result,
                select(x == 0, x.constant(-infinity), notANumber));
}

Value BodyBuilder::log(Value value) {
  Num x(b, value);
  auto [e, f] = decompose(x);
  Num square = f * f;
  if (x.isF64()) {
    Num s = f / (f + 2), half = square * 0.5;
    Num rest = fma(e, ln2Low, s * (half + oddRest(s * s)));
    return logOutside(x, fma(e, ln2High, f - (half - rest)));
  }
  Num p = polynomial(f, {0.0678926557, -0.117238201, 0.118948549, -0.123976775,
                         0.142175421, -0.166684046, 0.200022414, -0.25000003,
                         0.333333105});
  Num rest = fma(e, -0x1.05c61p-29, f * square * p);
  rest = fma(square, -0.5, rest);
  return logOutside(x, fma(e, 0x1.62e43p-1, f + rest));
}

TwoNum tenon::tn::logExtended(Num x) {
  auto [e, f] = decompose(x);
  // s = f / (2 + f) in two parts; the sum 1 + (1 + f) is not exact.
  Num m = f + 1, sum = m + 1, sumLow = m - (sum - 1);
  Num s = f / sum;
  Num sLow = fma(-s, sumLow, fma(-s, sum, f)) / sum;
  Num big = e * ln2High;
  Num head = fma(s, 2.0, big);
  Num tail = fma(s, 2.0, big - head) +
             fma(e, ln2Low, fma(s, oddRest(s * s), sLow * 2));
  Num high = head + tail, low = tail - (high - head);
  high = select(x == 0, -infinity, select(x < infinity, high, x));
  return {high, low};
}

/// ln(1 + x) in f64, accurate for small x.
static Num log1p(BodyBuilder &k, Num x) {
  Num u = x + 1, back = u - 1;
  Num lost = (1 - (u - back)) + (x - back);
  Num log(x.builder(), k.log(u));
  return select(u == infinity, x, log + lost / u);
}

/// ln(x + sqrt(x^2 +- 1)): log1p(small), and ln(2 x) where that is the same.
static Num logOfSum(BodyBuilder &k, Num x, Num small) {
  constexpr double ln2 = 0x1.62e42fefa39efp-1;
  Num isLarge = x > 0x1p28;
  return log1p(k, select(isLarge, x - 1, small)) +
         select(isLarge, x.constant(ln2), 0);
}

Value BodyBuilder::asinh(Value value) {
  return oddInF64(Num(b, value), [&](Num a) {
    Num z = a * a;
    return logOfSum(*this, a, a + z / ((z + 1).sqrt() + 1));
  });
}

Value BodyBuilder::acosh(Value value) {
  return inF64(Num(b, value), [&](Num x) {
    Num t = x - 1;
    Num result = logOfSum(*this, x, t + fma(t, t, t * 2).sqrt());
    return select(x < 1, notANumber, result);
  });
}

Value BodyBuilder::atanh(Value value) {
  return oddInF64(Num(b, value),
                  [&](Num a) { return log1p(*this, (a + a) / (1 - a)) * 0.5; });
}
