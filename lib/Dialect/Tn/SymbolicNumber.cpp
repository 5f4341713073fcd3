//===- SymbolicNumber.cpp - One element of symbolic arithmetic ------------===//

#include "SymbolicNumber.h"
#include "tenon/Dialect/Tn/ShapeFacts.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace tenon::tn {

/// Larger constants ("to the end" of a slice) are moved and compared only, so
/// that nothing overflows.
static constexpr int64_t kLargest = int64_t(1) << 40;

static bool isLarge(SymbolicNumber a) {
  return a.isConstant() &&
         (a.value.getValue() > kLargest || a.value.getValue() < -kLargest);
}

static bool isZero(SymbolicNumber a) { return a.value.isConstant(0); }

static SymbolicNumber constantLike(SymbolicNumber a, int64_t value) {
  return {constantExpr(a.value.getContext(), value)};
}

/// value/divisor in lowest terms where the numbers show it.
static MaybeNumber reduced(ExprAttr value, int64_t divisor) {
  if (divisor == 1)
    return SymbolicNumber{value};
  if (ShapeFacts().isMultipleOf(value, divisor))
    return SymbolicNumber{floorDivExpr(value, divisor)};
  return SymbolicNumber{value, divisor};
}

MaybeNumber numberOf(MLIRContext *context, const APFloat &value) {
  if (!value.isFinite() || value.isNegZero())
    return std::nullopt;
  double number = value.convertToDouble();
  for (int64_t divisor = 1; divisor <= 1024; divisor *= 2) {
    double scaled = number * divisor;
    if (scaled < -kLargest || scaled > kLargest)
      return std::nullopt;
    if (scaled == static_cast<double>(static_cast<int64_t>(scaled)))
      return SymbolicNumber{constantExpr(context, static_cast<int64_t>(scaled)),
                            divisor};
  }
  return std::nullopt;
}

MaybeNumber addNumbers(SymbolicNumber a, SymbolicNumber b) {
  if (isZero(a))
    return b;
  if (isZero(b))
    return a;
  // Other fractions are rounded at run time.
  if (isLarge(a) || isLarge(b) || !llvm::isPowerOf2_64(a.divisor) ||
      !llvm::isPowerOf2_64(b.divisor))
    return std::nullopt;
  int64_t divisor = std::max(a.divisor, b.divisor);
  return reduced(addExpr(mulExpr(a.value, divisor / a.divisor),
                         mulExpr(b.value, divisor / b.divisor)),
                 divisor);
}

MaybeNumber negateNumber(SymbolicNumber a) {
  if (isLarge(a))
    return std::nullopt;
  return SymbolicNumber{mulExpr(a.value, -1), a.divisor};
}

MaybeNumber mulNumbers(SymbolicNumber a, SymbolicNumber b) {
  if (isLarge(a) || isLarge(b) || !llvm::isPowerOf2_64(a.divisor) ||
      !llvm::isPowerOf2_64(b.divisor) || a.divisor * b.divisor > kLargest)
    return std::nullopt;
  int64_t product;
  if (a.isConstant() && b.isConstant() &&
      llvm::MulOverflow(a.value.getValue(), b.value.getValue(), product))
    return std::nullopt;
  return reduced(mulExpr(a.value, b.value), a.divisor * b.divisor);
}

MaybeNumber divIntegers(SymbolicNumber a, SymbolicNumber b) {
  if (isZero(b))
    return constantLike(a, 0);
  if (isLarge(a) || isLarge(b))
    return std::nullopt;
  if (a.isConstant() && b.isConstant())
    return constantLike(a, a.value.getValue() / b.value.getValue());
  ShapeFacts facts;
  if (facts.range(b.value).min < 1)
    return std::nullopt;
  bool isExact =
      b.isConstant() && facts.isMultipleOf(a.value, b.value.getValue());
  if (!isExact && facts.range(a.value).min < 0)
    return std::nullopt;
  return SymbolicNumber{facts.simplify(floorDivExpr(a.value, b.value))};
}

MaybeNumber divFloats(SymbolicNumber a, SymbolicNumber b) {
  if (!a.isInteger() || !b.isInteger() || !b.isConstant() || isLarge(a) ||
      isLarge(b) || b.value.getValue() < 1)
    return std::nullopt;
  return reduced(a.value, b.value.getValue());
}

