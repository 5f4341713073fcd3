//===- MatmulElementTest.cpp - Products of what no input is ---------------===//

#include "test/unit/passes/Codegen/Emit/ModuleRun.h"

using namespace tenon::test;

// The right operand is a constant of the kernel: each element sums by itself.
TEST_CASE("rows times a splat", "[MatmulElement]") {
  int64_t n = GENERATE(1, 5, 16, 19);
  CAPTURE(n);
  std::vector<float> x = ramp(3 * 4, 0.5f, -1), want;
  for (int64_t row = 0; row < 3; ++row)
    for (int64_t column = 0; column < n; ++column)
      want.push_back(
          (x[row * 4] + x[row * 4 + 1] + x[row * 4 + 2] + x[row * 4 + 3]) * 2);
  std::string right = "tensor<4x" + std::to_string(n) + "xf32>";
  std::string result = "tensor<3x" + std::to_string(n) + "xf32>";
  expect("(%x: tensor<3x4xf32>) -> " + result +
             " { %w = tn.constant dense<2.0> : " + right +
             "\n %0 = tn.matmul %x, %w : (tensor<3x4xf32>, " + right + ") -> " +
             result + "\n return %0 : " + result + " }",
         {x}, want);
}

TEST_CASE("a splat times columns, in batches, of integers", "[MatmulElement]") {
  std::vector<int32_t> x, want;
  for (int32_t i = 0; i < 2 * 3 * 17; ++i)
    x.push_back(i * 7 - 50);
  for (int batch = 0; batch < 2; ++batch)
    for (int row = 0; row < 2; ++row)
      for (int column = 0; column < 17; ++column) {
        int32_t sum = 0;
        for (int i = 0; i < 3; ++i)
          sum += -3 * x[(batch * 3 + i) * 17 + column];
        want.push_back(sum);
      }
  expect(R"((%x: tensor<2x3x17xi32>) -> tensor<2x2x17xi32> {
    %w = tn.constant dense<-3> : tensor<2x3xi32>
    %0 = tn.matmul %w, %x : (tensor<2x3xi32>, tensor<2x3x17xi32>) -> tensor<2x2x17xi32>
    return %0 : tensor<2x2x17xi32> })",
         {x}, want);
}
