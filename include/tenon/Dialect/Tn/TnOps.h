//===- TnOps.h - Ops of the tn dialect --------------------------*- C++ -*-===//

#ifndef TENON_DIALECT_TN_TNOPS_H
#define TENON_DIALECT_TN_TNOPS_H

#include "tenon/Dialect/Tn/Shape.h"
#include "tenon/Dialect/Tn/TnInterfaces.h"
#include "mlir/Bytecode/BytecodeOpInterface.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/OpImplementation.h"
#include "mlir/IR/RegionKindInterface.h"
#include "mlir/IR/SymbolTable.h"
#include "mlir/Interfaces/ControlFlowInterfaces.h"
#include "mlir/Interfaces/InferTypeOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace tenon::tn {
/// Fails if a type of `op` has a dynamic dim without an expression, or an
/// encoding that does not fit; then shapeOf could not be called.
llvm::LogicalResult verifySymbolicTypes(mlir::Operation *op);

template <typename ConcreteOp>
class SymbolicTypes
    : public mlir::OpTrait::TraitBase<ConcreteOp, SymbolicTypes> {
public:
  static llvm::LogicalResult verifyTrait(mlir::Operation *op) {
    return verifySymbolicTypes(op);
  }
};

/// The result type of an op whose operands broadcast: their common shape with
/// `element`.
llvm::LogicalResult
inferBroadcast(std::optional<mlir::Location> location,
               mlir::ValueRange operands, mlir::Type element,
               llvm::SmallVectorImpl<mlir::Type> &types);
} // namespace tenon::tn

#define GET_OP_CLASSES
#include "tenon/Dialect/Tn/ElementwiseOps.h.inc"
#define GET_OP_CLASSES
#include "tenon/Dialect/Tn/MovementOps.h.inc"
#define GET_OP_CLASSES
#include "tenon/Dialect/Tn/IndexingOps.h.inc"
#define GET_OP_CLASSES
#include "tenon/Dialect/Tn/ReductionOps.h.inc"
#define GET_OP_CLASSES
#include "tenon/Dialect/Tn/ContractionOps.h.inc"
#define GET_OP_CLASSES
#include "tenon/Dialect/Tn/StructureOps.h.inc"

namespace tenon::tn {
/// An op of the host program at which kernels on either side stay: it may bind
/// symbols, run regions or call a function.
inline bool isHostStep(mlir::Operation *op) {
  return mlir::isa<BindOp, IfOp, LoopOp, mlir::func::CallOp>(op);
}
} // namespace tenon::tn

#endif // TENON_DIALECT_TN_TNOPS_H
