//===- SymbolicFold.cpp - Shape arithmetic done at compile time -----------===//
//
// An op whose elements are known becomes a tn.constant, or a tn.expr in the
// place of the op: further up its symbols may not be bound yet.
//
//===----------------------------------------------------------------------===//

#include "tenon/Dialect/Tn/SymbolicFold.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/FoldInterfaces.h"

using namespace mlir;

namespace tenon::tn {

//===----------------------------------------------------------------------===//
// Making constants and expressions
//===----------------------------------------------------------------------===//

/// The dense attribute of numbers; null if one is an expression.
static DenseElementsAttr elementsOf(RankedTensorType type,
                                    ArrayRef<ExprAttr> values) {
  SmallVector<APInt> numbers;
  for (ExprAttr value : values) {
    if (!value.isConstant())
      return nullptr;
    numbers.push_back(APInt(type.getElementTypeBitWidth(), value.getValue(),
                            /*isSigned=*/true, /*implicitTrunc=*/true));
  }
  return DenseElementsAttr::get(type, numbers);
}

static Value materialize(OpBuilder &builder, Location location, Type type,
                         ArrayRef<ExprAttr> values) {
  auto tensor = cast<RankedTensorType>(type);
  if (DenseElementsAttr elements = elementsOf(tensor, values))
    return ConstantOp::create(builder, location, tensor, elements);
  return ExprOp::create(builder, location, tensor,
                        ShapeAttr::get(builder.getContext(), values));
}

Value foldSymbolically(OpBuilder &builder, Value v) {
  Operation *op = v.getDefiningOp();
  if (!op)
    return v;
  std::optional<SmallVector<ExprAttr>> values = evaluateSymbolically(op);
  if (!values)
    return v;
  bool isNew = op->use_empty() && op->getBlock() == builder.getBlock() &&
               std::next(op->getIterator()) == builder.getInsertionPoint();
  Value folded = materialize(builder, op->getLoc(), v.getType(), *values);
  if (isNew)
    op->erase();
  return folded;
}

namespace {
struct FoldSymbolically : RewritePattern {
  explicit FoldSymbolically(MLIRContext *context)
      : RewritePattern(MatchAnyOpTypeTag(), /*benefit=*/1, context) {}

  LogicalResult matchAndRewrite(Operation *op,
                                PatternRewriter &rewriter) const override {
    if (!isa_and_nonnull<TnDialect>(op->getDialect()))
      return failure();
    std::optional<SmallVector<ExprAttr>> values = evaluateSymbolically(op);
    if (!values)
      return failure();
    rewriter.replaceOp(op, materialize(rewriter, op->getLoc(),
                                       op->getResult(0).getType(), *values));
    return success();
  }
};
} // namespace

void populateSymbolicFoldPatterns(RewritePatternSet &patterns) {
  patterns.add<FoldSymbolically>(patterns.getContext());
}

//===----------------------------------------------------------------------===//
// Identities
//===----------------------------------------------------------------------===//

/// All elements of `v` are the number `value`; of floats, with this sign.
static bool isSplat(Attribute operand, double value) {
  auto elements = dyn_cast_if_present<DenseElementsAttr>(operand);
  if (!elements || !elements.isSplat())
    return false;
  if (isa<FloatType>(elements.getElementType()))
    return elements.getSplatValue<APFloat>().bitwiseIsEqual([&] {
      APFloat expected(value);
      bool losesInfo;
      expected.convert(
          cast<FloatType>(elements.getElementType()).getFloatSemantics(),
          APFloat::rmNearestTiesToEven, &losesInfo);
      return expected;
    }());
  if (!isa<IntegerType>(elements.getElementType()))
    return false;
  APInt integer = elements.getSplatValue<APInt>();
  return value == 0 ? integer.isZero() : integer.isOne();
}

/// The operand that the result always equals; null if there is none. -0.0 is
/// the neutral element of float addition: x + 0.0 turns -0.0 into 0.0.
static Value identityOf(Operation *op, ArrayRef<Attribute> operands) {
  auto rhsIs = [&](double value) { return isSplat(operands[1], value); };
  bool isFloat = op->getNumOperands() > 0 &&
                 isa<FloatType>(getElementTypeOrSelf(op->getOperand(0)));
  if (isa<AddOp>(op) && rhsIs(isFloat ? -0.0 : 0.0))
    return op->getOperand(0);
  if (isa<SubOp>(op) && rhsIs(0))
    return op->getOperand(0);
  if (isa<MulOp, DivOp>(op) && rhsIs(1))
    return op->getOperand(0);
  if (isa<MaxOp, MinOp, AndOp, OrOp>(op) &&
      op->getOperand(0) == op->getOperand(1))
    return op->getOperand(0);
  if (auto select = dyn_cast<SelectOp>(op)) {
    if (isSplat(operands[0], 1) || select.getLhs() == select.getRhs())
      return select.getLhs();
    return isSplat(operands[0], 0) ? select.getRhs() : Value();
  }
  auto cast = dyn_cast<CastOp>(op);
  if (!cast)
    return nullptr;
  if (cast.getX().getType() == cast.getType())
    return cast.getX();
  // There and back through a wider integer.
  auto inner = cast.getX().getDefiningOp<CastOp>();
  if (!inner || inner.getX().getType() != cast.getType())
    return nullptr;
  auto narrow = dyn_cast<IntegerType>(getElementTypeOrSelf(inner.getX()));
  auto wide = dyn_cast<IntegerType>(getElementTypeOrSelf(inner.getType()));
  bool keeps = narrow && wide && narrow.getWidth() > 1 &&
               wide.getWidth() >= narrow.getWidth();
  return keeps ? inner.getX() : Value();
}

namespace {
struct SymbolicFolder : DialectFoldInterface {
  using DialectFoldInterface::DialectFoldInterface;

  LogicalResult fold(Operation *op, ArrayRef<Attribute> operands,
                     SmallVectorImpl<OpFoldResult> &results) const final {
    if (op->getNumResults() != 1)
      return failure();
    Type type = op->getResult(0).getType();
    if (Value same = identityOf(op, operands); same && same.getType() == type) {
      results.push_back(same);
      return success();
    }
    std::optional<SmallVector<ExprAttr>> values = evaluateSymbolically(op);
    DenseElementsAttr elements =
        values ? elementsOf(cast<RankedTensorType>(type), *values) : nullptr;
    if (!elements)
      return failure();
    results.push_back(elements);
    return success();
  }
};
} // namespace

void registerSymbolicFold(TnDialect &dialect) {
  dialect.addInterfaces<SymbolicFolder>();
}

} // namespace tenon::tn
