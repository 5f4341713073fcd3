//===- StructureOps.cpp - Constants, weights, host ops, regions -----------===//

#include "OpChecks.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;
using namespace tenon::tn;

//===----------------------------------------------------------------------===//
// constant, expr
//===----------------------------------------------------------------------===//

OpFoldResult ConstantOp::fold(FoldAdaptor) { return getValue(); }

LogicalResult ExprOp::verify() {
  auto type = cast<RankedTensorType>(getType());
  Type element = type.getElementType();
  if (!type.hasStaticShape())
    return emitOpError("result type ") << type << " is not static";
  if (!element.isSignlessInteger(32) && !element.isSignlessInteger(64))
    return emitOpError("elements of type ")
           << element << " are neither i32 nor i64";
  if (type.getNumElements() != static_cast<int64_t>(getValues().size()))
    return emitOpError() << getValues().size() << " values for "
                         << type.getNumElements() << " elements";
  return success();
}

/// expr [numbers] -> constant
OpFoldResult ExprOp::fold(FoldAdaptor) {
  auto type = cast<RankedTensorType>(getType());
  SmallVector<APInt> values;
  for (ExprAttr value : getValues().getDims()) {
    if (!value.isConstant())
      return nullptr;
    values.push_back(APInt(type.getElementTypeBitWidth(), value.getValue(),
                           /*isSigned=*/true, /*implicitTrunc=*/true));
  }
  return DenseIntElementsAttr::get(type, values);
}

//===----------------------------------------------------------------------===//
// data, weight, bind
//===----------------------------------------------------------------------===//

/// Bytes of `type` in a file: i1 takes a byte, narrower elements are packed.
static int64_t fileBytes(RankedTensorType type) {
  int64_t bits =
      type.getElementType().isInteger(1) ? 8 : type.getElementTypeBitWidth();
  return llvm::divideCeil(type.getNumElements() * bits, 8);
}

LogicalResult DataOp::verify() {
  auto type = dyn_cast<RankedTensorType>(getType());
  if (!type || !type.hasStaticShape() || !type.getElementType().isIntOrFloat())
    return emitOpError("type ")
           << getType() << " is not a static tensor of numbers";
  std::optional<FileDataAttr> source = getSource();
  std::optional<ElementsAttr> value = getValue();
  if (source.has_value() == value.has_value())
    return emitOpError("needs either a place in a file or a value");
  if (value && value->getShapedType() != type)
    return emitOpError("value is a ")
           << value->getShapedType() << ", not a " << type;
  if (value)
    return success();
  if (source->getOffset() < 0)
    return emitOpError("offset is ") << source->getOffset();
  if (source->getBytes() != fileBytes(type))
    return emitOpError() << source->getBytes() << " bytes for a " << type
                         << ", which has " << fileBytes(type);
  return success();
}

LogicalResult WeightOp::verifySymbolUses(SymbolTableCollection &symbols) {
  auto data = symbols.lookupNearestSymbolFrom<DataOp>(*this, getDataAttr());
  if (!data)
    return emitOpError("no tn.data named ") << getDataAttr();
  auto type = cast<RankedTensorType>(data.getType());
  SmallVector<int64_t> dims(type.getShape());
  if (std::optional<ArrayRef<int64_t>> permutation = getPermutation()) {
    if (!isPermutation(*permutation, dims.size()))
      return emitOpError("permutation [")
             << *permutation << "] does not name each of " << dims.size()
             << " dims once";
    for (auto [d, source] : llvm::enumerate(*permutation))
      dims[d] = type.getDimSize(source);
  }
  auto expected = RankedTensorType::get(dims, type.getElementType());
  if (getType() != expected)
    return emitOpError("result type ")
           << getType() << " should be " << expected;
  return success();
}

LogicalResult BindOp::verify() {
  auto type = cast<RankedTensorType>(getValues().getType());
  if (failed(checkIndices(*this, "operand", getValues())))
    return failure();
  if (!type.hasStaticShape() ||
      type.getNumElements() != static_cast<int64_t>(getSymbols().size()))
    return emitOpError() << getSymbols().size() << " symbols for a " << type;
  return success();
}

LogicalResult CheckOp::verify() {
  if (!getElementTypeOrSelf(getCondition()).isInteger(1) ||
      !elementCount(getCondition().getType()).isConstant(1))
    return emitOpError("condition is ")
           << getCondition().getType() << ", expected one i1";
  return success();
}

