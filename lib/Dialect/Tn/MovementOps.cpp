//===- MovementOps.cpp - Types and folds of movement ops ------------------===//
//
// Folds compare types: equal types have equal dims for all symbols.
//
//===----------------------------------------------------------------------===//

#include "OpChecks.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace tenon::tn;

//===----------------------------------------------------------------------===//
// transpose
//===----------------------------------------------------------------------===//

LogicalResult TransposeOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> location, ValueRange operands,
    DictionaryAttr attributes, OpaqueProperties properties, RegionRange regions,
    SmallVectorImpl<Type> &types) {
  Adaptor op(operands, attributes, properties, regions);
  SmallVector<ExprAttr> dims = shapeOf(op.getX());
  ArrayRef<int64_t> permutation = op.getPermutation();
  if (!isPermutation(permutation, dims.size()))
    return emitOptionalError(location, "tn.transpose: permutation [",
                             permutation, "] does not name each of ",
                             dims.size(), " dims once");
  SmallVector<ExprAttr> result;
  for (int64_t d : permutation)
    result.push_back(dims[d]);
  types.push_back(tensorOf(result, getElementTypeOrSelf(op.getX().getType())));
  return success();
}

/// transpose(x, identity) -> x
/// transpose(transpose(x, p), q) -> transpose(x, p[q])
OpFoldResult TransposeOp::fold(FoldAdaptor) {
  if (llvm::equal(getPermutation(), llvm::seq<int64_t>(0, rankOf(getX()))))
    return getX();
  auto inner = getX().getDefiningOp<TransposeOp>();
  if (!inner)
    return nullptr;
  SmallVector<int64_t> composed;
  for (int64_t d : getPermutation())
    composed.push_back(inner.getPermutation()[d]);
  getXMutable().assign(inner.getX());
  setPermutation(composed);
  return getResult();
}

/// transpose(x) that moves only dims of size 1 -> reshape(x)
static LogicalResult transposeOfUnitDims(TransposeOp op,
                                         PatternRewriter &rewriter) {
  SmallVector<ExprAttr> dims = shapeOf(op.getX());
  int64_t last = -1;
  for (int64_t d : op.getPermutation()) {
    if (dims[d].isConstant(1))
      continue;
    if (d < last)
      return rewriter.notifyMatchFailure(op, "moves a dim that is not 1");
    last = d;
  }
  rewriter.replaceOpWithNewOp<ReshapeOp>(op, op.getType(), op.getX());
  return success();
}

void TransposeOp::getCanonicalizationPatterns(RewritePatternSet &patterns,
                                              MLIRContext *) {
  patterns.add(transposeOfUnitDims);
}

//===----------------------------------------------------------------------===//
// reshape, broadcast
//===----------------------------------------------------------------------===//

LogicalResult ReshapeOp::verify() {
  if (failed(checkElement(*this, "result", getResult(),
                          getElementTypeOrSelf(getX().getType()))))
    return failure();
  ExprAttr from = elementCount(getX().getType());
  ExprAttr to = elementCount(getResult().getType());
  if (!mayBeEqual(from, to))
    return emitOpError("result has ")
           << to.str() << " elements, the operand " << from.str();
  return success();
}

/// reshape(x) to x's type -> x
/// reshape(reshape(x)) -> reshape(x)
OpFoldResult ReshapeOp::fold(FoldAdaptor) {
  if (getX().getType() == getType())
    return getX();
  auto inner = getX().getDefiningOp<ReshapeOp>();
  if (!inner)
    return nullptr;
  getXMutable().assign(inner.getX());
  return getResult();
}

LogicalResult UnpackOp::verify() {
  auto element = dyn_cast<IntegerType>(getElementTypeOrSelf(getType()));
  if (!element || element.getWidth() != 4)
    return emitOpError("result is ") << getType() << ", not of 4-bit integers";
  SmallVector<ExprAttr> dims = shapeOf(getX());
  if (dims.empty())
    return emitOpError("x has no dims");
  dims.back() = mulExpr(dims.back(), 2);
  return checkShape(*this, "result", getResult(), dims);
}

LogicalResult BroadcastOp::verify() {
  if (failed(checkElement(*this, "result", getResult(),
                          getElementTypeOrSelf(getX().getType()))))
    return failure();
  SmallVector<ExprAttr> from = shapeOf(getX()), to = shapeOf(getResult());
  if (from.size() > to.size())
    return emitOpError("result has rank ")
           << to.size() << ", less than the operand's " << from.size();
  size_t added = to.size() - from.size();
  for (auto [d, size] : llvm::enumerate(from))
    if (!size.isConstant(1) && !mayBeEqual(size, to[added + d]))
      return emitOpError("dim ") << d << " of the operand is " << size.str()
                                 << ", neither 1 nor " << to[added + d].str();
  return success();
}

/// broadcast(x) to x's type -> x
OpFoldResult BroadcastOp::fold(FoldAdaptor) {
  return getX().getType() == getType() ? OpFoldResult(getX()) : nullptr;
}

//===----------------------------------------------------------------------===//
// slice, pad
//===----------------------------------------------------------------------===//

