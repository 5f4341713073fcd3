//===- Dequantize.h - Numbers that small integers stand for -----*- C++ -*-===//

#ifndef TENON_PASSES_CODEGEN_EMIT_DEQUANTIZE_H
#define TENON_PASSES_CODEGEN_EMIT_DEQUANTIZE_H

#include "passes/Codegen/Emit/ElementEmitter.h"

namespace tenon::codegen {

/// The parameters of a tn.dequantize of a matrix, for adjacent columns. Loaded
/// once for rows that share them.
class Dequantizer {
public:
  Dequantizer(ElementEmitter &e, tn::DequantizeOp op) : e(e), op(op) {}

  /// Rows that share parameters, from multiples of it on; 0: all rows.
  int64_t sharingRows();
  /// Scale, and zero if there is one, of `row` and of the lanes from `column`
  /// on, under `mask`.
  llvm::SmallVector<mlir::Value, 2>
  parameters(mlir::Value row, mlir::Value column, mlir::Value mask);
  /// The numbers that `integers` (converted to f32) stand for.
  static mlir::Value apply(KernelBuilder &k, mlir::Value integers,
                           llvm::ArrayRef<mlir::Value> parameters);

private:
  ElementEmitter &e;
  tn::DequantizeOp op;
};

/// Attaches ElementOpInterface to tn.dequantize.
void registerDequantizeElement(mlir::DialectRegistry &registry);

} // namespace tenon::codegen

#endif // TENON_PASSES_CODEGEN_EMIT_DEQUANTIZE_H
