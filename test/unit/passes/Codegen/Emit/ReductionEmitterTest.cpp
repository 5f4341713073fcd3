//===- ReductionEmitterTest.cpp - Numbers of reduction kernels ------------===//

#include "test/unit/passes/Codegen/Emit/ModuleRun.h"

using namespace tenon::test;

/// Sizes [3, 5, n] reduced along `axes`.
static void checkSum(int64_t n, const std::string &axes, const std::string &to,
                     std::function<int64_t(int64_t, int64_t, int64_t)> target,
                     int64_t count) {
  std::string type = "tensor<3x5x" + std::to_string(n) + "xf32>";
  std::vector<float> x = ramp(15 * n, 0.5f, -3), want(count, 0);
  for (int64_t a = 0, i = 0; a < 3; ++a)
    for (int64_t b = 0; b < 5; ++b)
      for (int64_t c = 0; c < n; ++c, ++i)
        want[target(a, b, c)] += x[i];
  expect("(%x: " + type + ") -> tensor<" + to +
             "xf32> { %0 = tn.reduce %x {axes = array<i64: " + axes +
             ">, combiner = #tn.combiner<sum>} : (" + type + ") -> tensor<" +
             to + "xf32>\n return %0 : tensor<" + to + "xf32> }",
         {x}, want);
}

TEST_CASE("rows, columns, middle and all dims", "[ReductionEmitter]") {
  int64_t n = GENERATE(1, 7, 16, 40);
  CAPTURE(n);
  std::string N = std::to_string(n);
  checkSum(n, "2", "3x5x1", [](auto a, auto b, auto) { return a * 5 + b; }, 15);
  checkSum(n, "0", "1x5x" + N,
           [n](auto, auto b, auto c) { return b * n + c; }, 5 * n);
  checkSum(n, "1", "3x1x" + N,
           [n](auto a, auto, auto c) { return a * n + c; }, 3 * n);
  checkSum(n, "0, 2", "1x5x1", [](auto, auto b, auto) { return b; }, 5);
  checkSum(n, "0, 1, 2", "1x1x1", [](auto, auto, auto) { return 0; }, 1);
}

TEST_CASE("a softmax is one kernel in two stages", "[ReductionEmitter]") {
  std::vector<float> x = ramp(3 * 21, 0.1f, -2), want(63);
  for (int r = 0; r < 3; ++r) {
    double sum = 0;
    for (int c = 0; c < 21; ++c)
      sum += std::exp(double(x[r * 21 + c]));
    for (int c = 0; c < 21; ++c)
      want[r * 21 + c] = float(std::exp(double(x[r * 21 + c])) / sum);
  }
  expect(R"((%x: tensor<3x21xf32>) -> tensor<3x21xf32> {
    %m = tn.reduce %x {axes = array<i64: 1>, combiner = #tn.combiner<max>} : (tensor<3x21xf32>) -> tensor<3x1xf32>
    %s = tn.sub %x, %m : (tensor<3x21xf32>, tensor<3x1xf32>) -> tensor<3x21xf32>
    %e = tn.exp %s : (tensor<3x21xf32>) -> tensor<3x21xf32>
    %t = tn.reduce %e {axes = array<i64: 1>, combiner = #tn.combiner<sum>} : (tensor<3x21xf32>) -> tensor<3x1xf32>
    %y = tn.div %e, %t : (tensor<3x21xf32>, tensor<3x1xf32>) -> tensor<3x21xf32>
    return %y : tensor<3x21xf32> })",
         {x}, want);
}
