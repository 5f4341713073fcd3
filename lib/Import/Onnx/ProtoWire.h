//===- ProtoWire.h - Splits a protobuf message into its fields -*- C++ -*-===//
//
// The narrow waist between Tenon and protozero. Nothing here throws, although
// protozero does: ProtoWire.cpp is the only file that includes it.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_IMPORT_ONNX_PROTOWIRE_H
#define TENON_LIB_IMPORT_ONNX_PROTOWIRE_H

#include "llvm/ADT/StringRef.h"
#include <cstdint>

namespace tenon::onnx {

enum class WireType : uint8_t {
  Varint = 0,
  Fixed64 = 1,
  Bytes = 2,
  Fixed32 = 5
};

/// "varint", "length-delimited", ...
llvm::StringRef wireTypeName(WireType type);

struct WireField {
  const char *start = nullptr; // of the field's tag
  uint32_t number = 0;
  WireType type = WireType::Varint;
  uint64_t scalar = 0;   // Varint, Fixed64, Fixed32: zero-extended
  llvm::StringRef bytes; // Bytes: the payload inside the message
};

/// Removes the first field of the non-empty `message` and describes it in
/// `field`. Returns null, or why the bytes are malformed (then `message` and
/// `field` are unchanged).
const char *takeField(llvm::StringRef &message, WireField &field);

/// The same for one bare varint of a packed list.
const char *takeVarint(llvm::StringRef &packed, uint64_t &value);

} // namespace tenon::onnx

#endif // TENON_LIB_IMPORT_ONNX_PROTOWIRE_H
