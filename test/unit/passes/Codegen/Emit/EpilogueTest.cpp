//===- EpilogueTest.cpp - From sums to outputs ----------------------------===//

#include "test/unit/passes/Codegen/Emit/ModuleRun.h"

using namespace tenon::test;

namespace {
/// 5 rows of x times 3 rows of weights into 37 columns.
struct Product {
  static constexpr int64_t M = 5, K = 3, N = 37;
  std::vector<float> x = ramp(M * K, 0.25f, -1), w = ramp(K * N, 0.01f, -0.5f);
  std::vector<float> bias = ramp(N, 0.125f, -2);
  double at(int64_t row, int64_t column) const {
    double sum = 0;
    for (int64_t i = 0; i < K; ++i)
      sum += double(x[row * K + i]) * w[i * N + column];
    return sum;
  }
};
} // namespace

TEST_CASE_METHOD(Product, "a bias by column, a skip by element, a maximum",
                 "[Epilogue]") {
  std::vector<float> skip = ramp(M * N, -0.01f, 1), want;
  for (int64_t row = 0; row < M; ++row)
    for (int64_t column = 0; column < N; ++column)
      want.push_back(float(std::max(0.0, at(row, column) + bias[column] +
                                             skip[row * N + column])));
  expect(
      R"((%x: tensor<5x3xf32>, %w: tensor<3x37xf32>, %b: tensor<37xf32>, %s: tensor<5x37xf32>) -> tensor<5x37xf32> {
    %zero = tn.constant dense<0.0> : tensor<f32>
    %0 = tn.matmul %x, %w : (tensor<5x3xf32>, tensor<3x37xf32>) -> tensor<5x37xf32>
    %1 = tn.add %0, %b : (tensor<5x37xf32>, tensor<37xf32>) -> tensor<5x37xf32>
    %2 = tn.add %1, %s : (tensor<5x37xf32>, tensor<5x37xf32>) -> tensor<5x37xf32>
    %3 = tn.max %2, %zero : (tensor<5x37xf32>, tensor<f32>) -> tensor<5x37xf32>
    return %3 : tensor<5x37xf32> })",
      {x, w, bias, skip}, want);
}

TEST_CASE_METHOD(Product, "sums and what follows them are both outputs",
                 "[Epilogue]") {
  std::vector<float> sums, negated;
  for (int64_t row = 0; row < M; ++row)
    for (int64_t column = 0; column < N; ++column) {
      sums.push_back(float(at(row, column)));
      negated.push_back(float(bias[column] - at(row, column)));
    }
  const char *body =
      R"((%x: tensor<5x3xf32>, %w: tensor<3x37xf32>, %b: tensor<37xf32>) -> (tensor<5x37xf32>, tensor<5x37xf32>) {
    %0 = tn.matmul %x, %w : (tensor<5x3xf32>, tensor<3x37xf32>) -> tensor<5x37xf32>
    %1 = tn.sub %b, %0 : (tensor<37xf32>, tensor<5x37xf32>) -> tensor<5x37xf32>
    return %0, %1 : tensor<5x37xf32>, tensor<5x37xf32> })";
  expect(body, {x, w, bias}, sums, 0);
  expect(body, {x, w, bias}, negated, 1);
}

// Longer than registers are worth: a loop over parked sums.
TEST_CASE_METHOD(Product, "many ops after the sums", "[Epilogue]") {
  std::vector<float> want;
  std::string body =
      "(%x: tensor<5x3xf32>, %w: tensor<3x37xf32>, %b: tensor<37xf32>) -> "
      "tensor<5x37xf32> {\n %0 = tn.matmul %x, %w : (tensor<5x3xf32>, "
      "tensor<3x37xf32>) -> tensor<5x37xf32>\n";
  for (int i = 0; i < 6; ++i)
    body += " %t" + std::to_string(i) + " = tn.tanh %" +
            (i ? "s" + std::to_string(i - 1) : "0") +
            " : (tensor<5x37xf32>) -> tensor<5x37xf32>\n %s" +
            std::to_string(i) + " = tn.add %t" + std::to_string(i) +
            ", %b : (tensor<5x37xf32>, tensor<37xf32>) -> tensor<5x37xf32>\n";
  body += " return %s5 : tensor<5x37xf32> }";
  for (int64_t row = 0; row < M; ++row)
    for (int64_t column = 0; column < N; ++column) {
      double value = at(row, column);
      for (int i = 0; i < 6; ++i)
        value = std::tanh(value) + bias[column];
      want.push_back(float(value));
    }
  expect(body, {x, w, bias}, want);
}
