//===- HostSizes.h - Values of expressions in the host program --*- C++ -*-===//
//
// Evaluates each expression once per scope (the body of a region; inner scopes
// see outer ones). An expression that overflows, divides by zero or broadcasts
// sizes that differ is invalid; memory of an invalid size is refused by the
// runtime, as the size comes out as the largest integer.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_PLAN_HOSTSIZES_H
#define TENON_PASSES_PLAN_HOSTSIZES_H

#include "passes/Plan/HostBuilder.h"
#include "tenon/Dialect/Tn/Expr.h"
#include "llvm/ADT/DenseSet.h"

namespace tenon::plan {

class HostSizes {
public:
  explicit HostSizes(HostBuilder &host) : host(host) { pushScope(); }

  void pushScope() { scopes.emplace_back(); }
  void popScope() { scopes.pop_back(); }

  /// In this scope, `symbol` is `value` from here on.
  void bind(tn::ExprAttr symbol, mlir::Value value);

  /// The value (i64). An unbound symbol is an error at the builder's location.
  mlir::Value value(tn::ExprAttr e) { return evaluate(e).value; }
  /// The same, or the largest integer if the expression is invalid.
  mlir::Value size(tn::ExprAttr e);
  /// Whether `e` is invalid (i1); null if it cannot be.
  mlir::Value invalid(tn::ExprAttr e) { return evaluate(e).invalid; }

  /// True for the first time in this scope or one around it.
  bool isNewCheck(mlir::Attribute what);
  bool hasError() const { return failedOnce; }

private:
  struct Number {
    mlir::Value value;
    mlir::Value invalid; ///< i1, or null
  };
  struct Scope {
    llvm::DenseMap<tn::ExprAttr, Number> numbers;
    llvm::DenseSet<mlir::Attribute> checked;
  };

  Number evaluate(tn::ExprAttr e);
  Number compute(tn::ExprAttr e);
  Number arithmetic(tn::ExprAttr e);
  Number divide(tn::ExprKind kind, mlir::Value a, mlir::Value b);
  Number broadcast(mlir::Value a, mlir::Value b);
  mlir::Value either(mlir::Value a, mlir::Value b);

  HostBuilder &host;
  llvm::SmallVector<Scope> scopes;
  bool failedOnce = false;
};

} // namespace tenon::plan

#endif // TENON_PASSES_PLAN_HOSTSIZES_H
