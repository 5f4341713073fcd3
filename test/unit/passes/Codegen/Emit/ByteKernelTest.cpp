//===- ByteKernelTest.cpp - Products of bytes, exact ----------------------===//

#include "tenon/Target/TargetDesc.h"
#include "tenon/runtime.h"
#include "test/unit/passes/Codegen/Emit/ContractionCase.h"
#include <catch2/catch.hpp>

using namespace tenon::test;

/// Targets that this machine can run.
static std::vector<std::string> targets() {
  std::vector<std::string> names;
  for (llvm::StringRef name : tenon::TargetDesc::names()) {
    auto target = llvm::cantFail(tenon::TargetDesc::lookup(name));
    if ((target.requiredFeatures & ~tn_cpu_features()) == 0)
      names.push_back(name.str());
  }
  return names;
}

static void check(const ContractionCase &c) {
  for (const std::string &target : targets()) {
    CAPTURE(target, c.leftElement);
    CHECK(runContraction(c, target.c_str()) == "");
  }
}

static ContractionCase product(Sizes left, Sizes right, Sizes result) {
  ContractionCase c{left, right, result};
  c.element = "i8";
  c.accumulator = "i32";
  return c;
}

TEST_CASE("bytes of all values, with and without tails", "[ByteKernel]") {
  auto [m, n, k] = GENERATE(table<int64_t, int64_t, int64_t>({{1, 1, 4},
                                                              {1, 100, 36},
                                                              {3, 17, 8},
                                                              {14, 32, 1024},
                                                              {15, 96, 20},
                                                              {29, 33, 64},
                                                              {300, 64, 12},
                                                              {5, 8, 400},
                                                              {0, 5, 4},
                                                              {4, 5, 0}}));
  CAPTURE(m, n, k);
  for (const char *left : {"i8", "ui8"}) {
    ContractionCase c = product({m, k}, {k, n}, {m, n});
    c.leftElement = left;
    check(c);
  }
}

TEST_CASE("pixels are rows of a product of bytes", "[ByteKernel]") {
  ContractionCase c =
      product({{"b", 2}, 7, 5, 24}, {24, 40}, {{"b", 2}, 7, 5, 40});
  c.leftElement = "ui8";
  c.symbols = {{"b", 2}};
  check(c);
}

TEST_CASE("depths that are no multiple of 4, and right operands that are not "
          "known, are multiplied one by one",
          "[ByteKernel]") {
  ContractionCase c = product({19, 30}, {30, 33}, {19, 33});
  c.leftElement = "ui8";
  check(c);
  c = product({19, 32}, {32, 33}, {19, 33});
  c.isWeight = false;
  check(c);
}
