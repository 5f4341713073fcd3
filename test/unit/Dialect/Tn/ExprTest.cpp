//===- ExprTest.cpp - Canonical form, meaning and text of expressions -----===//

#include "RandomExpr.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/MLIRContext.h"
#include <catch2/catch.hpp>

using namespace tenon::tn;
using namespace tenon::tn::test;

namespace {
constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

struct ExprFixture {
  ExprFixture() {
    context.loadDialect<TnDialect>();
    x = symbol("x");
    y = symbol("y");
    z = symbol("z");
  }
  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  ExprAttr x, y, z;

  ExprAttr symbol(llvm::StringRef name) { return symbolExpr(&context, name); }
  ExprAttr number(int64_t value) { return constantExpr(&context, value); }
  ExprAttr parse(const std::string &text) {
    mlir::Attribute attr =
        mlir::parseAttribute("#tn.expr<" + text + ">", &context);
    return mlir::cast_if_present<ExprAttr>(attr);
  }
  /// The canonical text of `text`.
  std::string canonical(const std::string &text) {
    ExprAttr e = parse(text);
    return e ? e.str() : "error";
  }
};
} // namespace

TEST_CASE_METHOD(ExprFixture, "sums and products are polynomials") {
  CHECK(canonical("seq + 1 + seq") == "2*seq+1");
  CHECK(canonical("(s+t)-t") == "s");
  CHECK(canonical("2*(s+1)") == "2*s+2");
  CHECK(canonical("(s+t)*(s+t)") == "s*s+2*s*t+t*t");
  CHECK(canonical("(s+t)*(s-t)") == "s*s-t*t");
  CHECK(canonical("-(x-y)") == "-x+y");
  CHECK(canonical("0*x") == "0");
  CHECK(canonical("b*a*3*2") == "6*a*b");
  CHECK(parse("x+y*2") == addExpr(x, mulExpr(y, 2)));
}

TEST_CASE_METHOD(ExprFixture, "division by a constant") {
  CHECK(canonical("floordiv(-7, 2)") == "-4");
  CHECK(canonical("ceildiv(-7, 2)") == "-3");
  CHECK(canonical("mod(-7, 2)") == "1");
  CHECK(canonical("floordiv(7, -2)") == "-4");
  CHECK(canonical("mod(7, -2)") == "-1");
  CHECK(canonical("floordiv(4*x+y+9, 4)") == "x+floordiv(y+1, 4)+2");
  CHECK(canonical("floordiv(4*s*t, 4*t)") == "floordiv(s*t, t)");
  CHECK(canonical("floordiv(4*x+2, 8)") == "floordiv(x, 2)");
  CHECK(canonical("floordiv(floordiv(x, 2), 3)") == "floordiv(x, 6)");
  CHECK(canonical("floordiv(floordiv(2*x+y, 2), 3)") == "floordiv(2*x+y, 6)");
  CHECK(canonical("ceildiv(ceildiv(x, 2), 3)") == "ceildiv(x, 6)");
  CHECK(canonical("floordiv(x-1, 2)+1") == "ceildiv(x, 2)");
  CHECK(canonical("floordiv(x+3, 4)") == "ceildiv(x, 4)");
  CHECK(canonical("floordiv(mod(x, 4), 4)") == "0");
  CHECK(canonical("floordiv(x, -1)") == "-x");
  CHECK(canonical("mod(8*x+y+9, 4)") == "mod(y+1, 4)");
  CHECK(canonical("mod(4*x+2, 8)") == "4*mod(x, 2)+2");
  CHECK(canonical("mod(mod(x, 8), 4)") == "mod(x, 4)");
  CHECK(canonical("mod(mod(x, 4), 8)") == "mod(x, 4)");
  CHECK(canonical("mod(x, 1)") == "0");
}

TEST_CASE_METHOD(ExprFixture, "a size that may be 0 is not cancelled") {
  CHECK(canonical("floordiv(x, x)") == "floordiv(x, x)");
  CHECK(canonical("mod(x, x)") == "mod(x, x)");
  CHECK(canonical("floordiv(6*x, -4*y)") == "floordiv(-3*x, 2*y)");
  CHECK(canonical("mod(6*x, 4*y)") == "2*mod(3*x, 2*y)");
  CHECK(floorDivExpr(x, 0) != x);
  CHECK(evaluateExpr(floorDivExpr(x, 0), [](auto) { return 3; }) ==
        std::nullopt);
}

