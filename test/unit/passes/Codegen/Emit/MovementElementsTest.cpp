//===- MovementElementsTest.cpp - Elements of ops that move data ----------===//

#include "test/unit/passes/Codegen/Emit/ModuleRun.h"

using namespace tenon::test;

TEST_CASE("pad: what lies outside", "[MovementElements]") {
  auto body = [](const std::string &mode) {
    return "(%x: tensor<4xf32>, %v: tensor<f32>) -> tensor<9xf32> { %0 = tn.pad "
           "%x, %v {low = #tn.shape<[3]>, mode = #tn.pad_mode<" +
           mode + ">} : (tensor<4xf32>, tensor<f32>) -> tensor<9xf32>\n return "
                  "%0 : tensor<9xf32> }";
  };
  std::vector<Data> inputs{ramp(4), std::vector<float>{-7}};
  expect(body("constant"), inputs,
         std::vector<float>{-7, -7, -7, 0, 1, 2, 3, -7, -7});
  expect(body("edge"), inputs, std::vector<float>{0, 0, 0, 0, 1, 2, 3, 3, 3});
  expect(body("reflect"), inputs, std::vector<float>{3, 2, 1, 0, 1, 2, 3, 2, 1});
  expect(body("wrap"), inputs, std::vector<float>{1, 2, 3, 0, 1, 2, 3, 0, 1});
}

TEST_CASE("slice: steps of both signs", "[MovementElements]") {
  expect(R"((%x: tensor<2x20xf32>) -> tensor<2x7xf32> {
    %0 = tn.slice %x {starts = #tn.shape<[0, 1]>, steps = array<i64: 1, 3>} : (tensor<2x20xf32>) -> tensor<2x7xf32>
    return %0 : tensor<2x7xf32> })",
         {ramp(40)},
         std::vector<float>{1, 4, 7, 10, 13, 16, 19, 21, 24, 27, 30, 33, 36, 39});
  expect(R"((%x: tensor<5xf32>) -> tensor<5xf32> {
    %0 = tn.slice %x {starts = #tn.shape<[4]>, steps = array<i64: -1>} : (tensor<5xf32>) -> tensor<5xf32>
    return %0 : tensor<5xf32> })",
         {ramp(5)}, std::vector<float>{4, 3, 2, 1, 0});
}

TEST_CASE("iota and broadcast", "[MovementElements]") {
  expect(R"(() -> tensor<2x3xi32> {
    %0 = tn.iota {axis = 1 : i64} : () -> tensor<2x3xi32>
    return %0 : tensor<2x3xi32> })",
         {}, std::vector<int32_t>{0, 1, 2, 0, 1, 2});
  expect(R"((%x: tensor<2x1xf32>) -> tensor<2x3xf32> {
    %0 = tn.broadcast %x : (tensor<2x1xf32>) -> tensor<2x3xf32>
    return %0 : tensor<2x3xf32> })",
         {ramp(2, 1, 5)}, std::vector<float>{5, 5, 5, 6, 6, 6});
}
