//===- Compare.cpp - The one comparison of results ------------------------===//

#include "tenon/Tools/Compare.h"
#include "tenon/runtime.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/raw_ostream.h"
#include <cmath>
#include <cstring>

using namespace llvm;
using namespace tenon;

/// Null for types that are read as they are.
static const fltSemantics *semanticsOf(tn_dtype dtype) {
  switch (dtype.code) {
  case TN_FLOAT:
    return dtype.bits == 16 ? &APFloat::IEEEhalf() : nullptr;
  case TN_BFLOAT:
    return &APFloat::BFloat();
  case TN_FLOAT8_E4M3FN:
    return &APFloat::Float8E4M3FN();
  case TN_FLOAT8_E4M3FNUZ:
    return &APFloat::Float8E4M3FNUZ();
  case TN_FLOAT8_E5M2:
    return &APFloat::Float8E5M2();
  case TN_FLOAT8_E5M2FNUZ:
    return &APFloat::Float8E5M2FNUZ();
  case TN_FLOAT8_E8M0FNU:
    return &APFloat::Float8E8M0FNU();
  default:
    return nullptr;
  }
}

static bool isExact(tn_dtype dtype) {
  return dtype.code == TN_INT || dtype.code == TN_UINT ||
         dtype.code == TN_BOOL || dtype.code == TN_FLOAT4_E2M1FN;
}

static const char *elementAt(const tn_view &view, int64_t i) {
  return static_cast<const char *>(view.data) + i * (view.dtype.bits / 8);
}

template <typename T> static T readAs(const char *p) {
  T value;
  memcpy(&value, p, sizeof(T));
  return value;
}

static double readFloat(const tn_view &view, int64_t i) {
  const char *p = elementAt(view, i);
  if (const fltSemantics *semantics = semanticsOf(view.dtype)) {
    uint16_t bits = 0;
    memcpy(&bits, p, view.dtype.bits / 8);
    APFloat value(*semantics, APInt(view.dtype.bits, bits));
    bool lossy = false;
    value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &lossy);
    return value.convertToDouble();
  }
  return view.dtype.bits == 64 ? readAs<double>(p) : readAs<float>(p);
}

static int64_t readInteger(const tn_view &view, int64_t i) {
  const char *p = elementAt(view, i);
  bool isSigned = view.dtype.code == TN_INT;
  switch (view.dtype.bits) {
  case 8:
    return isSigned ? readAs<int8_t>(p) : readAs<uint8_t>(p);
  case 16:
    return isSigned ? readAs<int16_t>(p) : readAs<uint16_t>(p);
  case 32:
    return isSigned ? readAs<int32_t>(p) : readAs<uint32_t>(p);
  default:
    return readAs<int64_t>(p);
  }
}

static void describe(raw_ostream &os, const tn_view &view) {
  os << tn_dtype_name(view.dtype) << " [";
  interleaveComma(ArrayRef(view.dims, view.rank), os);
  os << "]";
}

/// A scalar is the one element of a tensor of any rank: the runtime takes it
/// as such an input, and recorded results may have the input's rank.
static bool haveSameShape(const tn_view &got, const tn_view &want) {
  if (got.rank == 0)
    return tn_view_elements(&want) == 1;
  return ArrayRef(got.dims, got.rank) == ArrayRef(want.dims, want.rank);
}

/// Rows of the last dim whose largest element is not where one is expected.
static int64_t countWrongTops(const tn_view &got, const tn_view &want) {
  int64_t count = tn_view_elements(&want), wrong = 0;
  int64_t length = want.rank > 0 ? want.dims[want.rank - 1] : 1;
  auto topOf = [&](const tn_view &view, int64_t row) {
    int64_t top = row;
    for (int64_t i = row; i < row + length; ++i)
      if (readFloat(view, i) > readFloat(view, top))
        top = i;
    return top;
  };
  for (int64_t row = 0; row < count; row += length)
    wrong +=
        readFloat(want, topOf(got, row)) < readFloat(want, topOf(want, row));
  return wrong;
}

Comparison tenon::compareTensors(const tn_view &got, const tn_view &want,
                                 const Tolerance &tolerance) {
  Comparison result;
  raw_string_ostream os(result.message);
  if (got.dtype.code != want.dtype.code || got.dtype.bits != want.dtype.bits ||
      !haveSameShape(got, want)) {
    os << "got ";
    describe(os, got);
    os << ", expected ";
    describe(os, want);
    return result;
  }
  int64_t count = tn_view_elements(&want), wrong = 0;
  auto differs = [&](int64_t i, auto g, auto w) {
    if (wrong++ < 3)
      os << "element " << i << " is " << g << ", expected " << w << "; ";
  };
  if (isExact(want.dtype)) {
    for (int64_t i = 0; i < count; ++i)
      if (readInteger(got, i) != readInteger(want, i))
        differs(i, readInteger(got, i), readInteger(want, i));
  } else {
    for (int64_t i = 0; i < count; ++i)
      if (double v = std::abs(readFloat(want, i)); std::isfinite(v))
        result.largest = std::max(result.largest, v);
    for (int64_t i = 0; i < count; ++i) {
      double g = readFloat(got, i), w = readFloat(want, i);
      double difference = std::abs(g - w);
      bool finite = std::isfinite(g) && std::isfinite(w);
      if (finite)
        result.worst = std::max(result.worst, difference);
      bool close = finite && difference <= tolerance.atol +
                                               tolerance.rtol * std::abs(w) +
                                               tolerance.scale * result.largest;
      if (g != w && !close && !(std::isnan(g) && std::isnan(w)))
        differs(i, format("%.9g", g), format("%.9g", w));
    }
  }
  if (wrong)
    os << wrong << " of " << count << " elements differ";
  int64_t tops =
      tolerance.sameTop && !isExact(want.dtype) ? countWrongTops(got, want) : 0;
  if (tops)
    os << (wrong ? "; " : "") << "the largest element of " << tops
       << " rows is not where it is expected";
  result.right = wrong == 0 && tops == 0;
  return result;
}