TEST_CASE_METHOD(ExprFixture, "min and max") {
  CHECK(canonical("min(x, x+1)") == "x");
  CHECK(canonical("max(x, x+y)") == "x+y");
  CHECK(canonical("max(2*x*y+z, 0)") == "2*x*y+z");
  CHECK(canonical("max(x-y, 0)") == "max(0, x-y)");
  CHECK(canonical("min(x, min(y, 3), x, 5)") == "min(3, x, y)");
  CHECK(minExpr(minExpr(x, y), z) == minExpr(x, minExpr(z, y)));
}

TEST_CASE_METHOD(ExprFixture, "broadcast") {
  CHECK(canonical("broadcast(x, 1)") == "x");
  CHECK(canonical("broadcast(1, 1)") == "1");
  CHECK(canonical("broadcast(x, 5)") == "5");
  CHECK(canonical("broadcast(x, 0)") == "0");
  CHECK(canonical("broadcast(y, x, y, x)") == "broadcast(x, y)");
  CHECK(canonical("broadcast(x, y+2)") == "y+2");
  CHECK(canonical("broadcast(x, 2*y)") == "2*y");
  CHECK(canonical("broadcast(2, x, 3)") == "broadcast(2, 3)");
}

TEST_CASE_METHOD(ExprFixture, "names are kept, quoted where they must be") {
  for (llvm::StringRef name : {"x", "_1", "min", "past seq", "a.b", "true",
                               "1x", "", "q\"\\\n", "a>)]", "i64"}) {
    ExprAttr e = addExpr(mulExpr(symbol(name), -3), 1);
    CHECK(parse(e.str()) == e);
  }
  CHECK(symbol("past seq").str() == "\"past seq\"");
  CHECK(symbol("mod").str() == "\"mod\"");
  CHECK(symbol("seq_len2").str() == "seq_len2");
}

TEST_CASE_METHOD(ExprFixture, "coefficients that overflow") {
  for (ExprAttr e :
       {number(kMin), number(kMax), addExpr(x, kMin), mulExpr(x, kMin),
        addExpr(mulExpr(x, kMin), y), addExpr(y, mulExpr(x, kMin)),
        addExpr(number(kMax), 1), mulExpr(mulExpr(x, kMax), 2),
        subExpr(number(kMin), mulExpr(x, kMin)), mulExpr(number(kMin), -1),
        floorDivExpr(number(kMin), -1), floorDivExpr(x, kMin),
        ceilDivExpr(addExpr(x, kMax), kMax), ceilDivExpr(number(kMax), kMax)}) {
    INFO(e.str());
    CHECK(parse(e.str()) == e);
  }
  CHECK(evaluateExpr(ceilDivExpr(addExpr(x, 2), kMax),
                     [](auto) { return 0; }) == 1);
  ExprAttr big = mulExpr(x, int64_t(1) << 62);
  ExprAttr sum = addExpr(big, big);
  CHECK(subExpr(sum, sum).isConstant(0));
  CHECK(evaluateExpr(sum, [](auto) { return 0; }) == 0);
  CHECK(evaluateExpr(sum, [](auto) { return 1; }) == std::nullopt);
  CHECK(ceilDivExpr(number(kMax), 2).isConstant((int64_t(1) << 62)));
}

TEST_CASE_METHOD(ExprFixture, "a large product stays unexpanded") {
  ExprAttr sum = number(1);
  for (int i = 0; i < 40; ++i)
    sum = addExpr(sum, symbol("s" + std::to_string(i)));
  ExprAttr square = mulExpr(sum, sum);
  CHECK(parse(square.str()) == square);
  CHECK(evaluateExpr(square, [](auto) { return 2; }) == 81 * 81);
}

TEST_CASE_METHOD(ExprFixture, "substitution and symbols") {
  ExprAttr e = parse("ceildiv(2*x+y, 4)+min(x, z)");
  ExprAttr at = substituteExpr(e, [&](llvm::StringRef name) {
    return name == "x" ? addExpr(y, 2) : ExprAttr();
  });
  CHECK(at == parse("ceildiv(3*y, 4)+1+min(y+2, z)"));
  CHECK(substituteExpr(e, [](auto) { return ExprAttr(); }) == e);
  std::string names;
  walkSymbols(e, [&](ExprAttr s) { names += s.getName(); });
  CHECK(names == "xyxz");
  CHECK(evaluateExpr(e, [](llvm::StringRef name) -> std::optional<int64_t> {
          return name == "z" ? std::nullopt : std::optional<int64_t>(3);
        }) == std::nullopt);
}

