//===- ContractionCase.h - Runs one matmul or conv kernel -------*- C++ -*-===//
//
// From a tn.fusion in text to numbers: schedule, packed weight, kernel, machine
// code; compared with plain loops.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_UNIT_PASSES_CODEGEN_EMIT_CONTRACTIONCASE_H
#define TENON_TEST_UNIT_PASSES_CODEGEN_EMIT_CONTRACTIONCASE_H

#include <cstdint>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace tenon::test {

/// A size: a number, or an expression of symbols and its value.
struct Size {
  Size(int64_t value) : value(value) {}
  Size(std::string text, int64_t value) : text(std::move(text)), value(value) {}
  std::string text; ///< empty: static
  int64_t value;
};
using Sizes = std::vector<Size>;

struct ContractionCase {
  Sizes left, right, result;
  std::string element = "f32";
  std::string leftElement; ///< empty: the same
  std::string accumulator; ///< of a matmul; empty: none
  bool isWeight = true;    ///< the right operand is a tn.weight
  bool isLong = false;     ///< erf and a sum follow, instead of a maximum
  /// Of a conv: its attributes; empty: a matmul.
  std::vector<int64_t> strides, dilations, low;
  int64_t groups = 1;
  std::vector<std::pair<std::string, int64_t>> symbols;

  std::string elementOfLeft() const {
    return leftElement.empty() ? element : leftElement;
  }
  bool isConv() const { return !strides.empty(); }
};

/// What is wrong with the kernel's results for `target`; empty if nothing is.
std::string runContraction(const ContractionCase &c, const char *target);

} // namespace tenon::test

#endif // TENON_TEST_UNIT_PASSES_CODEGEN_EMIT_CONTRACTIONCASE_H
