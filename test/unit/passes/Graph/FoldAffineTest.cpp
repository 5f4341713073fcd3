//===- FoldAffineTest.cpp - Numbers of folded scales and shifts -----------===//

#include "test/unit/passes/Codegen/Emit/ModuleRun.h"

using namespace tenon::test;

TEST_CASE("chains around a product", "[FoldAffine]") {
  // ((x * s + t) W - m) * f + a, all over d
  const char *body = R"((%x: tensor<2x3xf32>) -> tensor<2x2xf32> {
    %w = tn.constant dense<[[1.0, 2.0], [-3.0, 0.5], [4.0, -1.0]]> : tensor<3x2xf32>
    %s = tn.constant dense<[2.0, -1.0, 0.5]> : tensor<3xf32>
    %t = tn.constant dense<[[0.25, 1.0, -2.0]]> : tensor<1x3xf32>
    %m = tn.constant dense<[3.0, -4.0]> : tensor<2xf32>
    %f = tn.constant dense<[0.5, -2.0]> : tensor<2xf32>
    %a = tn.constant dense<1.5> : tensor<1x1xf32>
    %d = tn.constant dense<4.0> : tensor<f32>
    %0 = tn.mul %x, %s : (tensor<2x3xf32>, tensor<3xf32>) -> tensor<2x3xf32>
    %1 = tn.add %t, %0 : (tensor<1x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
    %2 = tn.matmul %1, %w : (tensor<2x3xf32>, tensor<3x2xf32>) -> tensor<2x2xf32>
    %3 = tn.sub %2, %m : (tensor<2x2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
    %4 = tn.mul %3, %f : (tensor<2x2xf32>, tensor<2xf32>) -> tensor<2x2xf32>
    %5 = tn.add %4, %a : (tensor<2x2xf32>, tensor<1x1xf32>) -> tensor<2x2xf32>
    %6 = tn.div %5, %d : (tensor<2x2xf32>, tensor<f32>) -> tensor<2x2xf32>
    return %6 : tensor<2x2xf32> })";
  std::vector<float> x{1, 2, 3, -1, 0.5f, 4}, want;
  const float w[3][2] = {{1, 2}, {-3, 0.5f}, {4, -1}};
  const float s[] = {2, -1, 0.5f}, t[] = {0.25f, 1, -2}, m[] = {3, -4},
              f[] = {0.5f, -2};
  for (int row = 0; row < 2; ++row)
    for (int n = 0; n < 2; ++n) {
      float sum = 0;
      for (int k = 0; k < 3; ++k)
        sum += (x[row * 3 + k] * s[k] + t[k]) * w[k][n];
      want.push_back(((sum - m[n]) * f[n] + 1.5f) / 4);
    }
  expect(body, {x}, want);
}

TEST_CASE("normalization around a convolution", "[FoldAffine]") {
  // Two channels; the window is a row of two.
  const char *body = R"((%x: tensor<1x1x4x2xf32>) -> tensor<1x1x3x2xf32> {
    %w = tn.constant dense<[[[[1.0, 2.0], [3.0, -1.0]], [[0.5, 1.0], [-2.0, 4.0]]]]> : tensor<1x2x2x2xf32>
    %s = tn.constant dense<[2.0, -1.0]> : tensor<2xf32>
    %t = tn.constant dense<[0.5, 3.0]> : tensor<2xf32>
    %0 = tn.mul %x, %s : (tensor<1x1x4x2xf32>, tensor<2xf32>) -> tensor<1x1x4x2xf32>
    %1 = tn.add %0, %t : (tensor<1x1x4x2xf32>, tensor<2xf32>) -> tensor<1x1x4x2xf32>
    %2 = tn.conv %1, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, low = #tn.shape<[0, 0]>, groups = 1} : (tensor<1x1x4x2xf32>, tensor<1x2x2x2xf32>) -> tensor<1x1x3x2xf32>
    %3 = tn.sub %2, %t : (tensor<1x1x3x2xf32>, tensor<2xf32>) -> tensor<1x1x3x2xf32>
    %4 = tn.mul %3, %s : (tensor<1x1x3x2xf32>, tensor<2xf32>) -> tensor<1x1x3x2xf32>
    return %4 : tensor<1x1x3x2xf32> })";
  std::vector<float> x{1, 2, 3, -1, 0.5f, 4, -2, 6}, want;
  const float w[2][2][2] = {{{1, 2}, {3, -1}}, {{0.5f, 1}, {-2, 4}}};
  const float s[] = {2, -1}, t[] = {0.5f, 3};
  for (int i = 0; i < 3; ++i)
    for (int m = 0; m < 2; ++m) {
      float sum = 0;
      for (int k = 0; k < 2; ++k)
        for (int c = 0; c < 2; ++c)
          sum += (x[(i + k) * 2 + c] * s[c] + t[c]) * w[k][c][m];
      want.push_back((sum - t[m]) * s[m]);
    }
  expect(body, {x}, want);
}