LogicalResult CheckOp::canonicalize(CheckOp op, PatternRewriter &rewriter) {
  DenseElementsAttr known;
  if (!matchPattern(op.getCondition(), m_Constant(&known)) ||
      !known.getSplatValue<bool>())
    return rewriter.notifyMatchFailure(op, "not known to hold");
  rewriter.eraseOp(op);
  return success();
}

//===----------------------------------------------------------------------===//
// Regions
//===----------------------------------------------------------------------===//

YieldOp FusionOp::getYield() {
  return cast<YieldOp>(getBody().front().getTerminator());
}

static FailureOr<YieldOp> yieldOf(Operation *op, Region &region) {
  auto yield = dyn_cast<YieldOp>(region.front().back());
  if (!yield)
    return op->emitOpError("region does not end with tn.yield");
  return yield;
}

/// `what` i has the same type on both sides.
static LogicalResult checkTypes(Operation *op, StringRef what, TypeRange inside,
                                TypeRange outside) {
  if (inside.size() != outside.size())
    return op->emitOpError()
           << inside.size() << " " << what << "s in the region, "
           << outside.size() << " outside";
  for (auto [i, in, out] : llvm::enumerate(inside, outside))
    if (in != out)
      return op->emitOpError(what) << " " << i << " is " << in
                                   << " in the region, " << out << " outside";
  return success();
}

LogicalResult FusionOp::verify() {
  Block &body = getBody().front();
  FailureOr<YieldOp> yield = yieldOf(*this, getBody());
  if (failed(yield) ||
      failed(checkTypes(*this, "input", body.getArgumentTypes(),
                        getInputs().getTypes())) ||
      failed(checkTypes(*this, "output", yield->getValues().getTypes(),
                        getOutputs().getTypes())))
    return failure();
  for (Operation &op : body.without_terminator()) {
    auto role = dyn_cast<FusionRoleOpInterface>(op);
    if (!role || (role.getFusionRole() == FusionRole::host &&
                  !isa<ConstantOp, ExprOp, FusionOp>(op)))
      return op.emitOpError("cannot be inside of tn.fusion");
  }
  return success();
}

namespace {
/// The fresh symbols of an op with regions.
class FreshSymbols {
public:
  explicit FreshSymbols(ArrayAttr names) {
    for (Attribute name : names)
      symbols.insert(cast<StringAttr>(name).getValue());
  }

  /// A value of type `from` may become one of type `to`: the types are equal
  /// but for dims that are fresh symbols.
  bool allows(Type from, Type to) const {
    SmallVector<ExprAttr> source = shapeOf(from), target = shapeOf(to);
    if (source.size() != target.size() ||
        getElementTypeOrSelf(from) != getElementTypeOrSelf(to))
      return false;
    for (auto [a, b] : llvm::zip(source, target))
      if (a != b && !(b.isSymbol() && symbols.contains(b.getName())))
        return false;
    return true;
  }

private:
  llvm::SmallDenseSet<StringRef> symbols;
};
} // namespace

/// Each value of `from` may become the one of `to`.
static LogicalResult checkFlow(Operation *op, const FreshSymbols &fresh,
                               StringRef what, TypeRange from, TypeRange to) {
  if (from.size() != to.size())
    return op->emitOpError()
           << from.size() << " " << what << ", not " << to.size();
  for (auto [i, source, target] : llvm::enumerate(from, to))
    if (!fresh.allows(source, target))
      return op->emitOpError(what) << ": value " << i << " of type " << source
                                   << " does not fit " << target;
  return success();
}

/// `v` holds one element of type iN.
static LogicalResult checkScalar(Operation *op, StringRef what, Value v,
                                 unsigned width) {
  if (getElementTypeOrSelf(v).isSignlessInteger(width) &&
      elementCount(v.getType()).isConstant(1))
    return success();
  return op->emitOpError(what)
         << " of type " << v.getType() << " is not one i" << width;
}

/// A write, to nothing that any op reads.
static void
addBinding(ArrayAttr symbols,
           SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  if (!symbols.empty())
    effects.emplace_back(MemoryEffects::Write::get());
}

void IfOp::getEffects(SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  addBinding(getSymbols(), effects);
}

void LoopOp::getEffects(
    SmallVectorImpl<MemoryEffects::EffectInstance> &effects) {
  addBinding(getSymbols(), effects);
}

