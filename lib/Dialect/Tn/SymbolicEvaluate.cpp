//===- SymbolicEvaluate.cpp - Elements of small tensors as expressions ----===//
//
// Integer operands must be tn.constant or tn.expr; floats between two integer
// tensors (Shape -> Cast -> Mul -> Floor -> Cast) are followed through the ops
// that make them, a few levels deep.
//
//===----------------------------------------------------------------------===//

#include "tenon/Dialect/Tn/SymbolicFold.h"
#include "SymbolicNumber.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace tenon::tn {

static constexpr int64_t kMaxElements = 256;
static constexpr int64_t kMaxSymbolic = 64;
static constexpr unsigned kMaxDepth = 8;

using Numbers = SmallVector<SymbolicNumber>;
using MaybeNumbers = std::optional<Numbers>;
using Index = SmallVector<int64_t>;

static MaybeNumbers evaluate(Operation *op, unsigned depth);

//===----------------------------------------------------------------------===//
// Tensors
//===----------------------------------------------------------------------===//

static bool isSmall(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  return tensor && tensor.hasStaticShape() &&
         tensor.getNumElements() <= kMaxElements;
}

static bool isTracked(Type element) {
  return isa<IntegerType>(element) || element.isF32() || element.isF64();
}

static ArrayRef<int64_t> dimsOf(Value v) {
  return cast<RankedTensorType>(v.getType()).getShape();
}

/// The element of a tensor with `dims` that `index` broadcasts to.
static int64_t positionIn(ArrayRef<int64_t> dims, ArrayRef<int64_t> index) {
  int64_t position = 0;
  index = index.take_back(dims.size());
  for (auto [dim, i] : llvm::zip_equal(dims, index))
    position = position * dim + (dim == 1 ? 0 : i);
  return position;
}

/// One number per index of `dims`, row-major; nullopt if one is missing.
static MaybeNumbers
build(ArrayRef<int64_t> dims,
      llvm::function_ref<MaybeNumber(ArrayRef<int64_t>)> numberAt) {
  Numbers numbers;
  Index index(dims.size(), 0);
  for (int64_t left = ShapedType::getNumElements(dims); left > 0; --left) {
    MaybeNumber number = numberAt(index);
    if (!number)
      return std::nullopt;
    numbers.push_back(*number);
    for (size_t d = dims.size(); d-- > 0;) {
      if (++index[d] < dims[d])
        break;
      index[d] = 0;
    }
  }
  return numbers;
}

static MaybeNumbers numbersOf(ElementsAttr value) {
  auto elements = dyn_cast<DenseElementsAttr>(value);
  if (!elements)
    return std::nullopt;
  MLIRContext *context = value.getContext();
  Numbers numbers;
  auto integer = dyn_cast<IntegerType>(elements.getElementType());
  if (!integer) {
    for (const APFloat &element : elements.getValues<APFloat>()) {
      MaybeNumber number = numberOf(context, element);
      if (!number)
        return std::nullopt;
      numbers.push_back(*number);
    }
    return numbers;
  }
  bool isSigned = !integer.isUnsigned() && integer.getWidth() > 1;
  for (const APInt &element : elements.getValues<APInt>()) {
    if (isSigned ? !element.isSignedIntN(64) : !element.isIntN(63))
      return std::nullopt;
    numbers.push_back({constantExpr(
        context, isSigned ? element.getSExtValue()
                          : static_cast<int64_t>(element.getZExtValue()))});
  }
  return numbers;
}

static MaybeNumbers numbersOf(Value v, unsigned depth) {
  Operation *op = v.getDefiningOp();
  if (!op || !isSmall(v.getType()) || !isTracked(getElementTypeOrSelf(v)))
    return std::nullopt;
  if (auto constant = dyn_cast<ConstantOp>(op))
    return numbersOf(constant.getValue());
  if (auto expr = dyn_cast<ExprOp>(op))
    return llvm::map_to_vector(expr.getValues().getDims(), [](ExprAttr value) {
      return SymbolicNumber{value};
    });
  if (depth == kMaxDepth || isa<IntegerType>(getElementTypeOrSelf(v)))
    return std::nullopt;
  return evaluate(op, depth + 1);
}

//===----------------------------------------------------------------------===//
// Elementwise
//===----------------------------------------------------------------------===//

static MaybeNumber boolean(MLIRContext *context, std::optional<bool> holds) {
  if (!holds)
    return std::nullopt;
  return SymbolicNumber{constantExpr(context, *holds)};
}

