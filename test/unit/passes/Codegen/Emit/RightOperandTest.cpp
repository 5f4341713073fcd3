//===- RightOperandTest.cpp - Products with quantized weights -------------===//

#include "test/unit/passes/Codegen/Emit/ModuleRun.h"
#include <random>

using namespace tenon::test;

namespace {

/// [rows, depth] times [depth, columns] of `element`, whose scales (and zeros,
/// if there are) are one per column or one per column and block. Scales are
/// inputs, so that nothing folds.
struct Case {
  int64_t rows, depth, columns;
  std::string element;
  int64_t block = 0;
  std::string zero = ""; ///< element type
};

struct Weight {
  std::vector<int> integers, zeros;
  std::vector<float> scales;
  int64_t groups; ///< of rows
};

Weight makeWeight(const Case &c) {
  std::mt19937 random(5);
  bool isUnsigned = c.element[0] == 'u';
  int bits = c.element.back() == '4' ? 4 : 8;
  int least = isUnsigned ? 0 : -(1 << (bits - 1));
  Weight w;
  w.groups = c.block ? (c.depth + c.block - 1) / c.block : 1;
  for (int64_t i = 0; i < c.depth * c.columns; ++i)
    w.integers.push_back(least + int(random() % (1u << bits)));
  for (int64_t i = 0; i < w.groups * c.columns; ++i) {
    w.scales.push_back(0.25f + float(random() % 8) / 8);
    w.zeros.push_back(least + int(random() % (1u << bits)));
  }
  return w;
}

std::string listOf(const std::vector<int> &values, int64_t columns) {
  std::string text;
  for (size_t i = 0; i < values.size(); ++i)
    text += (i % columns ? ", " : i ? "], [" : "[") + std::to_string(values[i]);
  return text + "]";
}

} // namespace

static void check(const Case &c) {
  CAPTURE(c.rows, c.depth, c.columns, c.element, c.block, c.zero);
  Weight w = makeWeight(c);
  std::vector<float> x, want;
  for (int64_t i = 0; i < c.rows * c.depth; ++i)
    x.push_back(float(i * 7 % 23 - 11) / 8);
  for (int64_t m = 0; m < c.rows; ++m)
    for (int64_t n = 0; n < c.columns; ++n) {
      double sum = 0;
      for (int64_t k = 0; k < c.depth; ++k) {
        int64_t at = (c.block ? k / c.block : 0) * c.columns + n;
        int zero = c.zero.empty() ? 0 : w.zeros[at];
        sum += double(x[m * c.depth + k]) * w.scales[at] *
               (w.integers[k * c.columns + n] - zero);
      }
      want.push_back(float(sum));
    }
  auto tensor = [&](int64_t rows, int64_t columns, const std::string &element) {
    return "tensor<" + std::to_string(rows) + "x" + std::to_string(columns) +
           "x" + element + ">";
  };
  std::string left = tensor(c.rows, c.depth, "f32");
  std::string integers = tensor(c.depth, c.columns, c.element);
  std::string numbers = tensor(c.depth, c.columns, "f32");
  std::string scales = tensor(w.groups, c.columns, "f32");
  std::string zeros = tensor(w.groups, c.columns, c.zero);
  std::string result = tensor(c.rows, c.columns, "f32");
  std::string body = "(%x: " + left + ", %s: " + scales + ") -> " + result +
                     " {\n  %w = tn.constant dense<[" +
                     listOf(w.integers, c.columns) + "]> : " + integers + "\n";
  if (!c.zero.empty()) {
    std::string list = listOf(w.zeros, c.columns);
    if (c.zero == "f32")
      for (size_t at = 0;
           (at = list.find_first_of(",]", at)) != std::string::npos; at += 3)
        if (isdigit(list[at - 1]))
          list.insert(at, ".0");
    body += "  %z = tn.constant dense<[" + list + "]> : " + zeros + "\n";
  }
  body += "  %d = tn.dequantize %w, %s" +
          std::string(c.zero.empty() ? "" : ", %z") +
          (c.block ? " {block = " + std::to_string(c.block) + "}" : "") +
          " : (" + integers + ", " + scales +
          (c.zero.empty() ? "" : ", " + zeros) + ") -> " + numbers +
          "\n  %y = tn.matmul %x, %d : (" + left + ", " + numbers + ") -> " +
          result + "\n  return %y : " + result + " }";
  expect(body, {x, w.scales}, want);
}

TEST_CASE("elements of 8 bits", "[RightOperand]") {
  for (int64_t rows : {1, 3, 40})
    for (const char *element : {"i8", "ui8"}) {
      check({rows, 37, 45, element});
      check({rows, 64, 150, element, 0, element});
      check({rows, 50, 33, element, 16, element});
    }
}

TEST_CASE("elements of 4 bits, in pairs", "[RightOperand]") {
  for (int64_t rows : {1, 3, 40})
    for (const char *element : {"i4", "ui4"}) {
      check({rows, 37, 45, element});
      check({rows, 64, 150, element, 32, element});
      check({rows, 50, 10, element, 16, *element == 'u' ? "ui8" : "i8"});
      check({rows, 50, 70, element, 16, "f32"});
    }
}

TEST_CASE("few rows share parameters", "[RightOperand]") {
  check({2, 12, 40, "ui4", 4, "ui4"});
  check({2, 12, 40, "i8", 4, "i8"});
}
