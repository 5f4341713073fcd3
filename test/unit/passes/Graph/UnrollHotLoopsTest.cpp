//===- UnrollHotLoopsTest.cpp - What a profile says about loops -----------===//

#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Graph/Passes.h"
#include "tenon/Dialect/Tn/TnOps.h"
#include <catch2/catch.hpp>

using namespace mlir;
using namespace tenon;

/// Which of two loops, of 100 rounds and 3 rounds, are left.
static std::vector<std::string> loopsLeft(const char *regions) {
  MLIRContext context(MLIRContext::Threading::DISABLED);
  context.loadDialect<tn::TnDialect, func::FuncDialect>();
  auto loop = [](std::string result, std::string count, std::string name) {
    return result + " = tn.loop count " + count +
           " : tensor<i64> (%x) : (tensor<4xf32>) -> tensor<4xf32> {\n"
           "^bb0(%i: tensor<i64>, %go: tensor<i1>, %a: tensor<4xf32>):\n"
           "%b = tn.exp %a : (tensor<4xf32>) -> tensor<4xf32>\n"
           "tn.yield %go, %b : tensor<i1>, tensor<4xf32>\n} loc(\"" +
           name + "\")\n";
  };
  auto module = parseSourceString<ModuleOp>(
      "func.func @main(%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {\n"
      "%many = tn.constant dense<100> : tensor<i64>\n"
      "%few = tn.constant dense<3> : tensor<i64>\n" +
          loop("%0", "%many", "many") + loop("%1", "%few", "few") +
          "return %0, %1 : tensor<4xf32>, tensor<4xf32>\n}",
      &context);
  REQUIRE(module);
  std::optional<profile::ExecutionProfile> profile;
  if (regions)
    profile = llvm::cantFail(profile::ExecutionProfile::parse(
        std::string("{\"runs\": 1, \"regions\": [") + regions + "]}"));
  PassManager pm(&context);
  pm.addPass(graph::createUnrollHotLoops(profile ? &*profile : nullptr));
  REQUIRE(succeeded(pm.run(*module)));
  std::vector<std::string> left;
  module->walk([&](tn::LoopOp loop) {
    left.push_back(cast<NameLoc>(loop.getLoc()).getName().str());
  });
  return left;
}

TEST_CASE("hot loops may add more ops than others, cold ones none", "[Graph]") {
  using Names = std::vector<std::string>;
  CHECK(loopsLeft(nullptr) == Names{"many"});
  CHECK(loopsLeft(R"({"path": "many", "calls": 100},
                     {"path": "few", "calls": 3})") == Names{"few"});
  CHECK(loopsLeft(R"({"path": "many", "calls": 1},
                     {"path": "few", "calls": 30})") == Names{"many"});
}
