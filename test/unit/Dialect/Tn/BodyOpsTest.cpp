//===- BodyOpsTest.cpp - The body of every elementwise op -----------------===//
//
// Every op with every element type it takes: compiles, calls nothing, does not
// trap on any bits, and gives the same in vector code of both levels and in
// scalar code. Integer division, shifts and powers also against C++.
//
//===----------------------------------------------------------------------===//

#include "BodyJit.h"
#include "mlir/Parser/Parser.h"
#include <cmath>
#include <random>

using namespace mlir;
using namespace tenon;
using namespace tenon::test;
using tn::BodyBuilder;

static constexpr StringLiteral floats[] = {"f32", "f64", "f16"};
static constexpr StringLiteral narrowFloats[] = {
    "bf16", "f8E4M3FN", "f8E4M3FNUZ", "f8E5M2", "f8E5M2FNUZ", "f4E2M1FN"};
static constexpr StringLiteral integers[] = {"i8",   "i32",  "i64", "ui8",
                                             "ui32", "ui64", "i4",  "ui4"};

namespace {
/// Which operands an op takes: f(loats), n(arrow floats), i(ntegers), b(ools).
/// All floats of at most 32 bits have the same body, so few ops list `n`.
struct OpCase {
  StringLiteral name, types;
  int operands;
  bool isPredicate = false;
  StringLiteral attributes = "";
};
struct Instance {
  std::string name, text;
};
} // namespace

static constexpr OpCase opCases[] = {
    {"abs", "fni", 1},
    {"neg", "fi", 1},
    {"sign", "fi", 1},
    {"ceil", "f", 1},
    {"floor", "f", 1},
    {"round", "f", 1},
    {"sqrt", "f", 1},
    {"exp", "f", 1},
    {"log", "f", 1},
    {"sin", "f", 1},
    {"cos", "f", 1},
    {"tan", "f", 1},
    {"asin", "f", 1},
    {"acos", "f", 1},
    {"atan", "f", 1},
    {"sinh", "f", 1},
    {"cosh", "f", 1},
    {"tanh", "f", 1},
    {"asinh", "f", 1},
    {"acosh", "f", 1},
    {"atanh", "f", 1},
    {"erf", "f", 1},
    {"sigmoid", "f", 1},
    {"not", "ib", 1},
    {"is_nan", "f", 1, true},
    {"is_inf", "f", 1, true},
    {"add", "fni", 2},
    {"sub", "fi", 2},
    {"mul", "fi", 2},
    {"div", "fi", 2},
    {"mod", "fi", 2},
    {"rem", "fi", 2},
    {"pow", "fi", 2},
    {"max", "fib", 2},
    {"min", "fib", 2},
    {"and", "ib", 2},
    {"or", "ib", 2},
    {"xor", "ib", 2},
    {"shl", "i", 2},
    {"shr", "i", 2},
    {"compare", "fib", 2, true, " {predicate = #tn.compare<eq>}"},
    {"compare", "fnib", 2, true, " {predicate = #tn.compare<lt>}"},
    {"compare", "fib", 2, true, " {predicate = #tn.compare<ge>}"},
};

static Instance instantiate(StringRef name, ArrayRef<std::string> operands,
                            StringRef result, StringRef attributes) {
  std::string arguments, types, text;
  for (auto [i, type] : llvm::enumerate(operands)) {
    std::string separator = i ? ", " : "", tensor = "tensor<4x" + type + ">";
    arguments += separator + "%" + std::to_string(i);
    types += separator + tensor;
    text += separator + "%" + std::to_string(i) + ": " + tensor;
  }
  Instance instance;
  instance.name = name.str() + attributes.str() + " " + types;
  instance.text = "func.func private @f(" + text + ") {\n  %r = tn." +
                  name.str() + " " + arguments + attributes.str() + " : (" +
                  types + ") -> tensor<4x" + result.str() + ">\n  return\n}\n";
  return instance;
}

