//===- Polynomial.h - The sum of products inside an expression --*- C++ -*-===//
//
// The working form of an ExprAttr: terms sorted by monomial, no two with the
// same monomial, no coefficient 0. The order is lexicographic and admissible
// (multiplication keeps it), so the first term is the leading term of
// polynomial division.
//
// Arithmetic on coefficients is checked. A sum or product that overflows
// becomes an *opaque* node, an Add or Mul that starts with a constant
// argument (which a canonical one never does): it means the same, and every
// other rule treats it as an atom.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_DIALECT_TN_POLYNOMIAL_H
#define TENON_LIB_DIALECT_TN_POLYNOMIAL_H

#include "tenon/Dialect/Tn/Expr.h"

namespace tenon::tn {

/// Negative, 0 or positive; looks at structure and names, never at pointers.
int compareExprs(ExprAttr a, ExprAttr b);

/// True for an Add or Mul that was left alone because it overflowed.
bool isOpaque(ExprAttr e);

/// The canonical expression of `e`'s kind and value on other arguments.
ExprAttr rebuildExpr(ExprAttr e, llvm::ArrayRef<ExprAttr> args);

inline uint64_t magnitude(int64_t value) {
  return value < 0 ? 0 - static_cast<uint64_t>(value)
                   : static_cast<uint64_t>(value);
}

/// Appends the operands of nested `kind`s (min, max or broadcast), in order;
/// `e` itself if it is of another kind.
void collectLeaves(ExprKind kind, ExprAttr e,
                   llvm::SmallVectorImpl<ExprAttr> &leaves);

/// Rounds down; `b` must not be 0 and a / b must fit.
inline int64_t floorDivide(int64_t a, int64_t b) {
  int64_t quotient = a / b;
  return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

/// A coefficient times a product of atoms.
class Term {
public:
  Term(ExprAttr monomial, int64_t coefficient)
      : coefficient(coefficient), monomial(monomial) {}

  int64_t coefficient;

  /// The sorted atoms; valid as long as this term.
  llvm::ArrayRef<ExprAttr> atoms() const;
  /// The only atom, or null if there are more.
  ExprAttr onlyAtom() const;
  Term withCoefficient(int64_t other) const { return {monomial, other}; }
  ExprAttr toExpr() const;

private:
  /// An atom or a Mul, whose own coefficient is ignored.
  ExprAttr monomial;
};

int compareMonomials(llvm::ArrayRef<ExprAttr> a, llvm::ArrayRef<ExprAttr> b);

class Polynomial {
public:
  explicit Polynomial(mlir::MLIRContext *context) : context(context) {}
  explicit Polynomial(ExprAttr e);

  llvm::SmallVector<Term, 4> terms;
  int64_t constant = 0;

  bool isConstant() const { return terms.empty(); }
  mlir::MLIRContext *getContext() const { return context; }
  ExprAttr toExpr() const;

  /// this += factor * other; false, and this is unusable, on overflow.
  [[nodiscard]] bool add(const Polynomial &other, int64_t factor = 1);
  /// this *= factor; false, and this is unusable, on overflow.
  [[nodiscard]] bool scale(int64_t factor);
  /// a * b; nullopt on overflow or if it has absurdly many terms.
  static std::optional<Polynomial> multiply(const Polynomial &a,
                                            const Polynomial &b);

  /// The greatest common divisor of all coefficients and of `seed`.
  uint64_t coefficientGcd(uint64_t seed) const;

private:
  mlir::MLIRContext *context;
};

} // namespace tenon::tn

#endif // TENON_LIB_DIALECT_TN_POLYNOMIAL_H
