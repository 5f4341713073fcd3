//===- BodyCastTest.cpp - Conversions between element types ---------------===//
//
// Narrow floats against APFloat, code by code and at the midpoints between
// codes; integers against C++ where it defines the result.
//
//===----------------------------------------------------------------------===//

#include "BodyJit.h"
#include "mlir/IR/BuiltinTypes.h"
#include <cmath>
#include <limits>
#include <random>

using namespace mlir;
using namespace tenon;
using namespace tenon::test;
using tn::BodyBuilder;

static std::vector<FloatType> narrowFloats(MLIRContext *context) {
  return {Float16Type::get(context),      BFloat16Type::get(context),
          Float8E4M3FNType::get(context), Float8E4M3FNUZType::get(context),
          Float8E5M2Type::get(context),   Float8E5M2FNUZType::get(context),
          Float4E2M1FNType::get(context)};
}

static std::string nameOf(Type type) {
  std::string name;
  llvm::raw_string_ostream(name) << type;
  return name;
}

static APFloat decode(const llvm::fltSemantics &semantics, uint64_t code) {
  return APFloat(semantics,
                 APInt(APFloat::semanticsSizeInBits(semantics), code));
}

/// A NaN's sign and payload do not count.
static bool isSame(const APFloat &a, const APFloat &b) {
  return (a.isNaN() && b.isNaN()) || a.bitwiseIsEqual(b);
}

template <typename T>
static APFloat expectedFloat(T x, const llvm::fltSemantics &semantics,
                             bool saturate) {
  APFloat result(x);
  if (!APFloat::semanticsHasNaN(semantics) && std::isnan(x))
    return APFloat::getZero(semantics, /*Negative=*/true);
  if (!APFloat::semanticsHasNaN(semantics) && std::isinf(x))
    return APFloat::getLargest(semantics, std::signbit(x));
  bool lossy;
  result.convert(semantics, APFloat::rmNearestTiesToEven, &lossy);
  bool isEightBit = APFloat::semanticsSizeInBits(semantics) == 8;
  if (saturate && isEightBit && !std::isnan(x) && !result.isFinite())
    return APFloat::getLargest(semantics, std::signbit(x));
  return result;
}

/// Random values, and of every code its value, the midpoints around it and
/// their neighbours.
template <typename T>
static std::vector<T> interesting(const llvm::fltSemantics &semantics) {
  std::vector<T> values;
  unsigned width = APFloat::semanticsSizeInBits(semantics);
  uint64_t step = width == 16 ? 7 : 1;
  for (uint64_t code = 0; code + 1 < (uint64_t(1) << width); code += step) {
    auto at = [&](uint64_t code) {
      APFloat value = decode(semantics, code);
      bool lossy;
      value.convert(llvm::APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven,
                    &lossy);
      return value.convertToDouble();
    };
    T middle = T((at(code) + at(code + 1)) / 2);
    for (T value : {T(at(code)), middle, std::nextafter(middle, T(-INFINITY)),
                    std::nextafter(middle, T(INFINITY))})
      values.push_back(value);
  }
  for (double value : {1e10, 465., 464., 240., 249., 61440., 65520., 5e-324,
                       3e38, 1e300, HUGE_VAL, double(NAN)}) {
    values.push_back(T(value));
    values.push_back(-T(value));
  }
  std::mt19937_64 random(3);
  std::normal_distribution<T> exponents(0, 8);
  for (int i = 0; i < 1000; ++i)
    values.push_back(T(random() % 2 ? 1.5 : -1.1) *
                     std::exp2(exponents(random)));
  values.resize((values.size() + 15) / 16 * 16);
  return values;
}

template <typename T>
static void checkEncoding(BodyJit &jit, FloatType type, bool saturate) {
  const llvm::fltSemantics &semantics = type.getFloatSemantics();
  std::vector<T> x = interesting<T>(semantics);
  std::vector<uint16_t> codes(x.size());
  std::string name = nameOf(type) + (sizeof(T) == 8 ? " of f64" : " of f32") +
                     (saturate ? "" : " unsaturated");
  jit.run(name, x.size(), codes.data(), x.data());
  int64_t wrong = 0;
  bool isTwoBytes = type.getWidth() == 16;
  for (size_t i = 0; i < x.size(); ++i) {
    uint64_t code =
        isTwoBytes ? codes[i] : reinterpret_cast<uint8_t *>(codes.data())[i];
    APFloat expected = expectedFloat(x[i], semantics, saturate);
    if (isSame(decode(semantics, code), expected))
      continue;
    INFO(name << " of " << x[i] << ": code " << code << ", not "
              << expected.bitcastToAPInt().getZExtValue());
    CHECK(++wrong == 0);
    if (wrong == 3)
      return;
  }
}