static std::vector<Instance> allInstances() {
  std::vector<Instance> instances;
  for (const OpCase &op : opCases) {
    std::vector<std::string> types;
    if (op.types.contains('f'))
      types.insert(types.end(), std::begin(floats), std::end(floats));
    if (op.types.contains('n'))
      types.insert(types.end(), std::begin(narrowFloats),
                   std::end(narrowFloats));
    if (op.types.contains('i'))
      types.insert(types.end(), std::begin(integers), std::end(integers));
    if (op.types.contains('b'))
      types.push_back("i1");
    for (const std::string &type : types)
      instances.push_back(instantiate(op.name, std::vector(op.operands, type),
                                      op.isPredicate ? "i1" : type,
                                      op.attributes));
  }
  for (auto [base, exponent] :
       std::initializer_list<std::pair<std::string, std::string>>{
           {"f32", "i32"},
           {"f32", "ui64"},
           {"i32", "f32"},
           {"i64", "f64"},
           {"i64", "i32"},
           {"f16", "f64"}})
    instances.push_back(instantiate("pow", {base, exponent}, base, ""));
  for (StringRef type : {"f32", "i64", "bf16", "ui8"})
    instances.push_back(
        instantiate("select", {"i1", type.str(), type.str()}, type, ""));
  return instances;
}

/// Per instance what it computed from the same random bytes.
static std::vector<std::vector<uint8_t>> runAll(BodyTarget target,
                                                ArrayRef<Instance> instances) {
  constexpr int64_t count = 256;
  BodyJit jit(target);
  std::vector<OwningOpRef<ModuleOp>> modules;
  std::vector<unsigned> widths;
  for (const Instance &instance : instances) {
    INFO(instance.text);
    auto module = parseSourceString<ModuleOp>(instance.text,
                                              ParserConfig(jit.getContext()));
    REQUIRE(module);
    tn::ScalarBodyOpInterface op;
    module->walk([&](tn::ScalarBodyOpInterface found) { op = found; });
    REQUIRE(op);
    SmallVector<Type> types;
    for (Value operand : op->getOperands())
      types.push_back(getElementTypeOrSelf(operand.getType()));
    Type result = getElementTypeOrSelf(op->getResult(0).getType());
    jit.add(instance.name, types, result,
            [&](BodyBuilder &k, ValueRange x) { return op.emitScalar(k, x); });
    widths.push_back(BodyBuilder::storageType(result).getIntOrFloatBitWidth());
    modules.push_back(std::move(module));
  }
  jit.compile();

  std::vector<std::vector<uint8_t>> results;
  std::mt19937_64 random(7);
  for (auto [instance, module, width] : llvm::zip(instances, modules, widths)) {
    std::vector<uint64_t> inputs[3];
    auto function = *module->getOps<func::FuncOp>().begin();
    for (auto [i, type] : llvm::enumerate(function.getArgumentTypes())) {
      Type element = getElementTypeOrSelf(type);
      inputs[i].resize(count);
      for (uint64_t &word : inputs[i])
        word = random();
      for (uint8_t &byte : MutableArrayRef(
               reinterpret_cast<uint8_t *>(inputs[i].data()), count * 8)) {
        if (element.isInteger(1))
          byte &= 1;
        else if (element.isSignlessInteger(4))
          byte = int8_t(byte << 4) >> 4;
        else if (element.getIntOrFloatBitWidth() == 4)
          byte &= 15;
      }
    }
    std::vector<uint8_t> out(count * width / 8);
    jit.run(instance.name, count, out.data(), inputs[0].data(),
            inputs[1].data(), inputs[2].data());
    results.push_back(std::move(out));
  }
  return results;
}

TEST_CASE("every op has a body for every element type", "[body]") {
  std::vector<Instance> instances = allInstances();
  std::vector<std::vector<uint8_t>> first;
  for (const BodyTarget &target : bodyTargets()) {
    auto results = runAll(target, instances);
    if (first.empty())
      first = results;
    for (size_t i = 0; i < instances.size(); ++i) {
      INFO(instances[i].name << " for " << describe(target));
      CHECK((first[i] == results[i]));
    }
  }
}

