//===- RowBlocksTest.cpp - Rows in blocks of register tiles ---------------===//

#include "passes/Codegen/Emit/RowBlocks.h"
#include "test/unit/Target/CPU/TestModules.h"
#include "test/unit/passes/Codegen/Emit/ContractionCase.h"
#include "test/unit/passes/Codegen/Emit/KernelFrame.h"

using namespace tenon::test;
using namespace tenon::codegen;
using mlir::Value;

namespace {
struct Block {
  int64_t rows;
  bool mayBeKnown; ///< whether some of its rows may have been computed
  bool operator==(const Block &) const = default;
};

struct BlocksFrame : KernelFrame {
  /// What is emitted for `count` rows in blocks of `most`.
  std::vector<Block> blocksOf(tenon::tn::ExprAttr count, int64_t most,
                              bool mayOverlap = true) {
    std::vector<Block> blocks;
    RowBlocks rows(count, most, mayOverlap);
    rows.forEach(*kernel, kernel->index(0), kernel->evaluate(rows.blocks()),
                 [&](Value, int64_t height, Value known) {
                   blocks.push_back({height, bool(known)});
                 });
    return blocks;
  }
};
} // namespace

TEST_CASE_METHOD(BlocksFrame, "two heights cover a constant count",
                 "[RowBlocks]") {
  auto rows = [&](int64_t count) {
    return tenon::tn::constantExpr(&context, count);
  };
  CHECK(blocksOf(rows(28), 14) == std::vector<Block>{{14, false}});
  CHECK(blocksOf(rows(80), 14) == std::vector<Block>{{14, false}, {13, false}});
  CHECK(blocksOf(rows(0), 14).empty());
}

TEST_CASE_METHOD(BlocksFrame, "lower blocks overlap what precedes a rest",
                 "[RowBlocks]") {
  tenon::tn::ExprAttr n = tenon::tn::symbolExpr(&context, "n");
  // It is a multiple of 8.
  CHECK(blocksOf(n, 8) == std::vector<Block>{{8, false}});
  CHECK(blocksOf(n, 14) ==
        std::vector<Block>{
            {14, false}, {10, true}, {7, true}, {4, true}, {1, false}});
  CHECK(blocksOf(n, 6) ==
        std::vector<Block>{{6, false}, {4, true}, {1, false}});
  CHECK(blocksOf(n, 3) ==
        std::vector<Block>{{3, false}, {3, true}, {1, false}});
  CHECK(blocksOf(n, 1) == std::vector<Block>{{1, false}});
}

TEST_CASE_METHOD(BlocksFrame, "blocks that must not overlap", "[RowBlocks]") {
  tenon::tn::ExprAttr n = tenon::tn::symbolExpr(&context, "n");
  CHECK(blocksOf(n, 14, false) == std::vector<Block>{{14, false}, {1, false}});
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