LogicalResult SliceOp::verify() {
  SmallVector<ExprAttr> dims = shapeOf(getX()), sizes = shapeOf(getResult());
  if (failed(checkElement(*this, "result", getResult(),
                          getElementTypeOrSelf(getX().getType()))) ||
      failed(checkRank(*this, "result", getResult(), dims.size())))
    return failure();
  if (getStarts().size() != dims.size() || getSteps().size() != dims.size())
    return emitOpError() << getStarts().size() << " starts and "
                         << getSteps().size() << " steps for rank "
                         << dims.size();
  for (auto [d, step] : llvm::enumerate(getSteps())) {
    if (step == 0)
      return emitOpError("step of dim ") << d << " is 0";
    ExprAttr start = getStarts()[d];
    if (!start.isConstant() || !sizes[d].isConstant() || sizes[d].isConstant(0))
      continue;
    if (!dims[d].isConstant() && start.getValue() >= 0)
      continue;
    int64_t last = start.getValue() + (sizes[d].getValue() - 1) * step;
    if (start.getValue() < 0 || last < 0 ||
        std::max(start.getValue(), last) >= dims[d].getValue())
      return emitOpError("dim ")
             << d << ": elements " << start.getValue() << " to " << last
             << " are not all inside of " << dims[d].str();
  }
  return success();
}

/// slice(x) of all elements, in order -> x
OpFoldResult SliceOp::fold(FoldAdaptor) {
  bool inOrder = llvm::all_of(getSteps(), [](int64_t s) { return s == 1; });
  return inOrder && getX().getType() == getType() ? OpFoldResult(getX())
                                                  : nullptr;
}

LogicalResult PadOp::verify() {
  SmallVector<ExprAttr> dims = shapeOf(getX()), sizes = shapeOf(getResult());
  Type element = getElementTypeOrSelf(getX().getType());
  if (failed(checkElement(*this, "result", getResult(), element)) ||
      failed(checkElement(*this, "value", getValue(), element)) ||
      failed(checkRank(*this, "result", getResult(), dims.size())))
    return failure();
  if (!elementCount(getValue().getType()).isConstant(1))
    return emitOpError("value of type ")
           << getValue().getType() << " is not one element";
  if (getLow().size() != dims.size())
    return emitOpError() << getLow().size() << " sizes in low for rank "
                         << dims.size();
  for (auto [d, low] : llvm::enumerate(getLow().getDims())) {
    if (low.isConstant() && low.getValue() < 0)
      return emitOpError("low of dim ") << d << " is " << low.str();
    ExprAttr high = subExpr(subExpr(sizes[d], dims[d]), low);
    if (high.isConstant() && high.getValue() < 0)
      return emitOpError("dim ")
             << d << " of the result is " << sizes[d].str()
             << ", less than low + operand = " << addExpr(low, dims[d]).str();
  }
  return success();
}

/// pad(x) by nothing -> x
OpFoldResult PadOp::fold(FoldAdaptor) {
  return getX().getType() == getType() ? OpFoldResult(getX()) : nullptr;
}

//===----------------------------------------------------------------------===//
// concat, iota
//===----------------------------------------------------------------------===//

LogicalResult ConcatOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> location, ValueRange operands,
    DictionaryAttr attributes, OpaqueProperties properties, RegionRange regions,
    SmallVectorImpl<Type> &types) {
  Adaptor op(operands, attributes, properties, regions);
  if (operands.empty())
    return emitOptionalError(location, "tn.concat: no operands");
  SmallVector<ExprAttr> dims = shapeOf(operands[0]);
  Type element = getElementTypeOrSelf(operands[0].getType());
  int64_t axis = op.getAxis();
  if (axis < 0 || axis >= static_cast<int64_t>(dims.size()))
    return emitOptionalError(location, "tn.concat: axis ", axis,
                             " is out of range for rank ", dims.size());
  for (Value operand : operands.drop_front()) {
    SmallVector<ExprAttr> other = shapeOf(operand);
    if (other.size() != dims.size() ||
        getElementTypeOrSelf(operand.getType()) != element)
      return emitOptionalError(location, "tn.concat: operand of type ",
                               operand.getType(), " beside one of type ",
                               operands[0].getType());
    for (auto [d, size] : llvm::enumerate(other)) {
      if (static_cast<int64_t>(d) == axis) {
        dims[d] = addExpr(dims[d], size);
        continue;
      }
      if (!mayBeEqual(dims[d], size))
        return emitOptionalError(location, "tn.concat: dim ", d, " is ",
                                 dims[d].str(), " and ", size.str());
      if (size.isConstant())
        dims[d] = size;
    }
  }
  types.push_back(tensorOf(dims, element));
  return success();
}

/// concat(x) -> x
OpFoldResult ConcatOp::fold(FoldAdaptor) {
  return getInputs().size() == 1 ? OpFoldResult(getInputs()[0]) : nullptr;
}

LogicalResult IotaOp::verify() {
  return checkAxis(*this, getAxis(), rankOf(getResult()));
}

#define GET_OP_CLASSES
#include "tenon/Dialect/Tn/MovementOps.cpp.inc"

void TnDialect::registerMovementOps() {
  addOperations<
#define GET_OP_LIST
#include "tenon/Dialect/Tn/MovementOps.cpp.inc"
      >();
}
