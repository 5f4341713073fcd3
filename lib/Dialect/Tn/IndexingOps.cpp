//===- IndexingOps.cpp - Types and costs of ops that index by data --------===//

#include "OpChecks.h"

using namespace mlir;
using namespace tenon::tn;

//===----------------------------------------------------------------------===//
// gather
//===----------------------------------------------------------------------===//

LogicalResult GatherOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> location, ValueRange operands,
    DictionaryAttr attributes, OpaqueProperties properties, RegionRange regions,
    SmallVectorImpl<Type> &types) {
  Adaptor op(operands, attributes, properties, regions);
  SmallVector<ExprAttr> dims = shapeOf(op.getX());
  int64_t axis = op.getAxis(), rank = dims.size();
  if (axis < 0 || axis >= rank)
    return emitOptionalError(location, "tn.gather: axis ", axis,
                             " is out of range for rank ", rank);
  SmallVector<ExprAttr> result =
      llvm::to_vector(ArrayRef(dims).take_front(axis));
  result.append(shapeOf(op.getIndices()));
  result.append(dims.begin() + axis + 1, dims.end());
  types.push_back(tensorOf(result, getElementTypeOrSelf(op.getX().getType())));
  return success();
}

LogicalResult GatherOp::verify() {
  return checkIndices(*this, "indices", getIndices());
}

ExprAttr GatherOp::getFlops() { return constantExpr(getContext(), 0); }

/// Of indices into `x` at `axis`: the same rank, and no larger than x in the
/// other dims.
static LogicalResult checkElementIndices(Operation *op, Value x, Value indices,
                                         int64_t axis) {
  if (failed(checkIndices(op, "indices", indices)) ||
      failed(checkAxis(op, axis, rankOf(x))) ||
      failed(checkRank(op, "indices", indices, rankOf(x))))
    return failure();
  SmallVector<ExprAttr> dims = shapeOf(x), sizes = shapeOf(indices);
  for (auto [d, size] : llvm::enumerate(sizes)) {
    ExprAttr rest = subExpr(dims[d], size);
    if (static_cast<int64_t>(d) != axis && rest.isConstant() &&
        rest.getValue() < 0)
      return op->emitOpError("dim ") << d << " of indices is " << size.str()
                                     << ", of x only " << dims[d].str();
  }
  return success();
}

LogicalResult GatherElementsOp::verify() {
  if (failed(checkElementIndices(*this, getX(), getIndices(), getAxis())))
    return failure();
  Type expected = withElement(getIndices().getType(),
                              getElementTypeOrSelf(getX().getType()));
  if (getType() != expected)
    return emitOpError("result type ")
           << getType() << " should be " << expected;
  return success();
}

ExprAttr GatherElementsOp::getFlops() { return constantExpr(getContext(), 0); }

/// How many dims of `x` an index tuple names after `batch` dims.
static FailureOr<int64_t> checkTuples(Operation *op, Value x, Value indices,
                                      int64_t batch) {
  if (failed(checkIndices(op, "indices", indices)))
    return failure();
  SmallVector<ExprAttr> sizes = shapeOf(indices);
  if (sizes.empty() || !sizes.back().isConstant())
    return op->emitOpError("last dim of indices is not a constant");
  int64_t tuple = sizes.back().getValue();
  if (batch < 0 || batch >= static_cast<int64_t>(sizes.size()) ||
      batch + tuple > rankOf(x))
    return op->emitOpError("index tuples of ")
           << tuple << " after " << batch << " batch dims do not fit x of rank "
           << rankOf(x) << " and indices of rank " << sizes.size();
  return tuple;
}

/// The dims of what index tuples choose: `first` dims of x give way to theirs.
static SmallVector<ExprAttr> sliceDims(Value x, Value indices, int64_t first) {
  SmallVector<ExprAttr> dims = shapeOf(indices);
  dims.pop_back();
  llvm::append_range(dims, ArrayRef(shapeOf(x)).drop_front(first));
  return dims;
}

