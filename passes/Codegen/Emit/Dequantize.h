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
  /// What lanes have in common; both f32 vectors.
  struct Parameters {
    mlir::Value scale;
    mlir::Value zero; ///< null: 0
  };
  /// Of `row` and the lanes from `column` on, under `mask`.
  Parameters parameters(mlir::Value row, mlir::Value column, mlir::Value mask);
  /// Whether zeros are integers.
  bool hasIntegralZero();

private:
  ElementEmitter &e;
  tn::DequantizeOp op;
};

/// Attaches ElementOpInterface to tn.dequantize.
void registerDequantizeElement(mlir::DialectRegistry &registry);

} // namespace tenon::codegen

#endif // TENON_PASSES_CODEGEN_EMIT_DEQUANTIZE_H