LogicalResult IfOp::verify() {
  if (failed(checkScalar(*this, "condition", getCondition(), 1)))
    return failure();
  FreshSymbols fresh(getSymbols());
  for (Region *region : getRegions()) {
    FailureOr<YieldOp> yield = yieldOf(*this, *region);
    if (failed(yield) || failed(checkFlow(*this, fresh, "yielded values",
                                          yield->getValues().getTypes(),
                                          getOutputs().getTypes())))
      return failure();
  }
  return success();
}

/// Each scan output is the yielded value stacked along a new dim.
static LogicalResult checkScans(LoopOp op, const FreshSymbols &fresh,
                                TypeRange yielded, TypeRange outputs) {
  ArrayRef<int64_t> axes = op.getScanAxes();
  if ((!axes.empty() && axes.size() != outputs.size()) ||
      (!op.getScanReverse().empty() &&
       op.getScanReverse().size() != outputs.size()))
    return op.emitOpError()
           << axes.size() << " scan axes and " << op.getScanReverse().size()
           << " directions for " << outputs.size() << " scan outputs";
  for (auto [i, value, output] : llvm::enumerate(yielded, outputs)) {
    SmallVector<ExprAttr> dims = shapeOf(output);
    int64_t axis = axes.empty() ? 0 : axes[i];
    if (axis < 0 || axis >= static_cast<int64_t>(dims.size()))
      return op.emitOpError("scan axis ")
             << axis << " is out of range for " << output;
    dims.erase(dims.begin() + axis);
    if (!fresh.allows(value, tensorOf(dims, getElementTypeOrSelf(output))))
      return op.emitOpError("scan output ")
             << i << " of type " << output << " does not stack values of type "
             << value;
  }
  return success();
}

static bool isTrue(Value v) {
  DenseElementsAttr value;
  return matchPattern(v, m_Constant(&value)) && value.isSplat() &&
         value.getSplatValue<bool>();
}

bool LoopOp::runsAllRounds() {
  Value next = getBody().front().getTerminator()->getOperand(0);
  return getTripCount() && (!getCondition() || isTrue(getCondition())) &&
         (isTrue(next) || next == getBody().getArgument(1));
}

LogicalResult LoopOp::verify() {
  FailureOr<YieldOp> yield = yieldOf(*this, getBody());
  if (failed(yield))
    return failure();
  size_t carried = getCarried().size();
  TypeRange outputs = getOutputs().getTypes();
  if (outputs.size() < carried)
    return emitOpError() << outputs.size() << " results for " << carried
                         << " carried values";

  Block &body = getBody().front();
  if (body.getNumArguments() != 2 + carried)
    return emitOpError() << body.getNumArguments()
                         << " arguments of the body, not " << 2 + carried;
  if (yield->getValues().size() != 1 + outputs.size())
    return emitOpError() << yield->getValues().size() << " yielded values, not "
                         << 1 + outputs.size();
  if ((getTripCount() &&
       failed(checkScalar(*this, "trip count", getTripCount(), 64))) ||
      (getCondition() &&
       failed(checkScalar(*this, "condition", getCondition(), 1))) ||
      failed(checkScalar(*this, "round", body.getArgument(0), 64)) ||
      failed(
          checkScalar(*this, "condition argument", body.getArgument(1), 1)) ||
      failed(checkScalar(*this, "yielded condition", yield->getValues()[0], 1)))
    return failure();

  FreshSymbols fresh(getSymbols());
  TypeRange arguments = TypeRange(body.getArgumentTypes()).drop_front(2);
  TypeRange yielded = TypeRange(yield->getValues().getTypes()).drop_front();
  if (failed(checkFlow(*this, fresh, "carried values", getCarried().getTypes(),
                       arguments)) ||
      failed(checkFlow(*this, fresh, "yielded values",
                       yielded.take_front(carried), arguments)) ||
      failed(checkFlow(*this, fresh, "results", getCarried().getTypes(),
                       outputs.take_front(carried))))
    return failure();
  return checkScans(*this, fresh, yielded.drop_front(carried),
                    outputs.drop_front(carried));
}

#define GET_OP_CLASSES
#include "tenon/Dialect/Tn/StructureOps.cpp.inc"

void TnDialect::registerStructureOps() {
  addOperations<
#define GET_OP_LIST
#include "tenon/Dialect/Tn/StructureOps.cpp.inc"
      >();
}
