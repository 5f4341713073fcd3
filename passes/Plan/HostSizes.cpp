//===- HostSizes.cpp - Values of expressions in the host program ----------===//

#include "passes/Plan/HostSizes.h"
#include <limits>

using namespace mlir;
using namespace tenon;
using namespace tenon::plan;
using LLVM::ICmpPredicate;
using tn::ExprAttr;
using tn::ExprKind;

void HostSizes::bind(ExprAttr symbol, Value value) {
  scopes.back().numbers[symbol] = {value, {}};
}

Value HostSizes::size(ExprAttr e) {
  Number number = evaluate(e);
  if (!number.invalid)
    return number.value;
  return host.select(number.invalid,
                     host.constant(std::numeric_limits<int64_t>::max()),
                     number.value);
}

bool HostSizes::isNewCheck(Attribute what) {
  for (const Scope &scope : scopes)
    if (scope.checked.contains(what))
      return false;
  scopes.back().checked.insert(what);
  return true;
}

/// a or b, where null is never.
Value HostSizes::either(Value a, Value b) {
  if (!a || !b)
    return a ? a : b;
  return LLVM::OrOp::create(host.builder(), a, b);
}

HostSizes::Number HostSizes::evaluate(ExprAttr e) {
  if (e.isConstant())
    return {host.constant(e.getValue()), {}};
  for (const Scope &scope : llvm::reverse(scopes))
    if (auto it = scope.numbers.find(e); it != scope.numbers.end())
      return it->second;
  Number number = compute(e);
  scopes.back().numbers[e] = number;
  return number;
}

HostSizes::Number HostSizes::compute(ExprAttr e) {
  switch (e.getKind()) {
  case ExprKind::Constant:
    llvm_unreachable("constants are not computed");
  case ExprKind::Symbol:
    emitError(host.builder().getLoc())
        << "size \"" << e.getName()
        << "\" is used before anything binds it: it must be a dim of an input, "
           "or bound by tn.bind, tn.if or tn.loop before";
    failedOnce = true;
    return {host.constant(0), {}};
  case ExprKind::Add:
  case ExprKind::Mul:
    return arithmetic(e);
  default:
    break;
  }
  Number a = evaluate(e.getArgs()[0]), b = evaluate(e.getArgs()[1]);
  ImplicitLocOpBuilder &builder = host.builder();
  Number result;
  if (e.getKind() == ExprKind::Min)
    result.value = LLVM::SMinOp::create(builder, a.value, b.value);
  else if (e.getKind() == ExprKind::Max)
    result.value = LLVM::SMaxOp::create(builder, a.value, b.value);
  else if (e.getKind() == ExprKind::Broadcast)
    result = broadcast(a.value, b.value);
  else
    result = divide(e.getKind(), a.value, b.value);
  result.invalid = either(result.invalid, either(a.invalid, b.invalid));
  return result;
}

HostSizes::Number HostSizes::arithmetic(ExprAttr e) {
  ImplicitLocOpBuilder &b = host.builder();
  bool isSum = e.getKind() == ExprKind::Add;
  Number result;
  auto combine = [&](Number next) {
    if (!result.value) {
      result = next;
      return;
    }
    auto type = LLVM::LLVMStructType::getLiteral(
        b.getContext(), {b.getI64Type(), b.getI1Type()});
    Value pair = isSum ? LLVM::SAddWithOverflowOp::create(b, type, result.value,
                                                          next.value)
                             .getResult()
                       : LLVM::SMulWithOverflowOp::create(b, type, result.value,
                                                          next.value)
                             .getResult();
    result.value = LLVM::ExtractValueOp::create(b, pair, 0);
    result.invalid = either(LLVM::ExtractValueOp::create(b, pair, 1),
                            either(result.invalid, next.invalid));
  };
  if (e.getValue() != (isSum ? 0 : 1))
    combine({host.constant(e.getValue()), {}});
  for (ExprAttr arg : e.getArgs())
    combine(evaluate(arg));
  return result;
}

/// A divisor of 0 is invalid; so is -1, for which the machine's division may
/// trap.
HostSizes::Number HostSizes::divide(ExprKind kind, Value x, Value y) {
  ImplicitLocOpBuilder &b = host.builder();
  Value zero = host.constant(0), one = host.constant(1);
  Value invalid;
  if (auto number = y.getDefiningOp<LLVM::ConstantOp>();
      !number || cast<IntegerAttr>(number.getValue()).getInt() < 1) {
    // y is 0 or -1 if y + 1 is below 2 as an unsigned number.
    invalid =
        host.compare(ICmpPredicate::ult, host.add(y, one), host.constant(2));
    y = host.select(invalid, one, y);
  }
  Value quotient = LLVM::SDivOp::create(b, x, y);
  Value remainder = LLVM::SRemOp::create(b, x, y);
  Value isInexact = host.compare(ICmpPredicate::ne, remainder, zero);
  Value differ = host.compare(ICmpPredicate::slt,
                              LLVM::XOrOp::create(b, remainder, y), zero);
  Value isBelow = LLVM::AndOp::create(b, isInexact, differ);
  if (kind == ExprKind::Mod)
    return {host.select(isBelow, host.add(remainder, y), remainder), invalid};
  if (kind == ExprKind::FloorDiv)
    return {
        host.select(isBelow, LLVM::SubOp::create(b, quotient, one), quotient),
        invalid};
  Value isAbove = LLVM::AndOp::create(
      b, isInexact, host.compare(ICmpPredicate::eq, differ, host.flag(false)));
  return {host.select(isAbove, host.add(quotient, one), quotient), invalid};
}

HostSizes::Number HostSizes::broadcast(Value x, Value y) {
  ImplicitLocOpBuilder &b = host.builder();
  Value one = host.constant(1);
  Value xIsOne = host.compare(ICmpPredicate::eq, x, one);
  Value yDiffers = host.compare(ICmpPredicate::ne, x, y);
  Value yIsMany = host.compare(ICmpPredicate::ne, y, one);
  Value xIsMany = host.compare(ICmpPredicate::ne, x, one);
  Value invalid = LLVM::AndOp::create(b, yDiffers,
                                      LLVM::AndOp::create(b, xIsMany, yIsMany));
  return {host.select(xIsOne, y, x), invalid};
}
