//===- ShapeFactsSimplify.cpp - Expressions simplified under facts --------===//
//
// The rules that the canonical constructors must not use, because they need a
// divisor that is not 0, a range or a divisibility. What a rule returns has
// the value of its argument wherever that has one.
//
//===----------------------------------------------------------------------===//

#include "Polynomial.h"
#include "tenon/Dialect/Tn/ShapeFacts.h"

using namespace mlir;

namespace tenon::tn {

/// One rule can enable another; in practice the third round changes nothing.
static constexpr int kMaxRounds = 8;

static bool isNeverZero(ExprAttr e, const ShapeFacts &facts) {
  Range bounds = facts.range(e);
  return bounds.min > 0 || bounds.max < 0;
}

static bool isZero(const Polynomial &p) {
  return p.isConstant() && p.constant == 0;
}

//===----------------------------------------------------------------------===//
// Polynomial division
//===----------------------------------------------------------------------===//

/// a / b for one term each, nullopt if it is not a term.
static std::optional<Polynomial> divideTerm(const Term &a, const Term &b) {
  if (b.coefficient < 1 || a.coefficient % b.coefficient != 0)
    return std::nullopt;
  SmallVector<ExprAttr> atoms(a.atoms());
  for (ExprAttr atom : b.atoms()) {
    auto *found = llvm::find(atoms, atom);
    if (found == atoms.end())
      return std::nullopt;
    atoms.erase(found);
  }
  MLIRContext *context = b.atoms().front().getContext();
  Polynomial quotient(context);
  if (atoms.empty())
    quotient.constant = a.coefficient / b.coefficient;
  else
    quotient.terms.emplace_back(
        ExprAttr::getRaw(context, ExprKind::Mul, 1, "", atoms),
        a.coefficient / b.coefficient);
  return quotient;
}

namespace {
/// a = quotient * b + rest.
struct Division {
  Polynomial quotient, rest;
};
} // namespace

/// Divides by the leading term of `b`, which is not constant. The order of
/// monomials is admissible, so it ends, and `rest` is 0 if `b` divides `a`.
static std::optional<Division> divide(const Polynomial &a,
                                      const Polynomial &b) {
  Polynomial left = a, zero(a.getContext());
  Division result{zero, zero};
  while (!left.terms.empty()) {
    Term leading = left.terms.front();
    std::optional<Polynomial> factor = divideTerm(leading, b.terms.front());
    if (!factor) {
      result.rest.terms.push_back(leading);
      left.terms.erase(left.terms.begin());
      continue;
    }
    std::optional<Polynomial> product = Polynomial::multiply(*factor, b);
    if (!product || !left.add(*product, -1) || !result.quotient.add(*factor))
      return std::nullopt;
  }
  result.rest.constant = left.constant;
  return result;
}

/// a and b without the factors of all their terms that are never 0.
static void cancelCommonAtoms(Polynomial &a, Polynomial &b,
                              const ShapeFacts &facts) {
  if (a.constant != 0 || b.constant != 0)
    return;
  SmallVector<ExprAttr> candidates(b.terms.front().atoms());
  for (ExprAttr atom : candidates) {
    if (!isNeverZero(atom, facts))
      continue;
    Polynomial divisor(atom);
    std::optional<Division> x = divide(a, divisor), y = divide(b, divisor);
    if (!x || !y || !isZero(x->rest) || !isZero(y->rest))
      continue;
    a = x->quotient;
    b = y->quotient;
    if (b.isConstant() || a.constant != 0 || b.constant != 0)
      return;
  }
}

//===----------------------------------------------------------------------===//
// One rule per kind
//===----------------------------------------------------------------------===//

/// The terms of `p` that are multiples of `c`; they are removed from `p`.
static Polynomial takeMultiples(Polynomial &p, int64_t c,
                                const ShapeFacts &facts) {
  Polynomial multiples(p.getContext());
  llvm::erase_if(p.terms, [&](const Term &term) {
    if (!facts.isMultipleOf(term.toExpr(), c))
      return false;
    multiples.terms.push_back(term);
    return true;
  });
  return multiples;
}

static ExprAttr roundedQuotient(ExprKind kind, ExprAttr a, ExprAttr b) {
  return kind == ExprKind::FloorDiv ? floorDivExpr(a, b) : ceilDivExpr(a, b);
}

static ExprAttr simplifyQuotient(ExprKind kind, ExprAttr a, ExprAttr b,
                                 const ShapeFacts &facts) {
  Polynomial x(a), y(b);
  if (b.isConstant()) {
    if (b.getValue() < 2) // What no rule applies to.
      return roundedQuotient(kind, a, b);
    Polynomial multiples = takeMultiples(x, b.getValue(), facts);
    return addExpr(floorDivExpr(multiples.toExpr(), b),
                   roundedQuotient(kind, x.toExpr(), b));
  }
  cancelCommonAtoms(x, y, facts);
  ExprAttr divisor = y.toExpr();
  if (!y.isConstant() && isNeverZero(divisor, facts))
    if (std::optional<Division> division = divide(x, y)) {
      if (isZero(division->rest))
        return division->quotient.toExpr();
      // A remainder is worth it only if it is simpler.
      if (y.terms.size() == 1 && y.constant == 0)
        return addExpr(division->quotient.toExpr(),
                       roundedQuotient(kind, division->rest.toExpr(), divisor));
    }
  return roundedQuotient(kind, x.toExpr(), divisor);
}

static ExprAttr simplifyMod(ExprAttr a, ExprAttr b, const ShapeFacts &facts) {
  if (facts.provablyAtMost(constantExpr(a.getContext(), 0), a) &&
      facts.provablyAtMost(addExpr(a, 1), b))
    return a;
  Polynomial x(a), y(b);
  if (b.isConstant()) {
    if (b.getValue() >= 2)
      takeMultiples(x, b.getValue(), facts);
    return modExpr(x.toExpr(), b);
  }
  if (isNeverZero(b, facts))
    if (std::optional<Division> division = divide(x, y))
      if (isZero(division->rest) || (y.terms.size() == 1 && y.constant == 0))
        return modExpr(division->rest.toExpr(), b);
  return modExpr(a, b);
}

/// Drops each operand that another one makes irrelevant.
static ExprAttr simplifyExtremum(ExprKind kind, ExprAttr a, ExprAttr b,
                                 const ShapeFacts &facts) {
  SmallVector<ExprAttr> leaves;
  collectLeaves(kind, a, leaves);
  collectLeaves(kind, b, leaves);
  auto decides = [&](ExprAttr x, ExprAttr y) {
    return kind == ExprKind::Min ? facts.provablyAtMost(x, y)
                                 : facts.provablyAtMost(y, x);
  };
  SmallVector<ExprAttr> kept;
  for (ExprAttr leaf : leaves) {
    if (llvm::any_of(kept, [&](ExprAttr x) { return decides(x, leaf); }))
      continue;
    llvm::erase_if(kept, [&](ExprAttr x) { return decides(leaf, x); });
    kept.push_back(leaf);
  }
  ExprAttr result = kept.front();
  for (ExprAttr leaf : ArrayRef(kept).drop_front())
    result =
        kind == ExprKind::Min ? minExpr(result, leaf) : maxExpr(result, leaf);
  return result;
}

/// Keeps the operands that are never 1 if there are any, and of equal ones the
/// first.
static ExprAttr simplifyBroadcast(ExprAttr a, ExprAttr b,
                                  const ShapeFacts &facts) {
  SmallVector<ExprAttr> leaves, kept;
  collectLeaves(ExprKind::Broadcast, a, leaves);
  collectLeaves(ExprKind::Broadcast, b, leaves);
  ExprAttr one = constantExpr(a.getContext(), 1);
  auto isNeverOne = [&](ExprAttr leaf) {
    return facts.provablyDifferent(leaf, one);
  };
  if (llvm::any_of(leaves, isNeverOne))
    llvm::erase_if(leaves, [&](ExprAttr leaf) { return !isNeverOne(leaf); });
  for (ExprAttr leaf : leaves)
    if (llvm::none_of(kept,
                      [&](ExprAttr x) { return facts.provablyEqual(x, leaf); }))
      kept.push_back(leaf);
  ExprAttr result = kept.front();
  for (ExprAttr leaf : ArrayRef(kept).drop_front())
    result = broadcastExpr(result, leaf);
  return result;
}

static ExprAttr simplifyOnce(ExprAttr e, const ShapeFacts &facts) {
  Range bounds = facts.range(e);
  if (bounds.isSingle())
    return constantExpr(e.getContext(), bounds.min);
  SmallVector<ExprAttr> args;
  for (ExprAttr arg : e.getArgs())
    args.push_back(simplifyOnce(arg, facts));
  switch (e.getKind()) {
  case ExprKind::Constant:
  case ExprKind::Symbol:
  case ExprKind::Add:
  case ExprKind::Mul:
    return ArrayRef(args) == e.getArgs() ? e : rebuildExpr(e, args);
  case ExprKind::FloorDiv:
  case ExprKind::CeilDiv:
    return simplifyQuotient(e.getKind(), args[0], args[1], facts);
  case ExprKind::Mod:
    return simplifyMod(args[0], args[1], facts);
  case ExprKind::Min:
  case ExprKind::Max:
    return simplifyExtremum(e.getKind(), args[0], args[1], facts);
  case ExprKind::Broadcast:
    return simplifyBroadcast(args[0], args[1], facts);
  }
  llvm_unreachable("unknown expression kind");
}

ExprAttr ShapeFacts::simplify(ExprAttr e) const {
  for (int round = 0; round < kMaxRounds; ++round) {
    ExprAttr simpler = simplifyOnce(e, *this);
    if (simpler == e)
      break;
    e = simpler;
  }
  return e;
}

} // namespace tenon::tn
