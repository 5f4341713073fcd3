//===- IndexingElementsTest.cpp - Elements chosen by data -----------------===//

#include "test/unit/passes/Codegen/Emit/ModuleRun.h"

using namespace tenon::test;

TEST_CASE("gather: rows and columns; negative and clamped indices",
          "[IndexingElements]") {
  std::vector<int64_t> at{2, -3, 9};
  expect(R"((%x: tensor<3x4xf32>, %i: tensor<3xi64>) -> tensor<3x4xf32> {
    %0 = tn.gather %x, %i {axis = 0 : i64} : (tensor<3x4xf32>, tensor<3xi64>) -> tensor<3x4xf32>
    return %0 : tensor<3x4xf32> })",
         {ramp(12), at},
         std::vector<float>{8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11});
  expect(R"((%x: tensor<3x4xf32>, %i: tensor<3xi64>) -> tensor<3x3xf32> {
    %0 = tn.gather %x, %i {axis = 1 : i64} : (tensor<3x4xf32>, tensor<3xi64>) -> tensor<3x3xf32>
    return %0 : tensor<3x3xf32> })",
         {ramp(12), at}, std::vector<float>{2, 1, 3, 6, 5, 7, 10, 9, 11});
}

TEST_CASE("gather_elements and gather_nd", "[IndexingElements]") {
  expect(R"((%x: tensor<2x3xf32>, %i: tensor<2x2xi32>) -> tensor<2x2xf32> {
    %0 = tn.gather_elements %x, %i {axis = 1 : i64} : (tensor<2x3xf32>, tensor<2x2xi32>) -> tensor<2x2xf32>
    return %0 : tensor<2x2xf32> })",
         {ramp(6), std::vector<int32_t>{2, 0, -1, 1}},
         std::vector<float>{2, 0, 5, 4});
  expect(R"((%x: tensor<2x3xf32>, %i: tensor<2x2xi64>) -> tensor<2xf32> {
    %0 = tn.gather_nd %x, %i {batch_dims = 0 : i64} : (tensor<2x3xf32>, tensor<2x2xi64>) -> tensor<2xf32>
    return %0 : tensor<2xf32> })",
         {ramp(6), std::vector<int64_t>{1, 2, 0, -2}}, std::vector<float>{5, 1});
}
