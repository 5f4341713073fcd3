//===- ReductionElementsTest.cpp - Reductions that are loops of an element ===//

#include "test/unit/passes/Codegen/Emit/ModuleRun.h"

using namespace tenon::test;

TEST_CASE("arg_reduce: either axis, first and last of equal ones",
          "[ReductionElements]") {
  std::vector<float> x{1, 5, 5, 2, 0, 0, 7, 7};
  auto body = [](int axis, const char *largest, const char *last,
                 const std::string &to) {
    return "(%x: tensor<2x4xf32>) -> tensor<" + to +
           "xi64> { %0 = tn.arg_reduce %x {axis = " + std::to_string(axis) +
           " : i64, largest = " + largest + ", select_last = " + last +
           "} : (tensor<2x4xf32>) -> tensor<" + to + "xi64>\n return %0 : tensor<" +
           to + "xi64> }";
  };
  using Indices = std::vector<int64_t>;
  expect(body(1, "true", "false", "2x1"), {x}, Indices{1, 2});
  expect(body(1, "true", "true", "2x1"), {x}, Indices{2, 3});
  expect(body(1, "false", "false", "2x1"), {x}, Indices{0, 0});
  expect(body(0, "true", "false", "1x4"), {x}, Indices{0, 0, 1, 1});
}
