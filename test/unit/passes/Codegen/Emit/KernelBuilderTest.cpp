//===- KernelBuilderTest.cpp - Index arithmetic, memory, lanes ------------===//

#include "test/unit/passes/Codegen/Emit/KernelFrame.h"
#include "test/unit/passes/Codegen/Emit/ModuleRun.h"

using namespace tenon::test;
using mlir::Value;

TEST_CASE_METHOD(KernelFrame, "arithmetic on constants leaves constants",
                 "[KernelBuilder]") {
  auto &k = *kernel;
  CHECK(constant(k.add(k.index(5), k.index(-7))) == -2);
  CHECK(constant(k.sub(k.index(5), k.index(7))) == -2);
  CHECK(constant(k.mul(k.index(5), k.index(7))) == 35);
  CHECK(constant(k.div(k.index(17), k.index(5))) == 3);
  CHECK(constant(k.mod(k.index(17), k.index(5))) == 2);
  CHECK(constant(k.min(k.index(-3), k.index(2))) == -3);
  CHECK(constant(k.max(k.index(-3), k.index(2))) == 2);
}

TEST_CASE_METHOD(KernelFrame, "neutral operands emit nothing",
                 "[KernelBuilder]") {
  auto &k = *kernel;
  Value x = k.firstTile();
  CHECK(k.add(x, k.index(0)) == x);
  CHECK(k.add(k.index(0), x) == x);
  CHECK(k.sub(x, k.index(0)) == x);
  CHECK(k.mul(x, k.index(1)) == x);
  CHECK(k.mul(k.index(1), x) == x);
  CHECK(constant(k.mul(x, k.index(0))) == 0);
  CHECK(k.div(x, k.index(1)) == x);
  CHECK(constant(k.mod(x, k.index(1))) == 0);
  CHECK(k.min(x, x) == x);
  CHECK(k.sub(k.index(0), x) != x);
  CHECK(count<mlir::arith::SubIOp>() == 1);
  CHECK(count<mlir::arith::MulIOp>() == 0);
}

TEST_CASE_METHOD(KernelFrame, "positions and coordinates", "[KernelBuilder]") {
  auto &k = *kernel;
  llvm::SmallVector<tenon::tn::ExprAttr> dims;
  for (int64_t size : {2, 3, 4})
    dims.push_back(tenon::tn::constantExpr(&context, size));
  int64_t position = 0;
  for (int64_t a = 0; a < 2; ++a)
    for (int64_t b = 0; b < 3; ++b)
      for (int64_t c = 0; c < 4; ++c, ++position) {
        auto at = k.delinearize(k.index(position), dims);
        REQUIRE(at.size() == 3);
        CHECK(constant(at[0]) == a);
        CHECK(constant(at[1]) == b);
        CHECK(constant(at[2]) == c);
        CHECK(constant(k.linearize(at, dims)) == position);
      }
}

TEST_CASE_METHOD(KernelFrame, "an expression is computed once, at the top",
                 "[KernelBuilder]") {
  auto &k = *kernel;
  auto n = tenon::tn::symbolExpr(&context, "n");
  auto twice = tenon::tn::mulExpr(n, tenon::tn::constantExpr(&context, 2));
  Value first, second;
  k.forLoop(k.index(0), k.lastTile(), 1,
            [&](Value) { first = k.evaluate(twice); });
  k.forLoop(k.index(0), k.lastTile(), 1,
            [&](Value) { second = k.evaluate(twice); });
  CHECK(first == second);
  CHECK(first.getDefiningOp()->getParentOp() == module->lookupSymbol("kernel"));
  CHECK(count<mlir::arith::MulIOp>() == 1);
}

TEST_CASE("memory has other types than lanes", "[KernelBuilder]") {
  // A tail, full vectors, and both.
  int64_t n = GENERATE(1, 3, 16, 37);
  CAPTURE(n);
  std::string N = std::to_string(n);
  auto unary = [&](const char *op, const char *from, const char *to) {
    std::string in = "tensor<" + N + "x" + from + ">";
    std::string out = "tensor<" + N + "x" + to + ">";
    return "(%x: " + in + ") -> " + out + " { %0 = tn." + op + " %x : (" + in +
           ") -> " + out + "\n return %0 : " + out + " }";
  };
  std::vector<int8_t> bytes, negated;
  std::vector<uint8_t> bits, flipped;
  std::vector<uint16_t> halves;
  std::vector<float> floats;
  for (int64_t i = 0; i < n; ++i) {
    bytes.push_back(int8_t(i * 31 - 128));
    negated.push_back(int8_t(-bytes.back()));
    bits.push_back(i % 3 == 0);
    flipped.push_back(i % 3 != 0);
    halves.push_back(uint16_t(0x3c00 + (i << 10 & 0x3c00))); // 2^(i % 16)
    floats.push_back(std::ldexp(1.0f, i % 16));
  }
  // 2^15 is the last finite power of two; 0x3c00 + 15 * 0x400 is it.
  expect(unary("neg", "i8", "i8"), {bytes}, negated);
  expect(unary("not", "i1", "i1"), {bits}, flipped);
  expect(unary("cast", "f16", "f32"), {halves}, floats);
  expect(unary("cast", "f32", "f16"), {floats}, halves);
}
