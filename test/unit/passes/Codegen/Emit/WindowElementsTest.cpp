//===- WindowElementsTest.cpp - Pools and direct convolutions -------------===//

#include "test/unit/passes/Codegen/Emit/ModuleRun.h"

using namespace tenon::test;

TEST_CASE("pool: what is outside is left out; strides and dilations",
          "[WindowElements]") {
  expect(R"((%x: tensor<1x5x1xf32>) -> tensor<1x3x1xf32> {
    %0 = tn.pool %x {combiner = #tn.combiner<sum>, dilations = array<i64: 2>, low = #tn.shape<[1]>, strides = array<i64: 2>, window = array<i64: 2>} : (tensor<1x5x1xf32>) -> tensor<1x3x1xf32>
    return %0 : tensor<1x3x1xf32> })",
         {ramp(5, 1, 1)}, std::vector<float>{2, 6, 4});
  expect(R"((%x: tensor<1x4x1xf32>) -> tensor<1x4x1xf32> {
    %0 = tn.pool %x {combiner = #tn.combiner<max>, dilations = array<i64: 1>, low = #tn.shape<[1]>, strides = array<i64: 1>, window = array<i64: 3>} : (tensor<1x4x1xf32>) -> tensor<1x4x1xf32>
    return %0 : tensor<1x4x1xf32> })",
         {ramp(4, -1, -1)}, std::vector<float>{-1, -1, -2, -3});
}

TEST_CASE("arg_pool: positions in the whole image", "[WindowElements]") {
  expect(R"((%x: tensor<1x2x4x1xf32>) -> tensor<1x1x2x1xi64> {
    %0 = tn.arg_pool %x {dilations = array<i64: 1, 1>, low = #tn.shape<[0, 0]>, strides = array<i64: 2, 2>, window = array<i64: 2, 2>} : (tensor<1x2x4x1xf32>) -> tensor<1x1x2x1xi64>
    return %0 : tensor<1x1x2x1xi64> })",
         {std::vector<float>{1, 2, 9, 3, 8, 4, 5, 6}},
         std::vector<int64_t>{4, 2});
}

TEST_CASE("conv_transpose: strides, padding, groups", "[WindowElements]") {
  // x = [1, 2], w = [1, 10, 100], stride 2: 1 10 100+2 20 200, less the first.
  expect(R"((%x: tensor<1x2x1xf32>, %w: tensor<3x1x1xf32>) -> tensor<1x4x1xf32> {
    %0 = tn.conv_transpose %x, %w {dilations = array<i64: 1>, groups = 1 : i64, low = #tn.shape<[1]>, strides = array<i64: 2>} : (tensor<1x2x1xf32>, tensor<3x1x1xf32>) -> tensor<1x4x1xf32>
    return %0 : tensor<1x4x1xf32> })",
         {ramp(2, 1, 1), std::vector<float>{1, 10, 100}},
         std::vector<float>{10, 102, 20, 200});
  expect(R"((%x: tensor<1x1x2xf32>, %w: tensor<1x2x1xf32>) -> tensor<1x1x2xf32> {
    %0 = tn.conv_transpose %x, %w {dilations = array<i64: 1>, groups = 2 : i64, low = #tn.shape<[0]>, strides = array<i64: 1>} : (tensor<1x1x2xf32>, tensor<1x2x1xf32>) -> tensor<1x1x2xf32>
    return %0 : tensor<1x1x2xf32> })",
         {std::vector<float>{3, 4}, std::vector<float>{10, 100}},
         std::vector<float>{30, 400});
}
