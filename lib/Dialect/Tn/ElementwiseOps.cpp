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

#define GET_OP_CLASSES
#include "tenon/Dialect/Tn/ElementwiseOps.cpp.inc"

void TnDialect::registerElementwiseOps() {
  addOperations<
#define GET_OP_LIST
#include "tenon/Dialect/Tn/ElementwiseOps.cpp.inc"
      >();
}
