//===- ProtoWire.cpp - Splits a protobuf message into its fields ----------===//
//
// protozero reports malformed input by exceptions, so this file, and only this
// one, is compiled with -fexceptions. Each function catches everything itself
// and calls nothing that is compiled without: no exception ever crosses a frame
// of another file.
//
//===----------------------------------------------------------------------===//

#include "ProtoWire.h"
#include <protozero/pbf_reader.hpp>

using namespace tenon::onnx;
using llvm::StringRef;

StringRef tenon::onnx::wireTypeName(WireType type) {
  switch (type) {
  case WireType::Varint:
    return "varint";
  case WireType::Fixed64:
    return "64-bit";
  case WireType::Bytes:
    return "length-delimited";
  case WireType::Fixed32:
    return "32-bit";
  }
  __builtin_unreachable();
}

/// The payload behind a length. pbf_reader would cut a length of more than 32
/// bits down to 32, so the length is read and compared here.
static StringRef takeBytes(const char *&at, const char *end) {
  uint64_t length = protozero::decode_varint(&at, end);
  if (length > uint64_t(end - at))
    throw protozero::end_of_buffer_exception();
  StringRef bytes(at, size_t(length));
  at += length;
  return bytes;
}

const char *tenon::onnx::takeField(StringRef &message, WireField &field) {
  const char *end = message.end();
  try {
    protozero::pbf_reader reader(message.data(), message.size());
    reader.next();
    WireField taken;
    taken.start = message.data();
    taken.number = reader.tag();
    taken.type = WireType(reader.wire_type());
    const char *at = reader.data().data();
    switch (taken.type) {
    case WireType::Varint:
      taken.scalar = protozero::decode_varint(&at, end);
      break;
    case WireType::Fixed64:
      taken.scalar = reader.get_fixed64();
      at = reader.data().data();
      break;
    case WireType::Fixed32:
      taken.scalar = reader.get_fixed32();
      at = reader.data().data();
      break;
    case WireType::Bytes:
      taken.bytes = takeBytes(at, end);
      break;
    }
    field = taken;
    message = StringRef(at, size_t(end - at));
    return nullptr;
  } catch (const protozero::end_of_buffer_exception &) {
    return "the data ends inside a field";
  } catch (const protozero::varint_too_long_exception &) {
    return "malformed varint";
  } catch (const protozero::unknown_pbf_wire_type_exception &) {
    return "unknown wire type";
  } catch (const protozero::invalid_tag_exception &) {
    return "invalid field number";
  } catch (...) {
    return "malformed field";
  }
}

const char *tenon::onnx::takeVarint(StringRef &packed, uint64_t &value) {
  const char *end = packed.end();
  const char *at = packed.data();
  try {
    value = protozero::decode_varint(&at, end);
    packed = StringRef(at, size_t(end - at));
    return nullptr;
  } catch (...) {
    return "malformed varint in a packed list";
  }
}
