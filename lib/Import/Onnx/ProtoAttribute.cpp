//===- ProtoAttribute.cpp - Decodes attributes ----------------------------===//
//
// An attribute holds the one value its type names. Writers before IR version 2
// leave the type out, then the value decides; proto3 writers leave out values
// that are zero, so a scalar or list without a value has its default.
//
//===----------------------------------------------------------------------===//

#include "ProtoDecoder.h"
#include "Quoted.h"
#include "llvm/ADT/bit.h"
#include <iterator>

using namespace tenon::onnx;
using llvm::failed;
using llvm::LogicalResult;
using llvm::StringRef;
using llvm::success;
using llvm::Twine;

using Kind = Attribute::Kind;

/// Indexed by Attribute::Kind.
static constexpr llvm::StringLiteral kKindNames[] = {
    "UNDEFINED",      "FLOAT",      "INT",        "STRING",
    "TENSOR",         "GRAPH",      "FLOATS",     "INTS",
    "STRINGS",        "TENSORS",    "GRAPHS",     "SPARSE_TENSOR",
    "SPARSE_TENSORS", "TYPE_PROTO", "TYPE_PROTOS"};
static_assert(std::size(kKindNames) == size_t(Kind::TypeProtos) + 1);

StringRef tenon::onnx::attributeKindName(Kind kind) {
  return kKindNames[size_t(kind)];
}

/// The kind whose value this field of AttributeProto holds.
static Kind kindOfField(uint32_t number) {
  switch (number) {
  case 2:
    return Kind::Float;
  case 3:
    return Kind::Int;
  case 4:
    return Kind::String;
  case 5:
    return Kind::Tensor;
  case 6:
    return Kind::Graph;
  case 7:
    return Kind::Floats;
  case 8:
    return Kind::Ints;
  case 9:
    return Kind::Strings;
  case 10:
    return Kind::Tensors;
  case 11:
    return Kind::Graphs;
  case 14:
    return Kind::TypeProto;
  case 15:
    return Kind::TypeProtos;
  case 22:
    return Kind::SparseTensor;
  case 23:
    return Kind::SparseTensors;
  default:
    return Kind::Undefined;
  }
}

static bool isSingleMessage(Kind kind) {
  return kind == Kind::Tensor || kind == Kind::Graph ||
         kind == Kind::SparseTensor || kind == Kind::TypeProto;
}

LogicalResult Decoder::readValue(const WireField &field, Attribute &attribute,
                                 Kind kind) {
  switch (kind) {
  case Kind::Float:
    return read(field, "f", attribute.f);
  case Kind::Int:
    return read(field, "i", attribute.i);
  case Kind::String:
    return read(field, "s", attribute.s);
  case Kind::Floats:
    return append(field, "floats", attribute.floats);
  case Kind::Ints:
    return append(field, "ints", attribute.ints);
  case Kind::Strings:
    return append(field, "strings", attribute.strings);
  case Kind::Tensor:
  case Kind::Tensors:
    return append(field, "tensor", attribute.tensors);
  case Kind::Graph:
  case Kind::Graphs:
    return append(field, "graph", attribute.graphs);
  case Kind::SparseTensor:
  case Kind::SparseTensors:
    return append(field, "sparse tensor", attribute.sparseTensors);
  case Kind::TypeProto:
  case Kind::TypeProtos:
    return append(field, "type", attribute.types);
  case Kind::Undefined:
    return success();
  }
  llvm_unreachable("covered switch");
}

LogicalResult Decoder::checkValue(const char *at, uint32_t seen,
                                  Attribute &attribute) {
  if (attribute.name.empty())
    return fail(at, "the attribute has no name");
  if (llvm::popcount(seen) > 1)
    return fail(at, "the attribute has values of several types");
  Kind valueKind = seen ? Kind(llvm::countr_zero(seen)) : Kind::Undefined;
  if (attribute.isReference()) {
    if (seen)
      return fail(at, "the attribute refers to " +
                          quoted(attribute.refAttrName) +
                          " and also has a value");
    return success();
  }
  if (attribute.kind == Kind::Undefined)
    attribute.kind = valueKind;
  if (attribute.kind == Kind::Undefined)
    return fail(at, "the attribute has neither a type nor a value");
  if (seen && attribute.kind != valueKind)
    return fail(at, "the attribute has type " +
                        attributeKindName(attribute.kind) +
                        ", but its value is " + attributeKindName(valueKind));
  if (!seen && isSingleMessage(attribute.kind))
    return fail(at, "the attribute has type " +
                        attributeKindName(attribute.kind) + ", but no value");
  return success();
}

LogicalResult Decoder::decode(StringRef message, Attribute &attribute) {
  uint32_t seen = 0; // bit k: a value of Kind(k)
  auto readField = [&](const WireField &field) -> LogicalResult {
    switch (field.number) {
    case 1:
      return read(field, "name", attribute.name);
    case 20: {
      int64_t kind = 0;
      if (failed(read(field, "type", kind)))
        return llvm::failure();
      if (kind < 0 || kind >= int64_t(std::size(kKindNames)))
        return fail(field.start, "unknown attribute type " + Twine(kind));
      attribute.kind = Kind(kind);
      return success();
    }
    case 21:
      return read(field, "ref_attr_name", attribute.refAttrName);
    default: {
      Kind kind = kindOfField(field.number);
      if (kind == Kind::Undefined)
        return success();
      uint32_t bit = 1u << unsigned(kind);
      if ((seen & bit) && isSingleMessage(kind))
        return fail(field.start, "a second value of the attribute");
      seen |= bit;
      return readValue(field, attribute, kind);
    }
    }
  };
  if (failed(fields(message, readField)))
    return llvm::failure();
  return checkValue(message.data(), seen, attribute);
}
