//===- BatchEmitterTest.cpp - Numbers of batch kernels --------------------===//

#include "test/unit/passes/Codegen/Emit/ModuleRun.h"

using namespace tenon::test;

TEST_CASE("parts of different heroes and sizes", "[BatchEmitter]") {
  std::vector<float> x = ramp(3 * 70, 0.25f, -10), row(3), column(70, 0),
      identity(70 * 70, 0), halves(3 * 70);
  for (int r = 0; r < 3; ++r)
    for (int c = 0; c < 70; ++c) {
      row[r] += x[r * 70 + c];
      column[c] += x[r * 70 + c];
      halves[r * 70 + c] = x[r * 70 + c] / 2;
    }
  for (int i = 0; i < 70; ++i)
    identity[i * 70 + i] = 0.5f;
  const char *body =
      R"((%x: tensor<3x70xf32>, %w: tensor<70x70xf32>) -> (tensor<3x1xf32>, tensor<1x70xf32>, tensor<3x70xf32>) {
    %0 = tn.reduce %x {axes = array<i64: 1>, combiner = #tn.combiner<sum>} : (tensor<3x70xf32>) -> tensor<3x1xf32>
    %1 = tn.reduce %x {axes = array<i64: 0>, combiner = #tn.combiner<sum>} : (tensor<3x70xf32>) -> tensor<1x70xf32>
    %2 = tn.matmul %x, %w : (tensor<3x70xf32>, tensor<70x70xf32>) -> tensor<3x70xf32>
    return %0, %1, %2 : tensor<3x1xf32>, tensor<1x70xf32>, tensor<3x70xf32> })";
  expect(body, {x, identity}, row, 0);
  expect(body, {x, identity}, column, 1);
  expect(body, {x, identity}, halves, 2);
}

TEST_CASE("a part may have nothing to do", "[BatchEmitter]") {
  const char *body =
      R"((%x: tensor<4xf32>) -> (tensor<4xf32>, tensor<0xf32>) {
    %0 = tn.neg %x : (tensor<4xf32>) -> tensor<4xf32>
    %1 = tn.slice %x {starts = #tn.shape<[4]>, steps = array<i64: 1>} : (tensor<4xf32>) -> tensor<0xf32>
    return %0, %1 : tensor<4xf32>, tensor<0xf32> })";
  expect(body, {ramp(4)}, std::vector<float>{0, -1, -2, -3}, 0);
  expect(body, {ramp(4)}, std::vector<float>{}, 1);
}
