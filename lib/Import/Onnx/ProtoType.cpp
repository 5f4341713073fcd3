//===- ProtoType.cpp - Decodes and prints declared types ------------------===//

#include "ProtoDecoder.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace tenon::onnx;
using llvm::failed;
using llvm::LogicalResult;
using llvm::StringRef;
using llvm::success;
using llvm::Twine;

static constexpr unsigned kMaxTypeDepth = 64;

LogicalResult Decoder::decode(StringRef message, Type &type) {
  if (typeDepth == kMaxTypeDepth)
    return fail(message.data(),
                "types are nested more than " + Twine(kMaxTypeDepth) + " deep");
  ++typeDepth;
  auto readField = [&](const WireField &field) -> LogicalResult {
    Type::Kind kind;
    switch (field.number) {
    case 1:
      kind = Type::Kind::Tensor;
      break;
    case 4:
      kind = Type::Kind::Sequence;
      break;
    case 5:
      kind = Type::Kind::Map;
      break;
    case 7:
      kind = Type::Kind::Opaque;
      break;
    case 8:
      kind = Type::Kind::SparseTensor;
      break;
    case 9:
      kind = Type::Kind::Optional;
      break;
    default:
      return success();
    }
    if (failed(expect(field, "type", WireType::Bytes)))
      return llvm::failure();
    // A oneof: the last alternative replaces what came before.
    type = Type();
    type.kind = kind;
    switch (kind) {
    case Type::Kind::Tensor:
    case Type::Kind::SparseTensor:
      return readTensorType(field.bytes, type);
    case Type::Kind::Sequence:
    case Type::Kind::Optional:
    case Type::Kind::Map:
      return readContainerType(field.bytes, type);
    default:
      return success();
    }
  };
  LogicalResult result = fields(message, readField);
  --typeDepth;
  return result;
}

LogicalResult Decoder::readTensorType(StringRef message, Type &type) {
  return fields(message, [&](const WireField &field) -> LogicalResult {
    switch (field.number) {
    case 1:
      return read(field, "elem_type", type.elementType);
    case 2:
      if (type.shape)
        return fail(field.start, "a second shape of the type");
      return read(field, "shape", type.shape.emplace());
    default:
      return success();
    }
  });
}

LogicalResult Decoder::readContainerType(StringRef message, Type &type) {
  bool isMap = type.kind == Type::Kind::Map;
  uint32_t elementField = isMap ? 2 : 1;
  return fields(message, [&](const WireField &field) -> LogicalResult {
    if (isMap && field.number == 1)
      return read(field, "key_type", type.elementType);
    if (field.number != elementField)
      return success();
    if (!type.element.empty())
      return fail(field.start, "a second element type");
    return append(field, "element type", type.element);
  });
}

LogicalResult Decoder::decode(StringRef message, std::vector<Dim> &shape) {
  return fields(message, [&](const WireField &field) -> LogicalResult {
    if (field.number != 1)
      return success();
    return append(field, "dim", shape);
  });
}

LogicalResult Decoder::decode(StringRef message, Dim &dim) {
  return fields(message, [&](const WireField &field) -> LogicalResult {
    switch (field.number) {
    case 1:
      dim = Dim();
      if (failed(read(field, "dim_value", dim.value)))
        return llvm::failure();
      if (dim.value < -1)
        return fail(field.start, "dim_value is " + Twine(dim.value));
      // Exporters write -1 for a dimension they do not know.
      dim.kind = dim.value < 0 ? Dim::Kind::Unknown : Dim::Kind::Value;
      return success();
    case 2:
      dim = Dim();
      if (failed(read(field, "dim_param", dim.param)))
        return llvm::failure();
      if (!dim.param.empty())
        dim.kind = Dim::Kind::Param;
      return success();
    default:
      return success();
    }
  });
}

static void print(llvm::raw_ostream &os, const Type &type);

static void printDim(llvm::raw_ostream &os, const Dim &dim) {
  switch (dim.kind) {
  case Dim::Kind::Unknown:
    os << '?';
    return;
  case Dim::Kind::Value:
    os << dim.value;
    return;
  case Dim::Kind::Param:
    os.write_escaped(dim.param);
    return;
  }
}

static void printTensor(llvm::raw_ostream &os, const Type &type) {
  os << '(' << dataTypeName(type.elementType) << ')';
  if (!type.shape)
    return;
  os << '[';
  llvm::interleaveComma(*type.shape, os,
                        [&](const Dim &dim) { printDim(os, dim); });
  os << ']';
}

static void printElement(llvm::raw_ostream &os, const Type &type) {
  if (type.element.empty())
    os << '?';
  else
    print(os, type.element.front());
}

static void print(llvm::raw_ostream &os, const Type &type) {
  switch (type.kind) {
  case Type::Kind::None:
    os << "untyped";
    return;
  case Type::Kind::Tensor:
    os << "tensor";
    return printTensor(os, type);
  case Type::Kind::SparseTensor:
    os << "sparse_tensor";
    return printTensor(os, type);
  case Type::Kind::Sequence:
  case Type::Kind::Optional:
    os << (type.kind == Type::Kind::Sequence ? "sequence(" : "optional(");
    printElement(os, type);
    os << ')';
    return;
  case Type::Kind::Map:
    os << "map(" << dataTypeName(type.elementType) << ", ";
    printElement(os, type);
    os << ')';
    return;
  case Type::Kind::Opaque:
    os << "opaque";
    return;
  }
}

std::string Type::str() const {
  std::string text;
  llvm::raw_string_ostream os(text);
  print(os, *this);
  return text;
}