static MaybeNumber castNumber(SymbolicNumber x, Type from, Type to) {
  if (to.isInteger(1)) {
    SymbolicNumber zero{constantExpr(to.getContext(), 0), x.divisor};
    return boolean(to.getContext(),
                   compareNumbers(ComparePredicate::ne, x, zero));
  }
  return isa<IntegerType>(to) ? truncateNumber(x) : MaybeNumber(x);
}

/// Of bits that are all the integer's value: i1.
static MaybeNumber logical(Operation *op, ArrayRef<SymbolicNumber> x) {
  if (!getElementTypeOrSelf(op->getResult(0)).isInteger(1) ||
      !llvm::all_of(x, [](SymbolicNumber n) { return n.isConstant(); }))
    return std::nullopt;
  auto bit = [&](size_t i) { return x[i].value.getValue() != 0; };
  bool result = isa<NotOp>(op)   ? !bit(0)
                : isa<AndOp>(op) ? bit(0) && bit(1)
                : isa<OrOp>(op)  ? bit(0) || bit(1)
                                 : bit(0) != bit(1);
  return boolean(op->getContext(), result);
}

static MaybeNumber elementOf(Operation *op, ArrayRef<SymbolicNumber> x) {
  Type element = getElementTypeOrSelf(op->getOperand(0));
  if (isa<NotOp, AndOp, OrOp, XorOp>(op))
    return logical(op, x);
  if (isa<SelectOp>(op)) {
    if (x[0].isConstant())
      return x[0].value.isConstant(0) ? x[2] : x[1];
    return std::nullopt;
  }
  if (isa<CastOp>(op))
    return castNumber(x[0], element, getElementTypeOrSelf(op->getResult(0)));
  if (auto compare = dyn_cast<CompareOp>(op))
    return boolean(op->getContext(),
                   compareNumbers(compare.getPredicate(), x[0], x[1]));
  if (element.isInteger(1))
    return std::nullopt;
  if (isa<AddOp>(op))
    return addNumbers(x[0], x[1]);
  if (isa<SubOp>(op)) {
    MaybeNumber negated = negateNumber(x[1]);
    return negated ? addNumbers(x[0], *negated) : std::nullopt;
  }
  if (isa<MulOp>(op))
    return mulNumbers(x[0], x[1]);
  if (isa<DivOp>(op))
    return isa<IntegerType>(element) ? divIntegers(x[0], x[1])
                                     : divFloats(x[0], x[1]);
  if (isa<ModOp>(op))
    return modNumbers(x[0], x[1]);
  if (isa<MinOp>(op))
    return minNumbers(x[0], x[1]);
  if (isa<MaxOp>(op))
    return maxNumbers(x[0], x[1]);
  if (isa<NegOp>(op))
    return negateNumber(x[0]);
  if (isa<AbsOp>(op))
    return absNumber(x[0]);
  if (isa<FloorOp>(op))
    return floorNumber(x[0]);
  if (isa<CeilOp>(op))
    return ceilNumber(x[0]);
  return std::nullopt;
}

static MaybeNumbers evaluateElementwise(Operation *op,
                                        ArrayRef<Numbers> operands) {
  return build(dimsOf(op->getResult(0)), [&](ArrayRef<int64_t> index) {
    Numbers x;
    for (auto [operand, numbers] : llvm::zip_equal(op->getOperands(), operands))
      x.push_back(numbers[positionIn(dimsOf(operand), index)]);
    return elementOf(op, x);
  });
}

//===----------------------------------------------------------------------===//
// Movement
//===----------------------------------------------------------------------===//

static std::optional<Index> constants(ShapeAttr shape) {
  Index values;
  for (ExprAttr dim : shape.getDims()) {
    if (!dim.isConstant())
      return std::nullopt;
    values.push_back(dim.getValue());
  }
  return values;
}

static MaybeNumbers evaluateSlice(SliceOp op, const Numbers &x) {
  std::optional<Index> starts = constants(op.getStarts());
  if (!starts)
    return std::nullopt;
  return build(dimsOf(op.getResult()), [&](ArrayRef<int64_t> index) {
    Index source(*starts);
    for (auto [i, at] : llvm::enumerate(index))
      source[i] += at * op.getSteps()[i];
    return MaybeNumber(x[positionIn(dimsOf(op.getX()), source)]);
  });
}

static MaybeNumbers evaluatePad(PadOp op, ArrayRef<Numbers> operands) {
  std::optional<Index> low = constants(op.getLow());
  if (!low || op.getMode() != PadMode::constant)
    return std::nullopt;
  ArrayRef<int64_t> dims = dimsOf(op.getX());
  return build(dimsOf(op.getResult()), [&](ArrayRef<int64_t> index) {
    Index source(index);
    for (auto [i, at] : llvm::enumerate(source)) {
      at -= (*low)[i];
      if (at < 0 || at >= dims[i])
        return MaybeNumber(operands[1][0]);
    }
    return MaybeNumber(operands[0][positionIn(dims, source)]);
  });
}

