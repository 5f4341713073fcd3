//===- ConstantData.cpp - Tensors of a model as values --------------------===//
//
// Large tensors stay where they are and become `tn.weight`; small ones, and
// shape-like integers, are `tn.constant`, which folds. What the file stores in
// an encoding that a weight cannot point at (varints, four 2-bit elements in a
// byte) is decoded into a resource, one element per byte or more.
//
//===----------------------------------------------------------------------===//

#include "ModelImporter.h"
#include "mlir/IR/AsmState.h"
#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;

namespace tenon::onnx {

/// Tensors up to these sizes are worth folding.
static constexpr int64_t kSmallElements = 64;
static constexpr int64_t kShapeLikeElements = 1024;

mlir::Type elementType(DataType type, MLIRContext *context) {
  Builder b(context);
  auto unsignedType = [&](unsigned width) {
    return b.getIntegerType(width, /*isSigned=*/false);
  };
  switch (type) {
  case DataType::Float:
    return b.getF32Type();
  case DataType::Double:
    return b.getF64Type();
  case DataType::Float16:
    return b.getF16Type();
  case DataType::BFloat16:
    return b.getBF16Type();
  case DataType::Bool:
    return b.getI1Type();
  case DataType::Int2:
    return b.getIntegerType(2);
  case DataType::Int4:
    return b.getIntegerType(4);
  case DataType::Int8:
    return b.getI8Type();
  case DataType::Int16:
    return b.getI16Type();
  case DataType::Int32:
    return b.getI32Type();
  case DataType::Int64:
    return b.getI64Type();
  case DataType::UInt2:
    return unsignedType(2);
  case DataType::UInt4:
    return unsignedType(4);
  case DataType::UInt8:
    return unsignedType(8);
  case DataType::UInt16:
    return unsignedType(16);
  case DataType::UInt32:
    return unsignedType(32);
  case DataType::UInt64:
    return unsignedType(64);
  case DataType::Float8E4M3FN:
    return Float8E4M3FNType::get(context);
  case DataType::Float8E4M3FNUZ:
    return Float8E4M3FNUZType::get(context);
  case DataType::Float8E5M2:
    return Float8E5M2Type::get(context);
  case DataType::Float8E5M2FNUZ:
    return Float8E5M2FNUZType::get(context);
  case DataType::Float8E8M0:
    return Float8E8M0FNUType::get(context);
  case DataType::Float4E2M1:
    return Float4E2M1FNType::get(context);
  case DataType::Float6E2M3:
    return Float6E2M3FNType::get(context);
  case DataType::Float6E3M2:
    return Float6E3M2FNType::get(context);
  case DataType::Undefined:
  case DataType::String:
  case DataType::Complex64:
  case DataType::Complex128:
    return nullptr;
  }
  llvm_unreachable("isKnownDataType holds for all data types of a model");
}

/// One byte per element of a type of less than 8 bits; elements follow each
/// other from the low bits of a byte to its high bits. Signed integers are
/// extended.
static SmallVector<char> unpack(ArrayRef<char> packed, int64_t count,
                                unsigned bits, bool isSigned) {
  SmallVector<char> bytes(count);
  for (int64_t i = 0; i < count; ++i) {
    size_t byte = i * bits / 8, shift = i * bits % 8;
    unsigned window = uint8_t(packed[byte]);
    if (shift + bits > 8)
      window |= unsigned(uint8_t(packed[byte + 1])) << 8;
    unsigned value = (window >> shift) & ((1u << bits) - 1);
    if (isSigned && (value >> (bits - 1)))
      value |= ~0u << bits;
    bytes[i] = char(value);
  }
  return bytes;
}

static ElementsAttr denseElements(RankedTensorType type, ArrayRef<char> bytes) {
  if (!type.getElementType().isInteger(1))
    return DenseElementsAttr::getFromRawBuffer(type, bytes);
  SmallVector<bool> bits =
      llvm::map_to_vector(bytes, [](char byte) { return byte != 0; });
  return DenseElementsAttr::get(type, ArrayRef<bool>(bits));
}

static ElementsAttr resourceElements(RankedTensorType type, StringRef name,
                                     ArrayRef<char> bytes) {
  constexpr size_t alignment = 64;
  return DenseResourceElementsAttr::get(
      type, name,
      HeapAsmResourceBlob::allocateAndCopyWithAlign(bytes, alignment,
                                                    /*dataIsMutable=*/false));
}

static bool isSmall(const Tensor &tensor) {
  bool isShapeLike =
      tensor.type == DataType::Int64 || tensor.type == DataType::Int32;
  return tensor.numElements <=
         (isShapeLike ? kShapeLikeElements : kSmallElements);
}

FailureOr<Value>
ModelImporter::constant(const Tensor &tensor, OpBuilder &b, Location loc,
                        llvm::function_ref<InFlightDiagnostic()> error) {
  mlir::Type element = elementType(tensor.type, context());
  if (!element)
    return error() << "its elements are of type " << dataTypeName(tensor.type)
                   << ", which Tenon does not have",
           failure();
  llvm::Expected<TensorBytes> data = file.resolve(tensor);
  if (!data)
    return error() << llvm::toString(data.takeError()), failure();

  auto type = RankedTensorType::get(tensor.dims, element);
  unsigned bits = dataTypeBits(tensor.type);
  bool inFile = data->origin != TensorBytes::Origin::Decoded;
  if (inFile && (bits >= 8 || bits == 4) && !isSmall(tensor)) {
    OpBuilder moduleBuilder(main);
    std::string name = uniqueName(moduleSymbols, tensor.name);
    tn::DataOp::create(moduleBuilder, loc, name,
                       tn::FileDataAttr::get(context(), data->file,
                                             data->offset, data->bytes.size()),
                       ElementsAttr(), type);
    auto symbol = FlatSymbolRefAttr::get(context(), name);
    return Value(tn::WeightOp::create(b, loc, type, symbol, DenseI64ArrayAttr(),
                                      tn::PackAttr()));
  }

  ArrayRef<char> bytes = data->bytes;
  SmallVector<char> unpacked;
  if (bits < 8) {
    unpacked =
        unpack(bytes, tensor.numElements, bits, element.isSignlessInteger());
    bytes = unpacked;
  }
  ElementsAttr elements = isSmall(tensor)
                              ? denseElements(type, bytes)
                              : resourceElements(type, tensor.name, bytes);
  return Value(tn::ConstantOp::create(b, loc, type, elements));
}

} // namespace tenon::onnx
