//===- Expr.cpp - Canonical construction of symbolic expressions ---------===//
//
// Everything that builds an expression. Sums and products are polynomials; the
// other kinds are atoms, brought to these normal forms:
//   - division and mod by a constant c >= 2 keep only coefficients in [1, c)
//     and a constant in [0, c), without common factors, without a nested
//     division; floordiv(r + c-1, c) is written ceildiv(r, c);
//   - division and mod by anything else have no common integer factor, and the
//     leading coefficient of the divisor is positive. Nothing is cancelled
//     that could be 0: a/a stays (ShapeFacts::simplify knows more);
//   - min, max and broadcast are left-nested over sorted, distinct leaves.
// Rules that would overflow are skipped. A division by the constant 0 is kept
// as it is and never evaluates.
//
//===----------------------------------------------------------------------===//

#include "Polynomial.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <numeric>

using namespace mlir;

namespace tenon::tn {

static constexpr int64_t kMin = std::numeric_limits<int64_t>::min();

ExprAttr constantExpr(MLIRContext *context, int64_t value) {
  return ExprAttr::getRaw(context, ExprKind::Constant, value, "", {});
}

ExprAttr symbolExpr(MLIRContext *context, StringRef name) {
  return ExprAttr::getRaw(context, ExprKind::Symbol, 0, name, {});
}

static ExprAttr makeAtom(ExprKind kind, ExprAttr a, ExprAttr b) {
  return ExprAttr::getRaw(a.getContext(), kind, 0, "", {a, b});
}

static ExprAttr negate(ExprAttr e) { return mulExpr(e, -1); }

//===----------------------------------------------------------------------===//
// Sums and products
//===----------------------------------------------------------------------===//

/// The sum or product of `a` and `b` that cannot be computed exactly.
static ExprAttr opaque(ExprKind kind, ExprAttr a, ExprAttr b) {
  if (compareExprs(b, a) < 0)
    std::swap(a, b);
  int64_t neutral = kind == ExprKind::Mul ? 1 : 0;
  MLIRContext *context = a.getContext();
  return ExprAttr::getRaw(context, kind, neutral, "",
                          {constantExpr(context, neutral), a, b});
}

ExprAttr addExpr(ExprAttr a, ExprAttr b) {
  if (a.isConstant(0))
    return b;
  if (b.isConstant(0))
    return a;
  Polynomial sum(a);
  if (!sum.add(Polynomial(b)))
    return opaque(ExprKind::Add, a, b);
  return sum.toExpr();
}

ExprAttr subExpr(ExprAttr a, ExprAttr b) {
  if (b.isConstant(0))
    return a;
  Polynomial difference(a);
  if (!difference.add(Polynomial(b), -1))
    return addExpr(a, negate(b));
  return difference.toExpr();
}

ExprAttr mulExpr(ExprAttr a, ExprAttr b) {
  if (a.isConstant(1) || b.isConstant(0))
    return b;
  if (b.isConstant(1) || a.isConstant(0))
    return a;
  std::optional<Polynomial> product =
      Polynomial::multiply(Polynomial(a), Polynomial(b));
  return product ? product->toExpr() : opaque(ExprKind::Mul, a, b);
}

ExprAttr productExpr(MLIRContext *context, ArrayRef<ExprAttr> dims) {
  ExprAttr product = constantExpr(context, 1);
  for (ExprAttr dim : dims)
    product = mulExpr(product, dim);
  return product;
}

//===----------------------------------------------------------------------===//
// Division by a constant
//===----------------------------------------------------------------------===//

/// a mod c, in [0, c).
static int64_t remainder(int64_t a, int64_t c) {
  int64_t r = a % c;
  return r < 0 ? r + c : r;
}

/// p = c * quotient + rest, all numbers of `rest` in [0, c).
static void splitMultiples(const Polynomial &p, int64_t c, Polynomial &quotient,
                           Polynomial &rest) {
  for (const Term &term : p.terms) {
    if (int64_t q = floorDivide(term.coefficient, c))
      quotient.terms.push_back(term.withCoefficient(q));
    if (int64_t r = remainder(term.coefficient, c))
      rest.terms.push_back(term.withCoefficient(r));
  }
  quotient.constant = floorDivide(p.constant, c);
  rest.constant = remainder(p.constant, c);
}

/// Divides `rest` and `c`, rounding the constant down, by the common factor of
/// `c` and the coefficients; returns the factor.
static int64_t removeCommonFactor(Polynomial &rest, int64_t &c) {
  int64_t factor = static_cast<int64_t>(rest.coefficientGcd(c));
  for (Term &term : rest.terms)
    term.coefficient /= factor;
  rest.constant = floorDivide(rest.constant, factor);
  c /= factor;
  return factor;
}

/// The constant divisor of an atom of kind mod, floordiv or ceildiv if it is
/// positive, otherwise 0.
static int64_t positiveDivisor(ExprAttr e) {
  ExprAttr divisor = e.getArgs()[1];
  return divisor.isConstant() ? std::max<int64_t>(divisor.getValue(), 0) : 0;
}

/// True if `rest`, a sum of mods by constants, is always in [0, c).
static bool fitsBelow(const Polynomial &rest, int64_t c) {
  int64_t largest = rest.constant;
  for (const Term &term : rest.terms) {
    ExprAttr atom = term.onlyAtom();
    if (!atom || atom.getKind() != ExprKind::Mod || !positiveDivisor(atom))
      return false;
    int64_t part;
    if (llvm::MulOverflow(term.coefficient, positiveDivisor(atom) - 1, part) ||
        llvm::AddOverflow(largest, part, largest))
      return false;
  }
  return largest < c;
}

/// Replaces floordiv((p + floordiv(n, d)), c) by floordiv(p*d + n, d*c), where
/// one such term exists; also for an inner ceildiv. False if there is none.
static bool unnestDivision(Polynomial &rest, int64_t &c) {
  Term *inner = nullptr;
  for (Term &term : rest.terms) {
    ExprAttr atom = term.onlyAtom();
    if (!atom || term.coefficient != 1 ||
        (atom.getKind() != ExprKind::FloorDiv &&
         atom.getKind() != ExprKind::CeilDiv) ||
        !positiveDivisor(atom))
      continue;
    if (inner)
      return false;
    inner = &term;
  }
  if (!inner)
    return false;
  ExprAttr atom = inner->onlyAtom();
  int64_t d = positiveDivisor(atom), divisor;
  Polynomial numerator(atom.getArgs()[0]);
  if (atom.getKind() == ExprKind::CeilDiv &&
      llvm::AddOverflow(numerator.constant, d - 1, numerator.constant))
    return false;
  Polynomial outer = rest;
  outer.terms.erase(outer.terms.begin() + (inner - rest.terms.begin()));
  if (llvm::MulOverflow(c, d, divisor) || !numerator.add(outer, d))
    return false;
  rest = std::move(numerator);
  c = divisor;
  return true;
}

/// floordiv(p, c) for c >= 1.
static ExprAttr floorDivPolynomial(Polynomial p, int64_t c) {
  MLIRContext *context = p.getContext();
  ExprAttr whole = constantExpr(context, 0);
  do {
    Polynomial quotient(context), rest(context);
    splitMultiples(p, c, quotient, rest);
    whole = addExpr(whole, quotient.toExpr());
    removeCommonFactor(rest, c);
    p = std::move(rest);
  } while (unnestDivision(p, c));
  if (fitsBelow(p, c))
    return whole;
  ExprKind kind = ExprKind::FloorDiv;
  if (p.constant == c - 1) {
    kind = ExprKind::CeilDiv;
    p.constant = 0;
  }
  return addExpr(whole, makeAtom(kind, p.toExpr(), constantExpr(context, c)));
}

/// Expands the mods in a sum that is taken mod c: k*mod(x, m) is k*x there if
/// c divides k*m. False if there is nothing to expand.
static bool expandInnerMod(Polynomial &rest, int64_t c) {
  for (auto [i, term] : llvm::enumerate(rest.terms)) {
    ExprAttr atom = term.onlyAtom();
    int64_t period;
    if (!atom || atom.getKind() != ExprKind::Mod || !positiveDivisor(atom) ||
        llvm::MulOverflow(term.coefficient, positiveDivisor(atom), period) ||
        period % c != 0)
      continue;
    int64_t coefficient = term.coefficient;
    Polynomial expanded = rest;
    expanded.terms.erase(expanded.terms.begin() + i);
    if (!expanded.add(Polynomial(atom.getArgs()[0]), coefficient))
      continue;
    rest = std::move(expanded);
    return true;
  }
  return false;
}

/// mod(p, c) for c >= 1.
static ExprAttr modPolynomial(Polynomial p, int64_t c) {
  MLIRContext *context = p.getContext();
  do {
    Polynomial quotient(context), rest(context);
    splitMultiples(p, c, quotient, rest);
    p = std::move(rest);
  } while (expandInnerMod(p, c));
  int64_t constant = p.constant;
  int64_t factor = removeCommonFactor(p, c);
  ExprAttr result = p.toExpr();
  if (!fitsBelow(p, c))
    result = makeAtom(ExprKind::Mod, result, constantExpr(context, c));
  return addExpr(mulExpr(result, factor), constant % factor);
}

//===----------------------------------------------------------------------===//
// Division by an expression
//===----------------------------------------------------------------------===//

/// Divides both operands by their common integer factor, and makes the leading
/// coefficient of the divisor positive. Returns the (signed) factor, 1 if
/// nothing is changed.
static int64_t reduceFraction(ExprAttr &a, ExprAttr &b) {
  Polynomial x(a), y(b);
  uint64_t common = x.coefficientGcd(
      y.coefficientGcd(std::gcd(magnitude(x.constant), magnitude(y.constant))));
  if (common > static_cast<uint64_t>(std::numeric_limits<int64_t>::max()))
    return 1;
  int64_t factor = static_cast<int64_t>(common);
  for (Polynomial *p : {&x, &y}) {
    for (Term &term : p->terms)
      term.coefficient /= factor;
    p->constant /= factor;
  }
  if (y.terms.front().coefficient < 0) {
    if (!x.scale(-1) || !y.scale(-1))
      return 1;
    factor = -factor;
  }
  a = x.toExpr();
  b = y.toExpr();
  return factor;
}

ExprAttr floorDivExpr(ExprAttr a, ExprAttr b) {
  if (!b.isConstant()) {
    reduceFraction(a, b);
    return makeAtom(ExprKind::FloorDiv, a, b);
  }
  int64_t c = b.getValue();
  if (c == 0 || c == kMin)
    return makeAtom(ExprKind::FloorDiv, a, b);
  return c > 0 ? floorDivPolynomial(Polynomial(a), c)
               : floorDivPolynomial(Polynomial(negate(a)), -c);
}

ExprAttr ceilDivExpr(ExprAttr a, ExprAttr b) {
  if (!b.isConstant()) {
    reduceFraction(a, b);
    return makeAtom(ExprKind::CeilDiv, a, b);
  }
  int64_t c = b.getValue();
  if (c == 0 || c == kMin)
    return makeAtom(ExprKind::CeilDiv, a, b);
  MLIRContext *context = a.getContext();
  Polynomial quotient(context), rest(context);
  splitMultiples(Polynomial(c > 0 ? a : negate(a)), std::abs(c), quotient,
                 rest);
  c = std::abs(c);
  Polynomial raised = rest;
  ExprAttr remaining =
      llvm::AddOverflow(rest.constant, c - 1, raised.constant)
          ? makeAtom(ExprKind::CeilDiv, rest.toExpr(), constantExpr(context, c))
          : floorDivPolynomial(raised, c);
  return addExpr(quotient.toExpr(), remaining);
}

ExprAttr modExpr(ExprAttr a, ExprAttr b) {
  if (!b.isConstant()) {
    int64_t factor = reduceFraction(a, b);
    return mulExpr(makeAtom(ExprKind::Mod, a, b), factor);
  }
  int64_t c = b.getValue();
  if (c == 0 || c == kMin)
    return makeAtom(ExprKind::Mod, a, b);
  return c > 0 ? modPolynomial(Polynomial(a), c)
               : negate(modPolynomial(Polynomial(negate(a)), -c));
}

//===----------------------------------------------------------------------===//
// Min, max and broadcast
//===----------------------------------------------------------------------===//

void collectLeaves(ExprKind kind, ExprAttr e,
                   SmallVectorImpl<ExprAttr> &leaves) {
  if (e.getKind() != kind)
    return leaves.push_back(e);
  for (ExprAttr arg : e.getArgs())
    collectLeaves(kind, arg, leaves);
}

/// The sorted, distinct operands of nested `kind`s.
static SmallVector<ExprAttr> leavesOf(ExprKind kind, ExprAttr a, ExprAttr b) {
  SmallVector<ExprAttr> leaves;
  collectLeaves(kind, a, leaves);
  collectLeaves(kind, b, leaves);
  llvm::sort(leaves,
             [](ExprAttr x, ExprAttr y) { return compareExprs(x, y) < 0; });
  leaves.erase(llvm::unique(leaves), leaves.end());
  return leaves;
}

static ExprAttr nest(ExprKind kind, ArrayRef<ExprAttr> leaves) {
  ExprAttr result = leaves.front();
  for (ExprAttr leaf : leaves.drop_front())
    result = makeAtom(kind, result, leaf);
  return result;
}

/// True if `e` is >= 0 by its form alone: a sum of products of sizes. Such
/// forms are closed under addition, so the order of folding does not matter.
static bool isNonNegativeForm(ExprAttr e) {
  switch (e.getKind()) {
  case ExprKind::Constant:
    return e.getValue() >= 0;
  case ExprKind::Symbol:
    return true;
  case ExprKind::Add:
  case ExprKind::Mul:
    return e.getValue() >= 0 && llvm::all_of(e.getArgs(), isNonNegativeForm);
  case ExprKind::FloorDiv:
  case ExprKind::CeilDiv:
  case ExprKind::Min:
  case ExprKind::Broadcast:
    return llvm::all_of(e.getArgs(), isNonNegativeForm);
  case ExprKind::Mod:
    return isNonNegativeForm(e.getArgs()[1]);
  case ExprKind::Max:
    return llvm::any_of(e.getArgs(), isNonNegativeForm);
  }
  llvm_unreachable("unknown expression kind");
}

/// True if a - b >= 0 by its form alone.
static bool isAtLeast(ExprAttr a, ExprAttr b) {
  return isNonNegativeForm(subExpr(a, b));
}

static ExprAttr extremum(ExprKind kind, ExprAttr a, ExprAttr b) {
  SmallVector<ExprAttr> leaves = leavesOf(kind, a, b);
  SmallVector<ExprAttr> kept;
  for (ExprAttr leaf : leaves) {
    bool decided = llvm::any_of(leaves, [&](ExprAttr other) {
      return other != leaf && (kind == ExprKind::Min ? isAtLeast(leaf, other)
                                                     : isAtLeast(other, leaf));
    });
    if (!decided)
      kept.push_back(leaf);
  }
  return nest(kind, kept);
}

ExprAttr minExpr(ExprAttr a, ExprAttr b) {
  return extremum(ExprKind::Min, a, b);
}

ExprAttr maxExpr(ExprAttr a, ExprAttr b) {
  return extremum(ExprKind::Max, a, b);
}

/// True if `e` is never 1 by its form alone.
static bool isNeverOne(ExprAttr e) {
  Polynomial p(e);
  uint64_t step = p.coefficientGcd(0);
  if (step == 0)
    return p.constant != 1;
  uint64_t offset = magnitude(p.constant) % step;
  uint64_t residue = p.constant < 0 && offset != 0 ? step - offset : offset;
  return residue != 1 % step || isAtLeast(e, constantExpr(e.getContext(), 2));
}

ExprAttr broadcastExpr(ExprAttr a, ExprAttr b) {
  SmallVector<ExprAttr> leaves = leavesOf(ExprKind::Broadcast, a, b);
  // The common size is that of any operand that is not 1; constants say most.
  ExprAttr one = constantExpr(a.getContext(), 1);
  llvm::erase(leaves, one);
  if (leaves.empty())
    return one;
  auto keepOnly = [&](function_ref<bool(ExprAttr)> predicate) {
    if (llvm::any_of(leaves, predicate))
      llvm::erase_if(leaves, [&](ExprAttr leaf) { return !predicate(leaf); });
  };
  keepOnly(isNeverOne);
  keepOnly([](ExprAttr leaf) { return leaf.isConstant(); });
  return nest(ExprKind::Broadcast, leaves);
}

} // namespace tenon::tn
