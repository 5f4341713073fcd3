//===- SymbolicFold.h - Shape arithmetic done at compile time ---*- C++ -*-===//
//
// Evaluates ops on small integer tensors whose elements are constants or
// expressions of sizes. Symbols are only known to be >= 0 here. Float32 and
// float64 in between are taken as exact, which holds for sizes below 2^24.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECT_TN_SYMBOLICFOLD_H
#define TENON_DIALECT_TN_SYMBOLICFOLD_H

#include "tenon/Dialect/Tn/TnOps.h"

namespace mlir {
class RewritePatternSet;
} // namespace mlir

namespace tenon::tn {

/// The elements of the integer tensor that `op` gives, row-major; nullopt if
/// they are not expressions, too many, or if `op` is tn.constant or tn.expr.
std::optional<llvm::SmallVector<ExprAttr>>
evaluateSymbolically(mlir::Operation *op);

/// tn.constant or tn.expr of what `v`'s op evaluates to, at the insertion point
/// of `builder`; `v` itself if it cannot be evaluated. The op of `v` is erased
/// if it was the last one built there.
mlir::Value foldSymbolically(mlir::OpBuilder &builder, mlir::Value v);

/// op -> tn.expr / tn.constant, in the place of the op.
void populateSymbolicFoldPatterns(mlir::RewritePatternSet &patterns);

/// Numbers and exact identities (x*1, max(x, x)), without creating ops.
/// tn.expr is no constant to the folder, so symbols are left to the patterns.
void registerSymbolicFold(TnDialect &dialect);

} // namespace tenon::tn

#endif // TENON_DIALECT_TN_SYMBOLICFOLD_H
