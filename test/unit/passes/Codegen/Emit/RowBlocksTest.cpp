//===- RowBlocksTest.cpp - Rows in blocks of register tiles ---------------===//

#include "passes/Codegen/Emit/RowBlocks.h"
#include "test/unit/Target/CPU/TestModules.h"
#include "test/unit/passes/Codegen/Emit/ContractionCase.h"
#include "test/unit/passes/Codegen/Emit/KernelFrame.h"

using namespace tenon::test;
using namespace tenon::codegen;
using mlir::Value;

namespace {
struct BlocksFrame : KernelFrame {
  /// Heights of the blocks that are emitted for `count` rows.
  std::vector<int64_t> blocksOf(tenon::tn::ExprAttr count, int64_t most,
                                int64_t vectors = 2) {
    std::vector<int64_t> heights;
    RowBlocks rows(count, most, vectors);
    rows.forEach(*kernel, kernel->index(0), kernel->evaluate(rows.blocks()),
                 [&](Value, int64_t height) { heights.push_back(height); });
    return heights;
  }
};
} // namespace

TEST_CASE_METHOD(BlocksFrame, "two heights cover a constant count",
                 "[RowBlocks]") {
  auto rows = [&](int64_t count) {
    return tenon::tn::constantExpr(&context, count);
  };
  CHECK(blocksOf(rows(28), 14) == std::vector<int64_t>{14});
  CHECK(blocksOf(rows(80), 14) == std::vector<int64_t>{14, 13});
  CHECK(blocksOf(rows(0), 14).empty());
}

TEST_CASE_METHOD(BlocksFrame, "lower heights cover what is left",
                 "[RowBlocks]") {
  tenon::tn::ExprAttr n = tenon::tn::symbolExpr(&context, "n");
  tenon::tn::ExprAttr odd = tenon::tn::addExpr(n, 1);
  CHECK(blocksOf(odd, 14) == std::vector<int64_t>{14, 8, 6, 5, 4, 3, 2, 1});
  CHECK(blocksOf(odd, 6, 4) == std::vector<int64_t>{6, 4, 3, 2, 1});
  CHECK(blocksOf(odd, 1) == std::vector<int64_t>{1});
  CHECK(blocksOf(odd, 20, 8) == std::vector<int64_t>{16, 8, 4, 2, 1});
  // n is a multiple of 8: whole blocks, and an even number of rows left.
  CHECK(blocksOf(n, 8) == std::vector<int64_t>{8});
  CHECK(blocksOf(n, 14) == std::vector<int64_t>{14, 8, 6, 4, 2});
}

TEST_CASE("blocks that cost least", "[RowBlocks]") {
  const int64_t heights[] = {14, 8, 6, 5, 4, 3, 2, 1};
  auto best = [&](int64_t rows) {
    llvm::SmallVector<int64_t> blocks = bestBlocks(rows, heights, 2);
    return std::vector<int64_t>(blocks.begin(), blocks.end());
  };
  CHECK(best(0).empty());
  CHECK(best(3) == std::vector<int64_t>{3});
  CHECK(best(7) == std::vector<int64_t>{4, 3});
  CHECK(best(10) == std::vector<int64_t>{6, 4});
  CHECK(best(16) == std::vector<int64_t>{8, 8});
  CHECK(best(22) == std::vector<int64_t>{14, 8});
}

TEST_CASE("every number of rows up to three blocks", "[RowBlocks]") {
  int64_t rows = GENERATE(range(0, 46));
  // Registers for blocks of 14 and, with wider ones, of 6 rows.
  int64_t columns = GENERATE(20, 64);
  CAPTURE(rows, columns);
  ContractionCase c;
  c.left = {{"m", rows}, 9};
  c.right = {9, columns};
  c.result = {{"m", rows}, columns};
  c.symbols = {{"m", rows}};
  CHECK(runContraction(c, tenon::cpu::test::hostTarget().name.c_str()) == "");
}
