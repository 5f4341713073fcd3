//===- SymbolsTest.cpp - Which sizes are known when -----------------------===//

#include "passes/Plan/Symbols.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Parser/Parser.h"
#include <catch2/catch.hpp>

using namespace mlir;
using namespace tenon;

namespace {
struct SymbolsFixture {
  MLIRContext context;
  OwningOpRef<ModuleOp> module;
  func::FuncOp function;

  SymbolsFixture() {
    context.loadDialect<tn::TnDialect, func::FuncDialect>();
    // n is a dim by itself, twice; m is only in an expression.
    module = parseSourceString<ModuleOp>(R"mlir(
      func.func @main(%x: tensor<?x?xf32, #tn.shape<[seq, n]>>,
                      %y: tensor<?x?xf16, #tn.shape<[n, 2*m]>>) {
        return
      })mlir",
                                         &context);
    REQUIRE(module);
    function = module->lookupSymbol<func::FuncOp>("main");
  }
  tn::ExprAttr symbol(const char *name) {
    return tn::symbolExpr(&context, name);
  }
  tn::ExprAttr number(int64_t value) {
    return tn::constantExpr(&context, value);
  }
};
} // namespace

TEST_CASE_METHOD(SymbolsFixture, "inputs bind the dims that are symbols",
                 "[Plan]") {
  auto symbols = plan::inputSymbols(function);
  CHECK(llvm::to_vector(symbols) ==
        SmallVector<tn::ExprAttr>{symbol("seq"), symbol("n")});
  CHECK(plan::dependsOnlyOn(tn::addExpr(symbol("seq"), symbol("n")), symbols));
  CHECK(plan::dependsOnlyOn(number(7), symbols));
  CHECK_FALSE(
      plan::dependsOnlyOn(tn::addExpr(symbol("n"), symbol("m")), symbols));
}

TEST_CASE_METHOD(SymbolsFixture, "bytes, and sizes that may be negative",
                 "[Plan]") {
  tn::ShapeFacts facts;
  tn::ExprAttr less = tn::addExpr(symbol("n"), number(-3));
  CHECK_FALSE(plan::mayBeNegative(symbol("n"), facts));
  CHECK(plan::mayBeNegative(less, facts));
  REQUIRE(facts.add("n", {{3, 10}, 1}));
  CHECK_FALSE(plan::mayBeNegative(less, facts));
  CHECK(plan::bytesOf(function.getArgumentTypes()[0], facts).str() ==
        tn::mulExpr(number(4), tn::mulExpr(symbol("seq"), symbol("n"))).str());
  CHECK(plan::bytesOf(function.getArgumentTypes()[1], facts).str() ==
        tn::mulExpr(number(4), tn::mulExpr(symbol("m"), symbol("n"))).str());
}