static MaybeNumbers evaluateConcat(ConcatOp op, ArrayRef<Numbers> operands) {
  return build(dimsOf(op.getResult()), [&](ArrayRef<int64_t> index) {
    Index source(index);
    size_t part = 0;
    int64_t &at = source[op.getAxis()];
    while (at >= dimsOf(op.getInputs()[part])[op.getAxis()])
      at -= dimsOf(op.getInputs()[part++])[op.getAxis()];
    return MaybeNumber(
        operands[part][positionIn(dimsOf(op.getInputs()[part]), source)]);
  });
}

static MaybeNumbers evaluateTranspose(TransposeOp op, const Numbers &x) {
  return build(dimsOf(op.getResult()), [&](ArrayRef<int64_t> index) {
    Index source(index.size());
    for (auto [i, dim] : llvm::enumerate(op.getPermutation()))
      source[dim] = index[i];
    return MaybeNumber(x[positionIn(dimsOf(op.getX()), source)]);
  });
}

static MaybeNumbers evaluateIota(IotaOp op) {
  return build(dimsOf(op.getResult()), [&](ArrayRef<int64_t> index) {
    return MaybeNumber(
        SymbolicNumber{constantExpr(op.getContext(), index[op.getAxis()])});
  });
}

//===----------------------------------------------------------------------===//
// Indexing, reductions
//===----------------------------------------------------------------------===//

/// The position that an index names in a dim of `size`; nullopt if it is not
/// a number or out of range.
static std::optional<int64_t> resolve(SymbolicNumber index, int64_t size) {
  if (!index.isConstant())
    return std::nullopt;
  int64_t at = index.value.getValue();
  if (at < 0)
    at += size;
  return at >= 0 && at < size ? std::optional(at) : std::nullopt;
}

static MaybeNumbers evaluateGather(GatherOp op, ArrayRef<Numbers> operands) {
  ArrayRef<int64_t> dims = dimsOf(op.getX()),
                    indexDims = dimsOf(op.getIndices());
  int64_t axis = op.getAxis();
  return build(
      dimsOf(op.getResult()), [&](ArrayRef<int64_t> index) -> MaybeNumber {
        std::optional<int64_t> at =
            resolve(operands[1][positionIn(
                        indexDims, index.slice(axis, indexDims.size()))],
                    dims[axis]);
        if (!at)
          return std::nullopt;
        Index source(index.take_front(axis));
        source.push_back(*at);
        llvm::append_range(source, index.drop_front(axis + indexDims.size()));
        return operands[0][positionIn(dims, source)];
      });
}

static MaybeNumbers evaluateGatherElements(GatherElementsOp op,
                                           ArrayRef<Numbers> operands) {
  ArrayRef<int64_t> dims = dimsOf(op.getX());
  int64_t axis = op.getAxis();
  return build(
      dimsOf(op.getResult()), [&](ArrayRef<int64_t> index) -> MaybeNumber {
        std::optional<int64_t> at =
            resolve(operands[1][positionIn(dimsOf(op.getIndices()), index)],
                    dims[axis]);
        if (!at)
          return std::nullopt;
        Index source(index);
        source[axis] = *at;
        return operands[0][positionIn(dims, source)];
      });
}

static MaybeNumber combine(Combiner combiner, SymbolicNumber a,
                           SymbolicNumber b) {
  switch (combiner) {
  case Combiner::sum:
    return addNumbers(a, b);
  case Combiner::prod:
    return mulNumbers(a, b);
  case Combiner::max:
    return maxNumbers(a, b);
  case Combiner::min:
    return minNumbers(a, b);
  case Combiner::logical_and:
    return a.isConstant() && b.isConstant() ? minNumbers(a, b) : std::nullopt;
  case Combiner::logical_or:
    return a.isConstant() && b.isConstant() ? maxNumbers(a, b) : std::nullopt;
  }
  llvm_unreachable("unknown combiner");
}

/// The combination of no elements, where it does not depend on the type.
static MaybeNumber neutral(MLIRContext *context, Combiner combiner) {
  switch (combiner) {
  case Combiner::sum:
  case Combiner::logical_or:
    return boolean(context, false);
  case Combiner::prod:
  case Combiner::logical_and:
    return boolean(context, true);
  case Combiner::max:
  case Combiner::min:
    return std::nullopt;
  }
  llvm_unreachable("unknown combiner");
}

