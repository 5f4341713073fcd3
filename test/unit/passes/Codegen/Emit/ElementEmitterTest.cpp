//===- ElementEmitterTest.cpp - Index arithmetic and elements -------------===//

#include "passes/Codegen/Emit/ElementEmitter.h"
#include "test/unit/passes/Codegen/Emit/KernelFrame.h"
#include "test/unit/passes/Codegen/Emit/ModuleRun.h"

using namespace tenon::test;
using namespace tenon::codegen;
using mlir::Value;

namespace {
struct EmitterFrame : KernelFrame {
  ElementEmitter e{*kernel, fusion};
  KernelBuilder &k = *kernel;
  LaneIndex at(int64_t base, int64_t step) { return {k.index(base), step, {}}; }
};
} // namespace

TEST_CASE_METHOD(EmitterFrame, "evenly spaced lanes stay so",
                 "[ElementEmitter]") {
  LaneIndex i = e.shift(at(3, 2), k.index(4));
  CHECK(constant(i.base) == 7);
  CHECK(i.step == 2);
  i = e.scale(at(3, 2), 5);
  CHECK(constant(i.base) == 15);
  CHECK(i.step == 10);
  i = e.scale(at(3, 2), k.index(5));
  CHECK(constant(i.base) == 15);
  CHECK(i.step == 10);
  i = e.sum(at(3, 2), at(10, -1));
  CHECK(constant(i.base) == 13);
  CHECK(i.step == 1);
  CHECK(e.sum(at(3, 2), at(10, -2)).isUniform());
}

TEST_CASE_METHOD(EmitterFrame, "what is alike in all lanes is a scalar",
                 "[ElementEmitter]") {
  CHECK(constant(e.divide(at(17, 0), k.index(5)).base) == 3);
  CHECK(constant(e.modulo(at(17, 0), k.index(5)).base) == 2);
  CHECK(e.divide(at(17, 1), k.index(5)).perLane);
  CHECK(e.modulo(at(17, 1), k.index(5)).perLane);
  CHECK(e.inBounds(at(3, 0), k.index(4)).getType().isInteger(1));
  CHECK(isa<mlir::VectorType>(e.inBounds(at(3, 1), k.index(4)).getType()));
  CHECK(e.asInteger(at(3, 0)).getType().isInteger(64));
  CHECK(e.asInteger(at(3, 1)).getType() ==
        k.vectorOf(k.builder().getI64Type()));
}

TEST_CASE_METHOD(EmitterFrame, "values are remembered within their scope",
                 "[ElementEmitter]") {
  Value x = fusion.getBody().getArgument(0);
  ElementIndex index{at(0, 0), at(0, 1)};
  Value first = e.emit(x, index), inside;
  CHECK(e.emit(x, index) == first);
  ElementIndex other{at(1, 0), at(0, 1)};
  e.scope({}, [&] {
    CHECK(e.emit(x, index) == first);
    inside = e.emit(x, other);
  });
  CHECK(e.emit(x, other) != inside);
}

TEST_CASE_METHOD(EmitterFrame, "an operand of size one stays at zero",
                 "[ElementEmitter]") {
  auto one = tenon::tn::constantExpr(&context, 1);
  auto four = tenon::tn::constantExpr(&context, 4);
  auto n = tenon::tn::symbolExpr(&context, "n");
  auto m = tenon::tn::broadcastExpr(n, tenon::tn::symbolExpr(&context, "m"));
  ElementIndex index{at(5, 0), at(6, 0), at(2, 1)};
  ElementIndex got = broadcastIndex(k, index, {one, four}, {n, n, four});
  REQUIRE(got.size() == 2);
  CHECK(constant(got[0].base) == 0);
  CHECK(constant(got[1].base) == 2);
  CHECK(got[1].step == 1);
  CHECK(count<mlir::arith::SelectOp>() == 0);
  broadcastIndex(k, index, {n}, {m});
  CHECK(count<mlir::arith::SelectOp>() == 1);
}

TEST_CASE("operands broadcast, in every dim", "[ElementEmitter]") {
  std::vector<float> x = ramp(3 * 19), y = ramp(5, 10), z{1000}, want;
  for (int a = 0; a < 3; ++a)
    for (int b = 0; b < 5; ++b)
      for (int c = 0; c < 19; ++c)
        want.push_back((x[a * 19 + c] + y[b]) * z[0]);
  expect(
      R"((%x: tensor<3x1x19xf32>, %y: tensor<5x1xf32>, %z: tensor<f32>) -> tensor<3x5x19xf32> {
    %0 = tn.add %x, %y : (tensor<3x1x19xf32>, tensor<5x1xf32>) -> tensor<3x5x19xf32>
    %1 = tn.mul %0, %z : (tensor<3x5x19xf32>, tensor<f32>) -> tensor<3x5x19xf32>
    return %1 : tensor<3x5x19xf32> })",
      {x, y, z}, want);
}

TEST_CASE("lanes apart: backwards, every third, down a column",
          "[ElementEmitter]") {
  std::vector<float> x = ramp(60), want;
  for (int i = 0; i < 20; ++i)
    want.push_back(x[59 - i] * 3 + x[3 * i + 1]);
  expect(R"((%x: tensor<60xf32>) -> tensor<20xf32> {
    %c = tn.constant dense<3.0> : tensor<f32>
    %0 = tn.slice %x {starts = #tn.shape<[59]>, steps = array<i64: -1>} : (tensor<60xf32>) -> tensor<20xf32>
    %1 = tn.slice %x {starts = #tn.shape<[1]>, steps = array<i64: 3>} : (tensor<60xf32>) -> tensor<20xf32>
    %2 = tn.mul %0, %c : (tensor<20xf32>, tensor<f32>) -> tensor<20xf32>
    %3 = tn.add %2, %1 : (tensor<20xf32>, tensor<20xf32>) -> tensor<20xf32>
    return %3 : tensor<20xf32> })",
         {x}, want);
  std::vector<float> square = ramp(23 * 23), symmetric;
  for (int i = 0; i < 23; ++i)
    for (int j = 0; j < 23; ++j)
      symmetric.push_back(square[i * 23 + j] + 2 * square[j * 23 + i]);
  expect(R"((%x: tensor<23x23xf32>) -> tensor<23x23xf32> {
    %c = tn.constant dense<2.0> : tensor<f32>
    %0 = tn.transpose %x {permutation = array<i64: 1, 0>} : (tensor<23x23xf32>) -> tensor<23x23xf32>
    %1 = tn.mul %0, %c : (tensor<23x23xf32>, tensor<f32>) -> tensor<23x23xf32>
    %2 = tn.add %x, %1 : (tensor<23x23xf32>, tensor<23x23xf32>) -> tensor<23x23xf32>
    return %2 : tensor<23x23xf32> })",
         {square}, symmetric);
}
