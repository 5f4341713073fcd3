//===- CompactEmitterTest.cpp - Numbers of non_zero kernels ---------------===//

#include "test/unit/passes/Codegen/Emit/ModuleRun.h"

using namespace tenon::test;

TEST_CASE("indices in row-major order", "[CompactEmitter]") {
  expect(R"((%x: tensor<2x3xf32>) -> tensor<2x3xi64> {
    %0 = tn.non_zero %x : (tensor<2x3xf32>) -> tensor<2x3xi64>
    return %0 : tensor<2x3xi64> })",
         {std::vector<float>{0, 5, 0, -1, 0, 2}},
         std::vector<int64_t>{0, 1, 1, 1, 0, 2});
}

TEST_CASE("nothing is written beyond the bound count", "[CompactEmitter]") {
  expect(R"((%x: tensor<4xf32>) -> tensor<1x2xi64> {
    %0 = tn.non_zero %x : (tensor<4xf32>) -> tensor<1x2xi64>
    return %0 : tensor<1x2xi64> })",
         {std::vector<float>{1, 0, 1, 1}}, std::vector<int64_t>{0, 2});
}
