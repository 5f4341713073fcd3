//===- ContractionOps.cpp - Types and costs of contractions ---------------===//

#include "OpChecks.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;
using namespace tenon::tn;

//===----------------------------------------------------------------------===//
// matmul
//===----------------------------------------------------------------------===//

/// Elements that may be multiplied: of one type, or any two integers if there
/// is an accumulator type for the sum.
static bool canMultiply(Type lhs, Type rhs, bool hasAccumulator) {
  return lhs == rhs ||
         (hasAccumulator && isa<IntegerType>(lhs) && isa<IntegerType>(rhs));
}

LogicalResult MatmulOp::inferReturnTypes(
    MLIRContext *context, std::optional<Location> location, ValueRange operands,
    DictionaryAttr attributes, OpaqueProperties properties, RegionRange regions,
    SmallVectorImpl<Type> &types) {
  Adaptor op(operands, attributes, properties, regions);
  SmallVector<ExprAttr> lhs = shapeOf(op.getLhs()), rhs = shapeOf(op.getRhs());
  Type element = getElementTypeOrSelf(op.getLhs().getType());
  Type rhsElement = getElementTypeOrSelf(op.getRhs().getType());
  std::optional<Type> accumulator = op.getAccumulator();
  if (lhs.size() < 2 || rhs.size() < 2)
    return emitOptionalError(location, "tn.matmul: operands of rank ",
                             lhs.size(), " and ", rhs.size(),
                             ", at least 2 wanted");
  if (!canMultiply(element, rhsElement, accumulator.has_value()))
    return emitOptionalError(location, "tn.matmul: elements of type ", element,
                             " and ", rhsElement);
  ExprAttr lhsK = lhs.pop_back_val(), m = lhs.pop_back_val();
  ExprAttr n = rhs.pop_back_val(), rhsK = rhs.pop_back_val();
  if (!mayBeEqual(lhsK, rhsK))
    return emitOptionalError(location, "tn.matmul: lhs has ", lhsK.str(),
                             " columns, rhs ", rhsK.str(), " rows");
  auto emitError = [&] {
    return mlir::emitError(location.value_or(UnknownLoc::get(context)));
  };
  FailureOr<SmallVector<ExprAttr>> dims =
      broadcastShapes({lhs, rhs}, emitError);
  if (failed(dims))
    return failure();
  dims->append({m, n});
  types.push_back(tensorOf(*dims, accumulator.value_or(element)));
  return success();
}

bool MatmulOp::multipliesBytes() {
  Type right = getElementTypeOrSelf(getRhs().getType());
  SmallVector<ExprAttr> dims = shapeOf(getRhs());
  return getElementTypeOrSelf(getLhs().getType()).isInteger(8) &&
         right.isInteger(8) && !right.isUnsignedInteger() &&
         getElementTypeOrSelf(getType()).isInteger(32) && dims.size() == 2 &&
         dims[0].isConstant() && dims[0].getValue() % 4 == 0;
}

ExprAttr MatmulOp::getFlops() {
  ExprAttr k = shapeOf(getLhs()).back();
  return mulExpr(mulExpr(elementCount(getType()), k), 2);
}

//===----------------------------------------------------------------------===//
// attention
//===----------------------------------------------------------------------===//

SmallVector<ExprAttr> AttentionOp::logicalDims(Value stored,
                                               ArrayRef<int64_t> order) {
  SmallVector<ExprAttr> dims = shapeOf(stored);
  return llvm::map_to_vector(order, [&](int64_t d) { return dims[d]; });
}

/// Widths of heads, at most.
static constexpr int64_t kMostWidth = 256;

bool AttentionOp::serves(ArrayRef<ExprAttr> q, ArrayRef<ExprAttr> k,
                         ArrayRef<ExprAttr> v) {
  auto isNarrow = [](ExprAttr width) {
    return width.isConstant() && width.getValue() <= kMostWidth;
  };
  return isNarrow(q[3]) && isNarrow(v[3]) && q[1].isConstant() &&
         k[1].isConstant() && k[1] == v[1] && k[1].getValue() > 0 &&
         q[1].getValue() % k[1].getValue() == 0;
}

