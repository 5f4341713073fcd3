//===- Activation.cpp - Activation functions, as elementwise ops ----------===//

#include "Activation.h"
#include "Families.h"
#include "tenon/Import/Onnx/NodeReader.h"
#include "tenon/Import/Onnx/OpTable.h"

using namespace mlir;

namespace tenon::onnx {

using tn::ComparePredicate;

/// `negative` where x < 0, else x. (Not NaN: that stays.)
static Value whereNegative(TnBuilder &b, Value x, Value negative) {
  return b.select(b.compare(ComparePredicate::lt, x, 0), negative, x);
}

/// exp(x) - 1 for x < 0. The argument is limited first: infinity must not
/// appear in the branch that is not taken.
static Value expMinusOneBelowZero(TnBuilder &b, Value x) {
  return b.sub(b.exp(b.min(x, 0)), 1);
}

/// log(1 + exp(x)), without overflow and exact for large |x|.
static Value softplus(TnBuilder &b, Value x) {
  Value small = b.log(b.add(b.exp(b.neg(b.abs(x))), 1));
  return b.add(b.max(x, 0), small);
}

static LogicalResult importRelu(NodeReader &n, TnBuilder &b) {
  return n.finish(b.max(n.input(0), 0));
}

static LogicalResult importLeakyRelu(NodeReader &n, TnBuilder &b) {
  double alpha = n.floatAttr("alpha", 0.01f);
  Value x = n.input(0);
  return n.finish(whereNegative(b, x, b.mul(x, alpha)));
}

static LogicalResult importPRelu(NodeReader &n, TnBuilder &b) {
  Value x = n.input(0);
  return n.finish(whereNegative(b, x, b.mul(x, n.input(1))));
}

static LogicalResult importThresholdedRelu(NodeReader &n, TnBuilder &b) {
  double alpha = n.floatAttr("alpha", 1);
  Value x = n.input(0);
  Value above = b.compare(ComparePredicate::gt, x, alpha);
  return n.finish(b.select(above, x, b.scalarLike(0, x)));
}

static LogicalResult importElu(NodeReader &n, TnBuilder &b) {
  double alpha = n.floatAttr("alpha", 1);
  Value x = n.input(0);
  return n.finish(
      whereNegative(b, x, b.mul(expMinusOneBelowZero(b, x), alpha)));
}

static LogicalResult importSelu(NodeReader &n, TnBuilder &b) {
  double alpha = n.floatAttr("alpha", 1.67326319217681884765625);
  double gamma = n.floatAttr("gamma", 1.05070102214813232421875);
  Value x = n.input(0);
  Value elu = whereNegative(b, x, b.mul(expMinusOneBelowZero(b, x), alpha));
  return n.finish(b.mul(elu, gamma));
}

/// max(x, 0) + min(alpha * (exp(x / alpha) - 1), 0)
static LogicalResult importCelu(NodeReader &n, TnBuilder &b) {
  double alpha = n.floatAttr("alpha", 1);
  Value x = n.input(0);
  Value scaled = b.mul(b.sub(b.exp(b.div(x, alpha)), 1), alpha);
  return n.finish(b.add(b.max(x, 0), b.min(scaled, 0)));
}

static Value hardSigmoid(TnBuilder &b, Value x, double alpha, double beta) {
  return b.min(b.max(b.add(b.mul(x, alpha), beta), 0), 1);
}

static LogicalResult importHardSigmoid(NodeReader &n, TnBuilder &b) {
  double alpha = n.floatAttr("alpha", 0.2f), beta = n.floatAttr("beta", 0.5);
  return n.finish(hardSigmoid(b, n.input(0), alpha, beta));
}

static LogicalResult importHardSwish(NodeReader &n, TnBuilder &b) {
  Value x = n.input(0);
  return n.finish(b.mul(x, hardSigmoid(b, x, 1.0 / 6, 0.5)));
}

/// x * sigmoid(alpha * x)
static LogicalResult importSwish(NodeReader &n, TnBuilder &b) {
  double alpha = n.floatAttr("alpha", 1);
  Value x = n.input(0);
  return n.finish(b.mul(x, b.sigmoid(alpha == 1 ? x : b.mul(x, alpha))));
}

static LogicalResult importMish(NodeReader &n, TnBuilder &b) {
  Value x = n.input(0);
  return n.finish(b.mul(x, b.tanh(softplus(b, x))));
}

static LogicalResult importSoftplus(NodeReader &n, TnBuilder &b) {
  return n.finish(softplus(b, n.input(0)));
}

static LogicalResult importSoftsign(NodeReader &n, TnBuilder &b) {
  Value x = n.input(0);
  return n.finish(b.div(x, b.add(b.abs(x), 1)));
}

Value gelu(TnBuilder &b, Value x, bool byTanh) {
  Value half = b.mul(x, 0.5);
  if (!byTanh)
    return b.mul(half, b.add(b.erf(b.mul(x, 0.70710678118654752440)), 1));
  Value cubic = b.mul(b.mul(b.mul(x, x), x), 0.044715);
  Value inner = b.mul(b.add(x, cubic), 0.79788456080286535588);
  return b.mul(half, b.add(b.tanh(inner), 1));
}

static LogicalResult importGelu(NodeReader &n, TnBuilder &b) {
  bool byTanh = n.choiceAttr<bool>("approximate",
                                   {{"none", false}, {"tanh", true}}, "none");
  return n.finish(gelu(b, n.input(0), byTanh));
}

static LogicalResult importShrink(NodeReader &n, TnBuilder &b) {
  double lambda = n.floatAttr("lambd", 0.5), bias = n.floatAttr("bias", 0);
  Value x = n.input(0);
  Value below = b.compare(ComparePredicate::lt, x, -lambda);
  Value above = b.compare(ComparePredicate::gt, x, lambda);
  Value inner = b.select(above, b.sub(x, bias), b.scalarLike(0, x));
  return n.finish(b.select(below, b.add(x, bias), inner));
}

static LogicalResult importClipByAttributes(NodeReader &n, TnBuilder &b) {
  Value x = n.input(0);
  if (n.hasAttr("min"))
    x = b.max(x, n.floatAttr("min"));
  if (n.hasAttr("max"))
    x = b.min(x, n.floatAttr("max"));
  return n.finish(x);
}

static LogicalResult importClip(NodeReader &n, TnBuilder &b) {
  Value x = n.input(0);
  if (Value low = n.optionalInput(1))
    x = b.max(x, low);
  if (Value high = n.optionalInput(2))
    x = b.min(x, high);
  return n.finish(x);
}

void registerActivation(OpTable &t) {
  t.on("Relu", 6, 1, importRelu);
  t.on("LeakyRelu", 6, 1, importLeakyRelu);
  t.on("PRelu", 7, 2, importPRelu);
  t.on("ThresholdedRelu", 1, 1, importThresholdedRelu);
  t.on("Elu", 6, 1, importElu);
  t.on("Selu", 6, 1, importSelu);
  t.on("Celu", 12, 1, importCelu);
  t.on("HardSigmoid", 6, 1, importHardSigmoid);
  t.on("HardSwish", 14, 1, importHardSwish);
  t.on("Swish", 24, 1, importSwish);
  t.on("Mish", 18, 1, importMish);
  t.on("Softplus", 1, 1, importSoftplus);
  t.on("Softsign", 1, 1, importSoftsign);
  t.on("Gelu", 20, 1, importGelu);
  t.on("Shrink", 9, 1, importShrink);
  t.on("Clip", 6, 1, importClipByAttributes);
  t.on("Clip", 11, {1, 3}, importClip);
}

} // namespace tenon::onnx