LogicalResult GatherNdOp::verify() {
  FailureOr<int64_t> tuple =
      checkTuples(*this, getX(), getIndices(), getBatchDims());
  if (failed(tuple) || failed(checkElement(*this, "result", getResult(),
                                           getElementTypeOrSelf(getX()))))
    return failure();
  for (int64_t d = 0; d < static_cast<int64_t>(getBatchDims()); ++d)
    if (failed(checkDim(*this, "indices", getIndices(), d, shapeOf(getX())[d])))
      return failure();
  return checkShape(*this, "result", getResult(),
                    sliceDims(getX(), getIndices(), getBatchDims() + *tuple));
}

ExprAttr GatherNdOp::getFlops() { return constantExpr(getContext(), 0); }

//===----------------------------------------------------------------------===//
// scatter
//===----------------------------------------------------------------------===//

/// The result is like x, updates are of its element type.
template <typename Scatter> static LogicalResult checkScatter(Scatter op) {
  if (op.getResult().getType() != op.getX().getType())
    return op.emitOpError("result type ")
           << op.getResult().getType() << " is not the type of x, "
           << op.getX().getType();
  return checkElement(op, "updates", op.getUpdates(),
                      getElementTypeOrSelf(op.getX()));
}

LogicalResult ScatterElementsOp::verify() {
  if (failed(checkScatter(*this)) ||
      failed(checkElementIndices(*this, getX(), getIndices(), getAxis())))
    return failure();
  return checkShape(*this, "updates", getUpdates(), shapeOf(getIndices()));
}

ExprAttr ScatterElementsOp::getFlops() {
  return elementCount(getUpdates().getType());
}

LogicalResult ScatterNdOp::verify() {
  FailureOr<int64_t> tuple = checkTuples(*this, getX(), getIndices(), 0);
  if (failed(tuple) || failed(checkScatter(*this)))
    return failure();
  return checkShape(*this, "updates", getUpdates(),
                    sliceDims(getX(), getIndices(), *tuple));
}

ExprAttr ScatterNdOp::getFlops() {
  return elementCount(getUpdates().getType());
}

//===----------------------------------------------------------------------===//
// cumulative, top_k, non_zero
//===----------------------------------------------------------------------===//

LogicalResult CumulativeOp::verify() {
  if (getType() != getX().getType())
    return emitOpError("result type ")
           << getType() << " is not the type of x, " << getX().getType();
  if (getCombiner() != Combiner::sum && getCombiner() != Combiner::prod)
    return emitOpError("combiner ")
           << stringifyCombiner(getCombiner()) << " is neither sum nor prod";
  return checkAxis(*this, getAxis(), rankOf(getX()));
}

ExprAttr CumulativeOp::getFlops() { return elementCount(getX().getType()); }

LogicalResult TopKOp::verify() {
  SmallVector<ExprAttr> dims = shapeOf(getX());
  int64_t axis = getAxis();
  if (failed(checkAxis(*this, axis, dims.size())) ||
      failed(checkElement(*this, "values", getValues(),
                          getElementTypeOrSelf(getX()))) ||
      failed(checkElement(*this, "indices", getIndices(),
                          IntegerType::get(getContext(), 64))) ||
      failed(checkRank(*this, "values", getValues(), dims.size())))
    return failure();
  ExprAttr k = shapeOf(getValues())[axis], rest = subExpr(dims[axis], k);
  if (rest.isConstant() && rest.getValue() < 0)
    return emitOpError("k = ") << k.str() << " exceeds dim " << axis
                               << " of x, " << dims[axis].str();
  dims[axis] = k;
  if (failed(checkShape(*this, "values", getValues(), dims)))
    return failure();
  return checkShape(*this, "indices", getIndices(), dims);
}

ExprAttr TopKOp::getFlops() { return elementCount(getX().getType()); }

LogicalResult NonZeroOp::verify() {
  MLIRContext *context = getContext();
  if (failed(checkElement(*this, "result", getResult(),
                          IntegerType::get(context, 64))) ||
      failed(checkRank(*this, "result", getResult(), 2)))
    return failure();
  return checkDim(*this, "result", getResult(), 0,
                  constantExpr(context, rankOf(getX())));
}

ExprAttr NonZeroOp::getFlops() { return elementCount(getX().getType()); }

#define GET_OP_CLASSES
#include "tenon/Dialect/Tn/IndexingOps.cpp.inc"

void TnDialect::registerIndexingOps() {
  addOperations<
#define GET_OP_LIST
#include "tenon/Dialect/Tn/IndexingOps.cpp.inc"
      >();
}