static void checkDecoding(BodyJit &jit, FloatType type) {
  const llvm::fltSemantics &semantics = type.getFloatSemantics();
  std::vector<uint16_t> codes(size_t(1) << std::max(4u, type.getWidth()));
  for (size_t i = 0; i < codes.size(); ++i)
    if (type.getWidth() == 16)
      codes[i] = i;
    else
      reinterpret_cast<uint8_t *>(codes.data())[i] = i;
  std::vector<float> values(codes.size());
  jit.run(nameOf(type) + " to f32", codes.size(), values.data(), codes.data());
  for (size_t i = 0; i < codes.size(); ++i) {
    APFloat expected = decode(semantics, i);
    bool lossy;
    expected.convert(APFloat::IEEEsingle(), APFloat::rmNearestTiesToEven,
                     &lossy);
    if (isSame(APFloat(values[i]), expected))
      continue;
    INFO(nameOf(type) << " code " << i << " became " << values[i]);
    FAIL_CHECK();
    return;
  }
}

TEST_CASE("narrow floats round as APFloat does", "[body]") {
  for (const BodyTarget &target : bodyTargets()) {
    BodyJit jit(target);
    MLIRContext *context = jit.getContext();
    Type f32 = Float32Type::get(context), f64 = Float64Type::get(context);
    for (FloatType type : narrowFloats(context)) {
      jit.add(nameOf(type) + " to f32", {type}, f32,
              [&](BodyBuilder &k, ValueRange x) {
                return k.cast(x[0], type, f32);
              });
      for (bool saturate : {true, false})
        for (Type from : {f32, f64})
          jit.add(nameOf(type) + " of " + nameOf(from) +
                      (saturate ? "" : " unsaturated"),
                  {from}, type, [&](BodyBuilder &k, ValueRange x) {
                    return k.cast(x[0], from, type, saturate);
                  });
    }
    jit.compile();
    for (FloatType type : narrowFloats(context)) {
      checkDecoding(jit, type);
      for (bool saturate : {true, false}) {
        checkEncoding<float>(jit, type, saturate);
        checkEncoding<double>(jit, type, saturate);
      }
    }
  }
}

TEST_CASE("exponent-only floats round up", "[body]") {
  BodyJit jit({"x86-64-v3", 0});
  Type type = Float8E8M0FNUType::get(jit.getContext());
  Type f32 = Float32Type::get(jit.getContext());
  jit.add("encode", {f32}, type, [&](BodyBuilder &k, ValueRange x) {
    return k.cast(x[0], f32, type);
  });
  jit.add("decode", {type}, f32,
          [](BodyBuilder &, ValueRange x) -> Value { return x[0]; });
  jit.compile();
  float x[] = {0,    0x1p-127f,  0x1p-126f, 0.124f, 1,
               1.1f, 0x1.8p127f, HUGE_VALF, NAN};
  uint8_t codes[9], expected[] = {0, 0, 1, 124, 127, 128, 254, 254, 255};
  jit.run("encode", 9, codes, x);
  CHECK(std::equal(codes, codes + 9, expected));
  uint8_t all[256];
  float values[256];
  for (int i = 0; i < 256; ++i)
    all[i] = i;
  jit.run("decode", 256, values, all);
  for (int i = 0; i < 255; ++i)
    CHECK(values[i] == std::ldexp(1.0f, i - 127));
  CHECK(std::isnan(values[255]));
}

namespace {
template <typename T> struct Tag { using Type = T; };
} // namespace

template <typename T> static Type elementOf(MLIRContext *context) {
  if constexpr (std::is_floating_point_v<T>)
    return sizeof(T) == 8 ? Type(Float64Type::get(context))
                          : Float32Type::get(context);
  else
    return IntegerType::get(context, 8 * sizeof(T),
                            std::is_signed_v<T> ? IntegerType::Signless
                                                : IntegerType::Unsigned);
}

template <typename Visit> static void forEachNumber(Visit visit) {
  std::apply([&](auto... tags) { (visit(tags), ...); },
             std::tuple<Tag<int8_t>, Tag<int16_t>, Tag<int32_t>, Tag<int64_t>,
                        Tag<uint8_t>, Tag<uint16_t>, Tag<uint32_t>,
                        Tag<uint64_t>, Tag<float>, Tag<double>>());
}

/// What BodyCast.cpp promises of floats beyond the integer's range.
template <typename To> static To expectedInt(double x) {
  bool isWide = sizeof(To) == 8 || (sizeof(To) == 4 && std::is_unsigned_v<To>);
  auto truncated = [&](double x) -> int64_t {
    if (std::abs(x) < (isWide ? 0x1p63 : 0x1p31))
      return static_cast<int64_t>(x);
    return isWide ? std::numeric_limits<int64_t>::min()
                  : std::numeric_limits<int32_t>::min();
  };
  if (std::is_same_v<To, uint64_t> && x >= 0x1p63)
    return To(truncated(x - 0x1p63)) ^ To(uint64_t(1) << 63);
  return To(truncated(x));
}

