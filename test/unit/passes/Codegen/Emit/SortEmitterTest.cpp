//===- SortEmitterTest.cpp - Numbers of top_k kernels ---------------------===//

#include "test/unit/passes/Codegen/Emit/ModuleRun.h"

using namespace tenon::test;

static std::string topK(int64_t k, const char *largest) {
  std::string to = "tensor<2x" + std::to_string(k);
  return "(%x: tensor<2x6xf32>) -> (" + to + "xf32>, " + to +
         "xi64>) { %0:2 = tn.top_k %x {axis = 1 : i64, largest = " + largest +
         "} : (tensor<2x6xf32>) -> (" + to + "xf32>, " + to +
         "xi64>)\n return %0#0, %0#1 : " + to + "xf32>, " + to + "xi64> }";
}

TEST_CASE("the lower index wins ties", "[SortEmitter]") {
  std::vector<float> x{3, 1, 3, 2, 5, 1, -1, -2, -3, -4, -5, -6};
  expect(topK(3, "true"), {x}, std::vector<float>{5, 3, 3, -1, -2, -3});
  expect(topK(3, "true"), {x}, std::vector<int64_t>{4, 0, 2, 0, 1, 2}, 1);
  expect(topK(2, "false"), {x}, std::vector<float>{1, 1, -6, -5});
  expect(topK(2, "false"), {x}, std::vector<int64_t>{1, 5, 5, 4}, 1);
}

TEST_CASE("all of them: a sort", "[SortEmitter]") {
  std::vector<float> x{3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8};
  expect(topK(6, "true"), {x},
         std::vector<float>{9, 5, 4, 3, 1, 1, 8, 6, 5, 5, 3, 2});
}
