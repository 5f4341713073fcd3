//===- TransposeEmitterTest.cpp - Numbers of transpose kernels ------------===//

#include "test/unit/passes/Codegen/Emit/ModuleRun.h"

using namespace tenon::test;

TEST_CASE("matrices with every kind of edge", "[TransposeEmitter]") {
  auto [m, n] = GENERATE(table<int64_t, int64_t>(
      {{1, 5}, {3, 4}, {16, 16}, {17, 33}, {40, 7}, {64, 100}}));
  CAPTURE(m, n);
  std::string M = std::to_string(m), N = std::to_string(n);
  std::string from = "tensor<" + M + "x" + N + "xf32>",
              to = "tensor<" + N + "x" + M + "xf32>";
  std::vector<float> x = ramp(m * n), want(m * n);
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j)
      want[j * m + i] = x[i * n + j];
  expect("(%x: " + from + ") -> " + to +
             " { %0 = tn.transpose %x {permutation = array<i64: 1, 0>} : (" +
             from + ") -> " + to + "\n return %0 : " + to + " }",
         {x}, want);
}

TEST_CASE("channels to the front, of bytes", "[TransposeEmitter]") {
  std::vector<uint8_t> x(2 * 9 * 3), want(x.size());
  for (size_t i = 0; i < x.size(); ++i)
    x[i] = uint8_t(i);
  for (int a = 0; a < 2; ++a)
    for (int b = 0; b < 9; ++b)
      for (int c = 0; c < 3; ++c)
        want[(a * 3 + c) * 9 + b] = x[(a * 9 + b) * 3 + c];
  expect(R"((%x: tensor<2x9x3xui8>) -> tensor<2x3x9xui8> {
    %0 = tn.transpose %x {permutation = array<i64: 0, 2, 1>} : (tensor<2x9x3xui8>) -> tensor<2x3x9xui8>
    return %0 : tensor<2x3x9xui8> })",
         {x}, want);
}
