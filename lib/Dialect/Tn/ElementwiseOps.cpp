//===- ElementwiseOps.cpp - Types of elementwise ops ----------------------===//
//
// How one element is computed is in ElementwiseBodies.cpp.
//
//===----------------------------------------------------------------------===//

#include "OpChecks.h"
#include "tenon/Dialect/Tn/BodyBuilder.h"

using namespace mlir;
using namespace tenon::tn;

LogicalResult tenon::tn::inferBroadcast(std::optional<Location> location,
                                        ValueRange operands, Type element,
                                        SmallVectorImpl<Type> &types) {
  SmallVector<SmallVector<ExprAttr>> shapes;
  for (Value operand : operands)
    shapes.push_back(shapeOf(operand));
  auto emitError = [&] {
    return mlir::emitError(
        location.value_or(UnknownLoc::get(element.getContext())));
  };
  FailureOr<SmallVector<ExprAttr>> dims = broadcastShapes(shapes, emitError);
  if (failed(dims))
    return failure();
  types.push_back(tensorOf(*dims, element));
  return success();
}

LogicalResult CompareOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> location, ValueRange operands,
    DictionaryAttr attributes, OpaqueProperties properties, RegionRange regions,
    SmallVectorImpl<Type> &types) {
  return inferBroadcast(location, operands, IntegerType::get(context, 1),
                        types);
}

LogicalResult SelectOp::verify() {
  return checkElement(*this, "lhs", getLhs(),
                      getElementTypeOrSelf(getRhs().getType()));
}

LogicalResult CastOp::verify() {
  Type element = getElementTypeOrSelf(getResult().getType());
  if (withElement(getX().getType(), element) != getResult().getType())
    return emitOpError("result type ")
           << getResult().getType() << " has other dims than the operand's "
           << getX().getType();
  return success();
}

LogicalResult DequantizeOp::verify() {
  SmallVector<ExprAttr> dims = shapeOf(getX());
  if (shapeOf(getResult()) != dims)
    return emitOpError("result type ") << getType() << " has other dims than "
                                       << getX().getType();
  int64_t block = getBlock();
  if (block < 1)
    return emitOpError("block is ") << block;
  for (Value parameter : {getScale(), getZero()}) {
    if (!parameter)
      continue;
    SmallVector<ExprAttr> own = shapeOf(parameter);
    bool fits = own.size() <= dims.size() &&
                llvm::all_of(llvm::zip(llvm::reverse(own), llvm::reverse(dims)),
                             [&](auto pair) {
                               auto [size, of] = pair;
                               return size.isConstant(1) || size == of ||
                                      size == ceilDivExpr(of, block);
                             });
    if (!fits)
      return emitOpError("parameter of type ")
             << parameter.getType() << " fits neither dims nor blocks of "
             << block << " of " << getX().getType();
  }
  return success();
}

#define GET_OP_CLASSES
#include "tenon/Dialect/Tn/ElementwiseOps.cpp.inc"

void TnDialect::registerElementwiseOps() {
  addOperations<
#define GET_OP_LIST
#include "tenon/Dialect/Tn/ElementwiseOps.cpp.inc"
      >();
}