SmallVector<ExprAttr> AttentionOp::scoreDims() {
  SmallVector<ExprAttr> dims = logicalDims(getQ(), getQOrder());
  dims[3] = getLength() ? getLengthAttr()[0]
                        : logicalDims(getK(), getKOrder())[2];
  return dims;
}

/// A permutation of four dims of an f32 tensor that keeps the last.
static LogicalResult checkStored(AttentionOp op, StringRef what, Value stored,
                                 ArrayRef<int64_t> order) {
  auto type = cast<RankedTensorType>(stored.getType());
  if (type.getRank() != 4 || !type.getElementType().isF32())
    return op.emitOpError()
           << what << " is " << type << ", expected four dims of f32";
  if (!isPermutation(order, 4) || order.back() != 3)
    return op.emitOpError() << what << "'s order [" << order
                            << "] is no permutation that keeps the last dim";
  if (type.isDynamicDim(3))
    return op.emitOpError() << what << "'s last dim is dynamic";
  return success();
}

LogicalResult AttentionOp::verify() {
  if (failed(checkStored(*this, "q", getQ(), getQOrder())) ||
      failed(checkStored(*this, "k", getK(), getKOrder())) ||
      failed(checkStored(*this, "v", getV(), getVOrder())) ||
      failed(checkStored(*this, "result", getResult(), getResultOrder())))
    return failure();
  SmallVector<ExprAttr> q = logicalDims(getQ(), getQOrder());
  SmallVector<ExprAttr> k = logicalDims(getK(), getKOrder());
  SmallVector<ExprAttr> v = logicalDims(getV(), getVOrder());
  SmallVector<ExprAttr> result = logicalDims(getResult(), getResultOrder());
  auto check = [&](StringRef what, ExprAttr a, ExprAttr b) -> LogicalResult {
    if (mayBeEqual(a, b))
      return success();
    return emitOpError() << what << " differ: " << a.str() << " and "
                         << b.str();
  };
  if (!k[1].isConstant() || !q[1].isConstant() ||
      q[1].getValue() % std::max<int64_t>(k[1].getValue(), 1))
    return emitOpError() << "heads of q, " << q[1].str()
                         << ", are not a static multiple of those of k, "
                         << k[1].str();
  if (getLength() && getLengthAttr().size() != 1)
    return emitOpError("length has ") << getLengthAttr().size() << " sizes";
  if (failed(check("batches of q and k", q[0], k[0])) ||
      failed(check("batches of k and v", k[0], v[0])) ||
      failed(check("heads of k and v", k[1], v[1])) ||
      failed(check("lengths of k and v", k[2], v[2])) ||
      failed(check("widths of q and k", q[3], k[3])) ||
      failed(check("batches of q and the result", q[0], result[0])) ||
      failed(check("heads of q and the result", q[1], result[1])) ||
      failed(check("lengths of q and the result", q[2], result[2])) ||
      failed(check("widths of v and the result", v[3], result[3])))
    return failure();
  if (!getMask())
    return success();
  SmallVector<ExprAttr> mask = shapeOf(getMask()), scores = scoreDims();
  if (mask.size() > 4 || !getElementTypeOrSelf(getMask()).isF32())
    return emitOpError("mask is ")
           << getMask().getType() << ", expected at most four dims of f32";
  for (auto [m, s] : llvm::zip(llvm::reverse(mask), llvm::reverse(scores)))
    if (!m.isConstant(1) &&
        failed(check("a dim of the mask and its scores", m, s)))
      return failure();
  return success();
}

namespace {
/// An operand of an attention and its order, without the transpose that made
/// it.
struct StoredOperand {
  Value value;
  SmallVector<int64_t> order;

  StoredOperand(Value from, ArrayRef<int64_t> given)
      : value(from), order(given) {
    auto transpose = from.getDefiningOp<TransposeOp>();
    if (!transpose || transpose.getPermutation().back() != 3)
      return;
    value = transpose.getX();
    for (int64_t &d : order)
      d = transpose.getPermutation()[d];
  }
};
} // namespace

