//===- ScatterEmitterTest.cpp - Numbers of scatter kernels ----------------===//

#include "test/unit/passes/Codegen/Emit/ModuleRun.h"

using namespace tenon::test;

TEST_CASE("elements: negative indices, and the last update wins",
          "[ScatterEmitter]") {
  std::vector<float> x = ramp(5), updates{10, 20, 30};
  std::vector<int64_t> at{1, -1, 1};
  std::string types = "(tensor<5xf32>, tensor<3xi64>, tensor<3xf32>) -> tensor<5xf32>";
  auto body = [&](const std::string &mode) {
    return "(%x: tensor<5xf32>, %i: tensor<3xi64>, %u: tensor<3xf32>) -> "
           "tensor<5xf32> { %0 = tn.scatter_elements %x, %i, %u {axis = 0 : "
           "i64, mode = #tn.scatter<" +
           mode + ">} : " + types + "\n return %0 : tensor<5xf32> }";
  };
  expect(body("assign"), {x, at, updates}, std::vector<float>{0, 30, 2, 3, 20});
  expect(body("add"), {x, at, updates}, std::vector<float>{0, 41, 2, 3, 24});
  expect(body("mul"), {x, at, updates}, std::vector<float>{0, 300, 2, 3, 80});
  expect(body("max"), {x, at, updates}, std::vector<float>{0, 30, 2, 3, 20});
  expect(body("min"), {x, at, updates}, std::vector<float>{0, 1, 2, 3, 4});
}

TEST_CASE("slices; an index outside of the dim is skipped", "[ScatterEmitter]") {
  std::vector<float> want = ramp(12);
  want[8] = -1, want[9] = -2, want[10] = -3, want[11] = -4;
  expect(R"((%x: tensor<3x4xf32>, %i: tensor<2x1xi64>, %u: tensor<2x4xf32>) -> tensor<3x4xf32> {
    %0 = tn.scatter_nd %x, %i, %u {mode = #tn.scatter<assign>} : (tensor<3x4xf32>, tensor<2x1xi64>, tensor<2x4xf32>) -> tensor<3x4xf32>
    return %0 : tensor<3x4xf32> })",
         {ramp(12), std::vector<int64_t>{2, 7}, ramp(8, -1, -1)}, want);
}
