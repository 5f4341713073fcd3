//===- Shape.h - Symbolic shapes of tensor types ----------------*- C++ -*-===//

#ifndef TENON_DIALECT_TN_SHAPE_H
#define TENON_DIALECT_TN_SHAPE_H

#include "tenon/Dialect/Tn/Expr.h"
#include "llvm/ADT/SetVector.h"

namespace tenon::tn {

/// The expressions of a ranked tensor type's dims (constants where static).
/// Every dynamic dim of a tn value carries its expression in the encoding.
llvm::SmallVector<ExprAttr> shapeOf(mlir::Type tensor);
inline llvm::SmallVector<ExprAttr> shapeOf(mlir::Value v) {
  return shapeOf(v.getType());
}

/// The tensor type of these dims; carries an encoding only if one is dynamic.
mlir::RankedTensorType tensorOf(llvm::ArrayRef<ExprAttr> dims,
                                mlir::Type element);

/// `shape` with another element type, encoding kept.
mlir::RankedTensorType withElement(mlir::Type tensor, mlir::Type element);

/// The number of elements.
ExprAttr elementCount(mlir::Type tensor);

/// Bytes of one element in memory; i1 takes one byte, 4-bit types one byte.
int64_t elementBytes(mlir::Type element);

/// False if the sizes differ by a constant other than 0.
bool mayBeEqual(ExprAttr a, ExprAttr b);

/// The symbols in types and attributes of `op` and what is in it, by order of
/// appearance.
llvm::SetVector<ExprAttr> symbolsIn(mlir::Operation *op);

/// numpy broadcasting of shapes; fails with a message on `emitError` if two
/// dims are constants that differ.
llvm::FailureOr<llvm::SmallVector<ExprAttr>> broadcastShapes(
    llvm::ArrayRef<llvm::SmallVector<ExprAttr>> shapes,
    llvm::function_ref<mlir::InFlightDiagnostic()> emitError);

/// Dims [from, fromEnd) of one shape and [to, toEnd) of another that have the
/// same number of elements.
struct DimGroup {
  size_t from, fromEnd, to, toEnd;
};

/// The smallest groups of dims, in order, that two shapes with equal numbers
/// of elements have in common: what a row-major reshape keeps apart.
llvm::SmallVector<DimGroup> matchDims(llvm::ArrayRef<ExprAttr> from,
                                      llvm::ArrayRef<ExprAttr> to);

} // namespace tenon::tn

#endif // TENON_DIALECT_TN_SHAPE_H
