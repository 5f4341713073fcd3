//===- ProtoTensor.cpp - Decodes tensors ----------------------------------===//
//
// The data of a tensor is in one of seven places (raw_data, five typed lists,
// strings) or in another file. Fixed-width data that is contiguous in the
// message stays there; varints, and fixed-width lists in several pieces, are
// decoded. Whatever a message claims, no more is allocated than a constant
// times its own length.
//
//===----------------------------------------------------------------------===//

#include "ProtoDecoder.h"
#include "Quoted.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <utility>

using namespace tenon::onnx;
using llvm::failed;
using llvm::LogicalResult;
using llvm::StringRef;
using llvm::success;
using llvm::Twine;

static_assert(llvm::endianness::native == llvm::endianness::little,
              "mapped tensor data is used as it is in the file");

/// The fields of TensorProto that hold elements.
enum : uint32_t {
  kFloatData = 4,
  kInt32Data = 5,
  kStringData = 6,
  kInt64Data = 7,
  kRawData = 9,
  kDoubleData = 10,
  kUInt64Data = 11,
};

/// The typed list that ONNX prescribes for elements of `type`.
static uint32_t listFieldOf(DataType type) {
  switch (type) {
  case DataType::Float:
  case DataType::Complex64:
    return kFloatData;
  case DataType::Double:
  case DataType::Complex128:
    return kDoubleData;
  case DataType::Int64:
    return kInt64Data;
  case DataType::UInt32:
  case DataType::UInt64:
    return kUInt64Data;
  case DataType::String:
    return kStringData;
  default:
    return kInt32Data;
  }
}

static StringRef listName(uint32_t number) {
  switch (number) {
  case kFloatData:
    return "float_data";
  case kInt32Data:
    return "int32_data";
  case kStringData:
    return "string_data";
  case kInt64Data:
    return "int64_data";
  case kDoubleData:
    return "double_data";
  default:
    return "uint64_data";
  }
}

/// "FLOAT[2, 3]", shortened if there are very many dimensions.
static std::string describe(const Tensor &tensor) {
  llvm::ArrayRef<int64_t> dims(tensor.dims);
  std::string text;
  llvm::raw_string_ostream os(text);
  os << dataTypeName(tensor.type) << '[';
  llvm::interleaveComma(dims.take_front(8), os);
  os << (dims.size() > 8 ? ", ...]" : "]");
  return text;
}

LogicalResult Decoder::readSize(const char *at, Tensor &tensor) {
  if (tensor.type == DataType::Undefined)
    return fail(at, "the tensor has no data_type");
  int64_t product = 1; // without the zeros
  bool isEmpty = false;
  for (auto [i, dim] : llvm::enumerate(tensor.dims)) {
    if (dim < 0)
      return fail(at, "dimension " + Twine(i) + " is " + Twine(dim));
    isEmpty |= dim == 0;
    if (dim != 0 && llvm::MulOverflow(product, dim, product))
      return fail(at, "the size of " + describe(tensor) + " overflows");
  }
  unsigned bits = dataTypeBits(tensor.type);
  int64_t productBits = 0;
  if (llvm::MulOverflow(product, int64_t(bits), productBits))
    return fail(at, "the size of " + describe(tensor) + " overflows");
  tensor.numElements = isEmpty ? 0 : product;
  tensor.numBytes =
      isEmpty ? 0 : llvm::divideCeil(uint64_t(productBits), uint64_t(8));
  return success();
}

LogicalResult Decoder::readExternal(const char *at, Tensor &tensor,
                                    llvm::ArrayRef<StringPair> entries) {
  tensor.storage = Tensor::Storage::External;
  if (tensor.type == DataType::String)
    return fail(at, "a STRING tensor cannot have external data");
  tensor.external.length = tensor.numBytes;
  for (auto [key, value] : entries) {
    if (key == "location") {
      tensor.external.location = value;
      continue;
    }
    if (key != "offset" && key != "length")
      continue; // such as "checksum"
    uint64_t number = 0;
    if (value.getAsInteger(10, number))
      return fail(at, "the " + key + " of the external data is " +
                          quoted(value) + ", not a byte count");
    (key == "offset" ? tensor.external.offset : tensor.external.length) =
        number;
  }
  if (tensor.external.location.empty())
    return fail(at, "the external data has no location");
  if (tensor.external.length != tensor.numBytes)
    return fail(at, "the external data has " + Twine(tensor.external.length) +
                        " bytes, but " + describe(tensor) + " has " +
                        Twine(tensor.numBytes));
  return success();
}