/// Transposes of operands, and of the result if nothing else uses it, become
/// orders.
LogicalResult AttentionOp::canonicalize(AttentionOp op,
                                        PatternRewriter &rewriter) {
  StoredOperand q(op.getQ(), op.getQOrder());
  StoredOperand k(op.getK(), op.getKOrder());
  StoredOperand v(op.getV(), op.getVOrder());
  TransposeOp after;
  if (op->hasOneUse())
    after = dyn_cast<TransposeOp>(*op->user_begin());
  if (after && after.getPermutation().back() != 3)
    after = nullptr;
  if (!after && q.value == op.getQ() && k.value == op.getK() &&
      v.value == op.getV())
    return rewriter.notifyMatchFailure(op, "no transposes beside it");
  SmallVector<int64_t> order(op.getResultOrder());
  if (after)
    for (int64_t &d : order)
      d = llvm::find(after.getPermutation(), d) -
          after.getPermutation().begin();
  auto attribute = [&](ArrayRef<int64_t> list) {
    return rewriter.getDenseI64ArrayAttr(list);
  };
  Operation *replaced = after ? after.getOperation() : op.getOperation();
  auto attention = AttentionOp::create(
      rewriter, op.getLoc(), replaced->getResult(0).getType(), q.value, k.value,
      v.value, op.getMask(), op.getScaleAttr(), attribute(q.order),
      attribute(k.order), attribute(v.order), attribute(order),
      op.getSoftcapAttr(), op.getZeroMaskedRowsAttr(), op.getLengthAttr());
  rewriter.replaceOp(replaced, attention);
  if (after)
    rewriter.eraseOp(op);
  return success();
}

ExprAttr AttentionOp::getFlops() {
  SmallVector<ExprAttr> scores = scoreDims();
  ExprAttr widths = addExpr(shapeOf(getQ()).back(), shapeOf(getV()).back());
  return mulExpr(productExpr(getContext(), scores),
                 addExpr(mulExpr(widths, 2), 20));
}

//===----------------------------------------------------------------------===//
// Windows
//===----------------------------------------------------------------------===//

/// The attributes that all windowed ops share fit `x` of rank 3 to 5.
template <typename Windowed>
static LogicalResult checkWindow(Windowed op, Value x) {
  int64_t rank = rankOf(x);
  if (rank < 3 || rank > 5)
    return op.emitOpError("x has rank ") << rank << ", not 3 to 5";
  size_t spatial = rank - 2;
  auto checkList = [&](StringRef what, ArrayRef<int64_t> list) {
    if (list.size() == spatial &&
        llvm::all_of(list, [](int64_t v) { return v > 0; }))
      return success();
    return LogicalResult(op.emitOpError(what)
                         << " [" << list << "] are not " << spatial
                         << " positive numbers");
  };
  if (failed(checkList("strides", op.getStrides())) ||
      failed(checkList("dilations", op.getDilations())))
    return failure();
  if (op.getLow().size() != spatial)
    return op.emitOpError() << op.getLow().size() << " sizes in low for "
                            << spatial << " spatial dims";
  return checkRank(op, "result", op.getResult(), rank);
}

/// Elements of x and weight, and what convolutions sum them to, go together.
template <typename Conv> static LogicalResult checkConvElements(Conv op) {
  Type x = getElementTypeOrSelf(op.getX());
  Type weight = getElementTypeOrSelf(op.getWeight());
  Type result = getElementTypeOrSelf(op.getType());
  if (!canMultiply(x, weight, result != x))
    return op.emitOpError("elements of type ")
           << x << " and " << weight << " make " << result;
  return checkRank(op, "weight", op.getWeight(), rankOf(op.getX()));
}

/// `size` may be a multiple of `groups`.
static LogicalResult checkGroups(Operation *op, StringRef what, ExprAttr size,
                                 int64_t groups) {
  if (groups < 1)
    return op->emitOpError("groups is ") << groups;
  if (size.isConstant() && size.getValue() % groups != 0)
    return op->emitOpError(what) << " " << size.str() << " do not divide into "
                                 << groups << " groups";
  return success();
}

