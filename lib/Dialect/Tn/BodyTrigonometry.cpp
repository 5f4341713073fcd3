//===- BodyTrigonometry.cpp - sin, cos, tan and their inverses ------------===//
//
// |x| = q * pi/2 + r with |r| <= pi/4. Up to a limit, r is x minus q times
// pi/2 in three parts: the first difference is exact, so r is good even next
// to multiples of pi/2. Beyond it (a branch, rarely taken) each lane multiplies
// its mantissa by the 192 bits of 2/pi that matter (Payne and Hanek 1983).
//
//===----------------------------------------------------------------------===//

#include "Num.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <limits>

using namespace mlir;
using namespace tenon::tn;

static constexpr double halfPi = 0x1.921fb54442d18p+0;
static constexpr double infinity = std::numeric_limits<double>::infinity();

namespace {
struct Reduced {
  Num r;
  Num quadrant; ///< an integer of r's width; its two low bits matter
};
} // namespace

static Reduced reduceSmall(Num a) {
  FloatLayout layout(a);
  Num shifted = fma(a, 0x1.45f306dc9c883p-1, a.constant(layout.rounder));
  Num n = shifted - layout.rounder;
  if (a.isF64()) {
    Num r = fma(n, -0x1.921fb54442d18p+0, a);
    r = fma(n, -0x1.1a62633145c07p-54, r);
    return {fma(n, 0x1.f1976b7ed8fbcp-110, r), shifted.bits()};
  }
  Num r = fma(n, -0x1.921fb6p+0, a);
  r = fma(n, 0x1.777a5cp-25, r);
  return {fma(n, 0x1.ee59dap-50, r), shifted.bits()};
}

/// The bits of 2/pi, after 64 zeros.
static constexpr uint64_t twoOverPi[] = {
    0x0000000000000000, 0xa2f9836e4e441529, 0xfc2757d1f534ddc0,
    0xdb6295993c439041, 0xfe5163abdebbc561, 0xb7246e3a424dd2e0,
    0x06492eea09d1921c, 0xfe1deb1cb129a73e, 0xe88235f52ebb4484,
    0xe99c7026b45f7e41, 0x3991d639835339f4, 0x9c845f8bbdf9283b,
    0x1ff897ffde05980f, 0xef2f118b5a0a6d1f, 0x6d367ecf27cb09b7,
    0x4f463f669e5fea2d, 0x7527bac7ebe5f17b, 0x3d0739f78a5292ea,
    0x6bfb5fb11f8d5d08, 0x56033046fc7b6bab};

/// Of one f64 >= 1.
static Reduced reduceLarge(Num x) {
  ImplicitLocOpBuilder &b = x.builder();
  auto tableType =
      VectorType::get({int64_t(std::size(twoOverPi))}, b.getI64Type());
  Value table = arith::ConstantOp::create(
      b, DenseElementsAttr::get(tableType, ArrayRef<uint64_t>(twoOverPi)));

  // x = m * 2^e. Bits of 2/pi that times 2^e are multiples of 4 do not count.
  Num bits = x.bits();
  Num e = bits.shrLogical(52) - 1075;
  Num m = (bits & 0xfffffffffffff) | 0x10000000000000;
  Num position = e + 62;
  Num index = position.shrLogical(6), shift = position & 63;
  auto word = [&](int64_t i) {
    Num w[] = {index + i, index + i + 1};
    for (Num &at : w) {
      Value entry = arith::IndexCastOp::create(b, b.getIndexType(), at);
      at = {b, vector::ExtractOp::create(b, table, entry)};
    }
    return w[0].shl(shift) | w[1].shrLogical(1).shrLogical(63 - shift);
  };
  auto low = arith::MulUIExtendedOp::create(b, m, word(2));
  auto middle = arith::MulUIExtendedOp::create(b, m, word(1));
  Num fraction = Num(b, middle.getLow()) + Num(b, low.getHigh());
  Num carry =
      fraction.compare(arith::CmpIPredicate::ult, Num(b, middle.getLow()));
  Num top = m * word(0) + Num(b, middle.getHigh()) +
            carry.toInt(64, /*isUnsigned=*/true);

  Num quadrant = (top + (int64_t(1) << 61)).shrLogical(62);
  Num r = (top - quadrant.shl(62)).intToFloat(64, /*isUnsigned=*/false);
  Num rest = fraction.intToFloat(64, /*isUnsigned=*/true);
  r = fma(rest, 0x1p-126, r * 0x1p-62);
  return {r * halfPi, quadrant};
}

/// Replaces the lanes of `small` where `isLarge` says so.
static Reduced reduceLargeLanes(Num a, Num isLarge, Reduced small) {
  ImplicitLocOpBuilder &b = a.builder();
  Num safe = select(isLarge, a, 1);
  auto reduce = [&](Num x) -> Reduced {
    Reduced large = reduceLarge(x.toFloat(64));
    return {large.r.toFloat(a.width()),
            large.quadrant.toInt(a.width(), /*isUnsigned=*/true)};
  };
  Reduced large = small;
  if (!a.lanes()) {
    large = reduce(safe);
  } else {
    Value zero = arith::ConstantIndexOp::create(b, 0);
    Value one = arith::ConstantIndexOp::create(b, 1);
    Value lanes = arith::ConstantIndexOp::create(b, a.lanes());
    auto loop = scf::ForOp::create(
        b, zero, lanes, one, ValueRange{small.r, small.quadrant},
        [&](OpBuilder &, Location, Value lane, ValueRange state) {
          Reduced one = reduce({b, vector::ExtractOp::create(b, safe, lane)});
          Value r = vector::InsertOp::create(b, one.r, state[0], lane);
          Value q = vector::InsertOp::create(b, one.quadrant, state[1], lane);
          scf::YieldOp::create(b, ValueRange{r, q});
        });
    large = {{b, loop.getResult(0)}, {b, loop.getResult(1)}};
  }
  Num r = select(isLarge, large.r, small.r);
  return {select(a == infinity, std::numeric_limits<double>::quiet_NaN(), r),
          select(isLarge, large.quadrant, small.quadrant)};
}