template <typename T>
static void checkIntegers(BodyJit &jit, const std::string &type) {
  using Unsigned = std::make_unsigned_t<T>;
  constexpr int width = 8 * sizeof(T);
  constexpr T least = std::numeric_limits<T>::min();
  std::vector<T> x, y;
  const T values[] = {0,
                      1,
                      T(-1),
                      2,
                      3,
                      7,
                      T(-7),
                      least,
                      T(least + 1),
                      std::numeric_limits<T>::max(),
                      100,
                      T(-100),
                      31,
                      33,
                      13,
                      64};
  for (T a : values)
    for (T b : values) {
      x.push_back(a);
      y.push_back(b);
    }
  auto check = [&](const char *name, auto expected) {
    std::vector<T> z(x.size());
    jit.run(name + type, x.size(), z.data(), x.data(), y.data());
    for (size_t i = 0; i < x.size(); ++i)
      if (z[i] != T(expected(x[i], y[i]))) {
        INFO(name << type << " of " << +x[i] << " and " << +y[i] << " is "
                  << +z[i]);
        FAIL_CHECK();
      }
  };
  auto isUnsafe = [](T a, T b) {
    return b == 0 || (std::is_signed_v<T> && a == least && b == T(-1));
  };
  check("div", [&](T a, T b) -> T {
    return b == 0 ? 0 : isUnsafe(a, b) ? a : a / b;
  });
  check("rem", [&](T a, T b) -> T { return isUnsafe(a, b) ? 0 : a % b; });
  check("mod", [&](T a, T b) -> T {
    T r = isUnsafe(a, b) ? 0 : a % b;
    return r != 0 && (r < 0) != (b < 0) ? r + b : r;
  });
  check("shl", [&](T a, T b) -> T {
    return Unsigned(b) < width ? Unsigned(a) << b : 0;
  });
  check("shr", [&](T a, T b) -> T {
    return Unsigned(b) < width ? a >> b : a < 0 ? T(-1) : 0;
  });
  check("pow", [&](T a, T b) -> T {
    if (b < 0)
      return a == 1 ? 1 : a == T(-1) ? (b & 1 ? T(-1) : 1) : 0;
    Unsigned result = 1, square = a;
    for (Unsigned rest = b; rest;
         rest >>= 1, square = T(square * uint64_t(square)))
      if (rest & 1)
        result = result * uint64_t(square);
    return result;
  });
}

TEST_CASE("integers divide, shift and multiply as in C++", "[body]") {
  for (const BodyTarget &target : bodyTargets()) {
    INFO(describe(target));
    BodyJit jit(target);
    std::vector<OwningOpRef<ModuleOp>> modules;
    for (const char *name : {"div", "rem", "mod", "shl", "shr", "pow"})
      for (std::string type :
           {"i8", "i16", "i32", "i64", "ui8", "ui16", "ui32", "ui64"}) {
        Instance instance = instantiate(name, {type, type}, type, "");
        modules.push_back(parseSourceString<ModuleOp>(
            instance.text, ParserConfig(jit.getContext())));
        tn::ScalarBodyOpInterface op;
        modules.back()->walk([&](tn::ScalarBodyOpInterface o) { op = o; });
        Type element = getElementTypeOrSelf(op->getResult(0).getType());
        jit.add(
            name + type, {element, element}, element,
            [&](BodyBuilder &k, ValueRange x) { return op.emitScalar(k, x); });
      }
    jit.compile();
    checkIntegers<int8_t>(jit, "i8");
    checkIntegers<int16_t>(jit, "i16");
    checkIntegers<int32_t>(jit, "i32");
    checkIntegers<int64_t>(jit, "i64");
    checkIntegers<uint8_t>(jit, "ui8");
    checkIntegers<uint16_t>(jit, "ui16");
    checkIntegers<uint32_t>(jit, "ui32");
    checkIntegers<uint64_t>(jit, "ui64");
  }
}