/// The product of the spatial dims of a weight.
static ExprAttr kernelSize(Value weight) {
  return productExpr(weight.getContext(),
                     ArrayRef(shapeOf(weight)).drop_back(2));
}

LogicalResult ConvOp::verify() {
  if (failed(checkWindow(*this, getX())) || failed(checkConvElements(*this)))
    return failure();
  int64_t last = rankOf(getX()) - 1, groups = getGroups();
  SmallVector<ExprAttr> x = shapeOf(getX()), weight = shapeOf(getWeight());
  if (failed(checkGroups(*this, "input channels", x[last], groups)) ||
      failed(checkGroups(*this, "output channels", weight[last], groups)) ||
      failed(checkDim(*this, "x", getX(), last,
                      mulExpr(weight[last - 1], groups))) ||
      failed(checkDim(*this, "result", getResult(), 0, x[0])))
    return failure();
  return checkDim(*this, "result", getResult(), last, weight[last]);
}

bool ConvOp::isPointwise() {
  auto isOne = [](ExprAttr d) { return d.isConstant(1); };
  SmallVector<ExprAttr> x = shapeOf(getX());
  SmallVector<ExprAttr> weight = shapeOf(getWeight());
  SmallVector<ExprAttr> result = shapeOf(getResult());
  return getGroups() == 1 &&
         llvm::all_of(ArrayRef(weight).drop_back(2), isOne) &&
         llvm::all_of(getStrides(), [](int64_t s) { return s == 1; }) &&
         llvm::all_of(getLow().getDims(),
                      [](ExprAttr d) { return d.isConstant(0); }) &&
         ArrayRef(x).drop_back() == ArrayRef(result).drop_back();
}

ExprAttr ConvOp::getFlops() {
  SmallVector<ExprAttr> weight = shapeOf(getWeight());
  ExprAttr perOutput =
      mulExpr(kernelSize(getWeight()), weight[weight.size() - 2]);
  return mulExpr(mulExpr(elementCount(getType()), perOutput), 2);
}

LogicalResult ConvTransposeOp::verify() {
  if (failed(checkWindow(*this, getX())) || failed(checkConvElements(*this)))
    return failure();
  int64_t last = rankOf(getX()) - 1, groups = getGroups();
  SmallVector<ExprAttr> x = shapeOf(getX()), weight = shapeOf(getWeight());
  if (failed(checkGroups(*this, "input channels", x[last], groups)) ||
      failed(checkDim(*this, "x", getX(), last, weight[last - 1])) ||
      failed(checkDim(*this, "result", getResult(), 0, x[0])))
    return failure();
  return checkDim(*this, "result", getResult(), last,
                  mulExpr(weight[last], groups));
}

ExprAttr ConvTransposeOp::getFlops() {
  ExprAttr perInput =
      mulExpr(kernelSize(getWeight()), shapeOf(getWeight()).back());
  return mulExpr(mulExpr(elementCount(getX().getType()), perInput), 2);
}

/// The window of a pool fits, and it keeps batch and channels.
template <typename Pool> static LogicalResult checkPool(Pool op, Type element) {
  if (failed(checkWindow(op, op.getX())) ||
      failed(checkElement(op, "result", op.getResult(), element)))
    return failure();
  int64_t last = rankOf(op.getX()) - 1;
  ArrayRef<int64_t> window = op.getWindow();
  if (static_cast<int64_t>(window.size()) != last - 1 ||
      !llvm::all_of(window, [](int64_t v) { return v > 0; }))
    return op.emitOpError("window [")
           << window << "] are not " << last - 1 << " positive numbers";
  SmallVector<ExprAttr> x = shapeOf(op.getX());
  if (failed(checkDim(op, "result", op.getResult(), 0, x[0])))
    return failure();
  return checkDim(op, "result", op.getResult(), last, x[last]);
}

template <typename Pool> static ExprAttr poolFlops(Pool op) {
  ExprAttr count = elementCount(op.getType());
  for (int64_t size : op.getWindow())
    count = mulExpr(count, size);
  return count;
}

