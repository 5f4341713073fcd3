//===- ShapeFacts.h - What is known about symbols ---------------*- C++ -*-===//
//
// Ranges and divisibility of symbols, kept beside the types (a module
// attribute `tn.facts`), never in them. Comes from the model, from `--dim` and
// `--shape`, and from guards.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECT_TN_SHAPEFACTS_H
#define TENON_DIALECT_TN_SHAPEFACTS_H

#include "tenon/Dialect/Tn/Expr.h"
#include "llvm/ADT/StringMap.h"
#include <limits>

namespace tenon::tn {

/// A closed range; the limits of int64_t mean "unbounded".
struct Range {
  int64_t min = 0;
  int64_t max = std::numeric_limits<int64_t>::max();
  bool operator==(const Range &) const = default;
  /// True if it is bounded and contains one value.
  bool isSingle() const {
    return min == max && max != std::numeric_limits<int64_t>::max() &&
           min != std::numeric_limits<int64_t>::min();
  }
};

/// What is known about one symbol. Sizes are >= 0 unless told otherwise.
struct SymbolFact {
  Range range;
  int64_t multiple = 1;
};

class ShapeFacts {
public:
  ShapeFacts() = default;
  /// Reads the module attribute `tn.facts`: a dictionary from symbol name to
  /// [min, max, multiple].
  explicit ShapeFacts(mlir::Operation *module);
  /// Checks `tn.facts` of `op`; says which symbol's fact is wrong, and how.
  static mlir::LogicalResult verify(mlir::Operation *op, mlir::Attribute attr);

  /// Narrows what is known; false, and nothing is changed, if that contradicts
  /// what was known.
  bool add(llvm::StringRef symbol, SymbolFact fact);
  SymbolFact lookup(llvm::StringRef symbol) const;
  mlir::DictionaryAttr toAttr(mlir::MLIRContext *context) const;

  /// Conservative bounds of an expression.
  Range range(ExprAttr e) const;
  /// A number that divides every value of `e`; 0 if `e` is always 0.
  uint64_t divisor(ExprAttr e) const;
  /// True if `e` is a multiple of `n` for every allowed value of its symbols.
  bool isMultipleOf(ExprAttr e, int64_t n) const;
  /// True if a == b for every allowed value.
  bool provablyEqual(ExprAttr a, ExprAttr b) const;
  /// True if a != b for every allowed value.
  bool provablyDifferent(ExprAttr a, ExprAttr b) const;
  /// True if a <= b for every allowed value.
  bool provablyAtMost(ExprAttr a, ExprAttr b) const;
  /// `e` simplified under the facts: (b*x)/b -> x for b >= 1, min/max decided
  /// by ranges, mod of multiples, symbols with one value.
  ExprAttr simplify(ExprAttr e) const;

private:
  llvm::StringMap<SymbolFact> facts;
};

} // namespace tenon::tn

#endif // TENON_DIALECT_TN_SHAPEFACTS_H
