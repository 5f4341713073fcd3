//===- Combine.cpp - How a reduction combines elements --------------------===//

#include "passes/Codegen/Emit/Combine.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;
using tn::Combiner;

/// The smallest or largest value of a tensor element type, as bits.
static APInt extreme(Type element, unsigned width, bool smallest) {
  bool isUnsigned = element.isUnsignedInteger() || element.isInteger(1);
  if (smallest)
    return isUnsigned ? APInt::getMinValue(width)
                      : APInt::getSignedMinValue(width);
  return isUnsigned ? APInt::getMaxValue(width)
                    : APInt::getSignedMaxValue(width);
}

Value Combine::neutral(Type type) {
  ImplicitLocOpBuilder &b = k.builder();
  Type scalar = getElementTypeOrSelf(type);
  TypedAttr value;
  if (auto floating = dyn_cast<FloatType>(scalar)) {
    const llvm::fltSemantics &semantics = floating.getFloatSemantics();
    APFloat f = APFloat::getZero(semantics);
    if (combiner == Combiner::prod)
      f = APFloat::getOne(semantics);
    if (combiner == Combiner::max || combiner == Combiner::min)
      f = APFloat::getInf(semantics, /*Negative=*/combiner == Combiner::max);
    value = FloatAttr::get(scalar, f);
  } else {
    unsigned width = scalar.getIntOrFloatBitWidth();
    APInt bits(width, 0);
    if (combiner == Combiner::prod || combiner == Combiner::logical_and)
      bits = APInt(width, 1);
    if (combiner == Combiner::max || combiner == Combiner::min)
      bits = extreme(element, width, combiner == Combiner::max);
    value = IntegerAttr::get(scalar, bits);
  }
  if (auto vector = dyn_cast<VectorType>(type))
    value = DenseElementsAttr::get(vector, Attribute(value));
  return arith::ConstantOp::create(b, value);
}

Value Combine::combine(Value a, Value c) {
  ImplicitLocOpBuilder &b = k.builder();
  bool isFloat = isa<FloatType>(getElementTypeOrSelf(a));
  bool isUnsigned = element.isUnsignedInteger() || element.isInteger(1);
  switch (combiner) {
  case Combiner::sum:
    return isFloat ? Value(arith::AddFOp::create(b, a, c))
                   : arith::AddIOp::create(b, a, c);
  case Combiner::prod:
    return isFloat ? Value(arith::MulFOp::create(b, a, c))
                   : arith::MulIOp::create(b, a, c);
  case Combiner::max:
    return k.body().max(a, c, isUnsigned);
  case Combiner::min:
    return k.body().min(a, c, isUnsigned);
  case Combiner::logical_and:
    return arith::AndIOp::create(b, a, c);
  case Combiner::logical_or:
    return arith::OrIOp::create(b, a, c);
  }
  llvm_unreachable("all combiners are handled");
}

Value Combine::acrossLanes(Value vector) {
  ImplicitLocOpBuilder &b = k.builder();
  using Kind = vector::CombiningKind;
  bool isFloat = isa<FloatType>(getElementTypeOrSelf(vector));
  bool isUnsigned = element.isUnsignedInteger() || element.isInteger(1);
  auto reduce = [&](Kind kind) -> Value {
    return vector::ReductionOp::create(
        b, kind, vector,
        isFloat ? arith::FastMathFlags::reassoc : arith::FastMathFlags::none);
  };
  switch (combiner) {
  case Combiner::sum:
    return reduce(Kind::ADD);
  case Combiner::prod:
    return reduce(Kind::MUL);
  case Combiner::max:
    return reduce(isFloat      ? Kind::MAXIMUMF
                  : isUnsigned ? Kind::MAXUI
                               : Kind::MAXSI);
  case Combiner::min:
    return reduce(isFloat      ? Kind::MINIMUMF
                  : isUnsigned ? Kind::MINUI
                               : Kind::MINSI);
  case Combiner::logical_and:
    return reduce(Kind::AND);
  case Combiner::logical_or:
    return reduce(Kind::OR);
  }
  llvm_unreachable("all combiners are handled");
}
