//===- Polynomial.cpp - The sum of products inside an expression ---------===//

#include "Polynomial.h"
#include "llvm/Support/MathExtras.h"
#include <numeric>

using namespace mlir;

namespace tenon::tn {

/// A product with more terms than this is kept unexpanded.
static constexpr size_t kMaxProductTerms = 1024;

template <typename T> static int compareValues(T a, T b) {
  return a < b ? -1 : a == b ? 0 : 1;
}

int compareExprs(ExprAttr a, ExprAttr b) {
  if (a == b)
    return 0;
  if (int order = compareValues(a.getKind(), b.getKind()))
    return order;
  if (int order = a.getName().compare(b.getName()))
    return order;
  for (auto [x, y] : llvm::zip(a.getArgs(), b.getArgs()))
    if (int order = compareExprs(x, y))
      return order;
  if (int order = compareValues(a.getArgs().size(), b.getArgs().size()))
    return order;
  return compareValues(a.getValue(), b.getValue());
}

bool isOpaque(ExprAttr e) {
  return (e.getKind() == ExprKind::Add || e.getKind() == ExprKind::Mul) &&
         e.getArgs().front().isConstant();
}

static bool isProduct(ExprAttr e) {
  return e.getKind() == ExprKind::Mul && !isOpaque(e);
}

ArrayRef<ExprAttr> Term::atoms() const {
  return isProduct(monomial) ? monomial.getArgs() : ArrayRef(monomial);
}

ExprAttr Term::onlyAtom() const {
  ArrayRef<ExprAttr> all = atoms();
  return all.size() == 1 ? all.front() : ExprAttr();
}

ExprAttr Term::toExpr() const {
  if (isProduct(monomial) && monomial.getValue() == coefficient)
    return monomial;
  ArrayRef<ExprAttr> all = atoms();
  if (coefficient == 1 && all.size() == 1)
    return all.front();
  return ExprAttr::getRaw(monomial.getContext(), ExprKind::Mul, coefficient, "",
                          all);
}

int compareMonomials(ArrayRef<ExprAttr> a, ArrayRef<ExprAttr> b) {
  for (auto [x, y] : llvm::zip(a, b))
    if (int order = compareExprs(x, y))
      return order;
  // x*y before x: this is what makes the order admissible.
  return compareValues(b.size(), a.size());
}

static Term termOf(ExprAttr e) {
  return Term(e, isProduct(e) ? e.getValue() : 1);
}

Polynomial::Polynomial(ExprAttr e) : context(e.getContext()) {
  if (e.isConstant()) {
    constant = e.getValue();
  } else if (e.getKind() == ExprKind::Add && !isOpaque(e)) {
    constant = e.getValue();
    for (ExprAttr arg : e.getArgs())
      terms.push_back(termOf(arg));
  } else {
    terms.push_back(termOf(e));
  }
}

ExprAttr Polynomial::toExpr() const {
  if (terms.empty())
    return constantExpr(context, constant);
  if (terms.size() == 1 && constant == 0)
    return terms.front().toExpr();
  SmallVector<ExprAttr> args;
  for (const Term &term : terms)
    args.push_back(term.toExpr());
  return ExprAttr::getRaw(context, ExprKind::Add, constant, "", args);
}

/// sum += factor * value, or false.
static bool addProduct(int64_t &sum, int64_t value, int64_t factor) {
  int64_t product;
  return !llvm::MulOverflow(value, factor, product) &&
         !llvm::AddOverflow(sum, product, sum);
}

bool Polynomial::add(const Polynomial &other, int64_t factor) {
  if (!addProduct(constant, other.constant, factor))
    return false;
  if (other.terms.empty() || factor == 0)
    return true;
  SmallVector<Term, 4> merged;
  const Term *left = terms.begin(), *right = other.terms.begin();
  while (left != terms.end() || right != other.terms.end()) {
    int order = left == terms.end() ? 1
                : right == other.terms.end()
                    ? -1
                    : compareMonomials(left->atoms(), right->atoms());
    int64_t coefficient = order <= 0 ? left->coefficient : 0;
    if (order >= 0 && !addProduct(coefficient, right->coefficient, factor))
      return false;
    if (coefficient != 0)
      merged.push_back(
          (order <= 0 ? left : right)->withCoefficient(coefficient));
    left += order <= 0;
    right += order >= 0;
  }
  terms = std::move(merged);
  return true;
}

bool Polynomial::scale(int64_t factor) {
  if (factor == 0)
    terms.clear();
  for (Term &term : terms)
    if (llvm::MulOverflow(term.coefficient, factor, term.coefficient))
      return false;
  return !llvm::MulOverflow(constant, factor, constant);
}

std::optional<Polynomial> Polynomial::multiply(const Polynomial &a,
                                               const Polynomial &b) {
  if (a.isConstant() || b.isConstant()) {
    Polynomial result = a.isConstant() ? b : a;
    if (!result.scale(a.isConstant() ? a.constant : b.constant))
      return std::nullopt;
    return result;
  }
  if (a.terms.size() * b.terms.size() > kMaxProductTerms)
    return std::nullopt;
  // One sorted row per term of a: the order is admissible.
  Polynomial result(a.context);
  if (!result.add(b, a.constant))
    return std::nullopt;
  for (const Term &left : a.terms) {
    Polynomial row(a.context);
    for (const Term &right : b.terms) {
      int64_t coefficient;
      if (llvm::MulOverflow(left.coefficient, right.coefficient, coefficient))
        return std::nullopt;
      SmallVector<ExprAttr> atoms;
      ArrayRef<ExprAttr> x = left.atoms(), y = right.atoms();
      std::merge(x.begin(), x.end(), y.begin(), y.end(),
                 std::back_inserter(atoms),
                 [](ExprAttr p, ExprAttr q) { return compareExprs(p, q) < 0; });
      row.terms.emplace_back(
          ExprAttr::getRaw(a.context, ExprKind::Mul, coefficient, "", atoms),
          coefficient);
    }
    if (b.constant != 0) {
      int64_t coefficient;
      if (llvm::MulOverflow(left.coefficient, b.constant, coefficient))
        return std::nullopt;
      row.terms.push_back(left.withCoefficient(coefficient));
    }
    if (!result.add(row))
      return std::nullopt;
  }
  return result;
}

uint64_t Polynomial::coefficientGcd(uint64_t seed) const {
  for (const Term &term : terms)
    seed = std::gcd(seed, magnitude(term.coefficient));
  return seed;
}

} // namespace tenon::tn
