//===- CompilerTest.cpp - The compiler as a whole -------------------------===//

#include "tenon/Driver/Compiler.h"
#include "tenon/Dialect/Tn/TnOps.h"
#include "tenon/runtime.h"
#include "mlir/Parser/Parser.h"
#include <catch2/catch.hpp>

using namespace mlir;
using namespace tenon;

static OwningOpRef<ModuleOp> parse(Compiler &compiler, StringRef text) {
  return parseSourceString<ModuleOp>(text, &compiler.context());
}

TEST_CASE("tn-fold-constants computes a constant subgraph by running it",
          "[driver]") {
  Compiler compiler;
  OwningOpRef<ModuleOp> module = parse(compiler, R"(
    func.func @main() -> (tensor<3xf32> {tn.name = "y"}) {
      %0 = tn.constant dense<[1.0, 4.0, 9.0]> : tensor<3xf32>
      %1 = tn.sqrt %0 : (tensor<3xf32>) -> tensor<3xf32>
      %2 = tn.add %1, %0 : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
      return %2 : tensor<3xf32>
    })");
  REQUIRE(module);
  REQUIRE(succeeded(compiler.runTo(*module, Stage::normalize, {})));
  auto main = module->lookupSymbol<func::FuncOp>("main");
  auto constant = main.getBody()
                      .front()
                      .getTerminator()
                      ->getOperand(0)
                      .getDefiningOp<tn::ConstantOp>();
  REQUIRE(constant);
  auto values = cast<DenseElementsAttr>(constant.getValue()).getValues<float>();
  CHECK(std::vector<float>(values.begin(), values.end()) ==
        std::vector<float>{2, 6, 12});
}

TEST_CASE("dequantized weights are computed once, results that are much larger "
          "than their operands at run time",
          "[driver]") {
  Compiler compiler;
  OwningOpRef<ModuleOp> module = parse(compiler, R"(
    func.func @main() -> (tensor<262144xf32> {tn.name = "y"},
                          tensor<262144x2xf32> {tn.name = "z"}) {
      %q = tn.constant dense<3> : tensor<262144xi8>
      %0 = tn.cast %q : (tensor<262144xi8>) -> tensor<262144xf32>
      %s = tn.constant dense<0.5> : tensor<1xf32>
      %1 = tn.broadcast %s : (tensor<1xf32>) -> tensor<262144x2xf32>
      return %0, %1 : tensor<262144xf32>, tensor<262144x2xf32>
    })");
  REQUIRE(module);
  REQUIRE(succeeded(compiler.runTo(*module, Stage::normalize, {})));
  auto main = module->lookupSymbol<func::FuncOp>("main");
  Operation *results = main.getBody().front().getTerminator();
  CHECK(results->getOperand(0).getDefiningOp<tn::ConstantOp>());
  CHECK(results->getOperand(1).getDefiningOp<tn::BroadcastOp>());
}

