//===- OpChecks.h - What the verifiers of several families ask --*- C++ -*-===//
//
// Sizes that depend on symbols are taken to fit: a check fails only if it would
// fail for all values of the symbols.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_DIALECT_TN_OPCHECKS_H
#define TENON_LIB_DIALECT_TN_OPCHECKS_H

#include "tenon/Dialect/Tn/TnOps.h"

namespace tenon::tn {

/// True if `permutation` names each of `rank` dims once.
bool isPermutation(llvm::ArrayRef<int64_t> permutation, int64_t rank);

inline int64_t rankOf(mlir::Value v) {
  return llvm::cast<mlir::RankedTensorType>(v.getType()).getRank();
}

/// `axis` names a dim of a value of this rank.
llvm::LogicalResult checkAxis(mlir::Operation *op, int64_t axis, int64_t rank);

/// `v`, called `what` in the message, has this rank.
llvm::LogicalResult checkRank(mlir::Operation *op, llvm::StringRef what,
                              mlir::Value v, int64_t rank);

/// `v` has the element type `element`.
llvm::LogicalResult checkElement(mlir::Operation *op, llvm::StringRef what,
                                 mlir::Value v, mlir::Type element);

/// `v` holds i32 or i64.
llvm::LogicalResult checkIndices(mlir::Operation *op, llvm::StringRef what,
                                 mlir::Value v);

/// Dim `d` of `v` is or may be `size`.
llvm::LogicalResult checkDim(mlir::Operation *op, llvm::StringRef what,
                             mlir::Value v, int64_t d, ExprAttr size);

/// `v` has or may have these dims.
llvm::LogicalResult checkShape(mlir::Operation *op, llvm::StringRef what,
                               mlir::Value v, llvm::ArrayRef<ExprAttr> dims);

} // namespace tenon::tn

#endif // TENON_LIB_DIALECT_TN_OPCHECKS_H
