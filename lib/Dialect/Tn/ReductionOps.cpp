//===- ReductionOps.cpp - Types and folds of reductions -------------------===//

#include "OpChecks.h"

using namespace mlir;
using namespace tenon::tn;

LogicalResult ReduceOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> location, ValueRange operands,
    DictionaryAttr attributes, OpaqueProperties properties, RegionRange regions,
    SmallVectorImpl<Type> &types) {
  Adaptor op(operands, attributes, properties, regions);
  SmallVector<ExprAttr> dims = shapeOf(op.getX());
  Type element = getElementTypeOrSelf(op.getX().getType());
  int64_t rank = dims.size(), last = -1;
  for (int64_t axis : op.getAxes()) {
    if (axis <= last || axis >= rank)
      return emitOptionalError(location, "tn.reduce: axes [", op.getAxes(),
                               "] are not increasing dims of rank ", rank);
    dims[axis] = constantExpr(context, 1);
    last = axis;
  }
  bool isLogical = op.getCombiner() == Combiner::logical_and ||
                   op.getCombiner() == Combiner::logical_or;
  if (isLogical != element.isInteger(1))
    return emitOptionalError(location, "tn.reduce: combiner ",
                             stringifyCombiner(op.getCombiner()),
                             " does not apply to elements of type ", element);
  types.push_back(tensorOf(dims, element));
  return success();
}

ExprAttr ReduceOp::getFlops() { return elementCount(getX().getType()); }

/// reduce(x) over nothing, or over dims of size 1 -> x
OpFoldResult ReduceOp::fold(FoldAdaptor) {
  return getX().getType() == getType() ? OpFoldResult(getX()) : nullptr;
}

LogicalResult ArgReduceOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> location, ValueRange operands,
    DictionaryAttr attributes, OpaqueProperties properties, RegionRange regions,
    SmallVectorImpl<Type> &types) {
  Adaptor op(operands, attributes, properties, regions);
  SmallVector<ExprAttr> dims = shapeOf(op.getX());
  int64_t axis = op.getAxis(), rank = dims.size();
  if (axis < 0 || axis >= rank)
    return emitOptionalError(location, "tn.arg_reduce: axis ", axis,
                             " is out of range for rank ", rank);
  dims[axis] = constantExpr(context, 1);
  types.push_back(tensorOf(dims, IntegerType::get(context, 64)));
  return success();
}

ExprAttr ArgReduceOp::getFlops() { return elementCount(getX().getType()); }

#define GET_OP_CLASSES
#include "tenon/Dialect/Tn/ReductionOps.cpp.inc"

void TnDialect::registerReductionOps() {
  addOperations<
#define GET_OP_LIST
#include "tenon/Dialect/Tn/ReductionOps.cpp.inc"
      >();
}
