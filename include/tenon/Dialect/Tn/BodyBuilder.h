//===- BodyBuilder.h - Arithmetic of one element, or one per lane -*- C++
//-*-===//
//
// Emits arith/math/llvm ops on values that are scalars or 1-D vectors, so that
// one body serves scalar and vector code on every target. Values are of the
// compute type of a tensor's element type: f16, bf16 and 8-bit floats compute
// in f32; unsigned integers are signless, the caller says where it matters.
//
// Transcendentals are own expansions, within 2.5 ulp for f32 over the whole
// range, special values as C99 says; f64 within 1e-14 relative. No libm.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECT_TN_BODYBUILDER_H
#define TENON_DIALECT_TN_BODYBUILDER_H

#include "mlir/IR/ImplicitLocOpBuilder.h"
#include <functional>

namespace tenon::tn {

/// What the target can do that changes how a body is written.
struct BodyFeatures {
  /// x * 2^n of f32 for integral n, in one instruction, correctly rounded also
  /// where the result overflows or is no normal number. Null if the target has
  /// none.
  std::function<mlir::Value(mlir::ImplicitLocOpBuilder &, mlir::Value x,
                            mlir::Value n)>
      scaleByPowerOfTwo;
  int64_t scaleLanes = 0; ///< that scaleByPowerOfTwo takes
};

class BodyBuilder {
public:
  BodyBuilder(mlir::ImplicitLocOpBuilder &b, BodyFeatures features = {})
      : b(b), features(std::move(features)) {}

  mlir::ImplicitLocOpBuilder &builder() { return b; }

  /// The type that elements of `element` are computed in: f32 for narrower
  /// floats, i1 for i1, else the signless type itself.
  static mlir::Type computeType(mlir::Type element);
  /// The type of an element in memory: i8 for i1 and 4-bit types, iN for uiN,
  /// and for floats without LLVM support (bf16, f8) the integer of their width.
  static mlir::Type storageType(mlir::Type element);
  /// Memory to compute type and back; `stored` is of storageType(element).
  /// With `saturate`, an 8-bit float holds its largest instead of infinity or
  /// NaN; what a cast gave is rounded already and must not saturate again.
  mlir::Value fromStorage(mlir::Value stored, mlir::Type element);
  mlir::Value toStorage(mlir::Value computed, mlir::Type element,
                        bool saturate = false);

  /// A splat constant of `like`'s type (float or integer).
  mlir::Value constant(mlir::Value like, double value);
  mlir::Value constantLike(mlir::Type type, double value);
  mlir::Value integerLike(mlir::Type type, int64_t value);
  /// `scalar` as a vector of `lanes`; unchanged if it is a vector already.
  mlir::Value splat(mlir::Value scalar, int64_t lanes);

  mlir::Value exp(mlir::Value x);
  mlir::Value log(mlir::Value x);
  /// Floats as C99's pow. Integers by squaring; `isUnsigned` is of y, a
  /// negative y gives what 1 / x^-y truncates to (0 for x = 0). Only integers
  /// may differ in type.
  mlir::Value pow(mlir::Value x, mlir::Value y, bool isUnsigned = false);
  mlir::Value sin(mlir::Value x);
  mlir::Value cos(mlir::Value x);
  mlir::Value tan(mlir::Value x);
  mlir::Value asin(mlir::Value x);
  mlir::Value acos(mlir::Value x);
  mlir::Value atan(mlir::Value x);
  mlir::Value sinh(mlir::Value x);
  mlir::Value cosh(mlir::Value x);
  mlir::Value tanh(mlir::Value x);
  mlir::Value asinh(mlir::Value x);
  mlir::Value acosh(mlir::Value x);
  mlir::Value atanh(mlir::Value x);
  mlir::Value erf(mlir::Value x);
  mlir::Value sigmoid(mlir::Value x);

  /// Quotient and remainders of floats or integers; no input traps. Of
  /// integers, a zero divisor gives 0 and the least one by -1 wraps.
  mlir::Value div(mlir::Value x, mlir::Value y, bool isUnsigned = false);
  /// With the sign of x, exact (fmod); with the sign of y.
  mlir::Value rem(mlir::Value x, mlir::Value y, bool isUnsigned = false);
  mlir::Value mod(mlir::Value x, mlir::Value y, bool isUnsigned = false);

  /// max/min with NaN if either is NaN; signed or unsigned for integers.
  mlir::Value max(mlir::Value a, mlir::Value b, bool isUnsigned = false);
  mlir::Value min(mlir::Value a, mlir::Value b, bool isUnsigned = false);
  /// Converts between compute types as tn.cast says. `from` and `to` are
  /// tensor element types; the result is of computeType(to), already rounded
  /// to what `to` can hold.
  mlir::Value cast(mlir::Value x, mlir::Type from, mlir::Type to,
                   bool saturate = true);

private:
  mlir::ImplicitLocOpBuilder &b;
  BodyFeatures features;
};

} // namespace tenon::tn

#endif // TENON_DIALECT_TN_BODYBUILDER_H
