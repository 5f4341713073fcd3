//===- TensorData.cpp - Files that hold one TensorProto -------------------===//

#include "tenon/Import/Onnx/TensorData.h"
#include "ProtoWire.h"
#include "Quoted.h"
#include "llvm/Support/LEB128.h"
#include <cassert>

using namespace tenon::onnx;
using llvm::ArrayRef;
using llvm::Expected;
using llvm::StringRef;

/// Test data may be a SequenceProto, OptionalProto or MapProto, and nothing
/// says which. They begin with a string where a tensor has numbers, or have
/// messages in field 3, where a tensor has segments, which nobody writes.
static bool looksLikeContainer(StringRef bytes) {
  WireField field;
  while (!bytes.empty() && !takeField(bytes, field))
    if (field.number == 3 ||
        (field.number == 1 && field.type == WireType::Bytes))
      return true;
  return false;
}

Expected<TensorFile> TensorFile::open(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer)
    return llvm::createStringError("cannot read tensor " + quoted(path) + ": " +
                                   buffer.getError().message());
  StringRef bytes = (*buffer)->getBuffer();
  Expected<Tensor> tensor = decodeTensor(bytes, path);
  if (!tensor) {
    if (!looksLikeContainer(bytes))
      return tensor.takeError();
    std::string reason = llvm::toString(tensor.takeError());
    return llvm::createStringError(
        path +
        ": this is no tensor but looks like a sequence, optional or "
        "map (read as a tensor: " +
        StringRef(reason).substr(path.size() + 2) + ")");
  }
  if (tensor->storage == Tensor::Storage::External)
    return llvm::createStringError(
        path + ": external data is supported in models only");
  return TensorFile(std::move(*buffer), std::move(*tensor));
}

static void writeTag(llvm::raw_ostream &os, uint32_t number, WireType type) {
  llvm::encodeULEB128(number << 3 | uint32_t(type), os);
}

static void writeBytes(llvm::raw_ostream &os, uint32_t number,
                       StringRef bytes) {
  writeTag(os, number, WireType::Bytes);
  llvm::encodeULEB128(bytes.size(), os);
  os << bytes;
}

static void writeHeader(llvm::raw_ostream &os, DataType type,
                        ArrayRef<int64_t> dims) {
  for (int64_t dim : dims) {
    writeTag(os, 1, WireType::Varint);
    llvm::encodeULEB128(uint64_t(dim), os);
  }
  writeTag(os, 2, WireType::Varint);
  llvm::encodeULEB128(uint64_t(type), os);
}

void tenon::onnx::encodeTensor(llvm::raw_ostream &os, StringRef name,
                               DataType type, ArrayRef<int64_t> dims,
                               ArrayRef<char> bytes) {
  assert(dataTypeBits(type) != 0 && "the type has no fixed-width bytes");
  writeHeader(os, type, dims);
  writeBytes(os, 8, name);
  writeBytes(os, 9, StringRef(bytes.data(), bytes.size()));
}

void tenon::onnx::encodeStringTensor(llvm::raw_ostream &os, StringRef name,
                                     ArrayRef<int64_t> dims,
                                     ArrayRef<StringRef> strings) {
  writeHeader(os, DataType::String, dims);
  for (StringRef string : strings)
    writeBytes(os, 6, string);
  writeBytes(os, 8, name);
}
