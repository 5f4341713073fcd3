//===- Elementwise.cpp - Arithmetic, logic, comparison, conversion --------===//

#include "Families.h"
#include "tenon/Import/Onnx/NodeReader.h"
#include "tenon/Import/Onnx/OpTable.h"

using namespace mlir;

namespace tenon::onnx {

using tn::ComparePredicate;

//===--- One ONNX operator is one tn op
//------------------------------------===//

template <typename OpTy>
static LogicalResult importUnary(NodeReader &n, TnBuilder &b) {
  return n.finish(b.unary<OpTy>(n.input(0)));
}

template <typename OpTy>
static LogicalResult importFloatUnary(NodeReader &n, TnBuilder &b) {
  return succeeded(n.requireFloat(0)) ? importUnary<OpTy>(n, b) : failure();
}

/// On the bits of integers, or on bools.
template <typename OpTy>
static LogicalResult importBitUnary(NodeReader &n, TnBuilder &b) {
  return succeeded(n.requireInteger(0)) ? importUnary<OpTy>(n, b) : failure();
}

template <typename OpTy>
static LogicalResult importBinary(NodeReader &n, TnBuilder &b) {
  return n.finish(b.binary<OpTy>(n.input(0), n.input(1)));
}

template <typename OpTy>
static LogicalResult importBitBinary(NodeReader &n, TnBuilder &b) {
  return succeeded(n.requireInteger(0)) ? importBinary<OpTy>(n, b) : failure();
}

template <ComparePredicate predicate>
static LogicalResult importCompare(NodeReader &n, TnBuilder &b) {
  return n.finish(b.compare(predicate, n.input(0), n.input(1)));
}

/// The operands combined from left to right (Sum, Max, Min).
template <typename OpTy>
static LogicalResult importVariadic(NodeReader &n, TnBuilder &b) {
  SmallVector<Value> operands = n.allInputs();
  if (n.failed())
    return failure();
  Value result = operands.front();
  for (Value operand : ArrayRef(operands).drop_front())
    result = b.binary<OpTy>(result, operand);
  return n.finish(result);
}

namespace {
struct Row {
  StringRef name;
  int64_t since;
  OpHandler handler;
};
} // namespace

static constexpr Row kUnary[] = {
    {"Abs", 6, importUnary<tn::AbsOp>},
    {"Acos", 7, importFloatUnary<tn::AcosOp>},
    {"Acosh", 9, importFloatUnary<tn::AcoshOp>},
    {"Asin", 7, importFloatUnary<tn::AsinOp>},
    {"Asinh", 9, importFloatUnary<tn::AsinhOp>},
    {"Atan", 7, importFloatUnary<tn::AtanOp>},
    {"Atanh", 9, importFloatUnary<tn::AtanhOp>},
    {"BitwiseNot", 18, importBitUnary<tn::NotOp>},
    {"Ceil", 6, importFloatUnary<tn::CeilOp>},
    {"Cos", 7, importFloatUnary<tn::CosOp>},
    {"Cosh", 9, importFloatUnary<tn::CoshOp>},
    {"Erf", 9, importFloatUnary<tn::ErfOp>},
    {"Exp", 6, importFloatUnary<tn::ExpOp>},
    {"Floor", 6, importFloatUnary<tn::FloorOp>},
    {"IsNaN", 9, importFloatUnary<tn::IsNanOp>},
    {"Log", 6, importFloatUnary<tn::LogOp>},
    {"Neg", 6, importUnary<tn::NegOp>},
    {"Not", 1, importBitUnary<tn::NotOp>},
    {"Round", 11, importFloatUnary<tn::RoundOp>},
    {"Sigmoid", 6, importFloatUnary<tn::SigmoidOp>},
    {"Sign", 9, importUnary<tn::SignOp>},
    {"Sin", 7, importFloatUnary<tn::SinOp>},
    {"Sinh", 9, importFloatUnary<tn::SinhOp>},
    {"Sqrt", 6, importFloatUnary<tn::SqrtOp>},
    {"Tan", 7, importFloatUnary<tn::TanOp>},
    {"Tanh", 6, importFloatUnary<tn::TanhOp>},
};

static constexpr Row kBinary[] = {
    {"Add", 7, importBinary<tn::AddOp>},
    {"And", 7, importBitBinary<tn::AndOp>},
    {"BitwiseAnd", 18, importBitBinary<tn::AndOp>},
    {"BitwiseOr", 18, importBitBinary<tn::OrOp>},
    {"BitwiseXor", 18, importBitBinary<tn::XorOp>},
    {"Div", 7, importBinary<tn::DivOp>},
    {"Equal", 7, importCompare<ComparePredicate::eq>},
    {"Greater", 7, importCompare<ComparePredicate::gt>},
    {"GreaterOrEqual", 12, importCompare<ComparePredicate::ge>},
    {"Less", 7, importCompare<ComparePredicate::lt>},
    {"LessOrEqual", 12, importCompare<ComparePredicate::le>},
    {"Mul", 7, importBinary<tn::MulOp>},
    {"Or", 7, importBitBinary<tn::OrOp>},
    {"Sub", 7, importBinary<tn::SubOp>},
    {"Xor", 7, importBitBinary<tn::XorOp>},
};

static constexpr Row kVariadic[] = {
    {"Max", 6, importVariadic<tn::MaxOp>},
    {"Min", 6, importVariadic<tn::MinOp>},
    {"Sum", 6, importVariadic<tn::AddOp>},
};

//===--- The others
//--------------------------------------------------------===//

static LogicalResult importMean(NodeReader &n, TnBuilder &b) {
  SmallVector<Value> operands = n.allInputs();
  if (n.failed())
    return failure();
  Value sum = operands.front();
  for (Value operand : ArrayRef(operands).drop_front())
    sum = b.add(sum, operand);
  return n.finish(b.div(sum, double(operands.size())));
}

static LogicalResult importReciprocal(NodeReader &n, TnBuilder &b) {
  Value x = n.input(0);
  return n.finish(b.div(b.scalarLike(1, x), x));
}

static LogicalResult importMod(NodeReader &n, TnBuilder &b) {
  Value x = n.input(0), y = n.input(1);
  if (n.flagAttr("fmod", false))
    return n.finish(b.binary<tn::RemOp>(x, y));
  return n.finish(b.binary<tn::ModOp>(x, y));
}

static LogicalResult importPow(NodeReader &n, TnBuilder &b) {
  return n.finish(b.pow(n.input(0), n.input(1)));
}

static LogicalResult importBitShift(NodeReader &n, TnBuilder &b) {
  if (failed(n.requireInteger(0)))
    return failure();
  bool left =
      n.choiceAttr<bool>("direction", {{"LEFT", true}, {"RIGHT", false}}, "");
  Value x = n.input(0), y = n.input(1);
  return n.finish(left ? b.binary<tn::ShlOp>(x, y) : b.binary<tn::ShrOp>(x, y));
}

static LogicalResult importWhere(NodeReader &n, TnBuilder &b) {
  return n.finish(b.select(n.input(0), n.input(1), n.input(2)));
}

static LogicalResult importIsInf(NodeReader &n, TnBuilder &b) {
  if (failed(n.requireFloat(0)))
    return failure();
  bool positive = n.flagAttr("detect_positive", true);
  bool negative = n.flagAttr("detect_negative", true);
  return n.finish(b.createOrFold<tn::IsInfOp>(n.input(0), positive, negative));
}

static LogicalResult importCast(NodeReader &n, TnBuilder &b) {
  mlir::Type element = n.typeAttr("to");
  bool saturate = n.flagAttr("saturate", true);
  n.ignoreAttr("round_mode"); // only for float8e8m0, where tn has one mode
  if (!element)
    return n.error() << "attribute \"to\" is missing";
  return n.finish(b.cast(n.input(0), element, saturate));
}

static LogicalResult importCastLike(NodeReader &n, TnBuilder &b) {
  bool saturate = n.flagAttr("saturate", true);
  n.ignoreAttr("round_mode");
  return n.finish(b.cast(n.input(0), elementOf(n.input(1)), saturate));
}

void registerElementwise(OpTable &t) {
  for (const Row &row : kUnary)
    t.on(row.name, row.since, 1, row.handler);
  for (const Row &row : kBinary)
    t.on(row.name, row.since, 2, row.handler);
  for (const Row &row : kVariadic)
    t.on(row.name, row.since, Arity::atLeast(1), row.handler);
  t.on("Mean", 6, Arity::atLeast(1), importMean);
  t.on("Reciprocal", 6, 1, importReciprocal);
  t.on("Mod", 10, 2, importMod);
  t.on("Pow", 7, 2, importPow);
  t.on("BitShift", 11, 2, importBitShift);
  t.on("Where", 9, 3, importWhere);
  t.on("IsInf", 10, 1, importIsInf);
  t.on("Cast", 6, 1, importCast);
  t.on("CastLike", 15, 2, importCastLike);
}

} // namespace tenon::onnx
