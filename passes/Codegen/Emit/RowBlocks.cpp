//===- RowBlocks.cpp - Rows in blocks of register tiles -------------------===//

#include "passes/Codegen/Emit/RowBlocks.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include <numeric>

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;
using tn::ExprAttr;

/// Sums that keep the multipliers busy: fewer wait for one another.
static constexpr int64_t kBusySums = 8;
/// Bits of a number of blocks, and the greatest height for which the numbers
/// for all that may be left fit into a constant.
static constexpr int64_t kBits = 2, kMostRows = 64 / kBits / 2;

RowBlocks::RowBlocks(ExprAttr count, int64_t most, int64_t vectors)
    : count(count), most(most), vectors(vectors) {
  if (!count.isConstant())
    this->most = std::min(most, kMostRows);
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
  if (!count.isConstant())
    return cover(k, firstRow(k, first), firstRow(k, last), body);
  k.forLoop(first, k.min(last, k.index(whole)), 1,
            [&](Value block) { body(k.mul(block, k.index(most)), most); });
  if (count.getValue() % most != 0 && most > 1)
    k.forLoop(k.max(first, k.index(whole)), last, 1,
              [&](Value block) { body(firstRow(k, block), most - 1); });
}

//===----------------------------------------------------------------------===//
// Counts that are known at run time
//===----------------------------------------------------------------------===//

/// Rows of a block whose sums keep the multipliers busy.
static int64_t busyRows(int64_t vectors) {
  return llvm::divideCeil(kBusySums, vectors);
}

/// Heights of blocks, descending. Sums of those from the lowest busy one to its
/// double are most numbers of rows; halves above them keep numbers of blocks low.
static SmallVector<int64_t> blockHeights(int64_t most, int64_t vectors) {
  int64_t busy = busyRows(vectors);
  SmallVector<int64_t> heights{most};
  while (heights.back() / 2 > 2 * busy)
    heights.push_back(heights.back() / 2);
  for (int64_t height : {2 * busy, busy * 3 / 2, busy * 5 / 4, busy,
                         busy * 3 / 4, busy / 2, int64_t(1)})
    if (height > 0 && height < heights.back())
      heights.push_back(height);
  return heights;
}

SmallVector<int64_t>
codegen::bestBlocks(int64_t rows, ArrayRef<int64_t> heights, int64_t vectors) {
  // In quarters of the time of a busy row; of equals, fewer blocks.
  auto costOf = [&](int64_t height) {
    return 4 * std::max(height, busyRows(vectors)) + 1;
  };
  SmallVector<int64_t> cost{0}, last{0}; // by number of rows
  for (int64_t count = 1; count <= rows; ++count) {
    cost.push_back(std::numeric_limits<int64_t>::max());
    last.push_back(0);
    for (int64_t height : heights) {
      if (height > count ||
          costOf(height) + cost[count - height] >= cost[count])
        continue;
      cost[count] = costOf(height) + cost[count - height];
      last[count] = height;
    }
  }
  SmallVector<int64_t> blocks;
  for (int64_t left = rows; left > 0; left -= last[left])
    blocks.push_back(last[left]);
  llvm::sort(blocks, std::greater<>());
  return blocks;
}

void RowBlocks::cover(KernelBuilder &k, Value row, Value end, Body body) const {
  Value rows = k.sub(end, row), height = k.index(most);
  auto emit = [&](Value r) { body(r, most); };
  if (k.divisor(rows) % most == 0)
    return k.forLoop(row, end, most, emit);
  // The last whole block is covered together with the rest, fewer than 2 * most
  // rows. Numbers of blocks are digits of a constant, by the rows left.
  SmallVector<int64_t> heights = blockHeights(most, vectors);
  SmallVector<uint64_t> counts(heights.size(), 0);
  for (int64_t left = std::gcd(k.divisor(rows), uint64_t(most)), step = left;
       left < 2 * most; left += step)
    for (int64_t block : bestBlocks(left, heights, vectors))
      counts[llvm::find(heights, block) - heights.begin()] += uint64_t(1)
                                                              << (left * kBits);
  ImplicitLocOpBuilder &b = k.builder();
  Value before =
      k.mul(k.max(k.sub(k.div(rows, height), k.index(1)), k.index(0)), height);
  Value digit = k.mul(k.sub(rows, before), k.index(kBits));
  for (auto [rowsOfBlock, digits] : llvm::zip_equal(heights, counts)) {
    if (digits == 0 && rowsOfBlock != most)
      continue;
    Value number = arith::AndIOp::create(
        b, arith::ShRUIOp::create(b, k.index(digits), digit),
        k.index((1 << kBits) - 1));
    Value covered = k.mul(number, k.index(rowsOfBlock));
    if (rowsOfBlock == most)
      covered = k.add(covered, before);
    Value next = k.add(row, covered);
    k.forLoop(row, next, rowsOfBlock,
              [&, rows = rowsOfBlock](Value r) { body(r, rows); });
    row = next;
  }
}