LogicalResult PoolOp::verify() {
  return checkPool(*this, getElementTypeOrSelf(getX()));
}
ExprAttr PoolOp::getFlops() { return poolFlops(*this); }

LogicalResult ArgPoolOp::verify() {
  return checkPool(*this, IntegerType::get(getContext(), 64));
}
ExprAttr ArgPoolOp::getFlops() { return poolFlops(*this); }

//===----------------------------------------------------------------------===//
// recurrent
//===----------------------------------------------------------------------===//

namespace {
struct CellShape {
  int64_t gates, activations;
};
} // namespace

static CellShape cellShape(CellKind kind) {
  switch (kind) {
  case CellKind::rnn:
    return {1, 1};
  case CellKind::gru:
    return {3, 2};
  case CellKind::lstm:
    return {4, 3};
  }
  llvm_unreachable("a cell without a shape");
}

/// The activations of a cell are known, with two parameters each.
static LogicalResult checkActivations(RecurrentOp op) {
  StringRef kind = stringifyCellKind(op.getKind());
  size_t wanted = cellShape(op.getKind()).activations;
  if (op.getActivations().size() != wanted || op.getAlphas().size() != wanted ||
      op.getBetas().size() != wanted)
    return op.emitOpError()
           << op.getActivations().size() << " activations, "
           << op.getAlphas().size() << " alphas and " << op.getBetas().size()
           << " betas for " << kind << ", which has " << wanted;
  for (int32_t activation : op.getActivations())
    if (!symbolizeActivation(activation))
      return op.emitOpError("activation ") << activation << " does not exist";
  return success();
}

LogicalResult RecurrentOp::verify() {
  StringRef kind = stringifyCellKind(getKind());
  bool isLstm = getKind() == CellKind::lstm;
  if (isLstm != static_cast<bool>(getCell()))
    return emitOpError(kind) << (isLstm ? " without a cell" : " with a cell");
  if (getPeephole() && !isLstm)
    return emitOpError(kind) << " with a peephole";
  if (failed(checkActivations(*this)) ||
      failed(checkRank(*this, "projected", getProjected(), 3)) ||
      failed(checkRank(*this, "initial", getInitial(), 2)))
    return failure();

  ExprAttr steps = shapeOf(getProjected())[0];
  ExprAttr batch = shapeOf(getProjected())[1];
  ExprAttr hidden = shapeOf(getInitial())[1];
  ExprAttr gates = mulExpr(hidden, cellShape(getKind()).gates);
  Type element = getElementTypeOrSelf(getProjected());
  auto check = [&](StringRef what, Value v, ArrayRef<ExprAttr> dims) {
    return success(!v || (succeeded(checkElement(*this, what, v, element)) &&
                          succeeded(checkShape(*this, what, v, dims))));
  };
  if (failed(check("projected", getProjected(), {steps, batch, gates})) ||
      failed(check("weight", getWeight(), {hidden, gates})) ||
      failed(check("bias", getBias(), {gates})) ||
      failed(check("initial", getInitial(), {batch, hidden})) ||
      failed(check("cell", getCell(), {batch, hidden})) ||
      failed(check("peephole", getPeephole(), {mulExpr(hidden, 3)})) ||
      failed(check("all", getAll(), {steps, batch, hidden})) ||
      failed(check("last", getLast(), {batch, hidden})) ||
      failed(check("last_cell", getLastCell(), {batch, hidden})))
    return failure();
  if (!getLengths())
    return success();
  if (failed(checkElement(*this, "lengths", getLengths(),
                          IntegerType::get(getContext(), 32))))
    return failure();
  return checkShape(*this, "lengths", getLengths(), {batch});
}

ExprAttr RecurrentOp::getFlops() {
  ExprAttr hidden = shapeOf(getInitial())[1];
  return mulExpr(mulExpr(elementCount(getProjected().getType()), hidden), 2);
}

#define GET_OP_CLASSES
#include "tenon/Dialect/Tn/ContractionOps.cpp.inc"

void TnDialect::registerContractionOps() {
  addOperations<
#define GET_OP_LIST
#include "tenon/Dialect/Tn/ContractionOps.cpp.inc"
      >();
}
