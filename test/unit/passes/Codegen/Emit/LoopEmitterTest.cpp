//===- LoopEmitterTest.cpp - Numbers of loop kernels ----------------------===//

#include "test/unit/passes/Codegen/Emit/ModuleRun.h"

using namespace tenon::test;

TEST_CASE("rows with a broadcast bias, every tail length", "[LoopEmitter]") {
  int64_t n = GENERATE(1, 3, 7, 15, 16, 17, 33, 100);
  CAPTURE(n);
  std::string N = std::to_string(n), matrix = "tensor<5x" + N + "xf32>";
  std::vector<float> x = ramp(5 * n), bias = ramp(n, -0.5f, 2), want;
  for (int64_t i = 0; i < 5 * n; ++i)
    want.push_back(x[i] + bias[i % n]);
  expect("(%x: " + matrix + ", %b: tensor<" + N + "xf32>) -> " + matrix +
             " { %0 = tn.add %x, %b : (" + matrix + ", tensor<" + N +
             "xf32>) -> " + matrix + "\n return %0 : " + matrix + " }",
         {x, bias}, want);
}

TEST_CASE("more elements than a tile", "[LoopEmitter]") {
  std::vector<float> x = ramp(20001, 0.25f, -2000), want;
  for (float v : x)
    want.push_back(std::abs(v));
  expect(R"((%x: tensor<20001xf32>) -> tensor<20001xf32> {
    %0 = tn.abs %x : (tensor<20001xf32>) -> tensor<20001xf32>
    return %0 : tensor<20001xf32> })",
         {x}, want);
}

TEST_CASE("a scalar, and nothing", "[LoopEmitter]") {
  expect(R"((%x: tensor<f32>) -> tensor<f32> {
    %0 = tn.neg %x : (tensor<f32>) -> tensor<f32>
    return %0 : tensor<f32> })",
         {std::vector<float>{3}}, std::vector<float>{-3});
  expect(R"((%x: tensor<0x4xf32>) -> tensor<0x4xf32> {
    %0 = tn.neg %x : (tensor<0x4xf32>) -> tensor<0x4xf32>
    return %0 : tensor<0x4xf32> })",
         {std::vector<float>{}}, std::vector<float>{});
}
