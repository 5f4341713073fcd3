//===- ScanEmitterTest.cpp - Numbers of running sums ----------------------===//

#include "test/unit/passes/Codegen/Emit/ModuleRun.h"

using namespace tenon::test;

TEST_CASE("both axes, exclusive and reverse", "[ScanEmitter]") {
  int axis = GENERATE(0, 1);
  bool exclusive = GENERATE(false, true), reverse = GENERATE(false, true);
  CAPTURE(axis, exclusive, reverse);
  constexpr int kRows = 4, kColumns = 19;
  std::vector<float> x = ramp(kRows * kColumns, 0.5f, -4), want(x.size());
  int length = axis == 0 ? kRows : kColumns, others = axis == 0 ? kColumns : kRows;
  for (int o = 0; o < others; ++o) {
    float sum = 0;
    for (int s = 0; s < length; ++s) {
      int i = reverse ? length - 1 - s : s;
      int at = axis == 0 ? i * kColumns + o : o * kColumns + i;
      want[at] = exclusive ? sum : sum + x[at];
      sum += x[at];
    }
  }
  auto text = [](bool b) { return std::string(b ? "true" : "false"); };
  expect("(%x: tensor<4x19xf32>) -> tensor<4x19xf32> { %0 = tn.cumulative %x "
         "{axis = " + std::to_string(axis) +
             " : i64, combiner = #tn.combiner<sum>, exclusive = " +
             text(exclusive) + ", reverse = " + text(reverse) +
             "} : (tensor<4x19xf32>) -> tensor<4x19xf32>\n return %0 : "
             "tensor<4x19xf32> }",
         {x}, want);
}
