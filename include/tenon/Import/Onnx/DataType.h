//===- DataType.h - ONNX tensor element types ------------------*- C++ -*-===//
//
// The values are those of onnx.TensorProto.DataType, so a wire value that
// `isKnownDataType` accepts may be cast. A new ONNX type is one enumerator here
// and one row in DataType.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORT_ONNX_DATATYPE_H
#define TENON_IMPORT_ONNX_DATATYPE_H

#include "llvm/ADT/StringRef.h"
#include <cstdint>

namespace tenon::onnx {

enum class DataType : int32_t {
  Undefined = 0,
  Float = 1,
  UInt8 = 2,
  Int8 = 3,
  UInt16 = 4,
  Int16 = 5,
  Int32 = 6,
  Int64 = 7,
  String = 8,
  Bool = 9,
  Float16 = 10,
  Double = 11,
  UInt32 = 12,
  UInt64 = 13,
  Complex64 = 14,
  Complex128 = 15,
  BFloat16 = 16,
  Float8E4M3FN = 17,
  Float8E4M3FNUZ = 18,
  Float8E5M2 = 19,
  Float8E5M2FNUZ = 20,
  UInt4 = 21,
  Int4 = 22,
  Float4E2M1 = 23,
  Float8E8M0 = 24,
  UInt2 = 25,
  Int2 = 26,
  Float6E2M3 = 27,
  Float6E3M2 = 28,
};

/// True for every enumerator above, `Undefined` included.
bool isKnownDataType(int64_t value);

/// The name ONNX gives the type: "FLOAT", "INT4", ...
llvm::StringRef dataTypeName(DataType type);

/// Bits of one element as raw_data stores it (types under 8 bits are packed);
/// 0 for `Undefined` and `String`, which have no fixed width.
unsigned dataTypeBits(DataType type);

} // namespace tenon::onnx

#endif // TENON_IMPORT_ONNX_DATATYPE_H
