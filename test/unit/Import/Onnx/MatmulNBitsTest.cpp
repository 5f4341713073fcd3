//===- MatmulNBitsTest.cpp - Numbers of com.microsoft's MatMulNBits -------===//

#include "Import.h"
#include "test/unit/passes/Codegen/Emit/ModuleRun.h"
#include <catch2/catch.hpp>

using namespace tenon::onnx::test;
using tenon::test::expect;

constexpr int kRows = 2, kDepth = 20, kColumns = 2, kBlock = 16, kBlocks = 2;

static Message bytesTensor(const std::string &name,
                           const std::vector<int64_t> &dims,
                           const std::string &raw) {
  return tensor(name, 2, dims).bytes(9, raw);
}

static void check(int bits, bool hasZeros) {
  CAPTURE(bits, hasZeros);
  int steps = 1 << bits;
  std::string weight, zeros;
  std::vector<float> x, scales, want;
  for (int i = 0; i < kRows * kDepth; ++i)
    x.push_back(float(i % 7) - 3);
  auto integer = [&](int n, int k) { return (n * 31 + k * 11) % steps; };
  auto zero = [&](int n, int block) {
    return hasZeros ? (n * 5 + block * 3 + 1) % steps : steps / 2;
  };
  for (int n = 0; n < kColumns; ++n) {
    for (int k = 0; k < kBlocks * kBlock; k += 8 / bits)
      weight += char(bits == 8 ? integer(n, k)
                               : integer(n, k) | integer(n, k + 1) << 4);
    for (int block = 0; block < kBlocks; block += 8 / bits)
      zeros += char(bits == 8 ? zero(n, block)
                              : zero(n, block) | zero(n, block + 1) << 4);
    for (int block = 0; block < kBlocks; ++block)
      scales.push_back(0.25f * float(n + 1) + float(block));
  }
  for (int m = 0; m < kRows; ++m)
    for (int n = 0; n < kColumns; ++n) {
      double sum = 0;
      for (int k = 0; k < kDepth; ++k)
        sum += double(x[m * kDepth + k]) * scales[n * kBlocks + k / kBlock] *
               (integer(n, k) - zero(n, k / kBlock));
      want.push_back(float(sum));
    }
  std::vector<std::string> inputs{"x", "w", "s"};
  if (hasZeros)
    inputs.push_back("z");
  Message call =
      node("n", "MatMulNBits", inputs, {"y"}).bytes(7, "com.microsoft");
  for (auto [name, value] :
       {std::pair("K", kDepth), std::pair("N", kColumns),
        std::pair("bits", bits), std::pair("block_size", kBlock)})
    call.sub(5, intAttribute(name, value));
  Imported imported(
      model(graphOf(floatValue("x", {"2", "20"}), {call},
                    {bytesTensor("w", {kColumns, kBlocks, kBlock * bits / 8},
                                 weight),
                     tensor("s", 1, {kColumns * kBlocks}).f32s(4, scales),
                     bytesTensor("z", {int64_t(zeros.size())}, zeros)}))
          .sub(8, Message().bytes(1, "com.microsoft").num(2, 1)));
  REQUIRE(imported.error() == "");
  std::string text;
  llvm::raw_string_ostream(text) << *imported.module->lookupSymbol("main");
  llvm::StringRef body = text;
  REQUIRE(body.consume_front("func.func @main"));
  expect(body, {x}, want);
}

TEST_CASE("weights of 4 and 8 bits in blocks", "[microsoft]") {
  check(4, false);
  check(4, true);
  check(8, false);
  check(8, true);
}

TEST_CASE("weights that do not fit are refused", "[microsoft]") {
  Message call = node("n", "MatMulNBits", {"x", "w", "s"}, {"y"})
                     .bytes(7, "com.microsoft");
  for (auto [name, value] :
       {std::pair("K", 20), std::pair("N", 4), std::pair("block_size", 16)})
    call.sub(5, intAttribute(name, value));
  Imported imported(
      model(graphOf(floatValue("x", {"2", "20"}), {call},
                    {bytesTensor("w", {3, 2, 8}, std::string(48, '\0')),
                     tensor("s", 1, {6}).f32s(4, std::vector<float>(6))}))
          .sub(8, Message().bytes(1, "com.microsoft").num(2, 1)));
  CHECK_THAT(imported.error(),
             Catch::Contains("do not fit 4 x 2 blocks of 16"));
}
