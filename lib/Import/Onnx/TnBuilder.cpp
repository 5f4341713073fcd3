//===- TnBuilder.cpp - Builds tn ops for a handler ------------------------===//

#include "tenon/Import/Onnx/TnBuilder.h"
#include "tenon/Import/Onnx/NodeReader.h"

using namespace mlir;

namespace tenon::onnx {

SmallVector<int64_t> axesBetween(int64_t begin, int64_t end) {
  return llvm::to_vector(llvm::seq(begin, std::max(begin, end)));
}

SmallVector<int64_t> firstAxes(int64_t n) { return axesBetween(0, n); }

std::optional<Exprs> knownInts(Value ints) {
  Operation *op = ints.getDefiningOp();
  if (auto expr = dyn_cast_or_null<tn::ExprOp>(op))
    return Exprs(expr.getValues().getDims());
  auto constant = dyn_cast_or_null<tn::ConstantOp>(op);
  if (!constant || !isa<IntegerType>(elementOf(ints)))
    return std::nullopt;
  auto elements = dyn_cast<DenseElementsAttr>(constant.getValue());
  if (!elements)
    return std::nullopt;
  bool isUnsigned = elementOf(ints).isUnsignedInteger();
  Exprs values;
  for (const APInt &value : elements.getValues<APInt>())
    values.push_back(tn::constantExpr(
        ints.getContext(),
        isUnsigned ? int64_t(value.getLimitedValue()) : value.getSExtValue()));
  return values;
}

Exprs partlyKnownInts(Value ints) {
  if (std::optional<Exprs> known = knownInts(ints))
    return *known;
  Exprs elements;
  if (auto concat = ints.getDefiningOp<tn::ConcatOp>()) {
    for (Value part : concat.getInputs())
      elements.append(partlyKnownInts(part));
    return elements;
  }
  elements.resize(cast<RankedTensorType>(ints.getType()).getNumElements());
  return elements;
}

//===--- Checks
//------------------------------------------------------------===//

bool TnBuilder::canBroadcast(ArrayRef<Value> operands) {
  auto shapes =
      llvm::map_to_vector(operands, [](Value v) { return dimsOf(v); });
  return succeeded(
      tn::broadcastShapes(shapes, [&] { return errors.report(); }));
}

bool TnBuilder::sameElement(Value lhs, Value rhs) {
  if (elementOf(lhs) == elementOf(rhs))
    return true;
  errors.report() << "operands have different element types, " << elementOf(lhs)
                  << " and " << elementOf(rhs);
  return false;
}

//===--- Sizes and constants
//-----------------------------------------------===//

Exprs TnBuilder::sizes(ArrayRef<int64_t> values) {
  return llvm::map_to_vector(values, [&](int64_t v) { return size(v); });
}

Value TnBuilder::scalar(double value, mlir::Type element) {
  auto type = RankedTensorType::get({}, element);
  if (auto floatType = dyn_cast<FloatType>(element))
    return tn::ConstantOp::create(
        *this, type,
        DenseElementsAttr::get(type,
                               getFloatAttr(floatType, value).getValue()));
  APInt integer(element.getIntOrFloatBitWidth(), int64_t(value),
                /*isSigned=*/true, /*implicitTrunc=*/true);
  return tn::ConstantOp::create(*this, type,
                                DenseElementsAttr::get(type, integer));
}

Value TnBuilder::ints(ArrayRef<int64_t> values) { return ints(sizes(values)); }

Value TnBuilder::ints(ArrayRef<tn::ExprAttr> values) {
  auto type = RankedTensorType::get({int64_t(values.size())}, getI64Type());
  return createOrFold<tn::ExprOp>(type, shape(values));
}

Value TnBuilder::intScalar(tn::ExprAttr value) {
  auto type = RankedTensorType::get({}, getI64Type());
  return createOrFold<tn::ExprOp>(type, shape(value));
}

Value TnBuilder::sizeAs(tn::ExprAttr value, mlir::Type element) {
  if (value.isConstant())
    return scalar(double(value.getValue()), element);
  return cast(intScalar(value), element);
}

//===--- Elementwise
//-------------------------------------------------------===//

Value TnBuilder::pow(Value lhs, Value rhs) {
  return canBroadcast({lhs, rhs}) ? createOrFold<tn::PowOp>(lhs, rhs) : lhs;
}

Value TnBuilder::compare(tn::ComparePredicate predicate, Value lhs, Value rhs) {
  if (!canBroadcast({lhs, rhs}) || !sameElement(lhs, rhs))
    return scalar(0, getI1Type());
  return createOrFold<tn::CompareOp>(lhs, rhs, predicate);
}

Value TnBuilder::select(Value condition, Value lhs, Value rhs) {
  if (!elementOf(condition).isInteger(1)) {
    errors.report() << "the condition has element type " << elementOf(condition)
                    << ", expected bool";
    return lhs;
  }
  if (!canBroadcast({condition, lhs, rhs}) || !sameElement(lhs, rhs))
    return lhs;
  return createOrFold<tn::SelectOp>(condition, lhs, rhs);
}

Value TnBuilder::cast(Value x, mlir::Type element, bool saturate) {
  if (elementOf(x) == element)
    return x;
  return createOrFold<tn::CastOp>(tn::withElement(x.getType(), element), x,
                                  saturate);
}

//===--- Movement
//----------------------------------------------------------===//

Value TnBuilder::reshape(Value x, ArrayRef<tn::ExprAttr> dims) {
  auto type = tn::tensorOf(dims, elementOf(x));
  if (type == x.getType())
    return x;
  tn::ExprAttr from = tn::elementCount(x.getType());
  tn::ExprAttr to = tn::elementCount(type);
  if (!tn::mayBeEqual(from, to)) {
    errors.report() << "cannot reshape " << x.getType() << " to " << type
                    << ": " << from.str() << " elements against " << to.str();
    return x;
  }
  return createOrFold<tn::ReshapeOp>(type, x);
}

Value TnBuilder::collapse(Value x, int64_t begin, int64_t end) {
  Exprs dims = dimsOf(x);
  tn::ExprAttr merged = product(ArrayRef(dims).slice(begin, end - begin));
  dims.erase(dims.begin() + begin, dims.begin() + end);
  dims.insert(dims.begin() + begin, merged);
  return reshape(x, dims);
}

Value TnBuilder::squeeze(Value x, ArrayRef<int64_t> axes) {
  Exprs dims;
  for (auto [axis, dim] : llvm::enumerate(dimsOf(x)))
    if (!llvm::is_contained(axes, int64_t(axis)))
      dims.push_back(dim);
  return reshape(x, dims);
}

Value TnBuilder::unsqueeze(Value x, ArrayRef<int64_t> axes) {
  Exprs dims = dimsOf(x);
  for (int64_t axis : axes)
    dims.insert(dims.begin() + axis, size(1));
  return reshape(x, dims);
}

Value TnBuilder::alongAxis(Value x, int64_t axis, int64_t rank) {
  Exprs dims = dimsOf(x);
  dims.append(rank - 1 - axis, size(1));
  return reshape(x, dims);
}

Value TnBuilder::broadcast(Value x, ArrayRef<tn::ExprAttr> dims) {
  auto type = tn::tensorOf(dims, elementOf(x));
  if (type == x.getType())
    return x;
  Exprs from = dimsOf(x);
  auto suffix = dims.take_back(from.size());
  bool fits = from.size() <= dims.size();
  for (auto [a, b] : llvm::zip(from, suffix))
    fits &= a.isConstant(1) || tn::mayBeEqual(a, b);
  if (!fits) {
    errors.report() << "cannot broadcast " << x.getType() << " to " << type;
    return x;
  }
  return createOrFold<tn::BroadcastOp>(type, x);
}

Value TnBuilder::transpose(Value x, ArrayRef<int64_t> permutation) {
  SmallVector<int64_t> sorted(permutation);
  llvm::sort(sorted);
  if (sorted != firstAxes(rankOf(x))) {
    InFlightDiagnostic diagnostic = errors.report();
    diagnostic << "permutation [";
    llvm::interleaveComma(permutation, diagnostic);
    diagnostic << "] does not name each of " << rankOf(x) << " dims once";
    return x;
  }
  return createOrFold<tn::TransposeOp>(x, permutation);
}

Value TnBuilder::channelsLast(Value x) {
  SmallVector<int64_t> permutation = firstAxes(rankOf(x));
  std::rotate(permutation.begin() + 1, permutation.begin() + 2,
              permutation.end());
  return transpose(x, permutation);
}

Value TnBuilder::channelsFirst(Value x) {
  SmallVector<int64_t> permutation = firstAxes(rankOf(x));
  std::rotate(permutation.begin() + 1, permutation.end() - 1,
              permutation.end());
  return transpose(x, permutation);
}

/// Concatenation needs equal dims but for the one along the axis.
static bool canConcat(Value a, Value b, int64_t axis) {
  if (rankOf(a) != rankOf(b) || axis >= rankOf(a))
    return false;
  for (auto [i, pair] : llvm::enumerate(llvm::zip(dimsOf(a), dimsOf(b))))
    if (int64_t(i) != axis && !tn::mayBeEqual(std::get<0>(pair), std::get<1>(pair)))
      return false;
  return true;
}

Value TnBuilder::concat(ArrayRef<Value> inputs, int64_t axis) {
  for (Value input : inputs) {
    if (!sameElement(inputs.front(), input))
      return inputs.front();
    if (!canConcat(inputs.front(), input, axis)) {
      errors.report() << "cannot concatenate " << inputs.front().getType()
                      << " and " << input.getType() << " along axis " << axis;
      return inputs.front();
    }
  }
  return createOrFold<tn::ConcatOp>(inputs, axis);
}

Value TnBuilder::slice(Value x, ArrayRef<tn::ExprAttr> starts,
                       ArrayRef<tn::ExprAttr> sizes, ArrayRef<int64_t> steps) {
  return createOrFold<tn::SliceOp>(tn::tensorOf(sizes, elementOf(x)), x,
                                   shape(starts), steps);
}

Value TnBuilder::slice(Value x, int64_t axis, tn::ExprAttr start,
                       tn::ExprAttr size) {
  Exprs starts(rankOf(x), this->size(0));
  Exprs dims = dimsOf(x);
  starts[axis] = start;
  dims[axis] = size;
  return slice(x, starts, dims, SmallVector<int64_t>(rankOf(x), 1));
}

Value TnBuilder::pad(Value x, Value value, ArrayRef<tn::ExprAttr> low,
                     ArrayRef<tn::ExprAttr> high, tn::PadMode mode) {
  Exprs dims;
  for (auto [dim, before, after] : llvm::zip_equal(dimsOf(x), low, high))
    dims.push_back(tn::addExpr(tn::addExpr(dim, before), after));
  return createOrFold<tn::PadOp>(tn::tensorOf(dims, elementOf(x)), x, value,
                                 shape(low), mode);
}

Value TnBuilder::iota(ArrayRef<tn::ExprAttr> dims, int64_t axis,
                      mlir::Type element) {
  return createOrFold<tn::IotaOp>(tn::tensorOf(dims, element), axis);
}

//===--- Reductions and products
//-------------------------------------------===//

Value TnBuilder::reduce(tn::Combiner combiner, Value x,
                        ArrayRef<int64_t> axes) {
  bool isLogical = combiner == tn::Combiner::logical_and ||
                   combiner == tn::Combiner::logical_or;
  if (isLogical != elementOf(x).isInteger(1)) {
    errors.report() << "elements of type " << elementOf(x)
                    << " have no reduction by "
                    << tn::stringifyCombiner(combiner);
    return x;
  }
  return createOrFold<tn::ReduceOp>(x, combiner, axes);
}

Value TnBuilder::mean(Value x, ArrayRef<int64_t> axes) {
  Exprs reduced = llvm::map_to_vector(
      axes, [dims = dimsOf(x)](int64_t axis) { return dims[axis]; });
  return div(sum(x, axes), sizeAs(product(reduced), elementOf(x)));
}

Value TnBuilder::matmul(Value lhs, Value rhs, mlir::Type accumulator) {
  Exprs a = dimsOf(lhs), b = dimsOf(rhs);
  tn::ExprAttr columns = a.back(), rows = b[b.size() - 2];
  if (!tn::mayBeEqual(columns, rows)) {
    errors.report() << "cannot multiply " << lhs.getType() << " by "
                    << rhs.getType() << ": " << columns.str()
                    << " columns against " << rows.str() << " rows";
    return lhs;
  }
  Exprs batchA = llvm::to_vector(ArrayRef(a).drop_back(2));
  Exprs batchB = llvm::to_vector(ArrayRef(b).drop_back(2));
  if (failed(tn::broadcastShapes({batchA, batchB},
                                 [&] { return errors.report(); })))
    return lhs;
  if (!accumulator && !sameElement(lhs, rhs))
    return lhs;
  return createOrFold<tn::MatmulOp>(
      lhs, rhs, accumulator ? TypeAttr::get(accumulator) : TypeAttr());
}

} // namespace tenon::onnx
