//===- BodyCast.cpp - Conversions between element types -------------------===//
//
// As ONNX's Cast. What that leaves open, floats beyond an integer's range, is
// as numpy does on x86: they wrap if a wider integer holds them, and NaN is the
// wider integer's least.
//
//===----------------------------------------------------------------------===//

#include "Num.h"
#include <limits>

using namespace mlir;
using namespace tenon::tn;

/// x truncated to a signed integer of 32 or 64 bits; its least if out of range.
static Num truncateToSigned(Num x, unsigned width) {
  double limit = width == 64 ? 0x1p63 : 0x1p31;
  Num isHeld = x.abs() < limit;
  Num safe = select(isHeld, x, 0);
  ImplicitLocOpBuilder &b = x.builder();
  Num result(
      b, arith::FPToSIOp::create(b, x.typeOf(b.getIntegerType(width)), safe));
  return select(isHeld, result,
                width == 64 ? std::numeric_limits<int64_t>::min()
                            : std::numeric_limits<int32_t>::min());
}

static Num floatToInt(Num x, IntegerType to) {
  unsigned width = to.getWidth();
  if (width == 1)
    return x != 0;
  if (width < 32)
    return truncateToSigned(x, 32).toInt(width, to.isUnsigned());
  if (!to.isUnsigned())
    return truncateToSigned(x, width);
  if (width == 32)
    return truncateToSigned(x, 64).toInt(32, /*isUnsigned=*/true);
  Num isUpper = x >= 0x1p63;
  Num upper =
      truncateToSigned(x - 0x1p63, 64) ^ std::numeric_limits<int64_t>::min();
  return select(isUpper, upper, truncateToSigned(x, 64));
}

Value BodyBuilder::cast(Value value, Type from, Type to, bool saturate) {
  Num x(b, value);
  if (from == to)
    return value;
  auto fromInt = dyn_cast<IntegerType>(from);
  bool isUnsigned =
      fromInt && (fromInt.isUnsigned() || fromInt.getWidth() == 1);
  if (auto toInt = dyn_cast<IntegerType>(to)) {
    if (!fromInt)
      return floatToInt(x, toInt);
    if (toInt.getWidth() == 1)
      return x != 0;
    return x.toInt(toInt.getWidth(), isUnsigned);
  }
  if (fromInt)
    x = x.intToFloat(to.isF64() ? 64 : 32, isUnsigned);
  if (to.isF64() || to.isF32())
    return x.toFloat(to.getIntOrFloatBitWidth());
  return fromStorage(toStorage(x, to, saturate), to);
}