template <typename From, typename To> static To expectedCast(From x) {
  if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>)
    return expectedInt<To>(x);
  else
    return To(x);
}

template <typename From> static std::vector<From> numbers() {
  std::vector<From> x;
  for (double value :
       {0.,          1.,   -1.,   2.9,    -2.9,   127.,        128.,
        255.,        256., -9.,   32768., 65536., 2147483647., 2147483648.,
        4294967296., 1e10, -1e10, 9.3e18, 1.8e19, 1e30})
    x.push_back(expectedCast<double, From>(value));
  if constexpr (std::is_floating_point_v<From>)
    for (From value : {From(NAN), From(INFINITY), From(-INFINITY), From(-0.0)})
      x.push_back(value);
  x.push_back(std::numeric_limits<From>::max());
  x.push_back(std::numeric_limits<From>::lowest());
  std::mt19937_64 random(5);
  while (x.size() < 128)
    x.push_back(expectedCast<double, From>(
        double(int64_t(random())) / double(uint64_t(1) << (random() % 64))));
  return x;
}

TEST_CASE("numbers convert as in C++", "[body]") {
  for (const BodyTarget &target : bodyTargets()) {
    BodyJit jit(target);
    MLIRContext *context = jit.getContext();
    auto forEachPair = [&](auto visit) {
      forEachNumber([&](auto from) {
        forEachNumber([&](auto to) {
          Type fromType = elementOf<typename decltype(from)::Type>(context);
          Type toType = elementOf<typename decltype(to)::Type>(context);
          if (fromType != toType)
            visit(from, to, fromType, toType);
        });
      });
    };
    forEachPair([&](auto, auto, Type from, Type to) {
      jit.add(
          nameOf(from) + nameOf(to), {from}, to,
          [&](BodyBuilder &k, ValueRange x) { return k.cast(x[0], from, to); });
    });
    jit.compile();
    forEachPair([&](auto fromTag, auto toTag, Type from, Type to) {
      using From = typename decltype(fromTag)::Type;
      using To = typename decltype(toTag)::Type;
      std::vector<From> x = numbers<From>();
      std::vector<To> y(x.size());
      jit.run(nameOf(from) + nameOf(to), x.size(), y.data(), x.data());
      for (size_t i = 0; i < x.size(); ++i) {
        To expected = expectedCast<From, To>(x[i]);
        if (y[i] == expected || (expected != expected && y[i] != y[i]))
          continue;
        INFO(nameOf(from) << " " << +x[i] << " to " << nameOf(to) << " is "
                          << +y[i] << ", not " << +expected);
        FAIL_CHECK();
      }
    });
  }
}

TEST_CASE("bools and 4-bit integers convert by value", "[body]") {
  for (const BodyTarget &target : bodyTargets()) {
    BodyJit jit(target);
    MLIRContext *context = jit.getContext();
    Type f32 = Float32Type::get(context), i1 = IntegerType::get(context, 1);
    Type i4 = IntegerType::get(context, 4);
    Type ui4 = IntegerType::get(context, 4, IntegerType::Unsigned);
    for (Type type : {i1, i4, ui4}) {
      jit.add(nameOf(type) + " of f32", {f32}, type,
              [&](BodyBuilder &k, ValueRange x) {
                return k.cast(x[0], f32, type);
              });
      jit.add(nameOf(type) + " to f32", {type}, f32,
              [&](BodyBuilder &k, ValueRange x) {
                return k.cast(x[0], type, f32);
              });
    }
    jit.compile();
    float x[16] = {0, -0.0f, 0.5f, NAN, -9, -8, -1, 7,
                   8, 15,    16,   1,   2,  3,  4,  5};
    int8_t bools[16] = {0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    int8_t nibbles[16] = {0, 0, 0, 0, 7, -8, -1, 7, -8, -1, 0, 1, 2, 3, 4, 5};
    int8_t got[16];
    jit.run("i1 of f32", 16, got, x);
    CHECK(std::equal(got, got + 16, bools));
    jit.run("i4 of f32", 16, got, x);
    CHECK(std::equal(got, got + 16, nibbles));
    float back[16];
    jit.run("i4 to f32", 16, back, nibbles);
    CHECK(std::equal(back, back + 16, nibbles));
    jit.run("i1 to f32", 16, back, bools);
    CHECK(std::equal(back, back + 16, bools));
    jit.run("ui4 of f32", 16, got, x);
    jit.run("ui4 to f32", 16, back, got);
    for (int i = 0; i < 16; ++i) {
      CHECK(got[i] == (nibbles[i] & 15));
      CHECK(back[i] == got[i]);
    }
  }
}