LogicalResult Decoder::readRaw(const char *at, Tensor &tensor, StringRef raw) {
  if (tensor.type == DataType::String)
    return fail(at, "a STRING tensor cannot have raw_data");
  if (raw.size() != tensor.numBytes)
    return fail(at, "raw_data has " + Twine(raw.size()) + " bytes, but " +
                        describe(tensor) + " has " + Twine(tensor.numBytes));
  tensor.mapped = raw;
  return success();
}

LogicalResult Decoder::readFixedList(StringRef message, uint32_t number,
                                     WireType elementType, Tensor &tensor) {
  size_t pieces = 0;
  size_t size = 0;
  size_t width = elementType == WireType::Fixed32 ? 4 : 8;
  auto readPiece = [&](const WireField &field) -> LogicalResult {
    if (field.number != number)
      return success();
    if (field.type != elementType &&
        failed(expect(field, listName(number), WireType::Bytes)))
      return llvm::failure();
    ++pieces;
    size += field.type == WireType::Bytes ? field.bytes.size() : width;
    tensor.mapped = field.bytes;
    return success();
  };
  if (failed(fields(message, readPiece)))
    return llvm::failure();
  if (size != tensor.numBytes)
    return fail(message.data(), listName(number) + " has " + Twine(size) +
                                    " bytes, but " + describe(tensor) +
                                    " has " + Twine(tensor.numBytes));
  if (pieces == 1 && tensor.mapped.size() == size)
    return success();

  tensor.storage = Tensor::Storage::Decoded;
  tensor.mapped = {};
  tensor.decoded.reserve(size);
  return fields(message, [&](const WireField &field) -> LogicalResult {
    if (field.number != number)
      return success();
    const char *data = field.type == WireType::Bytes
                           ? field.bytes.data()
                           : reinterpret_cast<const char *>(&field.scalar);
    size_t count = field.type == WireType::Bytes ? field.bytes.size() : width;
    tensor.decoded.insert(tensor.decoded.end(), data, data + count);
    return success();
  });
}

namespace {
/// Appends list entries as fixed-width elements, up to the size of the tensor.
class EntryPacker {
public:
  explicit EntryPacker(Tensor &tensor)
      : tensor(tensor), bits(dataTypeBits(tensor.type)),
        expected(bits >= 8 || bits == 6 ? uint64_t(tensor.numElements)
                                        : tensor.numBytes) {}

  uint64_t numExpected() const { return expected; }
  bool isFull() const { return count == expected; }

  /// False if `entry` is no value of the type.
  bool add(int64_t entry) {
    unsigned entryBits = bits == 6 ? 6 : std::max(bits, 8u);
    if (tensor.type == DataType::Bool)
      entry = entry != 0;
    else if (entryBits < 64 && !llvm::isIntN(entryBits, entry) &&
             !llvm::isUIntN(entryBits, uint64_t(entry)))
      return false;
    if (bits == 6) {
      addSixBits(unsigned(entry) & 0x3f);
    } else {
      const char *data = reinterpret_cast<const char *>(&entry);
      tensor.decoded.insert(tensor.decoded.end(), data, data + entryBits / 8);
    }
    ++count;
    return true;
  }

private:
  /// Four elements in three bytes, least significant bits first.
  void addSixBits(unsigned value) {
    unsigned shift = unsigned(count % 4) * 6 % 8;
    if (shift == 0) {
      tensor.decoded.push_back(char(value));
      return;
    }
    tensor.decoded.back() |= char(value << shift);
    if (shift > 2)
      tensor.decoded.push_back(char(value >> (8 - shift)));
  }

  Tensor &tensor;
  unsigned bits;
  uint64_t expected;
  uint64_t count = 0;
};
} // namespace

