//===- ShapeFactsTest.cpp - Proofs from ranges and divisibility -----------===//

#include "tenon/Dialect/Tn/ShapeFacts.h"
#include "RandomExpr.h"
#include "mlir/AsmParser/AsmParser.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include <catch2/catch.hpp>

using namespace tenon::tn;
using namespace tenon::tn::test;

namespace {
constexpr int64_t kUnbounded = std::numeric_limits<int64_t>::max();

struct FactsFixture {
  FactsFixture() {
    context.loadDialect<TnDialect>();
    facts.add("batch", {{1, 8}, 1});
    facts.add("seq", {{1, 512}, 8});
    facts.add("one", {{1, 1}, 1});
    facts.add("many", {{3, kUnbounded}, 1});
  }
  mlir::MLIRContext context{mlir::MLIRContext::Threading::DISABLED};
  ShapeFacts facts;

  ExprAttr parse(const std::string &text) {
    return mlir::cast<ExprAttr>(
        mlir::parseAttribute("#tn.expr<" + text + ">", &context));
  }
  Range range(const std::string &text) { return facts.range(parse(text)); }
  std::string simplify(const std::string &text) {
    return facts.simplify(parse(text)).str();
  }
  bool atMost(const std::string &a, const std::string &b) {
    return facts.provablyAtMost(parse(a), parse(b));
  }
};
} // namespace

TEST_CASE_METHOD(FactsFixture, "facts narrow and never contradict") {
  CHECK(facts.lookup("seq").range == Range{8, 512});
  CHECK(facts.lookup("unknown").range == Range{0, kUnbounded});
  CHECK(facts.add("seq", {{0, 100}, 6}));
  CHECK(facts.lookup("seq").range == Range{24, 96});
  CHECK(facts.lookup("seq").multiple == 24);
  CHECK_FALSE(facts.add("seq", {{97, 200}, 1}));
  CHECK_FALSE(facts.add("seq", {{0, 200}, 0}));
  CHECK_FALSE(facts.add("b", {{9, 15}, 8}));
  CHECK(facts.lookup("seq").range == Range{24, 96});
}

TEST_CASE_METHOD(FactsFixture, "facts live in an attribute of the module") {
  mlir::OwningOpRef<mlir::ModuleOp> module(
      mlir::ModuleOp::create(mlir::UnknownLoc::get(&context)));
  CHECK(ShapeFacts(*module).lookup("seq").multiple == 1);
  facts.add("past seq", {{0, 7}, 1});
  (*module)->setAttr("tn.facts", facts.toAttr(&context));
  ShapeFacts read(*module);
  CHECK(read.toAttr(&context) == facts.toAttr(&context));
  CHECK(read.lookup("past seq").range == Range{0, 7});
}

TEST_CASE_METHOD(FactsFixture, "ranges") {
  CHECK(range("2*batch+1") == Range{3, 17});
  CHECK(range("batch-seq") == Range{-511, 0});
  CHECK(range("ceildiv(seq, 16)") == Range{1, 32});
  CHECK(range("mod(x, 5)") == Range{0, 4});
  CHECK(range("mod(x, many)") == Range{0, kUnbounded});
  CHECK(range("min(x, batch)") == Range{0, 8});
  CHECK(range("max(x, batch)") == Range{1, kUnbounded});
  CHECK(range("many*many") == Range{9, kUnbounded});
  CHECK(range("-many") == Range{std::numeric_limits<int64_t>::min(), -3});
  CHECK(range("floordiv(seq, batch)") == Range{1, 512});
}

TEST_CASE_METHOD(FactsFixture, "multiples") {
  CHECK(facts.isMultipleOf(parse("seq"), 8));
  CHECK(facts.isMultipleOf(parse("batch*seq"), 4));
  CHECK(facts.isMultipleOf(parse("seq+16*batch"), 8));
  CHECK(facts.isMultipleOf(parse("floordiv(seq, 2)"), 4));
  CHECK(facts.isMultipleOf(parse("16*ceildiv(x, 16)"), 16));
  CHECK(facts.isMultipleOf(parse("0"), 7));
  CHECK_FALSE(facts.isMultipleOf(parse("seq"), 16));
  CHECK_FALSE(facts.isMultipleOf(parse("seq+batch"), 2));
}