TEST_CASE("floats divided by a constant are rounded correctly", "[body]") {
  const float divisors[] = {3.0f,       0.0803f, 0.1f,  255.0f, 1.0f, 0.25f,
                            1.9999999f, 6e-8f,   7e12f, -0.3f,  0.0f, 1e-30f};
  std::vector<float> x{0.0f,      -0.0f, 1.0f,     INFINITY,
                       -INFINITY, NAN,   0x1p-60f, 0x1p60f};
  std::mt19937 random(1);
  std::uniform_real_distribution<float> fraction(1, 2);
  std::uniform_int_distribution<int> exponent(-60, 60);
  while (x.size() < 20000) {
    x.push_back(std::ldexp(fraction(random), exponent(random)));
    x.push_back(-x.back());
  }
  for (const BodyTarget &target : bodyTargets()) {
    BodyJit jit(target);
    Type f32 = Float32Type::get(jit.getContext());
    for (auto [i, divisor] : llvm::enumerate(divisors))
      jit.add("div" + std::to_string(i), {f32}, f32,
              [&, d = divisor](BodyBuilder &k, ValueRange v) {
                return k.div(v[0], k.constant(v[0], d), false);
              });
    jit.compile();
    std::vector<float> z(x.size());
    for (auto [i, divisor] : llvm::enumerate(divisors)) {
      jit.run("div" + std::to_string(i), x.size(), z.data(), x.data());
      int wrong = 0;
      for (auto [a, got] : llvm::zip_equal(x, z)) {
        float want = a / divisor;
        wrong += want != want ? got == got
                              : llvm::bit_cast<uint32_t>(want) !=
                                    llvm::bit_cast<uint32_t>(got);
      }
      INFO(describe(target) << ", by " << divisor);
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("float remainders are exact", "[body]") {
  for (const BodyTarget &target : bodyTargets()) {
    BodyJit jit(target);
    Type f32 = Float32Type::get(jit.getContext());
    Type f64 = Float64Type::get(jit.getContext());
    for (Type type : {f32, f64}) {
      std::string suffix = type.isF64() ? "64" : "32";
      jit.add("rem" + suffix, {type, type}, type,
              [](BodyBuilder &k, ValueRange x) { return k.rem(x[0], x[1]); });
      jit.add("mod" + suffix, {type, type}, type,
              [](BodyBuilder &k, ValueRange x) { return k.mod(x[0], x[1]); });
    }
    jit.compile();
    auto check = [&](auto zero, const std::string &suffix) {
      using T = decltype(zero);
      std::mt19937_64 random(9);
      std::vector<T> x(1024), y(1024), r(1024), m(1024);
      std::vector<T> edges = {0,
                              T(-0.0),
                              1,
                              -1,
                              3,
                              T(-0.7),
                              T(INFINITY),
                              T(-INFINITY),
                              T(NAN),
                              std::numeric_limits<T>::max(),
                              std::numeric_limits<T>::denorm_min(),
                              std::numeric_limits<T>::min()};
      for (size_t i = 0; i < x.size(); ++i) {
        x[i] = i < 144
                   ? edges[i / 12]
                   : llvm::bit_cast<T>(
                         std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>(
                             random()));
        y[i] = i < 144
                   ? edges[i % 12]
                   : llvm::bit_cast<T>(
                         std::conditional_t<sizeof(T) == 8, uint64_t, uint32_t>(
                             random()));
        if (i > 512)
          y[i] = T(int(random() % 2000) - 1000) / 7, x[i] = y[i] * T(i) / 3;
      }
      jit.run("rem" + suffix, 1024, r.data(), x.data(), y.data());
      jit.run("mod" + suffix, 1024, m.data(), x.data(), y.data());
      for (size_t i = 0; i < x.size(); ++i) {
        T rem = std::fmod(x[i], y[i]), mod = rem;
        if (rem != 0 && (rem < 0) != (y[i] < 0))
          mod += y[i];
        INFO(x[i] << " and " << y[i] << ": " << r[i] << ", " << m[i]);
        CHECK((r[i] == rem || (std::isnan(r[i]) && std::isnan(rem))));
        CHECK((m[i] == mod || (std::isnan(m[i]) && std::isnan(mod))));
      }
    };
    check(float(0), "32");
    check(double(0), "64");
  }
}

TEST_CASE("max and min keep a NaN of either side", "[body]") {
  for (const BodyTarget &target : bodyTargets()) {
    BodyJit jit(target);
    Type f32 = Float32Type::get(jit.getContext());
    jit.add("max", {f32, f32}, f32,
            [](BodyBuilder &k, ValueRange x) { return k.max(x[0], x[1]); });
    jit.add("min", {f32, f32}, f32,
            [](BodyBuilder &k, ValueRange x) { return k.min(x[0], x[1]); });
    jit.add("relu", {f32}, f32, [](BodyBuilder &k, ValueRange x) {
      return k.max(x[0], k.constant(x[0], 0));
    });
    jit.add("min1", {f32}, f32, [](BodyBuilder &k, ValueRange x) {
      return k.min(k.constant(x[0], 1), x[0]);
    });
    jit.compile();
    const float values[] = {1, -2, NAN, INFINITY, -INFINITY, 3, 0, -1};
    float x[64], y[64], z[64];
    for (int i = 0; i < 64; ++i) {
      x[i] = values[i / 8];
      y[i] = values[i % 8];
    }
    auto check = [&](const char *name, auto expected) {
      jit.run(name, 64, z, x, y);
      for (int i = 0; i < 64; ++i) {
        INFO(name << " of " << x[i] << " and " << y[i] << " is " << z[i]);
        float e = expected(x[i], y[i]);
        CHECK((z[i] == e || (std::isnan(e) && std::isnan(z[i]))));
      }
    };
    auto max = [](float a, float b) { return a != a || a > b ? a : b; };
    auto min = [](float a, float b) { return a != a || a < b ? a : b; };
    check("max", max);
    check("min", min);
    check("relu", [&](float a, float) { return max(a, 0); });
    check("min1", [&](float a, float) { return min(a, 1); });
  }
}
