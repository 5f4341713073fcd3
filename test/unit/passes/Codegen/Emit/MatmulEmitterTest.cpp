//===- MatmulEmitterTest.cpp - Numbers of matmul kernels ------------------===//

#include "test/unit/Target/CPU/TestModules.h"
#include "test/unit/passes/Codegen/Emit/ContractionCase.h"
#include "test/unit/passes/Codegen/Emit/ModuleRun.h"
#include <catch2/catch.hpp>

using namespace tenon::test;

static void check(const ContractionCase &c) {
  CHECK(runContraction(c, tenon::cpu::test::hostTarget().name.c_str()) == "");
}

static ContractionCase product(int64_t m, int64_t n, int64_t k) {
  return {{m, k}, {k, n}, {m, n}};
}

TEST_CASE("static sizes, with and without tails", "[MatmulEmitter]") {
  auto [m, n, k] = GENERATE(table<int64_t, int64_t, int64_t>({{1, 1, 1},
                                                              {1, 100, 37},
                                                              {3, 17, 5},
                                                              {14, 32, 8},
                                                              {15, 96, 20},
                                                              {29, 33, 64},
                                                              {60, 130, 3},
                                                              {300, 64, 9},
                                                              {5, 1, 7},
                                                              {0, 5, 3},
                                                              {4, 0, 3},
                                                              {4, 5, 0}}));
  bool isWeight = GENERATE(true, false);
  bool isLong = GENERATE(true, false);
  CAPTURE(m, n, k, isWeight, isLong);
  ContractionCase c = product(m, n, k);
  c.isWeight = isWeight;
  c.isLong = isLong;
  check(c);
}

TEST_CASE("element types", "[MatmulEmitter]") {
  std::string element = GENERATE("f64", "f16", "i32", "i8");
  bool isWeight = GENERATE(true, false);
  CAPTURE(element, isWeight);
  ContractionCase c = product(61, 45, 30);
  c.element = element;
  c.isWeight = isWeight;
  if (element == "i8")
    c.accumulator = "i32";
  check(c);
}

TEST_CASE("batches", "[MatmulEmitter]") {
  bool isWeight = GENERATE(true, false);
  CAPTURE(isWeight);
  ContractionCase c;
  c.isWeight = isWeight;
  SECTION("equal") { c.left = {3, 20, 9}, c.right = {3, 9, 40}; }
  SECTION("left broadcasts") { c.left = {20, 9}, c.right = {3, 9, 40}; }
  SECTION("both broadcast") { c.left = {3, 1, 20, 9}, c.right = {4, 9, 40}; }
  SECTION("rows") { c.left = {3, 4, 20, 9}, c.right = {9, 40}; }
  c.result = c.left.size() == 4 ? Sizes{3, 4, 20, 40} : Sizes{3, 20, 40};
  check(c);
}

TEST_CASE("dynamic sizes", "[MatmulEmitter]") {
  int64_t m = GENERATE(1, 6, 19, 50);
  int64_t n = GENERATE(1, 16, 70);
  int64_t k = GENERATE(0, 37);
  CAPTURE(m, n, k);
  ContractionCase c;
  c.isWeight = false;
  c.left = {{"b", 2}, {"m", m}, {"k", k}};
  c.right = {{"b", 2}, {"k", k}, {"n", n}};
  c.result = {{"b", 2}, {"m", m}, {"n", n}};
  c.symbols = {{"b", 2}, {"m", m}, {"n", n}, {"k", k}};
  check(c);
}

TEST_CASE("dynamic rows of a weight", "[MatmulEmitter]") {
  // Up to 1 and up to 255 rows have tiles of their own.
  int64_t m = GENERATE(0, 1, 2, 5, 13, 14, 100, 255, 256, 300);
  int64_t n = GENERATE(32, 100, 256);
  CAPTURE(m, n);
  ContractionCase c;
  c.left = {{"m", m}, 24};
  c.right = {24, n};
  c.result = {{"m", m}, n};
  c.symbols = {{"m", m}};
  check(c);
}

// Columns that are copied have a place of a size that is known: the right
// operand's, whatever the left one is declared to have.
TEST_CASE("a depth that only the right operand knows", "[MatmulEmitter]") {
  ContractionCase c;
  c.isWeight = false;
  c.left = {300, {"k", 200}};
  c.right = {200, 100};
  c.result = {300, 100};
  c.symbols = {{"k", 200}};
  check(c);
}

// Gate and up of a gated layer: two weights, which are constants here.
TEST_CASE("two products of one kernel", "[MatmulEmitter]") {
  for (int64_t rows : {1, 23}) {
    std::vector<float> x = tenon::test::ramp(rows * 2, 0.125f, -1), want;
    for (int64_t r = 0; r < rows; ++r)
      for (int64_t c = 0; c < 70; ++c)
        want.push_back((x[r * 2] + x[r * 2 + 1]) * 0.5f *
                           ((x[r * 2] + x[r * 2 + 1]) * -2.0f) +
                       1.0f);
    std::string m = std::to_string(rows);
    std::string y = "tensor<" + m + "x70xf32>", a = "tensor<" + m + "x2xf32>";
    tenon::test::expect("(%x: " + a + ") -> " + y + R"( {
    %w = tn.constant dense<0.5> : tensor<2x70xf32>
    %u = tn.constant dense<-2.0> : tensor<2x70xf32>
    %one = tn.constant dense<1.0> : tensor<f32>
    %0 = tn.matmul %x, %w : ()" + a + ", tensor<2x70xf32>) -> " + y + R"(
    %1 = tn.matmul %x, %u : ()" + a + ", tensor<2x70xf32>) -> " + y + R"(
    %2 = tn.mul %0, %1 : ()" + y + ", " + y + ") -> " + y + R"(
    %3 = tn.add %2, %one : ()" + y + ", tensor<f32>) -> " + y + R"(
    return %3 : )" + y + " }",
           {x}, want);
  }
}
