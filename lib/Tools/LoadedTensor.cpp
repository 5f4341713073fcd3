//===- LoadedTensor.cpp - A tensor file in memory -------------------------===//

#include "tenon/Tools/LoadedTensor.h"
#include "tenon/Import/Onnx/TensorData.h"
#include "tenon/Tools/Npy.h"

using namespace llvm;
using namespace tenon;

tn_dtype tenon::dtypeOf(onnx::DataType type) {
  auto make = [](int code, int bits) {
    return tn_dtype{uint8_t(code), uint8_t(bits), 1};
  };
  using T = onnx::DataType;
  switch (type) {
  case T::Float:
    return make(TN_FLOAT, 32);
  case T::Double:
    return make(TN_FLOAT, 64);
  case T::Float16:
    return make(TN_FLOAT, 16);
  case T::BFloat16:
    return make(TN_BFLOAT, 16);
  case T::Bool:
    return make(TN_BOOL, 8);
  case T::Int4:
  case T::Int2:
  case T::Int8:
    return make(TN_INT, 8);
  case T::Int16:
    return make(TN_INT, 16);
  case T::Int32:
    return make(TN_INT, 32);
  case T::Int64:
    return make(TN_INT, 64);
  case T::UInt4:
  case T::UInt2:
  case T::UInt8:
    return make(TN_UINT, 8);
  case T::UInt16:
    return make(TN_UINT, 16);
  case T::UInt32:
    return make(TN_UINT, 32);
  case T::UInt64:
    return make(TN_UINT, 64);
  case T::Float8E4M3FN:
    return make(TN_FLOAT8_E4M3FN, 8);
  case T::Float8E4M3FNUZ:
    return make(TN_FLOAT8_E4M3FNUZ, 8);
  case T::Float8E5M2:
    return make(TN_FLOAT8_E5M2, 8);
  case T::Float8E5M2FNUZ:
    return make(TN_FLOAT8_E5M2FNUZ, 8);
  case T::Float8E8M0:
    return make(TN_FLOAT8_E8M0FNU, 8);
  case T::Float4E2M1:
    return make(TN_FLOAT4_E2M1FN, 8);
  default:
    return {};
  }
}

onnx::DataType tenon::dataTypeOf(tn_dtype dtype) {
  for (int32_t value = 1; value < 32; ++value) {
    if (!onnx::isKnownDataType(value))
      continue;
    auto type = static_cast<onnx::DataType>(value);
    tn_dtype other = dtypeOf(type);
    if (other.bits == dtype.bits && other.code == dtype.code)
      return type;
  }
  return onnx::DataType::Undefined;
}

/// Packed elements of fewer than 8 bits, one per byte.
static std::vector<char> unpack(ArrayRef<char> packed, unsigned bits,
                                bool isSigned, int64_t count) {
  std::vector<char> result(count);
  unsigned perByte = 8 / bits;
  for (int64_t i = 0; i < count; ++i) {
    unsigned value = (uint8_t(packed[i / perByte]) >> (i % perByte * bits)) &
                     ((1u << bits) - 1);
    if (isSigned && (value >> (bits - 1)))
      value |= ~0u << bits;
    result[i] = char(value);
  }
  return result;
}

Expected<LoadedTensor> LoadedTensor::read(StringRef path) {
  if (path.ends_with(".npy")) {
    Expected<NpyArray> array = readNpy(path);
    if (!array)
      return array.takeError();
    return LoadedTensor{std::move(array->bytes), std::move(array->dims),
                        array->dtype};
  }
  Expected<onnx::TensorFile> file = onnx::TensorFile::open(path);
  if (!file)
    return file.takeError();
  const onnx::Tensor &tensor = file->tensor();
  LoadedTensor result;
  result.dtype = dtypeOf(tensor.type);
  if (result.dtype.bits == 0)
    return createStringError(path + ": tensors of type " +
                             onnx::dataTypeName(tensor.type) +
                             " cannot be passed to a model");
  result.dims = tensor.dims;
  unsigned bits = onnx::dataTypeBits(tensor.type);
  ArrayRef<char> bytes = tensor.bytes();
  bool isSigned = tensor.type == onnx::DataType::Int4 ||
                  tensor.type == onnx::DataType::Int2;
  if (bits < 8)
    result.storage = unpack(bytes, bits, isSigned, tensor.numElements);
  else
    result.storage.assign(bytes.begin(), bytes.end());
  return result;
}

std::vector<tn_view> tenon::viewsOf(std::vector<LoadedTensor> &tensors) {
  std::vector<tn_view> views;
  for (LoadedTensor &tensor : tensors)
    views.push_back(tensor.view());
  return views;
}