MaybeNumber modNumbers(SymbolicNumber a, SymbolicNumber b) {
  if (!a.isInteger() || !b.isInteger() || isLarge(a) || isLarge(b))
    return std::nullopt;
  ShapeFacts facts;
  bool isDefined = b.isConstant() ? !isZero(b) : facts.range(b.value).min >= 1;
  if (!isDefined)
    return std::nullopt;
  return SymbolicNumber{facts.simplify(modExpr(a.value, b.value))};
}

/// The end of an ordered pair, or an expression that asks at run time.
static MaybeNumber extremum(SymbolicNumber a, SymbolicNumber b, bool isMin) {
  if (a == b)
    return a;
  if (!a.isInteger() || !b.isInteger())
    return std::nullopt;
  ShapeFacts facts;
  Range x = facts.range(a.value), y = facts.range(b.value);
  if (x.max <= y.min)
    return isMin ? a : b;
  if (y.max <= x.min)
    return isMin ? b : a;
  if (isLarge(a) || isLarge(b))
    return std::nullopt;
  return SymbolicNumber{facts.simplify(isMin ? minExpr(a.value, b.value)
                                             : maxExpr(a.value, b.value))};
}

MaybeNumber minNumbers(SymbolicNumber a, SymbolicNumber b) {
  return extremum(a, b, /*isMin=*/true);
}

MaybeNumber maxNumbers(SymbolicNumber a, SymbolicNumber b) {
  return extremum(a, b, /*isMin=*/false);
}

MaybeNumber absNumber(SymbolicNumber a) {
  Range range = ShapeFacts().range(a.value);
  if (range.min >= 0)
    return a;
  return range.max <= 0 ? negateNumber(a) : std::nullopt;
}

MaybeNumber floorNumber(SymbolicNumber a) {
  if (a.isInteger())
    return a;
  return SymbolicNumber{
      ShapeFacts().simplify(floorDivExpr(a.value, a.divisor))};
}

MaybeNumber ceilNumber(SymbolicNumber a) {
  if (a.isInteger())
    return a;
  return SymbolicNumber{ShapeFacts().simplify(ceilDivExpr(a.value, a.divisor))};
}

MaybeNumber truncateNumber(SymbolicNumber a) {
  Range range = ShapeFacts().range(a.value);
  if (a.isInteger() || range.min >= 0)
    return floorNumber(a);
  return range.max <= 0 ? ceilNumber(a) : std::nullopt;
}

/// a < b, if that is certain.
static std::optional<bool> isLess(SymbolicNumber a, SymbolicNumber b) {
  ShapeFacts facts;
  Range x = facts.range(a.value), y = facts.range(b.value);
  if (x.max < y.min)
    return true;
  if (x.min >= y.max)
    return false;
  if (isLarge(a) || isLarge(b))
    return std::nullopt;
  if (facts.provablyAtMost(b.value, a.value))
    return false;
  if (facts.provablyAtMost(addExpr(a.value, 1), b.value))
    return true;
  return std::nullopt;
}

static std::optional<bool> negate(std::optional<bool> holds) {
  return holds ? std::optional(!*holds) : std::nullopt;
}

static std::optional<bool> areEqual(SymbolicNumber a, SymbolicNumber b) {
  if (a == b)
    return true;
  if (a.isConstant() && b.isConstant())
    return false;
  if (isLarge(a) || isLarge(b))
    return std::nullopt;
  ShapeFacts facts;
  if (facts.provablyEqual(a.value, b.value))
    return true;
  if (facts.provablyDifferent(a.value, b.value))
    return false;
  return std::nullopt;
}

std::optional<bool> compareNumbers(ComparePredicate predicate, SymbolicNumber a,
                                   SymbolicNumber b) {
  if (a.divisor != b.divisor)
    return std::nullopt;
  switch (predicate) {
  case ComparePredicate::eq:
    return areEqual(a, b);
  case ComparePredicate::ne:
    return negate(areEqual(a, b));
  case ComparePredicate::lt:
    return isLess(a, b);
  case ComparePredicate::le:
    return negate(isLess(b, a));
  case ComparePredicate::gt:
    return isLess(b, a);
  case ComparePredicate::ge:
    return negate(isLess(a, b));
  }
  llvm_unreachable("unknown predicate");
}

} // namespace tenon::tn
