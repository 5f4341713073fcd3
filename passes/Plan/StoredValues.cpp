//===- StoredValues.cpp - Bytes of constants and weights ------------------===//

#include "passes/Plan/StoredValues.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "mlir/IR/SymbolTable.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::plan;

static tn::DataOp dataOf(tn::WeightOp weight) {
  return SymbolTable::lookupNearestSymbolFrom<tn::DataOp>(weight,
                                                          weight.getDataAttr());
}

FailureOr<Attribute> plan::storedIdentity(Operation *op) {
  if (auto constant = dyn_cast<tn::ConstantOp>(op))
    return Attribute(constant.getValue());
  auto weight = cast<tn::WeightOp>(op);
  tn::DataOp data = dataOf(weight);
  if (!data)
    return weight.emitOpError("no tn.data named ") << weight.getDataAttr();
  auto orUnit = [&](Attribute attr) {
    return attr ? attr : UnitAttr::get(op->getContext());
  };
  return Attribute(
      ArrayAttr::get(op->getContext(),
                     {orUnit(data.getSourceAttr()), orUnit(data.getValueAttr()),
                      data.getTypeAttr(), orUnit(weight.getPermutationAttr()),
                      orUnit(weight.getPackAttr())}));
}

/// How `weight` is rearranged; nullopt if it is stored as it is.
static std::optional<cpu::WeightPacking>
packingOf(tn::WeightOp weight, RankedTensorType source, bool isInFile) {
  std::optional<ArrayRef<int64_t>> permutation = weight.getPermutation();
  std::optional<tn::PackAttr> pack = weight.getPack();
  bool hasNibbles = isInFile && source.getElementTypeBitWidth() == 4;
  if (!permutation && !pack && !hasNibbles)
    return std::nullopt;
  cpu::WeightPacking packing;
  if (hasNibbles)
    packing.nibbles = source.getElementType().isSignlessInteger()
                          ? cpu::WeightPacking::Nibbles::signExtended
                          : cpu::WeightPacking::Nibbles::zeroExtended;
  packing.dims.assign(source.getShape().begin(), source.getShape().end());
  packing.elementBytes = tn::elementBytes(source.getElementType());
  if (permutation)
    packing.permutation.assign(permutation->begin(), permutation->end());
  if (pack) {
    packing.axes.assign(pack->getAxes().begin(), pack->getAxes().end());
    packing.blocks.assign(pack->getBlocks().begin(), pack->getBlocks().end());
    packing.order.assign(pack->getOrder().begin(), pack->getOrder().end());
    packing.pairs = source.getElementTypeBitWidth() == 4;
  }
  return packing;
}

/// The elements as they lie in memory: one byte for i1 and 4-bit types.
/// Borrowed from the attribute where it has them so.
static LogicalResult setBytes(cpu::WeightSource &source, ElementsAttr value,
                              Operation *op) {
  auto type = cast<RankedTensorType>(value.getShapedType());
  int64_t bytes =
      type.getNumElements() * tn::elementBytes(type.getElementType());
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(value)) {
    AsmResourceBlob *blob = resource.getRawHandle().getBlob();
    if (!blob || int64_t(blob->getData().size()) != bytes)
      return op->emitOpError("its resource has ")
             << (blob ? blob->getData().size() : 0) << " bytes, not " << bytes;
    source.data = blob->getData();
    return success();
  }
  auto dense = dyn_cast<DenseElementsAttr>(value);
  if (!dense)
    return op->emitOpError("value is neither dense nor a resource");
  std::vector<char> own;
  if (dense.getElementType().isInteger(1)) {
    llvm::append_range(own, dense.getValues<bool>());
  } else if (dense.isSplat()) {
    ArrayRef<char> element = dense.getRawData();
    while (int64_t(own.size()) < bytes)
      llvm::append_range(own, element);
  } else {
    source.data = dense.getRawData().take_front(bytes);
    return success();
  }
  source.storage = std::make_shared<const std::vector<char>>(std::move(own));
  source.data = *source.storage;
  return success();
}

/// Where a weight's bytes are and how they are rearranged.
static FailureOr<cpu::WeightSource> weightSource(tn::WeightOp weight) {
  tn::DataOp data = dataOf(weight);
  if (!data)
    return weight.emitOpError("no tn.data named ") << weight.getDataAttr();
  auto type = cast<RankedTensorType>(data.getType());
  unsigned bits = type.getElementTypeBitWidth();
  if (bits > 1 && bits < 8 && bits != 4 && data.getSource())
    return weight.emitOpError("elements of type ")
           << type.getElementType()
           << " cannot be read from a file; import them as a constant";
  cpu::WeightSource source;
  if (std::optional<tn::FileDataAttr> file = data.getSource()) {
    source.path = file->getPath().str();
    source.offset = file->getOffset();
    source.bytes = file->getBytes();
  } else if (failed(setBytes(source, *data.getValue(), weight))) {
    return failure();
  }
  source.packing = packingOf(weight, type, data.getSource().has_value());
  if (!source.packing)
    return source;
  if (llvm::Error error = source.packing->verify())
    return weight.emitOpError("cannot be packed: ")
           << llvm::toString(std::move(error));
  return source;
}

FailureOr<int64_t> plan::storedBytes(Operation *op) {
  if (auto weight = dyn_cast<tn::WeightOp>(op)) {
    FailureOr<cpu::WeightSource> source = weightSource(weight);
    if (failed(source))
      return failure();
    return int64_t(source->blobBytes());
  }
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  return type.getNumElements() * tn::elementBytes(type.getElementType());
}

FailureOr<cpu::WeightSource> plan::storedSource(Operation *op,
                                                uint64_t position) {
  cpu::WeightSource source;
  if (auto weight = dyn_cast<tn::WeightOp>(op)) {
    FailureOr<cpu::WeightSource> fromFile = weightSource(weight);
    if (failed(fromFile))
      return failure();
    source = std::move(*fromFile);
  } else {
    if (failed(setBytes(source, cast<tn::ConstantOp>(op).getValue(), op)))
      return failure();
  }
  source.position = position;
  return source;
}