TEST_CASE_METHOD(FactsFixture, "comparisons") {
  CHECK(atMost("batch", "seq"));
  CHECK(atMost("x", "16*ceildiv(x, 16)"));
  CHECK(atMost("16*floordiv(x, 16)", "x"));
  CHECK(atMost("16*ceildiv(x, 16)", "x+15"));
  CHECK(atMost("min(x, y)", "max(y, z)"));
  CHECK(atMost("x", "x+y"));
  CHECK_FALSE(atMost("x", "y"));
  CHECK(atMost("x", "16*floordiv(x, 16)+15"));
  CHECK_FALSE(atMost("x", "16*floordiv(x, 16)+14"));
  CHECK_FALSE(atMost("x+1", "16*ceildiv(x, 16)"));
  CHECK_FALSE(atMost("16*ceildiv(x, 16)", "x+14"));
  CHECK(facts.provablyDifferent(parse("many"), parse("1")));
  CHECK(facts.provablyDifferent(parse("seq+2*x"), parse("2*y+1")));
  CHECK_FALSE(facts.provablyDifferent(parse("seq"), parse("64")));
  CHECK(facts.provablyEqual(parse("floordiv(seq*x, seq)"), parse("x")));
  CHECK(facts.provablyEqual(parse("one*x"), parse("x")));
  CHECK_FALSE(facts.provablyEqual(parse("x"), parse("y")));
}

TEST_CASE_METHOD(FactsFixture, "simplification under facts") {
  CHECK(simplify("floordiv(x*batch, batch)") == "x");
  CHECK(simplify("floordiv(x*y, x)") == "floordiv(x*y, x)");
  CHECK(simplify("floordiv(x*batch+y, batch)") == "x+floordiv(y, batch)");
  CHECK(simplify("floordiv(x*batch+x, batch+1)") == "x");
  CHECK(simplify("floordiv(12*x*batch, 8*y*batch)") == "floordiv(3*x, 2*y)");
  CHECK(simplify("floordiv(batch, batch)") == "1");
  CHECK(simplify("mod(x*batch+y, batch)") == "mod(y, batch)");
  CHECK(simplify("mod(seq, 4)") == "0");
  CHECK(simplify("mod(batch, seq+1)") == "batch");
  CHECK(simplify("8*ceildiv(seq+3, 8)") == "8*floordiv(seq, 8)+8");
  CHECK(simplify("floordiv(batch, 9)") == "0");
  CHECK(simplify("min(batch, seq, x)") == "min(batch, x)");
  CHECK(simplify("max(batch, seq)") == "seq");
  CHECK(simplify("broadcast(x, seq)") == "seq");
  CHECK(simplify("broadcast(x, one)") == "x");
  CHECK(simplify("one*x+one") == "x+1");
}

TEST_CASE_METHOD(FactsFixture, "random facts never prove what is wrong") {
  Random random(4);
  int checked = 0;
  for (int i = 0; i < 4000; ++i) {
    ShapeFacts facts;
    std::array<std::vector<int64_t>, kNumSymbols> allowed;
    for (size_t s = 0; s < kNumSymbols; ++s) {
      int64_t multiple = random.between(1, 4), min = random.between(0, 6);
      int64_t max = min + random.between(0, 9);
      bool bounded = random.between(0, 2) != 0;
      if (facts.add(kSymbols[s], {{min, bounded ? max : kUnbounded}, multiple}))
        for (int64_t v = min; v <= max; ++v)
          if (v % multiple == 0)
            allowed[s].push_back(v);
      if (allowed[s].empty())
        allowed[s].push_back(facts.lookup(kSymbols[s]).range.min);
    }
    Tree left = randomTree(random, 1 + i % 3);
    Tree right = randomTree(random, 1 + i % 2);
    ExprAttr a = build(left, &context), b = build(right, &context);
    ExprAttr simple = facts.simplify(a);
    Range bounds = facts.range(a);
    bool equal = facts.provablyEqual(a, b);
    bool different = facts.provablyDifferent(a, b);
    bool atMost = facts.provablyAtMost(a, b);
    int64_t n = random.between(2, 6);
    bool multiple = facts.isMultipleOf(a, n);
    INFO(i << ": " << a.str() << " | " << b.str() << " | " << simple.str());
    REQUIRE(facts.simplify(simple) == simple);
    for (int trial = 0; trial < 20; ++trial) {
      Values values;
      for (size_t s = 0; s < kNumSymbols; ++s)
        values[s] = allowed[s][random.between(0, allowed[s].size() - 1)];
      std::optional<int64_t> x = evaluate(left, values);
      std::optional<int64_t> y = evaluate(right, values);
      if (!x)
        continue;
      ++checked;
      REQUIRE(evaluate(simple, values) == x);
      REQUIRE(bounds.min <= *x);
      REQUIRE(*x <= bounds.max);
      REQUIRE((!multiple || *x % n == 0));
      if (!y)
        continue;
      REQUIRE((!equal || *x == *y));
      REQUIRE((!different || *x != *y));
      REQUIRE((!atMost || *x <= *y));
    }
  }
  CHECK(checked > 40000);
}
