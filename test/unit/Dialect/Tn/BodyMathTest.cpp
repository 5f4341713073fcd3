//===- BodyMathTest.cpp - How exact the functions of bodies are -----------===//
//
// f32 against libm's f64 in units in the last place, over all bit patterns by
// a stride; f64 against libm's long double, relatively. `[sweep]` (hidden) is
// the same, dense, and prints what it measured.
//
//===----------------------------------------------------------------------===//

#include "BodyJit.h"
#include <chrono>
#include <cmath>
#include <random>

using namespace mlir;
using namespace tenon;
using namespace tenon::test;
using tn::BodyBuilder;

namespace {
struct MathFunction {
  const char *name;
  Value (BodyBuilder::*emit)(Value);
  double (*narrow)(double);
  long double (*wide)(long double);
  double ulps; ///< bound for f32
};
} // namespace

template <typename T> static T sigmoidOf(T x) { return 1 / (1 + std::exp(-x)); }

static const MathFunction functions[] = {
    {"exp", &BodyBuilder::exp, std::exp, expl, 1.5},
    {"log", &BodyBuilder::log, std::log, logl, 1.5},
    {"sin", &BodyBuilder::sin, std::sin, sinl, 2.0},
    {"cos", &BodyBuilder::cos, std::cos, cosl, 2.0},
    {"tan", &BodyBuilder::tan, std::tan, tanl, 0.51},
    {"asin", &BodyBuilder::asin, std::asin, asinl, 0.51},
    {"acos", &BodyBuilder::acos, std::acos, acosl, 0.51},
    {"atan", &BodyBuilder::atan, std::atan, atanl, 0.51},
    {"sinh", &BodyBuilder::sinh, std::sinh, sinhl, 0.51},
    {"cosh", &BodyBuilder::cosh, std::cosh, coshl, 0.51},
    {"tanh", &BodyBuilder::tanh, std::tanh, tanhl, 2.0},
    {"asinh", &BodyBuilder::asinh, std::asinh, asinhl, 0.51},
    {"acosh", &BodyBuilder::acosh, std::acosh, acoshl, 0.51},
    {"atanh", &BodyBuilder::atanh, std::atanh, atanhl, 0.51},
    {"erf", &BodyBuilder::erf, std::erf, erfl, 2.0},
    {"sigmoid", &BodyBuilder::sigmoid, sigmoidOf<double>,
     sigmoidOf<long double>, 2.5},
};

/// The error of `got` in units in the last place of f32; negative where it is
/// NaN, infinite or of another sign of zero and should not be.
static double ulpError(float got, double expected) {
  if (std::isnan(expected) || std::isnan(got))
    return std::isnan(expected) && std::isnan(got) ? 0 : -1;
  if (float(expected) == got)
    return expected == 0 && std::signbit(expected) != std::signbit(got) ? -1
                                                                        : 0;
  if (std::isinf(expected) || std::isinf(got))
    // An ulp below where results become infinite, either is right.
    return std::abs(expected) > 0x1.fffffcp127 &&
                   std::abs(expected) < 0x1.000002p128
               ? 0
               : -1;
  int exponent = std::max(std::ilogb(expected), -126);
  return std::abs(got - expected) / std::ldexp(1.0, exponent - 23);
}

static double relativeError(double got, long double expected) {
  if (std::isnan(expected) || std::isnan(got))
    return std::isnan(expected) && std::isnan(got) ? 0 : -1;
  if (double(expected) == got)
    return expected == 0 && std::signbit(expected) != std::signbit(got) ? -1
                                                                        : 0;
  if (std::isinf(got) || std::isinf(double(expected)))
    return std::abs(expected) > 0x1.ffffffffffff0p1023L &&
                   std::abs(expected) < 0x1.00000000001p1024L
               ? 0
               : -1;
  // A denormal has less to lose.
  return double(std::abs(got - expected) /
                std::max(std::abs(expected), 0x1p-1022L));
}

template <typename T> static T fromBits(auto bits) {
  return llvm::bit_cast<T>(bits);
}

static void addAll(BodyJit &jit) {
  for (const MathFunction &f : functions)
    for (Type type : {Type(Float32Type::get(jit.getContext())),
                      Type(Float64Type::get(jit.getContext()))})
      jit.add(f.name + std::string(type.isF64() ? "64" : "32"), type, type,
              [&](BodyBuilder &k, ValueRange x) { return (k.*f.emit)(x[0]); });
}

namespace {
struct Worst {
  double error = 0;
  double at = 0, got = 0;
  void see(double e, double x, double y) {
    if (error >= 0 && (e < 0 || e > error))
      *this = {e, x, y};
  }
};
} // namespace

static Worst sweep32(BodyJit &jit, const MathFunction &f, uint64_t stride) {
  constexpr int64_t chunk = 1 << 12;
  std::vector<float> x(chunk), y(chunk);
  Worst worst;
  for (uint64_t bits = 0; bits < (uint64_t(1) << 32);) {
    for (float &value : x) {
      value = fromBits<float>(uint32_t(bits));
      bits += stride;
    }
    jit.run(f.name + std::string("32"), chunk, y.data(), x.data());
    for (int64_t i = 0; i < chunk; ++i)
      worst.see(ulpError(y[i], f.narrow(x[i])), x[i], y[i]);
  }
  return worst;
}