TEST_CASE_METHOD(ExprFixture, "random expressions mean what was written") {
  Random random(1);
  int compared = 0;
  for (int i = 0; i < 10000; ++i) {
    Tree tree = randomTree(random, 1 + i % 4);
    ExprAttr e = build(tree, &context);
    REQUIRE(parse(e.str()) == e);
    REQUIRE(substituteExpr(
                e, [&](llvm::StringRef name) { return symbol(name); }) == e);
    for (int trial = 0; trial < 6; ++trial) {
      Values values;
      for (int64_t &value : values)
        value = random.between(0, trial < 3 ? 2 : 12);
      std::optional<int64_t> expected = evaluate(tree, values);
      if (!expected)
        continue;
      INFO("expression " << i << ": " << e.str());
      REQUIRE(evaluate(e, values) == expected);
      ++compared;
    }
  }
  CHECK(compared > 30000);
}

TEST_CASE_METHOD(ExprFixture, "random expressions with extreme constants") {
  Random random(2);
  auto extreme = [](Random &random) {
    static constexpr int64_t numbers[] = {
        kMin, kMin + 1, -2, -1, 0, 1, 2, kMax - 1, kMax, 3, int64_t(1) << 62};
    return random.oneOf(numbers);
  };
  for (int i = 0; i < 10000; ++i) {
    Tree tree = randomTree(random, 1 + i % 4, extreme);
    ExprAttr e = build(tree, &context);
    Values values;
    for (int64_t &value : values)
      value = random.between(0, 3);
    std::optional<int64_t> expected = evaluate(tree, values);
    std::optional<int64_t> actual = evaluate(e, values);
    INFO("expression " << i << ": " << e.str());
    if (expected && actual)
      REQUIRE(*actual == *expected);
  }
}

TEST_CASE_METHOD(ExprFixture, "equal by algebra is equal as an attribute") {
  Random random(3);
  for (int i = 0; i < 3000; ++i) {
    ExprAttr a = build(randomTree(random, 2), &context);
    ExprAttr b = build(randomTree(random, 2), &context);
    ExprAttr c = build(randomTree(random, 2), &context);
    INFO(a.str() << " | " << b.str() << " | " << c.str());
    REQUIRE(addExpr(a, b) == addExpr(b, a));
    REQUIRE(mulExpr(a, b) == mulExpr(b, a));
    REQUIRE(addExpr(a, addExpr(b, c)) == addExpr(addExpr(a, b), c));
    REQUIRE(mulExpr(a, mulExpr(b, c)) == mulExpr(mulExpr(a, b), c));
    REQUIRE(mulExpr(a, addExpr(b, c)) == addExpr(mulExpr(a, b), mulExpr(a, c)));
    REQUIRE(addExpr(subExpr(a, b), b) == a);
    for (auto *combine : {minExpr, maxExpr, broadcastExpr}) {
      REQUIRE(combine(a, b) == combine(b, a));
      REQUIRE(combine(a, combine(b, c)) == combine(combine(a, b), c));
      REQUIRE(combine(a, a) == a);
    }
    int64_t n = random.between(2, 9);
    ExprAttr shifted = addExpr(a, mulExpr(b, n));
    REQUIRE(floorDivExpr(shifted, n) == addExpr(floorDivExpr(a, n), b));
    REQUIRE(ceilDivExpr(shifted, n) == addExpr(ceilDivExpr(a, n), b));
    REQUIRE(modExpr(shifted, number(n)) == modExpr(a, number(n)));
    REQUIRE(ceilDivExpr(a, n) == floorDivExpr(addExpr(a, n - 1), n));
  }
}

TEST_CASE_METHOD(ExprFixture, "the order does not depend on creation") {
  mlir::MLIRContext other(mlir::MLIRContext::Threading::DISABLED);
  other.loadDialect<TnDialect>();
  for (const char *name : {"z", "y", "x"})
    symbolExpr(&other, name);
  for (const char *text : {"z+y+x*z", "min(z, y)*x", "max(z*x, y, 2)"}) {
    auto e = mlir::cast<ExprAttr>(
        mlir::parseAttribute(std::string("#tn.expr<") + text + ">", &other));
    CHECK(e.str() == canonical(text));
  }
}