TEST_CASE("a dynamic module runs in memory for several sizes", "[driver]") {
  Compiler compiler;
  OwningOpRef<ModuleOp> module = parse(compiler, R"(
    func.func @main(%x: tensor<?x5xf32, #tn.shape<[n, 5]>> {tn.name = "x"})
        -> (tensor<?x1xf32, #tn.shape<[n, 1]>> {tn.name = "y"}) {
      %0 = tn.mul %x, %x : (tensor<?x5xf32, #tn.shape<[n, 5]>>, tensor<?x5xf32, #tn.shape<[n, 5]>>) -> tensor<?x5xf32, #tn.shape<[n, 5]>>
      %1 = tn.reduce %0 {axes = array<i64: 1>, combiner = #tn.combiner<sum>} : (tensor<?x5xf32, #tn.shape<[n, 5]>>) -> tensor<?x1xf32, #tn.shape<[n, 1]>>
      return %1 : tensor<?x1xf32, #tn.shape<[n, 1]>>
    })");
  REQUIRE(module);
  auto code = compiler.compileToMemory(*module, {});
  REQUIRE(succeeded(code));
  auto query = (*code)->lookup(TN_MODULE_QUERY_SYMBOL);
  REQUIRE(bool(query));
  tn_module *loaded = nullptr;
  tn_session *session = nullptr;
  REQUIRE(tn_module_from_query(reinterpret_cast<tn_module_query_fn>(*query),
                               &loaded) == TN_OK);
  REQUIRE(tn_session_create(loaded, nullptr, &session) == TN_OK);
  for (int64_t n : {0, 1, 7}) {
    std::vector<float> x(n * 5 + 1, 2.0f);
    int64_t dims[] = {n, 5};
    tn_view input = {x.data(), dims, 2, TN_F32};
    tn_output output = {};
    REQUIRE(tn_run(session, &input, 1, &output, 1) == TN_OK);
    CHECK(output.view.dims[0] == n);
    for (int64_t i = 0; i < n; ++i)
      CHECK(static_cast<float *>(output.view.data)[i] == 20.0f);
    tn_tensor_release(output.tensor);
  }
  tn_session_release(session);
  tn_module_release(loaded);
}

static const char *chain = R"(
    func.func @main(%x: tensor<4xf32> {tn.name = "x"}) -> (tensor<4xf32> {tn.name = "y"}) {
      %0 = tn.exp %x : (tensor<4xf32>) -> tensor<4xf32> loc("first")
      %1 = tn.neg %0 : (tensor<4xf32>) -> tensor<4xf32> loc("second")
      return %1 : tensor<4xf32>
    })";

TEST_CASE("each op is a kernel where fusion is disabled", "[driver]") {
  auto kernels = [](std::vector<std::string> disabled) {
    Compiler compiler;
    OwningOpRef<ModuleOp> module = parse(compiler, chain);
    CompileOptions options;
    options.disabled = std::move(disabled);
    int count = 0;
    if (succeeded(compiler.runTo(*module, Stage::fuse, options)))
      module->walk([&](tn::FusionOp) { ++count; });
    return count;
  };
  CHECK(kernels({}) == 1);
  CHECK(kernels({"tn-form-fusions"}) == 2);
  CHECK(kernels({"all"}) == 2);
  CHECK(kernels({"tn-form-fusion"}) == 0); // no such pass
}

TEST_CASE("remarks name nodes and reasons", "[driver]") {
  std::string text;
  llvm::raw_string_ostream os(text);
  {
    Compiler compiler;
    compiler.onRemark([&](const Remark &remark) { remark.print(os); });
    OwningOpRef<ModuleOp> module = parse(compiler, chain);
    REQUIRE(succeeded(compiler.runTo(*module, Stage::fuse, {})));
  }
  CHECK(text == "second: passed Fused [fusion] Ops=2, Results=1\n");
}

TEST_CASE("passes and variants are shown to who asks", "[driver]") {
  std::vector<std::string> passes, kernels;
  CompileOptions options;
  options.targets = {llvm::cantFail(TargetDesc::lookup("x86-64-v3"))};
  options.onPass = [&](StringRef pass, ModuleOp module) {
    CHECK(module.lookupSymbol("main"));
    passes.push_back(pass.str());
  };
  options.onVariant = [&](ModuleOp planned,
                          const cpu::ModuleTable::Variant &variant) {
    CHECK(planned.lookupSymbol("main")->hasAttr("tn.arena"));
    for (const cpu::ModuleTable::Kernel &kernel : variant.kernels)
      kernels.push_back(variant.target + ": " + kernel.name);
  };
  Compiler compiler;
  OwningOpRef<ModuleOp> module = parse(compiler, chain);
  REQUIRE(succeeded(compiler.compile(*module, options)));
  CHECK(passes.front() == "tn-eliminate-dead-nodes");
  CHECK(llvm::is_contained(passes, "tn-form-fusions"));
  CHECK(kernels == std::vector<std::string>{"x86-64-v3: loop first, second"});
}

TEST_CASE("for this machine there is the variant of an artifact that it runs",
          "[driver]") {
  auto targetsOf = [](bool hostOnly) {
    CompileOptions options;
    options.hostOnly = hostOnly;
    Compiler compiler;
    OwningOpRef<ModuleOp> module = parse(compiler, chain);
    auto compiled = compiler.compile(*module, options);
    REQUIRE(succeeded(compiled));
    std::vector<std::string> targets;
    for (const cpu::ModuleTable::Variant &variant : compiled->table.variants)
      targets.push_back(variant.target);
    return targets;
  };
  std::vector<std::string> all = targetsOf(false);
  auto first = llvm::find_if(all, [](StringRef name) {
    return runsHere(llvm::cantFail(TargetDesc::lookup(name)));
  });
  REQUIRE(first != all.end());
  CHECK(targetsOf(true) == std::vector<std::string>{*first});
}
