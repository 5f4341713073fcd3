//===- Num.h - Arithmetic operators on MLIR values --------------*- C++ -*-===//
//
// Lets the body of an op be written as the formula it is. A Num is a float or
// integer, scalar or one per lane; an operator emits one arith or math op, a
// C++ number on one side becomes a constant of the other side's type. No
// operation carries fast-math flags: arithmetic in two parts relies on that.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_DIALECT_TN_NUM_H
#define TENON_LIB_DIALECT_TN_NUM_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/TypeUtilities.h"
#include "tenon/Dialect/Tn/BodyBuilder.h"
#include <concepts>

namespace tenon::tn {

template <typename T>
concept Number = std::integral<T> || std::floating_point<T>;

class Num {
public:
  Num(mlir::ImplicitLocOpBuilder &b, mlir::Value value) : b(&b), v(value) {}
  operator mlir::Value() const { return v; }

  mlir::ImplicitLocOpBuilder &builder() const { return *b; }
  mlir::Type type() const { return v.getType(); }
  mlir::Type element() const { return mlir::getElementTypeOrSelf(type()); }
  bool isFloat() const { return mlir::isa<mlir::FloatType>(element()); }
  bool isF64() const { return element().isF64(); }
  unsigned width() const { return element().getIntOrFloatBitWidth(); }
  /// The lanes of a vector; 0 for a scalar.
  int64_t lanes() const;

  Num constant(double value) const;
  Num constant(int64_t value) const;
  template <Number T> Num constant(T value) const {
    if constexpr (std::integral<T>)
      return constant(static_cast<int64_t>(value));
    else
      return constant(static_cast<double>(value));
  }

  Num abs() const;
  Num sqrt() const;
  Num floor() const;
  Num trunc() const;
  Num copySign(Num sign) const;
  /// Negated where `sign` has its sign bit.
  Num flipSign(Num sign) const;
  /// The bits of a float as an integer of its width, and back.
  Num bits() const;
  Num asFloat() const;
  Num shl(int64_t amount) const;
  Num shrLogical(int64_t amount) const;
  Num shrArithmetic(int64_t amount) const;
  Num shl(Num amount) const;
  Num shrLogical(Num amount) const;
  Num shrArithmetic(Num amount) const;
  /// Another width: floats by value, integers by extension or truncation.
  Num toFloat(unsigned width) const;
  Num toInt(unsigned width, bool isUnsigned) const;
  /// An integer as a float of `width` bits.
  Num intToFloat(unsigned width, bool isUnsigned) const;
  Num compare(mlir::arith::CmpFPredicate p, Num other) const;
  Num compare(mlir::arith::CmpIPredicate p, Num other) const;
  /// Whether any lane of this mask is set, as one i1.
  mlir::Value any() const;
  /// The same lanes of another element type.
  mlir::Type typeOf(mlir::Type element) const;

private:
  template <typename FloatOp, typename IntOp> static Num binary(Num a, Num b);
  friend Num operator+(Num a, Num b);
  friend Num operator-(Num a, Num b);
  friend Num operator*(Num a, Num b);
  friend Num operator/(Num a, Num b);

  mlir::ImplicitLocOpBuilder *b;
  mlir::Value v;
};

Num operator-(Num a);
/// Float division, or signed integer division of a divisor known to be safe.
Num operator/(Num a, Num b);
Num operator&(Num a, Num b);
Num operator|(Num a, Num b);
Num operator^(Num a, Num b);
/// Ordered (NaN: false) or signed; != is true for NaN.
Num operator<(Num a, Num b);
Num operator<=(Num a, Num b);
Num operator>(Num a, Num b);
Num operator>=(Num a, Num b);
Num operator==(Num a, Num b);
Num operator!=(Num a, Num b);

#define TENON_NUM_OPERATOR(OP)                                                 \
  template <Number T> Num operator OP(Num a, T b) {                            \
    return a OP a.constant(b);                                                 \
  }                                                                            \
  template <Number T> Num operator OP(T a, Num b) { return b.constant(a) OP b; }
TENON_NUM_OPERATOR(+)
TENON_NUM_OPERATOR(-)
TENON_NUM_OPERATOR(*)
TENON_NUM_OPERATOR(/)
TENON_NUM_OPERATOR(&)
TENON_NUM_OPERATOR(|)
TENON_NUM_OPERATOR(^)
TENON_NUM_OPERATOR(<)
TENON_NUM_OPERATOR(<=)
TENON_NUM_OPERATOR(>)
TENON_NUM_OPERATOR(>=)
TENON_NUM_OPERATOR(==)
TENON_NUM_OPERATOR(!=)
#undef TENON_NUM_OPERATOR

/// a * b + c, rounded once.
/// The number that `value` is a splat of, if it is a constant.
std::optional<llvm::APFloat> constantFloat(mlir::Value value);

Num fma(Num a, Num b, Num c);
template <Number B> Num fma(Num a, B b, Num c) {
  return fma(a, a.constant(b), c);
}
template <Number C> Num fma(Num a, Num b, C c) {
  return fma(a, b, a.constant(c));
}
Num select(Num condition, Num a, Num b);
template <Number B> Num select(Num condition, Num a, B b) {
  return select(condition, a, a.constant(b));
}
template <Number A> Num select(Num condition, A a, Num b) {
  return select(condition, b.constant(a), b);
}
/// `x` but at most (at least) `limit`; NaN stays NaN. One instruction.
Num atMost(Num x, double limit);
Num atLeast(Num x, double limit);
/// c[0] * x^n + ... + c[n], by Horner's rule.
Num polynomial(Num x, llvm::ArrayRef<double> coefficients);
/// Calls `body` in f64 and rounds its result to x's type: for functions too
/// rare to deserve a second expansion.
Num inF64(Num x, llvm::function_ref<Num(Num)> body);
/// The same for odd functions: `body` sees |x|. A sign put on in f64 would be
/// found by LLVM, and of an f16 made a conversion that only its runtime has.
Num oddInF64(Num x, llvm::function_ref<Num(Num)> body);

/// What bit tricks need to know of f32 or f64.
struct FloatLayout {
  explicit FloatLayout(Num x);
  unsigned mantissa;
  int64_t bias;
  /// Adding it to a small float leaves its nearest integer in the low bits.
  double rounder;
  int64_t rounderBits;
};

/// ln(x) in two parts whose sum has about 66 good bits; x is f64, >= 0.
struct TwoNum {
  Num high, low;
};
TwoNum logExtended(Num x);

} // namespace tenon::tn

#endif // TENON_LIB_DIALECT_TN_NUM_H
