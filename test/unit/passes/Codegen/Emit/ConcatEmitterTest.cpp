//===- ConcatEmitterTest.cpp - Numbers of concat kernels ------------------===//

#include "test/unit/passes/Codegen/Emit/ModuleRun.h"

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

TEST_CASE("an operand is computed on the way; one is empty", "[ConcatEmitter]") {
  expect(R"((%a: tensor<3xf32>, %b: tensor<0xf32>) -> tensor<3xf32> {
    %0 = tn.neg %a : (tensor<3xf32>) -> tensor<3xf32>
    %1 = tn.concat %b, %0 {axis = 0 : i64} : (tensor<0xf32>, tensor<3xf32>) -> tensor<3xf32>
    return %1 : tensor<3xf32> })",
         {ramp(3), std::vector<float>{}}, std::vector<float>{0, -1, -2});
}
