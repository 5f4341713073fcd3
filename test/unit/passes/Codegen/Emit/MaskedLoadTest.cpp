//===- MaskedLoadTest.cpp - Lanes that are off touch no memory ------------===//

#include "test/unit/passes/Codegen/Emit/ModuleRun.h"

using namespace tenon::test;

// LLVM folds a masked load into a masked multiply-add, and unfolds it as a load
// of all lanes where the other factor is used again: here, in a loop.
TEST_CASE("a padded multiply-add reads within its input", "[MaskedLoad]") {
  std::vector<float> x = ramp(3 * 100), want(3 * 136);
  for (int row = 0; row < 3; ++row)
    for (int i = 0; i < 100; ++i)
      want[row * 136 + 36 + i] = x[row * 100 + i] * 2.5f + 0.75f;
  expect(R"((%x: tensor<3x100xf32>) -> tensor<3x136xf32> {
    %zero = tn.constant dense<0.0> : tensor<f32>
    %scale = tn.constant dense<2.5> : tensor<f32>
    %shift = tn.constant dense<0.75> : tensor<f32>
    %0 = tn.mul %x, %scale : (tensor<3x100xf32>, tensor<f32>) -> tensor<3x100xf32>
    %1 = tn.add %0, %shift : (tensor<3x100xf32>, tensor<f32>) -> tensor<3x100xf32>
    %2 = tn.pad %1, %zero {low = #tn.shape<[0, 36]>, mode = #tn.pad_mode<constant>} : (tensor<3x100xf32>, tensor<f32>) -> tensor<3x136xf32>
    return %2 : tensor<3x136xf32> })",
         {x}, want);
}
