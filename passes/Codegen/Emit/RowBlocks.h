//===- RowBlocks.h - Rows in blocks of register tiles -----------*- C++ -*-===//
//
// A constant count is covered by blocks of two heights, h and h - 1. Of another
// one, whole blocks leave a rest, which costs as much as a multiple of the few
// rows that keep the multipliers busy: a lower block whose first rows lie
// before the rest, and are computed again, is faster than rows by themselves.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_CODEGEN_EMIT_ROWBLOCKS_H
#define TENON_PASSES_CODEGEN_EMIT_ROWBLOCKS_H

#include "passes/Codegen/Emit/KernelBuilder.h"

namespace tenon::codegen {

class RowBlocks {
public:
  /// Blocks of at most `most` rows that cover `count` rows, each row once
  /// unless they may overlap.
  RowBlocks(tn::ExprAttr count, int64_t most, bool mayOverlap = true);
  /// Blocks there are, one for all rows at the end if the count is not
  /// constant.
  tn::ExprAttr blocks() const;
  /// The height of a block, but for the last ones.
  int64_t height() const { return most; }

  /// Computes `rows` rows from `first` on; the first `known` of them (null:
  /// none) have been computed before.
  using Body = llvm::function_ref<void(mlir::Value first, int64_t rows,
                                       mlir::Value known)>;
  /// Covers blocks [first, last), and touches no row outside of them.
  void forEach(KernelBuilder &k, mlir::Value first, mlir::Value last,
               Body body) const;
  mlir::Value firstRow(KernelBuilder &k, mlir::Value block) const;

private:
  /// Covers rows [row, end), fewer than a block; those from `first` on are in
  /// reach.
  void coverRest(KernelBuilder &k, mlir::Value first, mlir::Value row,
                 mlir::Value end, Body body) const;

  tn::ExprAttr count;
  int64_t most;
  bool mayOverlap;
  int64_t whole = 0; ///< blocks of `most` rows, if the count is constant
};

} // namespace tenon::codegen

#endif // TENON_PASSES_CODEGEN_EMIT_ROWBLOCKS_H
