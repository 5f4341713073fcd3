//===- ProtoDecoder.cpp - Reads single fields and locates failures --------===//

#include "ProtoDecoder.h"
#include "Quoted.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/Endian.h"
#include <cstring>

using namespace tenon::onnx;
using llvm::LogicalResult;
using llvm::StringRef;
using llvm::Twine;

/// Of a long path of labels, this many are shown at each end.
static constexpr size_t kShownLabels = 4;

LogicalResult Decoder::fail(const char *at, const Twine &reason) {
  failure = (reason + " (byte " + Twine(uint64_t(at - base)) + ")").str();
  return llvm::failure();
}

/// The string that `field` has in `message`, as far as that can be read.
static StringRef findString(StringRef message, uint32_t number) {
  WireField field;
  while (!message.empty() && !takeField(message, field))
    if (field.number == number && field.type == WireType::Bytes)
      return field.bytes;
  return {};
}

void Decoder::addLabel(StringRef what, std::optional<size_t> index,
                       StringRef message, uint32_t nameField) {
  std::string label = what.str();
  if (index)
    label += " #" + std::to_string(*index);
  if (nameField)
    if (StringRef name = findString(message, nameField); !name.empty())
      label += " " + quoted(name);
  labels.push_back(std::move(label));
}

llvm::Error Decoder::takeError() {
  std::string text = fileName.str() + ": ";
  size_t count = labels.size();
  for (auto [i, label] : llvm::enumerate(llvm::reverse(labels))) {
    if (i < kShownLabels || i + kShownLabels >= count)
      text += label + ": ";
    else if (i == kShownLabels)
      text += "...: ";
  }
  return llvm::createStringError(text + failure);
}

LogicalResult Decoder::fields(StringRef message, FieldHandler handle) {
  WireField field;
  while (!message.empty()) {
    if (const char *reason = takeField(message, field))
      return fail(message.data(), reason);
    if (failed(handle(field)))
      return llvm::failure();
  }
  return llvm::success();
}

LogicalResult Decoder::expect(const WireField &field, StringRef what,
                              WireType type) {
  if (field.type == type)
    return llvm::success();
  return fail(field.start, what + " has wire type " + wireTypeName(field.type) +
                               ", expected " + wireTypeName(type));
}

LogicalResult Decoder::read(const WireField &field, StringRef what,
                            StringRef &out) {
  if (failed(expect(field, what, WireType::Bytes)))
    return llvm::failure();
  out = field.bytes;
  return llvm::success();
}

LogicalResult Decoder::read(const WireField &field, StringRef what,
                            int64_t &out) {
  if (failed(expect(field, what, WireType::Varint)))
    return llvm::failure();
  out = int64_t(field.scalar);
  return llvm::success();
}

LogicalResult Decoder::read(const WireField &field, StringRef what,
                            float &out) {
  if (failed(expect(field, what, WireType::Fixed32)))
    return llvm::failure();
  out = llvm::bit_cast<float>(uint32_t(field.scalar));
  return llvm::success();
}

LogicalResult Decoder::read(const WireField &field, StringRef what,
                            DataType &out) {
  int64_t value = 0;
  if (failed(read(field, what, value)))
    return llvm::failure();
  if (!isKnownDataType(value))
    return fail(field.start, "unknown " + what + " " + Twine(value));
  out = DataType(value);
  return llvm::success();
}

LogicalResult Decoder::append(const WireField &field, StringRef what,
                              std::vector<StringRef> &list) {
  return read(field, what, list.emplace_back());
}

LogicalResult Decoder::append(const WireField &field, StringRef what,
                              std::vector<int64_t> &list) {
  if (field.type != WireType::Bytes)
    return read(field, what, list.emplace_back());
  StringRef packed = field.bytes;
  while (!packed.empty()) {
    uint64_t value = 0;
    if (const char *reason = takeVarint(packed, value))
      return fail(packed.data(), what + ": " + reason);
    list.push_back(int64_t(value));
  }
  return llvm::success();
}

LogicalResult Decoder::append(const WireField &field, StringRef what,
                              std::vector<float> &list) {
  if (field.type != WireType::Bytes)
    return read(field, what, list.emplace_back());
  if (field.bytes.size() % sizeof(float) != 0)
    return fail(field.start, what + ": a packed list of floats has " +
                                 Twine(field.bytes.size()) + " bytes");
  for (size_t at = 0; at < field.bytes.size(); at += sizeof(float))
    list.push_back(llvm::bit_cast<float>(
        llvm::support::endian::read32le(field.bytes.data() + at)));
  return llvm::success();
}

template <typename T>
static llvm::Expected<T> decodeFile(StringRef bytes, StringRef fileName) {
  Decoder decoder(bytes, fileName);
  T value;
  if (failed(decoder.decode(bytes, value)))
    return decoder.takeError();
  return value;
}

llvm::Expected<Model> tenon::onnx::decodeModel(StringRef bytes,
                                               StringRef fileName) {
  return decodeFile<Model>(bytes, fileName);
}

llvm::Expected<Tensor> tenon::onnx::decodeTensor(StringRef bytes,
                                                 StringRef fileName) {
  return decodeFile<Tensor>(bytes, fileName);
}