static Worst sweep64(BodyJit &jit, const MathFunction &f, int64_t count) {
  constexpr int64_t chunk = 1 << 12;
  std::vector<double> x(chunk), y(chunk);
  std::mt19937_64 random(1);
  std::uniform_real_distribution<double> near(-8, 8);
  constexpr double special[] = {0,         -0.0, 1,      -1,   HUGE_VAL,
                                -HUGE_VAL, NAN,  5e-324, 1e308};
  Worst worst;
  for (int64_t done = 0; done < count; done += chunk) {
    for (int64_t i = 0; i < chunk; ++i)
      x[i] = i % 2 ? near(random) : fromBits<double>(uint64_t(random()));
    llvm::copy(special, x.begin());
    jit.run(f.name + std::string("64"), chunk, y.data(), x.data());
    for (int64_t i = 0; i < chunk; ++i)
      worst.see(relativeError(y[i], f.wide(x[i])), x[i], y[i]);
  }
  return worst;
}

static void addPow(BodyJit &jit) {
  for (Type type : {Type(Float32Type::get(jit.getContext())),
                    Type(Float64Type::get(jit.getContext()))})
    jit.add(type.isF64() ? "pow64" : "pow32", {type, type}, type,
            [](BodyBuilder &k, ValueRange x) { return k.pow(x[0], x[1]); });
}

/// Bases and exponents of which every pair is a case of C99's pow.
static const double powValues[] = {
    0,        -0.0,         1,     -1,     HUGE_VAL, -HUGE_VAL,
    NAN,      0.5,          -0.5,  2,      -2,       3,
    -3,       1.5,          -1.5,  1e30,   -1e30,    1e-30,
    16777217, 4294967295.0, 1e-42, -1e-42, 100,      0.999};

template <typename T, typename Error>
static Worst sweepPow(BodyJit &jit, int64_t count, Error errorOf) {
  constexpr int64_t chunk = 1 << 12;
  std::vector<T> x(chunk), y(chunk), z(chunk);
  std::mt19937_64 random(2);
  std::uniform_real_distribution<T> exponents(-700, 700), unit(-1, 1);
  Worst worst;
  for (int64_t done = 0; done < count; done += chunk) {
    for (int64_t i = 0; i < chunk; ++i) {
      // All bases; exponents whose powers are in range.
      using Bits = std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>;
      x[i] = i % 2 ? unit(random) + T(1) : fromBits<T>(Bits(random()));
      T log = std::log(std::abs(x[i]));
      y[i] = i % 3 ? exponents(random) / log : T(int(random() % 16) - 8);
    }
    if (done == 0)
      for (int64_t i = 0; i < int64_t(24 * 24); ++i) {
        x[i] = T(powValues[i / 24]);
        y[i] = T(powValues[i % 24]);
      }
    jit.run(sizeof(T) == 8 ? "pow64" : "pow32", chunk, z.data(), x.data(),
            y.data());
    for (int64_t i = 0; i < chunk; ++i) {
      worst.see(errorOf(z[i], x[i], y[i]), x[i], y[i]);
    }
  }
  return worst;
}

static Worst sweepPow32(BodyJit &jit, int64_t count) {
  return sweepPow<float>(jit, count, [](float z, float x, float y) {
    return ulpError(z, std::pow(double(x), double(y)));
  });
}
static Worst sweepPow64(BodyJit &jit, int64_t count) {
  return sweepPow<double>(jit, count, [](double z, double x, double y) {
    return relativeError(z, powl(x, y));
  });
}

TEST_CASE("functions are within their bounds", "[body]") {
  for (const BodyTarget &target : bodyTargets()) {
    BodyJit jit(target);
    addAll(jit);
    addPow(jit);
    jit.compile();
    Worst narrow = sweepPow32(jit, 32768), wide = sweepPow64(jit, 32768);
    CAPTURE(describe(target), narrow.at, narrow.got, wide.at, wide.got);
    CHECK((narrow.error >= 0 && narrow.error <= 0.51));
    CHECK((wide.error >= 0 && wide.error <= 1e-14));
    for (const MathFunction &f : functions) {
      INFO(f.name << " for " << describe(target));
      Worst narrow = sweep32(jit, f, 300007);
      CAPTURE(narrow.at, narrow.got);
      CHECK((narrow.error >= 0 && narrow.error <= f.ulps));
      Worst wide = sweep64(jit, f, 8192);
      CAPTURE(wide.at, wide.got);
      CHECK((wide.error >= 0 && wide.error <= 1e-14));
    }
  }
}

TEST_CASE("functions, densely", "[.sweep]") {
  for (const BodyTarget &target : bodyTargets()) {
    BodyJit jit(target);
    addAll(jit);
    addPow(jit);
    jit.compile();
    Worst power32 = sweepPow32(jit, 1 << 24),
          power64 = sweepPow64(jit, 1 << 22);
    std::printf("%-14s pow      f32 %.3f ulp at %a, %a; f64 %.2e at %a, %a\n",
                describe(target).c_str(), power32.error, power32.at,
                power32.got, power64.error, power64.at, power64.got);
    for (const MathFunction &f : functions) {
      Worst narrow = sweep32(jit, f, 197);
      Worst wide = sweep64(jit, f, 1 << 22);
      std::vector<float> x(4096), y(4096);
      for (size_t i = 0; i < x.size(); ++i)
        x[i] = i * (8.0f / x.size()) - 4;
      using Clock = std::chrono::steady_clock;
      double best = 1e9;
      for (int run = 0; run < 20; ++run) {
        auto start = Clock::now();
        for (int i = 0; i < 20; ++i)
          jit.run(f.name + std::string("32"), 4096, y.data(), x.data());
        std::chrono::duration<double, std::nano> time = Clock::now() - start;
        best = std::min(best, time.count() / 20 / 4096);
      }
      std::printf("%-14s %-8s f32 %.3f ulp at %-14a f64 %.2e at %-22a %.2f "
                  "ns/element\n",
                  describe(target).c_str(), f.name, narrow.error, narrow.at,
                  wide.error, wide.at, best);
      std::fflush(stdout);
    }
  }
}