static MaybeNumbers evaluateReduce(ReduceOp op, const Numbers &x) {
  Index dims(dimsOf(op.getX())), reducedDims;
  for (int64_t axis : op.getAxes())
    reducedDims.push_back(dims[axis]);
  return build(dimsOf(op.getResult()), [&](ArrayRef<int64_t> index) {
    MaybeNumber result;
    MaybeNumbers parts = build(reducedDims, [&](ArrayRef<int64_t> inner) {
      Index source(index);
      for (auto [axis, at] : llvm::zip_equal(op.getAxes(), inner))
        source[axis] = at;
      return MaybeNumber(x[positionIn(dims, source)]);
    });
    if (!parts || parts->empty())
      return neutral(op.getContext(), op.getCombiner());
    result = parts->front();
    for (SymbolicNumber part : ArrayRef(*parts).drop_front())
      if (result)
        result = combine(op.getCombiner(), *result, part);
    return result;
  });
}

//===----------------------------------------------------------------------===//
// Ops
//===----------------------------------------------------------------------===//

/// The elements of `op`'s result, before the result type bounds them.
static MaybeNumbers evaluate(Operation *op, unsigned depth) {
  if (op->getNumResults() != 1 || op->getNumRegions() != 0 ||
      isa<ConstantOp, ExprOp>(op) || !isSmall(op->getResult(0).getType()) ||
      !isTracked(getElementTypeOrSelf(op->getResult(0))))
    return std::nullopt;
  bool isElementwise = isa<ScalarBodyOpInterface>(op);
  if (!isElementwise &&
      !isa<ReshapeOp, BroadcastOp, SliceOp, PadOp, ConcatOp, TransposeOp,
           IotaOp, GatherOp, GatherElementsOp, ReduceOp>(op))
    return std::nullopt;
  SmallVector<Numbers> operands;
  for (Value operand : op->getOperands()) {
    MaybeNumbers numbers = numbersOf(operand, depth);
    if (!numbers)
      return std::nullopt;
    operands.push_back(std::move(*numbers));
  }
  if (isElementwise)
    return evaluateElementwise(op, operands);
  return TypeSwitch<Operation *, MaybeNumbers>(op)
      .Case([&](ReshapeOp) { return operands[0]; })
      .Case([&](BroadcastOp broadcast) {
        return build(dimsOf(broadcast.getResult()), [&](ArrayRef<int64_t> i) {
          return MaybeNumber(
              operands[0][positionIn(dimsOf(broadcast.getX()), i)]);
        });
      })
      .Case([&](SliceOp slice) { return evaluateSlice(slice, operands[0]); })
      .Case([&](PadOp pad) { return evaluatePad(pad, operands); })
      .Case([&](ConcatOp concat) { return evaluateConcat(concat, operands); })
      .Case([&](TransposeOp transpose) {
        return evaluateTranspose(transpose, operands[0]);
      })
      .Case([&](IotaOp iota) { return evaluateIota(iota); })
      .Case([&](GatherOp gather) { return evaluateGather(gather, operands); })
      .Case([&](GatherElementsOp gather) {
        return evaluateGatherElements(gather, operands);
      })
      .Case(
          [&](ReduceOp reduce) { return evaluateReduce(reduce, operands[0]); })
      .Default([](Operation *) { return std::nullopt; });
}

/// `value` is one that an integer of this type holds.
static bool fits(int64_t value, IntegerType type) {
  bool isUnsigned = type.isUnsigned() || type.getWidth() == 1;
  if (type.getWidth() >= 64)
    return !isUnsigned || value >= 0;
  return isUnsigned ? llvm::isUIntN(type.getWidth(), value)
                    : llvm::isIntN(type.getWidth(), value);
}

std::optional<SmallVector<ExprAttr>> evaluateSymbolically(Operation *op) {
  if (op->getNumResults() != 1)
    return std::nullopt;
  auto element =
      dyn_cast<IntegerType>(getElementTypeOrSelf(op->getResult(0).getType()));
  if (!element)
    return std::nullopt;
  MaybeNumbers numbers = evaluate(op, 0);
  if (!numbers)
    return std::nullopt;
  SmallVector<ExprAttr> values;
  bool isSymbolic = false;
  for (SymbolicNumber number : *numbers) {
    if (!number.isInteger() ||
        (number.isConstant() && !fits(number.value.getValue(), element)))
      return std::nullopt;
    isSymbolic |= !number.isConstant();
    values.push_back(number.value);
  }
  bool holdsSymbols =
      element.isSignlessInteger(32) || element.isSignlessInteger(64);
  if (isSymbolic &&
      (!holdsSymbols || static_cast<int64_t>(values.size()) > kMaxSymbolic))
    return std::nullopt;
  return values;
}

} // namespace tenon::tn
