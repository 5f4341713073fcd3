//===- SizeRequirements.h - What sizes must be for an op --------*- C++ -*-===//
//
// Verifiers take sizes that depend on symbols to fit. Whether they do is known
// when the model runs; these are the questions to ask then.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECT_TN_SIZEREQUIREMENTS_H
#define TENON_DIALECT_TN_SIZEREQUIREMENTS_H

#include "mlir/IR/Operation.h"
#include "tenon/Dialect/Tn/Expr.h"

namespace tenon::tn {

enum class SizeRelation { equal, oneOrEqual, atMost };

struct SizeRequirement {
  ExprAttr size;
  SizeRelation relation;
  ExprAttr other;
};

/// Between the operands of `op`, and between them and the results. Those that
/// hold for all values of the symbols are left out where that is plain.
llvm::SmallVector<SizeRequirement> requiredSizes(mlir::Operation *op);

} // namespace tenon::tn

#endif // TENON_DIALECT_TN_SIZEREQUIREMENTS_H
