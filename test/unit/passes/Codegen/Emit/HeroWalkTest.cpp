//===- HeroWalkTest.cpp - Steps that several heroes share -----------------===//

#include "passes/Codegen/Emit/HeroWalk.h"
#include "test/unit/passes/Codegen/Emit/KernelFrame.h"
#include "test/unit/passes/Codegen/Emit/ModuleRun.h"

using namespace tenon::test;
using namespace tenon::codegen;
using mlir::Value;

TEST_CASE_METHOD(KernelFrame, "a value's output, if it has one", "[HeroWalk]") {
  auto yielded = fusion.getYield().getValues();
  auto sum = outputOf(*kernel, fusion, yielded[0]);
  auto negated = outputOf(*kernel, fusion, yielded[1]);
  REQUIRE(sum);
  REQUIRE(negated);
  CHECK(sum->memref == kernel->output(0).memref);
  CHECK(negated->memref == kernel->output(1).memref);
  CHECK_FALSE(outputOf(*kernel, fusion, fusion.getBody().getArgument(0)));
  CHECK(heroOp<tenon::tn::NegOp>(fusion).getResult() == yielded[1]);
}

TEST_CASE_METHOD(KernelFrame, "indices of lanes", "[HeroWalk]") {
  LaneIndex run = consecutive(*kernel, kernel->index(7));
  CHECK(constant(run.base) == 7);
  CHECK(run.step == 1);
  ElementEmitter e(*kernel, fusion);
  ElementIndex index = uniformIndex(e, {kernel->index(2), kernel->index(3)});
  REQUIRE(index.size() == 2);
  CHECK(constant(index[0].base) == 2);
  CHECK(constant(index[1].base) == 3);
  CHECK(index[0].isUniform());
  CHECK(index[1].isUniform());
}

TEST_CASE("one lane is uniform", "[HeroWalk]") {
  KernelFrame frame(1);
  CHECK(consecutive(*frame.kernel, frame.kernel->index(7)).isUniform());
}

// A concat of rows takes runs of its operands, which end within vectors.
TEST_CASE("runs over rows of computed values", "[HeroWalk]") {
  std::vector<float> x = ramp(3 * 5), y = ramp(2 * 5, 1, 100), want;
  for (int row = 0; row < 3; ++row)
    for (int i = 0; i < 5; ++i)
      want.push_back(x[row * 5 + i] + float(i + 1) * 0.5f);
  for (float v : y)
    want.push_back(-v);
  std::vector<float> bias{0.5, 1, 1.5, 2, 2.5};
  expect(
      R"((%x: tensor<3x5xf32>, %y: tensor<2x5xf32>, %b: tensor<5xf32>) -> tensor<5x5xf32> {
    %0 = tn.add %x, %b : (tensor<3x5xf32>, tensor<5xf32>) -> tensor<3x5xf32>
    %1 = tn.neg %y : (tensor<2x5xf32>) -> tensor<2x5xf32>
    %2 = tn.concat %0, %1 {axis = 0 : i64} : (tensor<3x5xf32>, tensor<2x5xf32>) -> tensor<5x5xf32>
    return %2 : tensor<5x5xf32> })",
      {x, y, bias}, want);
}

// The bias belongs to a middle dim, whose coordinate is a quotient.
TEST_CASE("runs through three dims", "[HeroWalk]") {
  std::vector<float> x = ramp(4 * 3 * 5), y = ramp(15, 1, 500), want;
  std::vector<float> bias{1000, 2000, 3000}, slope{10, 20, 30, 40};
  for (int a = 0; a < 4; ++a)
    for (int b = 0; b < 3; ++b)
      for (int c = 0; c < 5; ++c)
        want.push_back((x[(a * 3 + b) * 5 + c] + bias[b]) * slope[a]);
  for (float v : y)
    want.push_back(-v);
  expect(
      R"((%x: tensor<4x3x5xf32>, %y: tensor<1x3x5xf32>, %b: tensor<3x1xf32>, %s: tensor<4x1x1xf32>) -> tensor<5x3x5xf32> {
    %0 = tn.add %x, %b : (tensor<4x3x5xf32>, tensor<3x1xf32>) -> tensor<4x3x5xf32>
    %1 = tn.mul %0, %s : (tensor<4x3x5xf32>, tensor<4x1x1xf32>) -> tensor<4x3x5xf32>
    %2 = tn.neg %y : (tensor<1x3x5xf32>) -> tensor<1x3x5xf32>
    %3 = tn.concat %1, %2 {axis = 0 : i64} : (tensor<4x3x5xf32>, tensor<1x3x5xf32>) -> tensor<5x3x5xf32>
    return %3 : tensor<5x3x5xf32> })",
      {x, y, bias, slope}, want);
}
