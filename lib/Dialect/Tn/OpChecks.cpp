//===- OpChecks.cpp - What the verifiers of several families ask ----------===//

#include "OpChecks.h"

using namespace mlir;
using namespace tenon::tn;

static LogicalResult verifySymbolicType(Operation *op, Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return success();
  Attribute encoding = tensor.getEncoding();
  if (!encoding) {
    if (tensor.hasStaticShape())
      return success();
    return op->emitOpError("type ")
           << type << " has a dynamic dim without an expression";
  }
  auto shape = dyn_cast<ShapeAttr>(encoding);
  if (!shape)
    return op->emitOpError("type ")
           << type << " has an encoding other than #tn.shape";
  return shape.verifyEncoding(tensor.getShape(), tensor.getElementType(),
                              [&] { return op->emitOpError(); });
}

LogicalResult tenon::tn::verifySymbolicTypes(Operation *op) {
  auto verifyAll = [&](TypeRange types) {
    return success(llvm::all_of(types, [&](Type type) {
      return succeeded(verifySymbolicType(op, type));
    }));
  };
  if (failed(verifyAll(op->getOperandTypes())) ||
      failed(verifyAll(op->getResultTypes())))
    return failure();
  for (Region &region : op->getRegions())
    for (Block &block : region)
      if (failed(verifyAll(block.getArgumentTypes())))
        return failure();
  return success();
}

bool tenon::tn::isPermutation(ArrayRef<int64_t> permutation, int64_t rank) {
  if (static_cast<int64_t>(permutation.size()) != rank)
    return false;
  SmallVector<bool> seen(rank);
  for (int64_t d : permutation) {
    if (d < 0 || d >= rank || seen[d])
      return false;
    seen[d] = true;
  }
  return true;
}

LogicalResult tenon::tn::checkAxis(Operation *op, int64_t axis, int64_t rank) {
  if (axis >= 0 && axis < rank)
    return success();
  return op->emitOpError("axis ")
         << axis << " is out of range for rank " << rank;
}

LogicalResult tenon::tn::checkRank(Operation *op, StringRef what, Value v,
                                   int64_t rank) {
  if (rankOf(v) == rank)
    return success();
  return op->emitOpError(what) << " has rank " << rankOf(v) << ", not " << rank;
}

LogicalResult tenon::tn::checkElement(Operation *op, StringRef what, Value v,
                                      Type element) {
  Type actual = getElementTypeOrSelf(v.getType());
  if (actual == element)
    return success();
  return op->emitOpError(what)
         << " has element type " << actual << ", not " << element;
}

LogicalResult tenon::tn::checkIndices(Operation *op, StringRef what, Value v) {
  Type element = getElementTypeOrSelf(v.getType());
  if (element.isSignlessInteger(32) || element.isSignlessInteger(64))
    return success();
  return op->emitOpError(what)
         << " has element type " << element << ", neither i32 nor i64";
}

LogicalResult tenon::tn::checkDim(Operation *op, StringRef what, Value v,
                                  int64_t d, ExprAttr size) {
  ExprAttr actual = shapeOf(v)[d];
  if (mayBeEqual(actual, size))
    return success();
  return op->emitOpError("dim ") << d << " of " << what << " is "
                                 << actual.str() << ", not " << size.str();
}

LogicalResult tenon::tn::checkShape(Operation *op, StringRef what, Value v,
                                    ArrayRef<ExprAttr> dims) {
  if (failed(checkRank(op, what, v, dims.size())))
    return failure();
  for (auto [d, size] : llvm::enumerate(dims))
    if (failed(checkDim(op, what, v, d, size)))
      return failure();
  return success();
}
