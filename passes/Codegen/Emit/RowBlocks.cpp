//===- RowBlocks.cpp - Rows in blocks of register tiles -------------------===//

#include "passes/Codegen/Emit/RowBlocks.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;
using tn::ExprAttr;

/// Fewer rows take as long: their sums wait for one another.
static constexpr int64_t kFewRows = 4;

RowBlocks::RowBlocks(ExprAttr count, int64_t most, bool mayOverlap)
    : count(count), most(most), mayOverlap(mayOverlap) {
  if (!count.isConstant() || count.getValue() == 0)
    return;
  int64_t rows = count.getValue(), blocks = llvm::divideCeil(rows, most);
  this->most = llvm::divideCeil(rows, blocks);
  whole = rows - blocks * (this->most - 1);
}

ExprAttr RowBlocks::blocks() const { return tn::ceilDivExpr(count, most); }

Value RowBlocks::firstRow(KernelBuilder &k, Value block) const {
  if (!count.isConstant())
    return k.min(k.mul(block, k.index(most)), k.evaluate(count));
  return k.add(k.mul(block, k.index(most - 1)), k.min(block, k.index(whole)));
}

void RowBlocks::forEach(KernelBuilder &k, Value first, Value last,
                        Body body) const {
  if (count.isConstant()) {
    k.forLoop(first, k.min(last, k.index(whole)), 1, [&](Value block) {
      body(k.mul(block, k.index(most)), most, {});
    });
    if (count.getValue() % most != 0 && most > 1)
      k.forLoop(k.max(first, k.index(whole)), last, 1,
                [&](Value block) { body(firstRow(k, block), most - 1, {}); });
    return;
  }
  Value firstRow = this->firstRow(k, first), end = this->firstRow(k, last);
  auto emit = [&](Value row) { body(row, most, {}); };
  Value rows = k.sub(end, firstRow);
  if (k.divisor(rows) % most == 0)
    return k.forLoop(firstRow, end, most, emit);
  Value wholeEnd =
      k.add(firstRow, k.mul(k.div(rows, k.index(most)), k.index(most)));
  k.forLoop(firstRow, wholeEnd, most, emit);
  coverRest(k, firstRow, wholeEnd, end, body);
}

/// Heights of blocks for less than `most` rows, the last one for any rows that
/// are too few for the others.
static SmallVector<int64_t> lowerHeights(int64_t most, bool mayOverlap) {
  SmallVector<int64_t> heights;
  if (mayOverlap) {
    for (int64_t height : {most * 5 / 7, most / 2})
      if (height > kFewRows)
        heights.push_back(height);
    if (most > 1)
      heights.push_back(std::min(kFewRows, most));
  }
  heights.push_back(1);
  return heights;
}

void RowBlocks::coverRest(KernelBuilder &k, Value first, Value row, Value end,
                          Body body) const {
  SmallVector<int64_t> heights = lowerHeights(most, mayOverlap);
  auto holds = [&](arith::CmpIPredicate predicate, Value a, int64_t b) {
    return arith::CmpIOp::create(k.builder(), predicate, a, k.index(b))
        .getResult();
  };
  auto choose = [&](Value condition, Value a, Value b) {
    return arith::SelectOp::create(k.builder(), condition, a, b).getResult();
  };
  for (auto [i, height] : llvm::enumerate(heights)) {
    if (height == 1)
      return k.forLoop(row, end, 1, [&](Value r) { body(r, 1, {}); });
    // One block, if the next height is too low; blocks of the lowest one until
    // nothing is left.
    Value fits = holds(arith::CmpIPredicate::sge, k.sub(end, first), height);
    int64_t next = heights[i + 1];
    Value used = fits, last = end;
    if (next > 1) {
      Value more = holds(arith::CmpIPredicate::sgt, k.sub(end, row), next);
      used = arith::AndIOp::create(k.builder(), fits, more);
      last = k.min(k.add(row, k.index(height)), end);
    }
    last = choose(used, last, row);
    Value lastStart = k.sub(end, k.index(height));
    k.forLoop(row, last, height, [&](Value r) {
      Value start = k.min(r, lastStart);
      body(start, height, k.sub(r, start));
    });
    row = last;
  }
}
