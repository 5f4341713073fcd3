//===- SymbolicNumber.h - One element of symbolic arithmetic ----*- C++ -*-===//
//
// A rational: an expression over a positive constant. Integers have the
// divisor 1. A function gives nullopt where the result is not provably what
// the op computes at run time.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECT_TN_SYMBOLICNUMBER_H
#define TENON_DIALECT_TN_SYMBOLICNUMBER_H

#include "tenon/Dialect/Tn/TnOps.h"

namespace tenon::tn {

struct SymbolicNumber {
  ExprAttr value;
  int64_t divisor = 1;

  bool operator==(const SymbolicNumber &) const = default;
  bool isInteger() const { return divisor == 1; }
  bool isConstant() const { return value.isConstant(); }
};

using MaybeNumber = std::optional<SymbolicNumber>;

/// The number that `value` is, if its fraction is short.
MaybeNumber numberOf(mlir::MLIRContext *context, const llvm::APFloat &value);

MaybeNumber addNumbers(SymbolicNumber a, SymbolicNumber b);
MaybeNumber negateNumber(SymbolicNumber a);
MaybeNumber mulNumbers(SymbolicNumber a, SymbolicNumber b);
/// tn.div of integers: towards zero, 0 for a divisor 0.
MaybeNumber divIntegers(SymbolicNumber a, SymbolicNumber b);
MaybeNumber divFloats(SymbolicNumber a, SymbolicNumber b);
/// tn.mod: the sign of the divisor.
MaybeNumber modNumbers(SymbolicNumber a, SymbolicNumber b);
MaybeNumber minNumbers(SymbolicNumber a, SymbolicNumber b);
MaybeNumber maxNumbers(SymbolicNumber a, SymbolicNumber b);
MaybeNumber absNumber(SymbolicNumber a);
MaybeNumber floorNumber(SymbolicNumber a);
MaybeNumber ceilNumber(SymbolicNumber a);
/// Towards zero.
MaybeNumber truncateNumber(SymbolicNumber a);
/// Whether the relation holds, if that is certain.
std::optional<bool> compareNumbers(ComparePredicate predicate, SymbolicNumber a,
                                   SymbolicNumber b);

} // namespace tenon::tn

#endif // TENON_DIALECT_TN_SYMBOLICNUMBER_H
