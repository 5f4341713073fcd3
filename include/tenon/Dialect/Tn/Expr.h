//===- Expr.h - Canonical symbolic integer expressions ----------*- C++ -*-===//
//
// Sizes are expressions over named symbols. An ExprAttr is a uniqued sum of
// products (integer coefficients, atoms sorted by a structural order that does
// not depend on pointers, so dumps are stable); floordiv, ceildiv, mod, min,
// max and broadcast are opaque atoms with local folds. So "the same size" is
// pointer equality of attributes.
//
// Symbols are sizes: integers >= 0. Nothing here assumes more (a size 0 is
// legal in ONNX); what is known beyond that lives in ShapeFacts.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECT_TN_EXPR_H
#define TENON_DIALECT_TN_EXPR_H

#include "tenon/Dialect/Tn/TnAttrs.h"

namespace tenon::tn {

ExprAttr constantExpr(mlir::MLIRContext *context, int64_t value);
ExprAttr symbolExpr(mlir::MLIRContext *context, llvm::StringRef name);

ExprAttr addExpr(ExprAttr a, ExprAttr b);
ExprAttr subExpr(ExprAttr a, ExprAttr b);
ExprAttr mulExpr(ExprAttr a, ExprAttr b);
/// Rounds towards minus infinity. `b` must not be the constant 0.
ExprAttr floorDivExpr(ExprAttr a, ExprAttr b);
/// Rounds towards plus infinity. `b` must not be the constant 0.
ExprAttr ceilDivExpr(ExprAttr a, ExprAttr b);
/// a - b * floordiv(a, b). `b` must not be the constant 0.
ExprAttr modExpr(ExprAttr a, ExprAttr b);
ExprAttr minExpr(ExprAttr a, ExprAttr b);
ExprAttr maxExpr(ExprAttr a, ExprAttr b);
/// The size of two broadcast dimensions: `a` if `b` is 1, `b` if `a` is 1,
/// their common value otherwise.
ExprAttr broadcastExpr(ExprAttr a, ExprAttr b);

inline ExprAttr addExpr(ExprAttr a, int64_t b) {
  return addExpr(a, constantExpr(a.getContext(), b));
}
inline ExprAttr mulExpr(ExprAttr a, int64_t b) {
  return mulExpr(a, constantExpr(a.getContext(), b));
}
inline ExprAttr floorDivExpr(ExprAttr a, int64_t b) {
  return floorDivExpr(a, constantExpr(a.getContext(), b));
}
inline ExprAttr ceilDivExpr(ExprAttr a, int64_t b) {
  return ceilDivExpr(a, constantExpr(a.getContext(), b));
}

/// The product of `dims`; 1 if there are none.
ExprAttr productExpr(mlir::MLIRContext *context, llvm::ArrayRef<ExprAttr> dims);

/// The value of `e` where each symbol has the value that `valueOf` gives;
/// nullopt on overflow, on division by zero or if `valueOf` has none.
std::optional<int64_t> evaluateExpr(
    ExprAttr e,
    llvm::function_ref<std::optional<int64_t>(llvm::StringRef)> valueOf);

/// `e` with symbols replaced; a symbol for which `replacement` returns null is
/// kept. The result is canonical.
ExprAttr substituteExpr(
    ExprAttr e, llvm::function_ref<ExprAttr(llvm::StringRef)> replacement);

/// Calls `visit` for each symbol in `e`, in print order, with repetitions.
void walkSymbols(ExprAttr e, llvm::function_ref<void(ExprAttr symbol)> visit);

/// Parses the syntax that `ExprAttr::str()` writes: + - * ( ) integers, names,
/// "quoted names", and floordiv/ceildiv/mod/min/max/broadcast(a, b).
llvm::FailureOr<ExprAttr> parseExpr(mlir::AsmParser &parser);

} // namespace tenon::tn

#endif // TENON_DIALECT_TN_EXPR_H
