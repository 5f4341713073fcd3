//===- KernelControlTest.cpp - Loops and branches of kernels --------------===//

#include "test/unit/passes/Codegen/Emit/KernelFrame.h"

using namespace tenon::test;
using mlir::Value;
using mlir::ValueRange;

TEST_CASE_METHOD(KernelFrame, "loops without or with one iteration are none",
                 "[KernelControl]") {
  auto &k = *kernel;
  int bodies = 0;
  auto body = [&](Value) { ++bodies; };
  k.forLoop(k.index(4), k.index(4), 1, body);
  k.forLoop(k.index(5), k.index(4), 1, body);
  CHECK(bodies == 0);
  k.forLoop(k.index(1), k.index(4), 3, [&](Value i) {
    CHECK(constant(i) == 1);
    ++bodies;
  });
  CHECK(bodies == 1);
  CHECK(count<mlir::scf::ForOp>() == 0);
  k.forLoop(k.index(0), k.index(4), 3, body);
  CHECK(bodies == 2);
  CHECK(count<mlir::scf::ForOp>() == 1);
}

TEST_CASE_METHOD(KernelFrame, "what an empty loop carries stays as it is",
                 "[KernelControl]") {
  auto &k = *kernel;
  Value start = k.firstTile();
  auto next = [&](Value, ValueRange carried) {
    return llvm::SmallVector<Value>{k.add(carried[0], k.index(1))};
  };
  CHECK(k.forLoop(k.index(2), k.index(2), 1, start, next)[0] == start);
  CHECK(k.forLoop(k.index(2), k.index(9), 1, start, next)[0] != start);
}

TEST_CASE_METHOD(KernelFrame, "a static range of lanes knows its tail",
                 "[KernelControl]") {
  auto &k = *kernel;
  int64_t size = GENERATE(0, 3, 8, 11, 16, 21);
  CAPTURE(size);
  std::vector<std::pair<int64_t, bool>> got; // position, masked
  k.laneLoop(k.index(0), k.index(size), [&](Value i, Value mask) {
    got.push_back({constant(i), mask != nullptr});
  });
  std::vector<std::pair<int64_t, bool>> want;
  if (size >= 16)
    want.push_back({-1000, false}); // in a loop
  else if (size >= 8)
    want.push_back({0, false});
  if (size % 8 != 0)
    want.push_back({size / 8 * 8, true});
  CHECK(got == want);
  CHECK(count<mlir::scf::ForOp>() == (size >= 16));
  CHECK(count<mlir::scf::IfOp>() == 0);
}

TEST_CASE_METHOD(KernelFrame, "a dynamic range of lanes branches to its tail",
                 "[KernelControl]") {
  auto &k = *kernel;
  int masked = 0, full = 0;
  k.laneLoop(k.index(0), k.lastTile(),
             [&](Value, Value mask) { ++(mask ? masked : full); });
  CHECK(masked == 1);
  CHECK(full == 1);
  CHECK(count<mlir::scf::ForOp>() == 1);
  CHECK(count<mlir::scf::IfOp>() == 1);
}

TEST_CASE("one lane has no tail", "[KernelControl]") {
  KernelFrame frame(1);
  auto &k = *frame.kernel;
  k.laneLoop(k.index(0), k.lastTile(),
             [&](Value, Value mask) { CHECK(!mask); });
  CHECK(frame.count<mlir::scf::IfOp>() == 0);
}

TEST_CASE_METHOD(KernelFrame, "a branch yields what its regions do",
                 "[KernelControl]") {
  auto &k = *kernel;
  Value condition =
      mlir::arith::CmpIOp::create(k.builder(), mlir::arith::CmpIPredicate::slt,
                                  k.firstTile(), k.lastTile());
  auto yields = [&](int64_t value) {
    return [&k, value] { return llvm::SmallVector<Value>{k.index(value)}; };
  };
  Value result = k.ifElse(condition, yields(3), yields(5))[0];
  auto branch = result.getDefiningOp<mlir::scf::IfOp>();
  REQUIRE(branch);
  CHECK(branch.getCondition() == condition);
  CHECK(constant(branch.thenYield().getOperand(0)) == 3);
  CHECK(constant(branch.elseYield().getOperand(0)) == 5);
  k.ifThen(condition, [&] { k.add(k.firstTile(), k.index(1)); });
  CHECK(count<mlir::scf::IfOp>() == 2);
  CHECK(count<mlir::arith::AddIOp>() == 1);
}
