//===- RegionFrequencyTest.cpp - Paths and counts of regions --------------===//

#include "tenon/Profile/RegionFrequency.h"
#include "mlir/Parser/Parser.h"
#include "tenon/Dialect/Tn/TnOps.h"
#include <catch2/catch.hpp>

using namespace mlir;
using namespace tenon;
using namespace tenon::profile;

namespace {

/// A loop of `count` rounds around a branch; its op in the branch is "leaf".
std::string nest(const std::string &count, const std::string &at) {
  return "%r = tn.loop count " + count +
         " : tensor<i64> (%x) attributes {symbols = []} : (!x) -> !x {\n"
         "^bb0(%i: tensor<i64>, %go: tensor<i1>, %s: !x):\n"
         "%y = tn.if %c attributes {symbols = []} : (tensor<i1>) -> !x {\n"
         "%z = tn.exp %s : (!x) -> !x loc(\"leaf\")\n"
         "tn.yield %z : !x\n} else {\n"
         "tn.yield %s : !x\n} loc(" +
         (at.empty() ? "\"if\"" : "callsite(\"if\" at " + at + ")") +
         ")\ntn.yield %go, %y : tensor<i1>, !x\n} loc(" +
         (at.empty() ? "\"loop\"" : "callsite(\"loop\" at " + at + ")") + ")\n";
}

struct RegionFixture {
  MLIRContext context;
  OwningOpRef<ModuleOp> module;

  RegionFixture() { context.loadDialect<tn::TnDialect, func::FuncDialect>(); }

  void parse(const std::string &text) {
    module =
        parseSourceString<ModuleOp>("!x = tensor<4xf32>\n" + text, &context);
    REQUIRE(module);
  }
  Operation *leaf() {
    Operation *found = nullptr;
    module->walk([&](tn::ExpOp op) { found = op; });
    REQUIRE(found);
    return found;
  }
  template <typename Op> Op only() {
    Op found;
    module->walk([&](Op op) { found = op; });
    REQUIRE(found);
    return found;
  }
};

const std::string arguments =
    "(%n: tensor<i64>, %c: tensor<i1>, %x: !x) -> !x {\n";
const std::string call = "func.call @f(%n, %c, %x) : "
                         "(tensor<i64>, tensor<i1>, !x) -> !x ";

} // namespace

TEST_CASE_METHOD(RegionFixture, "estimates come from trip counts",
                 "[Profile]") {
  parse("func.func @main" + arguments +
        "%k = tn.constant dense<100> : tensor<i64>\n" + nest("%k", "") +
        "return %r : !x\n}");
  RegionFrequency known(*module, nullptr);
  CHECK(known.of(leaf()) == 50);
  CHECK(known.of(only<tn::LoopOp>().getBody()) == 100);
  CHECK(known.of(only<tn::LoopOp>()) == 1);

  parse("func.func @main" + arguments + nest("%n", "") + "return %r : !x\n}");
  CHECK(RegionFrequency(*module, nullptr).of(leaf()) == 4);
}

TEST_CASE_METHOD(RegionFixture, "functions run as often as their calls",
                 "[Profile]") {
  parse("func.func private @f" + arguments + nest("%n", "") +
        "return %r : !x\n}\nfunc.func @main" + arguments + "%1 = " + call +
        "loc(\"a\")\n%2 = " + call + "loc(\"b\")\nreturn %2 : !x\n}");
  CHECK(RegionFrequency(*module, nullptr).of(leaf()) == 8);

  auto profile = llvm::cantFail(ExecutionProfile::parse(R"json({
    "runs": 2, "regions": [{"path": "a > loop > if:then", "calls": 6},
                           {"path": "b > loop > if:then", "calls": 4},
                           {"path": "loop > if:then", "calls": 100}]})json"));
  CHECK(RegionFrequency(*module, &profile).of(leaf()) == 5);
}

TEST_CASE_METHOD(RegionFixture, "paths are the same after inlining",
                 "[Profile]") {
  auto profile = llvm::cantFail(ExecutionProfile::parse(R"json({
    "runs": 1, "regions": [{"path": "a > loop", "calls": 9},
                           {"path": "a > loop > if:then", "calls": 7}]})json"));
  parse("func.func @main" + arguments + nest("%n", "\"a\"") +
        "return %r : !x\n}");
  RegionFrequency frequency(*module, &profile);
  CHECK(frequency.of(leaf()) == 7);
  CHECK(frequency.of(only<tn::LoopOp>().getBody()) == 9);
  CHECK(regionName(only<tn::LoopOp>().getBody()) == "a > loop");
  CHECK(regionName(only<tn::IfOp>().getElseRegion()) == "if:else");
}