static Reduced reduce(Num a) {
  ImplicitLocOpBuilder &b = a.builder();
  Reduced small = reduceSmall(a);
  Num isLarge = a > (a.isF64() ? 0x1p30 : 0x1p17);
  auto yield = [&](Reduced reduced) {
    scf::YieldOp::create(b, ValueRange{reduced.r, reduced.quadrant});
  };
  auto branch = scf::IfOp::create(
      b, isLarge.any(),
      [&](OpBuilder &, Location) {
        yield(reduceLargeLanes(a, isLarge, small));
      },
      [&](OpBuilder &, Location) { yield(small); });
  return {{b, branch.getResult(0)}, {b, branch.getResult(1)}};
}

static Num sinOfReduced(Num r) {
  Num z = r * r;
  Num p = r.isF64()
              ? polynomial(z, {-7.504023957671148e-13, 1.6056610556355248e-10,
                               -2.505208855454298e-08, 2.755731913787168e-06,
                               -0.00019841269841070137, 0.008333333333333108,
                               -0.16666666666666666})
              : polynomial(z, {2.78949233e-06, -0.000198489681, 0.00833337009,
                               -0.166666672});
  return fma(p * z, r, r);
}

static Num cosOfReduced(Num r) {
  Num z = r * r;
  Num p = r.isF64()
              ? polynomial(z, {-1.1352780510334353e-11, 2.0875589577873288e-09,
                               -2.7557313361387586e-07, 2.4801587286028455e-05,
                               -0.001388888888886856, 0.04166666666666657})
              : polynomial(z, {2.44127204e-05, -0.00138871337, 0.0416666418});
  return fma(z * z, p, fma(z, -0.5, z.constant(1)));
}

/// sin(r + quadrant * pi/2).
static Num sinOfQuadrant(Reduced reduced) {
  auto [r, quadrant] = reduced;
  Num result = select((quadrant & 1) != 0, cosOfReduced(r), sinOfReduced(r));
  Num sign = (quadrant & 2).shl(r.width() - 2);
  return (result.bits() ^ sign).asFloat();
}

Value BodyBuilder::sin(Value value) {
  Num x(b, value);
  return sinOfQuadrant(reduce(x.abs())).flipSign(x);
}

Value BodyBuilder::cos(Value value) {
  auto [r, quadrant] = reduce(Num(b, value).abs());
  return sinOfQuadrant({r, quadrant + 1});
}

Value BodyBuilder::tan(Value value) {
  return oddInF64(Num(b, value), [](Num a) {
    auto [r, quadrant] = reduce(a);
    Num s = sinOfReduced(r), c = cosOfReduced(r);
    Num odd = (quadrant & 1) != 0;
    return select(odd, c, s) / select(odd, -s, c);
  });
}

Value BodyBuilder::atan(Value value) {
  // Of a, -1/a or (a - 1) / (a + 1), whichever is within tan(pi/8).
  return oddInF64(Num(b, value), [](Num a) {
    Num isLarge = a > 2.414213562373095, isMiddle = a > 0.4142135623730951;
    Num above = select(isLarge, a.constant(-1), select(isMiddle, a - 1, a));
    Num below = select(isLarge, a, select(isMiddle, a + 1, 1));
    Num base = select(isLarge, a.constant(halfPi),
                      select(isMiddle, a.constant(halfPi / 2), 0));
    Num t = above / below, z = t * t;
    Num p = polynomial(
        z, {-0.017903689467896815, 0.03806184968173984, -0.050392188997491545,
            0.058478751651822876, -0.06663102819424493, 0.07692060173710044,
            -0.09090897759525991, 0.11111110783685425, -0.14285714280205025,
            0.19999999999953724, -0.333333333333332});
    return base + fma(p * z, t, t);
  });
}

/// asin(a) of 0 <= a <= 1/2, else asin(sqrt((1 - a) / 2)); NaN beyond 1.
static Num arcSineHalf(Num a, Num isLarge) {
  Num z = select(isLarge, (1 - a) * 0.5, a * a);
  Num s = select(isLarge, z.sqrt(), a);
  Num p = polynomial(
      z, {0.03206683318472728, -0.01644873458827492, 0.01967066788078308,
          0.006476183843599967, 0.012181127949176612, 0.013883430171800243,
          0.017359886449075285, 0.022371746085897367, 0.03038195963175741,
          0.044642856816457056, 0.07500000000351195, 0.1666666666666535});
  return fma(p * z, s, s);
}

Value BodyBuilder::asin(Value value) {
  return oddInF64(Num(b, value), [](Num a) {
    Num isLarge = a > 0.5;
    Num t = arcSineHalf(a, isLarge);
    return select(isLarge, halfPi - (t + t), t);
  });
}

Value BodyBuilder::acos(Value value) {
  return inF64(Num(b, value), [](Num x) {
    Num a = x.abs(), isLarge = a > 0.5;
    Num t = arcSineHalf(a, isLarge);
    Num isNegative = x < 0;
    return select(isLarge, select(isNegative, 2 * halfPi - (t + t), t + t),
                  select(isNegative, halfPi + t, halfPi - t));
  });
}
