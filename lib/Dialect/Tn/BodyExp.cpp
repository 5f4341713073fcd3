//===- BodyExp.cpp - exp and what is made of it ---------------------------===//
//
// exp(x) = 2^n * exp(r), n = round(x / ln 2), |r| <= ln(2) / 2. Coefficients
// are minimax fits (weighted least squares, reweighted) of relative error.
//
//===----------------------------------------------------------------------===//

#include "Num.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace tenon::tn;

namespace {
/// exp(x) as 2^n * p; n also as an integer in the low bits of `shifted`.
struct Scaled {
  Num p, n, shifted;
};
} // namespace

/// `x` must lie within what the exponent of its type can hold, or be NaN.
static Scaled expScaled(Num x) {
  FloatLayout layout(x);
  Num shifted = fma(x, 0x1.71547652b82fep+0, x.constant(layout.rounder));
  Num n = shifted - layout.rounder;
  if (x.isF64()) {
    Num r = fma(n, -0x1.62e42fefa39efp-1, x);
    r = fma(n, -0x1.abc9e3b39803fp-56, r);
    Num p = polynomial(r, {2.0869069349520255e-09, 2.511468244429767e-08,
                           2.7557431374810575e-07, 2.755722713846988e-06,
                           2.4801587130683002e-05, 0.00019841269904281717,
                           0.0013888888888984282, 0.008333333333313752,
                           0.04166666666666649, 0.16666666666666688, 0.5, 1.0,
                           1.0});
    return {p, n, shifted};
  }
  Num r = fma(n, -0x1.62e43p-1, x);
  r = fma(n, 0x1.05c61p-29, r);
  Num p = polynomial(r, {0.00138278282, 0.00837008841, 0.0416682176,
                         0.166665092, 0.49999994, 1.0, 1.0});
  return {p, n, shifted};
}

/// 2^k for an integer k, a normal number.
static Num powerOfTwo(Num k, const FloatLayout &layout) {
  return (k + layout.bias).shl(layout.mantissa).asFloat();
}

/// exp(x) for x that neither overflows nor leaves the normal numbers.
static Num expNormal(Num x) {
  Scaled s = expScaled(x);
  return s.p * powerOfTwo(s.shifted.bits(), FloatLayout(x));
}

/// exp(x), after x was clamped to [-104, 89], in f64 [-746, 710].
static Num expClamped(Num x, const BodyFeatures &features) {
  Scaled s = expScaled(x);
  if (features.scaleByPowerOfTwo && !x.isF64() &&
      x.lanes() == features.scaleLanes)
    return {x.builder(), features.scaleByPowerOfTwo(x.builder(), s.p, s.n)};
  // Two steps: 2^n alone may be no normal number.
  FloatLayout layout(x);
  Num n = s.shifted.bits() - layout.rounderBits;
  Num half = n.shrArithmetic(1);
  return s.p * powerOfTwo(half, layout) * powerOfTwo(n - half, layout);
}

static double lowestExponent(Num x) { return x.isF64() ? -746.0 : -104.0; }

Value BodyBuilder::exp(Value value) {
  Num x(b, value);
  x = atLeast(atMost(x, x.isF64() ? 710.0 : 89.0), lowestExponent(x));
  return expClamped(x, features);
}

Value BodyBuilder::sigmoid(Value value) {
  // exp(-|x|) never overflows; of x < 0 it keeps tiny results accurate.
  Num x(b, value);
  Num t = expClamped(atLeast(-x.abs(), lowestExponent(x)), features);
  return select(x < 0, t, 1) / (t + 1);
}

Value BodyBuilder::tanh(Value value) {
  Num x(b, value), a = x.abs(), z = a * a;
  Num e = expNormal(atMost(a + a, x.isF64() ? 40.0 : 20.0));
  Num p = x.isF64()
              ? polynomial(z, {-1.9015759575949393e-05, 8.254425320504696e-05,
                               -0.00023284549868355286, 0.0005882349113623782,
                               -0.001455492184395468, 0.0035920842051894056,
                               -0.008863231830693657, 0.02186948833901424,
                               -0.05396825396212804, 0.13333333333323805,
                               -0.3333333333333328})
              : polynomial(z, {0.0162728149, -0.0525861531, 0.133194059,
                               -0.333328903});
  return select(a < 0.55, fma(p * z, a, a), 1 - 2 / (e + 1)).copySign(x);
}

Value BodyBuilder::sinh(Value value) {
  return oddInF64(Num(b, value), [&](Num a) {
    // exp(a / 2) does not overflow where sinh does not.
    Num root(b, exp(a * 0.5)), half = root * 0.5 * root;
    Num z = a * a;
    Num p = polynomial(z, {7.766928347611391e-13, 1.6056968481225537e-10,
                           2.505212723583521e-08, 2.755731912825697e-06,
                           0.00019841269841536712, 0.008333333333332965,
                           0.16666666666666669});
    return select(a < 1, fma(p * z, a, a), half - 0.25 / half);
  });
}

Value BodyBuilder::cosh(Value value) {
  return inF64(Num(b, value), [&](Num x) {
    Num root(b, exp(x.abs() * 0.5)), half = root * 0.5 * root;
    return half + 0.25 / half;
  });
}

Value BodyBuilder::erf(Value value) {
  // Near 0 an odd polynomial, else 1 - exp(q(|x|)) with q = ln(1 - erf).
  Num x(b, value), a = x.abs(), z = x * x;
  Num limited = atMost(a, x.isF64() ? 6.0 : 4.0);
  Num p = x, q = x;
  if (x.isF64()) {
    p = polynomial(z, {-8.160874861377974e-10, 1.3897748834972817e-08,
                       -1.624571887300775e-07, 1.6451814582546018e-06,
                       -1.4925056238276983e-05, 0.00012055309686992936,
                       -0.0008548326408386894, 0.005223977614823834,
                       -0.026866170643997916, 0.11283791670948355,
                       -0.37612638903183565, 0.12837916709551256});
    q = polynomial(
        limited,
        {1.2837074001706235e-12, -5.7699926783917995e-11, 1.214315200056045e-09,
         -1.588554005043717e-08, 1.444504510628832e-07, -9.650433545139423e-07,
         4.860077796947413e-06, -1.8449272267957636e-05, 5.0591559053918756e-05,
         -8.306062501927408e-05, -2.1662235525105007e-05, 0.0006075170783216089,
         -0.0017303327054750033, 0.00024583501298707416, 0.019101850591649823,
         -0.1027591822337351, -0.6366243233162975, -1.1283782295985636,
         -8.89456295779955e-08});
  } else {
    p = polynomial(z, {-0.000595958962, 0.00498735299, -0.0267629661,
                       0.11281731, -0.376124889, 0.128379151});
    q = polynomial(limited, {-2.11620427e-05, 0.000435230671, -0.00417475961,
                             0.0251291115, -0.108295009, -0.633333385,
                             -1.12952161, 0.000176071495});
  }
  Num large = (1 - expNormal(q)).copySign(x);
  return select(a < 0.927, fma(p, x, x), large);
}
