//===- ByteKernel.h - The register tile of products of bytes ----*- C++ -*-===//
//
// sums[r][c] += the sum of four products of bytes of left and right, step by
// step. A panel of the right operand has four rows side by side, column by
// column, so a lane of 32 bits holds what one column takes: one instruction
// does a step, if the target has it, or the bytes are multiplied as halves of 16
// bits.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_CODEGEN_EMIT_BYTEKERNEL_H
#define TENON_PASSES_CODEGEN_EMIT_BYTEKERNEL_H

#include "passes/Codegen/Emit/RightOperand.h"

namespace tenon::codegen {

class ByteKernel {
public:
  /// Both operands have elements of 8 bits, `right` is in panels.
  ByteKernel(KernelBuilder &kernel, const Buffer &left,
             const RightOperand &right);

  /// The sums (i32) of `depth` products, a multiple of 4, for each of `rows`,
  /// offsets in the left operand: those of a row are adjacent.
  llvm::SmallVector<mlir::Value> run(llvm::ArrayRef<mlir::Value> rows,
                                     const ColumnBlock &columns,
                                     mlir::Value depth);

private:
  /// Bytes of a vector, or their halves: those at even and at odd places as
  /// integers of 16 bits.
  using Parts = llvm::SmallVector<mlir::Value, 2>;
  Parts partsOf(mlir::Value bytes, bool isSigned);
  mlir::Value loadRight(mlir::Value offset);
  mlir::Value loadLeft(mlir::Value offset);
  mlir::Value multiplyAdd(const Parts &left, const Parts &right,
                          mlir::Value sum);
  mlir::Value intrinsic(llvm::StringRef name, mlir::ValueRange operands);

  KernelBuilder &k;
  Buffer left;
  RightOperand right;
  bool leftIsSigned;
  bool isWhole; ///< bytes are multiplied as they are
  mlir::VectorType sumType, byteType, halfType;
};

} // namespace tenon::codegen

#endif // TENON_PASSES_CODEGEN_EMIT_BYTEKERNEL_H
