//===- RecurrentCell.h - The gates of RNN, GRU and LSTM ---------*- C++ -*-===//

#ifndef TENON_PASSES_CODEGEN_EMIT_RECURRENTCELL_H
#define TENON_PASSES_CODEGEN_EMIT_RECURRENTCELL_H

#include "passes/Codegen/Emit/KernelBuilder.h"

namespace tenon::codegen {

/// Arithmetic of one step of a cell, on scalars or vectors.
class RecurrentCell {
public:
  RecurrentCell(KernelBuilder &k, tn::RecurrentOp op) : k(k), op(op) {}

  /// Gates that the weight has.
  int64_t gates();
  /// The activation of `role` (ONNX's f, g, h) of a clipped gate input.
  mlir::Value gate(int64_t role, mlir::Value x);

  struct Lstm {
    std::array<mlir::Value, 4> inputs;    ///< i, o, f, c
    std::array<mlir::Value, 3> peepholes; ///< i, o, f; null if none
    mlir::Value cell;                     ///< before the step
  };
  /// The state and the cell after the step.
  std::pair<mlir::Value, mlir::Value> emitLstm(const Lstm &lstm);

private:
  mlir::Value activate(int64_t role, mlir::Value x);

  KernelBuilder &k;
  tn::RecurrentOp op;
};

} // namespace tenon::codegen

#endif // TENON_PASSES_CODEGEN_EMIT_RECURRENTCELL_H
