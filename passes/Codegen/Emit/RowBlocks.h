//===- RowBlocks.h - Rows in blocks of register tiles -----------*- C++ -*-===//
//
// A constant count is covered by blocks of two heights, h and h - 1. One that
// is known at run time is covered by blocks of the greatest height as long as
// there are two of them, and then by those of a few lower heights that cost
// least: for each number of rows that may be left, they are found here.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_CODEGEN_EMIT_ROWBLOCKS_H
#define TENON_PASSES_CODEGEN_EMIT_ROWBLOCKS_H

#include "passes/Codegen/Emit/KernelBuilder.h"

namespace tenon::codegen {

class RowBlocks {
public:
  /// Blocks of at most `most` rows, each of `vectors` sums, cover `count` rows.
  RowBlocks(tn::ExprAttr count, int64_t most, int64_t vectors);
  /// Blocks there are, one for all rows at the end if the count is not
  /// constant.
  tn::ExprAttr blocks() const;
  /// The height of a block, but for the last ones.
  int64_t height() const { return most; }

  using Body = llvm::function_ref<void(mlir::Value first, int64_t rows)>;
  /// Covers the rows of blocks [first, last).
  void forEach(KernelBuilder &k, mlir::Value first, mlir::Value last,
               Body body) const;
  mlir::Value firstRow(KernelBuilder &k, mlir::Value block) const;

private:
  void cover(KernelBuilder &k, mlir::Value row, mlir::Value end,
             Body body) const;

  tn::ExprAttr count;
  int64_t most, vectors;
  int64_t whole = 0; ///< blocks of `most` rows, if the count is constant
};

/// The heights of blocks that cover `rows` rows in the least time, descending;
/// `heights` has 1.
llvm::SmallVector<int64_t>
bestBlocks(int64_t rows, llvm::ArrayRef<int64_t> heights, int64_t vectors);

} // namespace tenon::codegen

#endif // TENON_PASSES_CODEGEN_EMIT_ROWBLOCKS_H
