//===- ExprEvaluate.cpp - Evaluation and substitution of expressions -----===//

#include "Polynomial.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace tenon::tn {

using ValueOf = function_ref<std::optional<int64_t>(StringRef)>;

/// The sum or product of the arguments and of the node's own value.
static std::optional<int64_t> evaluateArithmetic(ExprAttr e, ValueOf valueOf) {
  int64_t result = e.getValue();
  for (ExprAttr arg : e.getArgs()) {
    std::optional<int64_t> value = evaluateExpr(arg, valueOf);
    if (!value)
      return std::nullopt;
    bool overflow = e.getKind() == ExprKind::Add
                        ? llvm::AddOverflow(result, *value, result)
                        : llvm::MulOverflow(result, *value, result);
    if (overflow)
      return std::nullopt;
  }
  return result;
}

static std::optional<int64_t> evaluateFunction(ExprKind kind, int64_t a,
                                               int64_t b) {
  switch (kind) {
  case ExprKind::Min:
    return std::min(a, b);
  case ExprKind::Max:
    return std::max(a, b);
  case ExprKind::Broadcast:
    if (a != b && a != 1 && b != 1)
      return std::nullopt;
    return a == 1 ? b : a;
  default:
    break;
  }
  if (b == 0)
    return std::nullopt;
  if (b == -1) { // The one divisor for which the quotient can overflow.
    if (kind == ExprKind::Mod)
      return 0;
    int64_t negated;
    return llvm::SubOverflow<int64_t>(0, a, negated) ? std::nullopt
                                                     : std::optional(negated);
  }
  int64_t quotient = floorDivide(a, b);
  if (kind == ExprKind::FloorDiv)
    return quotient;
  if (kind == ExprKind::CeilDiv)
    return a % b == 0 ? quotient : quotient + 1;
  int64_t remainder = a % b;
  return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b
                                                      : remainder;
}

std::optional<int64_t> evaluateExpr(ExprAttr e, ValueOf valueOf) {
  switch (e.getKind()) {
  case ExprKind::Constant:
    return e.getValue();
  case ExprKind::Symbol:
    return valueOf(e.getName());
  case ExprKind::Add:
  case ExprKind::Mul:
    return evaluateArithmetic(e, valueOf);
  default:
    break;
  }
  std::optional<int64_t> a = evaluateExpr(e.getArgs()[0], valueOf);
  std::optional<int64_t> b = evaluateExpr(e.getArgs()[1], valueOf);
  if (!a || !b)
    return std::nullopt;
  return evaluateFunction(e.getKind(), *a, *b);
}

ExprAttr rebuildExpr(ExprAttr e, ArrayRef<ExprAttr> args) {
  switch (e.getKind()) {
  case ExprKind::Constant:
  case ExprKind::Symbol:
    return e;
  case ExprKind::Add:
  case ExprKind::Mul: {
    ExprAttr result = constantExpr(e.getContext(), e.getValue());
    for (ExprAttr arg : args)
      result = e.getKind() == ExprKind::Add ? addExpr(result, arg)
                                            : mulExpr(result, arg);
    return result;
  }
  case ExprKind::FloorDiv:
    return floorDivExpr(args[0], args[1]);
  case ExprKind::CeilDiv:
    return ceilDivExpr(args[0], args[1]);
  case ExprKind::Mod:
    return modExpr(args[0], args[1]);
  case ExprKind::Min:
    return minExpr(args[0], args[1]);
  case ExprKind::Max:
    return maxExpr(args[0], args[1]);
  case ExprKind::Broadcast:
    return broadcastExpr(args[0], args[1]);
  }
  llvm_unreachable("unknown expression kind");
}

ExprAttr substituteExpr(ExprAttr e,
                        function_ref<ExprAttr(StringRef)> replacement) {
  if (e.isSymbol()) {
    ExprAttr other = replacement(e.getName());
    return other ? other : e;
  }
  SmallVector<ExprAttr> args;
  for (ExprAttr arg : e.getArgs())
    args.push_back(substituteExpr(arg, replacement));
  return ArrayRef(args) == e.getArgs() ? e : rebuildExpr(e, args);
}

void walkSymbols(ExprAttr e, function_ref<void(ExprAttr)> visit) {
  if (e.isSymbol())
    return visit(e);
  for (ExprAttr arg : e.getArgs())
    walkSymbols(arg, visit);
}

} // namespace tenon::tn
