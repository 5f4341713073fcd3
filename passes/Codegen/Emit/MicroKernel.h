//===- MicroKernel.h - The register tile of matmul and conv -----*- C++ -*-===//
//
// sums[r][c] += left[rows[r] + i] * right[i][c], for i in a run of the summed
// dim. All sums live in vector registers: rows x vectors of them, carried
// through the loop; each element of the left operand is broadcast, each vector
// of the right operand is loaded once per step. What is around it (tiles, taps
// of a convolution, batches) belongs to the heroes.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_CODEGEN_EMIT_MICROKERNEL_H
#define TENON_PASSES_CODEGEN_EMIT_MICROKERNEL_H

#include "passes/Codegen/Emit/RightOperand.h"

namespace tenon::codegen {

/// a * b + sum, for vectors of a compute type.
mlir::Value multiplyAdd(KernelBuilder &k, mlir::Value a, mlir::Value b,
                        mlir::Value sum);

/// Covers columns [first, last) of `count` in blocks of `vectors` vectors, then
/// with what is left. `first` is a multiple of the width of a block.
void forColumns(KernelBuilder &k, mlir::Value first, mlir::Value last,
                tn::ExprAttr count, int64_t vectors,
                llvm::function_ref<void(const ColumnBlock &)> body);

class MicroKernel {
public:
  /// `sum` is the element type of the result; elements of a row of the left
  /// operand are `leftStep` apart (null: 1).
  MicroKernel(KernelBuilder &kernel, const Buffer &left,
              const RightOperand &right, mlir::Type sum,
              mlir::Value leftStep = {});

  /// The type of a sum.
  mlir::VectorType type() const { return sumType; }
  llvm::SmallVector<mlir::Value> zeros(int64_t count);
  /// Adds the products of `depth` steps. `rows` are offsets in the left
  /// operand; the right operand's row `rightRow` is the first one. The sums of
  /// a row are adjacent.
  llvm::SmallVector<mlir::Value> run(mlir::ValueRange sums,
                                     llvm::ArrayRef<mlir::Value> rows,
                                     const ColumnBlock &columns,
                                     mlir::Value rightRow, mlir::Value depth);

private:
  KernelBuilder &k;
  Buffer left;
  RightOperand right;
  mlir::VectorType sumType;
  mlir::Value leftStep;
};

/// Computes a fusion's outputs from the sums of a register tile and stores
/// them.
class Epilogue {
public:
  /// `heroes` are the values of the region that sums are, all of one type.
  Epilogue(ElementEmitter &e, tn::FusionOp fusion,
           llvm::ArrayRef<mlir::Value> heroes, int64_t mostSums);

  /// Where a row of a register tile is in the outputs.
  struct Row {
    ElementIndex index; ///< of all dims but the last
    mlir::Value linear; ///< its row-major number
  };
  using RowAt = llvm::function_ref<Row(mlir::Value)>;
  /// `sums` are those of the first hero, then those of the next.
  void store(mlir::ValueRange sums, int64_t rows, const ColumnBlock &columns,
             RowAt rowAt);

private:
  /// `sums` has one per hero.
  void storeVector(mlir::ValueRange sums, const Row &row, mlir::Value column);
  /// Ops that storeVector makes.
  int64_t countOps();

  ElementEmitter &e;
  KernelBuilder &k;
  tn::FusionOp fusion;
  llvm::SmallVector<mlir::Value, 2> heroes;
  llvm::SmallVector<tn::ExprAttr> dims;
  bool isLong;   ///< too long to be emitted once per sum
  Buffer parked; ///< the sums, for a loop over them
};

/// Attaches ElementOpInterface to tn.matmul.
void registerMatmulElement(mlir::DialectRegistry &registry);

} // namespace tenon::codegen

#endif // TENON_PASSES_CODEGEN_EMIT_MICROKERNEL_H