LogicalResult Decoder::readVarintList(StringRef message, uint32_t number,
                                      Tensor &tensor) {
  tensor.storage = Tensor::Storage::Decoded;
  EntryPacker packer(tensor);
  auto failSize = [&](const char *at) {
    return fail(at, listName(number) + " does not have the " +
                        Twine(packer.numExpected()) + " entries of " +
                        describe(tensor));
  };
  // An entry is at least one byte of the message.
  if (packer.numExpected() > message.size())
    return failSize(message.data());
  tensor.decoded.reserve(tensor.numBytes);

  auto addEntry = [&](const char *at, uint64_t value) -> LogicalResult {
    int64_t entry =
        number == kInt32Data ? int64_t(int32_t(value)) : int64_t(value);
    if (packer.isFull())
      return failSize(at);
    if (!packer.add(entry))
      return fail(at, listName(number) + " has the entry " + Twine(entry) +
                          ", which is no " + dataTypeName(tensor.type));
    return success();
  };
  auto readEntries = [&](const WireField &field) -> LogicalResult {
    if (field.number != number)
      return success();
    if (field.type == WireType::Varint)
      return addEntry(field.start, field.scalar);
    if (failed(expect(field, listName(number), WireType::Bytes)))
      return llvm::failure();
    StringRef packed = field.bytes;
    while (!packed.empty()) {
      const char *at = packed.data();
      uint64_t value = 0;
      if (const char *reason = takeVarint(packed, value))
        return fail(at, listName(number) + ": " + reason);
      if (failed(addEntry(at, value)))
        return llvm::failure();
    }
    return success();
  };
  if (failed(fields(message, readEntries)))
    return llvm::failure();
  return packer.isFull() ? success() : failSize(message.data());
}

LogicalResult Decoder::decode(StringRef message, Tensor &tensor) {
  const char *at = message.data();
  int64_t location = 0;
  uint32_t list = 0; // the typed list that is present
  StringRef raw;
  std::vector<StringPair> external;
  auto readField = [&](const WireField &field) -> LogicalResult {
    switch (field.number) {
    case 1:
      return append(field, "dims", tensor.dims);
    case 2:
      return read(field, "data_type", tensor.type);
    case 3:
      return fail(field.start, "tensors in segments are not supported");
    case 8:
      return read(field, "name", tensor.name);
    case 13:
      return append(field, "external_data", external);
    case 14:
      return read(field, "data_location", location);
    case kRawData:
      return read(field, "raw_data", raw);
    case kFloatData:
    case kDoubleData:
    case kInt32Data:
    case kInt64Data:
    case kUInt64Data:
    case kStringData:
      if (list && list != field.number)
        return fail(field.start, "the tensor has both " + listName(list) +
                                     " and " + listName(field.number));
      list = field.number;
      if (list == kStringData)
        return append(field, "string_data", tensor.strings);
      return success();
    default:
      return success();
    }
  };
  if (failed(fields(message, readField)) || failed(readSize(at, tensor)))
    return llvm::failure();

  bool isExternal = location == 1;
  if (location != 0 && !isExternal)
    return fail(at, "unknown data_location " + Twine(location));
  if (int(isExternal) + int(!raw.empty()) + int(list != 0) > 1)
    return fail(at, "the tensor has data in more than one place");
  if (isExternal)
    return readExternal(at, tensor, external);
  if (list && list != listFieldOf(tensor.type))
    return fail(at, "data of type " + dataTypeName(tensor.type) +
                        " cannot be in " + listName(list));
  if (tensor.type == DataType::String && raw.empty()) {
    tensor.storage = Tensor::Storage::Strings;
    if (tensor.strings.size() != uint64_t(tensor.numElements))
      return fail(at, "string_data has " + Twine(tensor.strings.size()) +
                          " entries, but " + describe(tensor) + " has " +
                          Twine(tensor.numElements));
    return success();
  }
  if (!raw.empty())
    return readRaw(at, tensor, raw);
  if (list == kFloatData)
    return readFixedList(message, list, WireType::Fixed32, tensor);
  if (list == kDoubleData)
    return readFixedList(message, list, WireType::Fixed64, tensor);
  if (list)
    return readVarintList(message, list, tensor);
  if (tensor.numBytes != 0)
    return fail(at, describe(tensor) + " has no data");
  return success();
}

LogicalResult Decoder::decode(StringRef message, SparseTensor &tensor) {
  bool hasValues = false;
  bool hasIndices = false;
  return fields(message, [&](const WireField &field) -> LogicalResult {
    switch (field.number) {
    case 1:
      if (std::exchange(hasValues, true))
        return fail(field.start, "second values of the sparse tensor");
      return read(field, "values", tensor.values);
    case 2:
      if (std::exchange(hasIndices, true))
        return fail(field.start, "second indices of the sparse tensor");
      return read(field, "indices", tensor.indices);
    case 3:
      return append(field, "dims", tensor.dims);
    default:
      return success();
    }
  });
}
