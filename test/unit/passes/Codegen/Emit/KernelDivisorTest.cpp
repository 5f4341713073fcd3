//===- KernelDivisorTest.cpp - What divides an index ----------------------===//

#include "test/unit/passes/Codegen/Emit/KernelFrame.h"

using namespace tenon::test;
using mlir::Value;

// Of KernelFrame's n it is known that it is a multiple of 8.

TEST_CASE_METHOD(KernelFrame, "what divides sizes divides positions",
                 "[KernelDivisor]") {
  auto &k = *kernel;
  auto n = tenon::tn::symbolExpr(&context, "n");
  Value size = k.evaluate(n), other = k.firstTile();
  CHECK(k.divisor(size) == 8);
  CHECK(k.divisor(other) == 1);
  CHECK(k.divisor(k.index(0)) == 0);
  CHECK(k.divisor(k.index(-12)) == 12);
  CHECK(k.divisor(k.evaluate(tenon::tn::mulExpr(n, 6))) == 48);
  CHECK(k.divisor(k.mul(other, k.index(6))) == 6);
  CHECK(k.divisor(k.add(size, k.index(12))) == 4);
  CHECK(k.divisor(k.min(k.mul(other, k.index(16)), size)) == 8);
  CHECK(k.divisor(k.sub(size, size)) == 8);
  CHECK(k.divisor(k.mod(size, k.index(12))) == 4);
  CHECK(k.divisor(k.div(size, k.index(2))) == 1);
  k.forLoop(k.index(4), size, 6,
            [&](Value i) { CHECK(k.divisor(i) == 2); });
}

TEST_CASE_METHOD(KernelFrame, "a range of whole vectors has no tail",
                 "[KernelDivisor]") {
  auto &k = *kernel;
  Value size = k.evaluate(tenon::tn::symbolExpr(&context, "n"));
  k.laneLoop(k.index(0), size, [&](Value, Value mask) { CHECK(!mask); });
  CHECK(count<mlir::scf::ForOp>() == 1);
  CHECK(count<mlir::scf::IfOp>() == 0);
}
