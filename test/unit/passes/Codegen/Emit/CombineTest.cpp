//===- CombineTest.cpp - Every combiner, on floats and integers -----------===//

#include "test/unit/passes/Codegen/Emit/ModuleRun.h"
#include <limits>

using namespace tenon::test;

static std::string reduce(const std::string &combiner,
                          const std::string &element, int64_t n) {
  std::string from = "tensor<" + std::to_string(n) + "x" + element + ">",
              to = "tensor<1x" + element + ">";
  return "(%x: " + from + ") -> " + to +
         " { %0 = tn.reduce %x {axes = array<i64: 0>, combiner = #tn.combiner<" +
         combiner + ">} : (" + from + ") -> " + to + "\n return %0 : " + to +
         " }";
}

TEST_CASE("floats", "[Combine]") {
  std::vector<float> x = ramp(19, -0.25f, 1.5f);
  float sum = 0, product = 1;
  for (float v : x)
    sum += v, product *= v;
  expect(reduce("sum", "f32", 19), {x}, std::vector<float>{sum});
  expect(reduce("prod", "f32", 19), {x}, std::vector<float>{product});
  expect(reduce("max", "f32", 19), {x}, std::vector<float>{1.5f});
  expect(reduce("min", "f32", 19), {x}, std::vector<float>{-3});
}

TEST_CASE("integers: signed and unsigned extremes differ", "[Combine]") {
  std::vector<int32_t> s{-5, 3, -7, 2};
  expect(reduce("max", "i32", 4), {s}, std::vector<int32_t>{3});
  expect(reduce("min", "i32", 4), {s}, std::vector<int32_t>{-7});
  std::vector<uint8_t> u{200, 3, 255, 100};
  expect(reduce("max", "ui8", 4), {u}, std::vector<uint8_t>{255});
  expect(reduce("min", "ui8", 4), {u}, std::vector<uint8_t>{3});
  expect(reduce("prod", "i32", 4), {s}, std::vector<int32_t>{210});
  std::vector<uint8_t> ones{1, 1, 1};
  expect(reduce("logical_and", "i1", 3), {ones}, std::vector<uint8_t>{1});
  std::vector<uint8_t> b{1, 1, 0, 1};
  expect(reduce("logical_and", "i1", 4), {b}, std::vector<uint8_t>{0});
  expect(reduce("logical_or", "i1", 4), {b}, std::vector<uint8_t>{1});
}

TEST_CASE("of nothing, the neutral element", "[Combine]") {
  float inf = std::numeric_limits<float>::infinity();
  for (auto [combiner, neutral] :
       {std::pair{"sum", 0.0f}, {"prod", 1.0f}, {"max", -inf}, {"min", inf}})
    expect(reduce(combiner, "f32", 0), {std::vector<float>{}},
           std::vector<float>{neutral});
}
