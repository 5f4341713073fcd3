//===- RightOperand.h - How products read what lanes are in -----*- C++ -*-===//
//
// The right operand of a matmul or conv: a matrix in panels of some columns, or
// row-major. Elements may be small integers that stand for numbers; in panels,
// 4-bit ones come in pairs (WeightPacking).
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_CODEGEN_EMIT_RIGHTOPERAND_H
#define TENON_PASSES_CODEGEN_EMIT_RIGHTOPERAND_H

#include "passes/Codegen/Emit/Dequantize.h"

namespace tenon::codegen {

/// A scalar or vector of the compute type of `element`, with elements of type
/// `sum`.
mlir::Value widen(KernelBuilder &k, mlir::Value v, mlir::Type element,
                  mlir::Type sum);

/// Adjacent columns, one vector after another.
struct ColumnBlock {
  mlir::Value first;
  /// One per vector; null: all lanes are in use.
  llvm::SmallVector<mlir::Value> masks;

  int64_t vectors() const { return masks.size(); }
};

struct RightOperand {
  Buffer buffer;
  mlir::Value origin;             ///< of element (0, 0)
  int64_t panel = 0;              ///< columns of a panel; 0: row-major
  mlir::Value rows;               ///< of a panel
  mlir::Value columns;            ///< of a row, if row-major
  Dequantizer *numbers = nullptr; ///< if elements stand for some
};

/// Reads a block of columns, row by row.
class RightReader {
public:
  /// Row `firstRow` is the first one; elements are read as `element`.
  RightReader(KernelBuilder &k, const RightOperand &right,
              const ColumnBlock &columns, mlir::Value firstRow,
              mlir::Type element);

  /// `body` gets the number of a row, the vectors of its columns and the values
  /// that are carried; it returns the next ones.
  using RowBody = llvm::function_ref<llvm::SmallVector<mlir::Value>(
      mlir::Value, llvm::ArrayRef<mlir::Value>, mlir::ValueRange)>;
  llvm::SmallVector<mlir::Value>
  forRows(mlir::Value count, mlir::ValueRange carried, RowBody body);
  /// The same where `body` adds multiples of the vectors to sums: vector after
  /// vector, again and again. Rows that share scales may be summed before they
  /// are scaled.
  llvm::SmallVector<mlir::Value> sumRows(mlir::Value count,
                                         mlir::ValueRange sums, RowBody body);

private:
  using Parameters = llvm::SmallVector<Dequantizer::Parameters, 2>;

  bool isPaired() const;
  /// Elements of memory between rows of a panel.
  int64_t panelStride() const {
    return isPaired() ? right.panel / 2 : right.panel;
  }
  void placeVectors(mlir::Value firstRow);
  /// Calls body(first, last, their parameters, carried) for rows that share
  /// parameters.
  llvm::SmallVector<mlir::Value> forSharingRows(
      mlir::Value count, mlir::ValueRange carried,
      llvm::function_ref<llvm::SmallVector<mlir::Value>(
          mlir::Value, mlir::Value, const Parameters &, mlir::ValueRange)>
          body);
  llvm::SmallVector<mlir::Value> read(mlir::Value row);
  /// Integers minus their zeros, not scaled.
  llvm::SmallVector<mlir::Value> readCentered(mlir::Value row,
                                              const Parameters &parameters);
  mlir::Value readInteger(size_t vector, mlir::Value at);
  mlir::Value readPair(size_t vector, mlir::Value at, mlir::Value zero);
  void prefetch(mlir::Value offset);

  KernelBuilder &k;
  const RightOperand &right;
  const ColumnBlock &block;
  mlir::Type element;
  llvm::SmallVector<mlir::Value> offsets; ///< of the vectors of the first row
  llvm::SmallVector<mlir::Value> shifts;  ///< of pairs: to the bits of a vector
};

} // namespace tenon::codegen

#endif // TENON_PASSES_CODEGEN_EMIT_RIGHTOPERAND_H
