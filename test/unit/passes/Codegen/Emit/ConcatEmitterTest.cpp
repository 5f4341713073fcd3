//===- ConcatEmitterTest.cpp - Numbers of concat kernels ------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Parser/Parser.h"
#include "passes/Codegen/Emit/Emitter.h"
#include "tenon/Driver/Compiler.h"
#include "test/unit/passes/Codegen/Emit/ModuleRun.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::test;

TEST_CASE("along the last dim and the first", "[ConcatEmitter]") {
  std::vector<float> a = ramp(2 * 5), b = ramp(2 * 19, 1, 100), want;
  for (int r = 0; r < 2; ++r) {
    want.insert(want.end(), a.begin() + r * 5, a.begin() + r * 5 + 5);
    want.insert(want.end(), b.begin() + r * 19, b.begin() + r * 19 + 19);
  }
  expect(R"((%a: tensor<2x5xf32>, %b: tensor<2x19xf32>) -> tensor<2x24xf32> {
    %0 = tn.concat %a, %b {axis = 1 : i64} : (tensor<2x5xf32>, tensor<2x19xf32>) -> tensor<2x24xf32>
    return %0 : tensor<2x24xf32> })",
         {a, b}, want);
  want = a;
  want.insert(want.end(), b.begin(), b.end());
  expect(R"((%a: tensor<10xf32>, %b: tensor<38xf32>) -> tensor<48xf32> {
    %0 = tn.concat %a, %b {axis = 0 : i64} : (tensor<10xf32>, tensor<38xf32>) -> tensor<48xf32>
    return %0 : tensor<48xf32> })",
         {a, b}, want);
}

TEST_CASE("an operand is computed on the way; one is empty",
          "[ConcatEmitter]") {
  expect(R"((%a: tensor<3xf32>, %b: tensor<0xf32>) -> tensor<3xf32> {
    %0 = tn.neg %a : (tensor<3xf32>) -> tensor<3xf32>
    %1 = tn.concat %b, %0 {axis = 0 : i64} : (tensor<0xf32>, tensor<3xf32>) -> tensor<3xf32>
    return %1 : tensor<3xf32> })",
         {ramp(3), std::vector<float>{}}, std::vector<float>{0, -1, -2});
}

TEST_CASE("rows of the last dim, one operand computed, one read",
          "[ConcatEmitter]") {
  std::vector<float> a = ramp(2 * 3 * 35), b = ramp(2 * 2 * 35, 1, 500), want;
  std::vector<float> bias = ramp(35, 1, 1000);
  for (int image = 0; image < 2; ++image) {
    for (int i = 0; i < 3 * 35; ++i)
      want.push_back(a[image * 3 * 35 + i] + bias[i % 35]);
    want.insert(want.end(), b.begin() + image * 70,
                b.begin() + image * 70 + 70);
  }
  expect(
      R"((%a: tensor<2x3x35xf32>, %b: tensor<2x2x35xf32>, %c: tensor<35xf32>) -> tensor<2x5x35xf32> {
    %0 = tn.add %a, %c : (tensor<2x3x35xf32>, tensor<35xf32>) -> tensor<2x3x35xf32>
    %1 = tn.concat %0, %b {axis = 1 : i64} : (tensor<2x3x35xf32>, tensor<2x2x35xf32>) -> tensor<2x5x35xf32>
    return %1 : tensor<2x5x35xf32> })",
      {a, b, bias}, want);
}

TEST_CASE("more rows than a tile has", "[ConcatEmitter]") {
  std::vector<float> a = ramp(700 * 40), b = ramp(700 * 24, 1, 7), want;
  for (int r = 0; r < 700; ++r) {
    for (int i = 0; i < 40; ++i)
      want.push_back(-a[r * 40 + i]);
    want.insert(want.end(), b.begin() + r * 24, b.begin() + r * 24 + 24);
  }
  expect(
      R"((%a: tensor<700x40xf32>, %b: tensor<700x24xf32>) -> tensor<700x64xf32> {
    %0 = tn.neg %a : (tensor<700x40xf32>) -> tensor<700x40xf32>
    %1 = tn.concat %0, %b {axis = 1 : i64} : (tensor<700x40xf32>, tensor<700x24xf32>) -> tensor<700x64xf32>
    return %1 : tensor<700x64xf32> })",
      {a, b}, want);
}

// Rows of unknown number: lanes across them would divide for the image of each
// element, by a size that the compiler does not know.
TEST_CASE("an operand with a factor per image is walked by rows",
          "[ConcatEmitter]") {
  const char *text = R"mlir(
    !x = tensor<?x?x24xf32, #tn.shape<[n, h, 24]>>
    !f = tensor<?x1x24xf32, #tn.shape<[n, 1, 24]>>
    !y = tensor<?x?x48xf32, #tn.shape<[n, h, 48]>>
    func.func @f(%x: !x, %f: !f) {
      %0 = tn.fusion(%x, %f) schedule <concat, lanes = 8, tile = [64]> : (!x, !f) -> !y {
      ^bb0(%a: !x, %b: !f):
        %s = tn.mul %a, %b : (!x, !f) -> !x
        %c = tn.concat %s, %s {axis = 2 : i64} : (!x, !x) -> !y
        tn.yield %c : !y
      }
      return
    })mlir";
  Compiler compiler;
  MLIRContext &context = compiler.context();
  auto module = parseSourceString<ModuleOp>(text, &context);
  REQUIRE(module);
  tn::FusionOp fusion;
  module->walk([&](tn::FusionOp op) { fusion = op; });
  TargetDesc target = llvm::cantFail(TargetDesc::lookup("x86-64-v3"));
  REQUIRE(succeeded(codegen::emitKernel(
      "kernel", *module, fusion,
      {tn::symbolExpr(&context, "n"), tn::symbolExpr(&context, "h")}, target)));
  int64_t quotientsOfLanes = 0;
  module->lookupSymbol("kernel")->walk([&](Operation *op) {
    quotientsOfLanes += isa<arith::DivUIOp, arith::RemUIOp>(op) &&
                        isa<VectorType>(op->getResult(0).getType());
  });
  CHECK(quotientsOfLanes == 0);
}
