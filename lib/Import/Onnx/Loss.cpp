//===- Loss.cpp - NegativeLogLikelihoodLoss and SoftmaxCrossEntropyLoss ---===//

#include "Families.h"
#include "tenon/Import/Onnx/NodeReader.h"
#include "tenon/Import/Onnx/OpTable.h"

using namespace mlir;

namespace tenon::onnx {

namespace {
enum class Reduction : uint8_t { None, Sum, Mean };
} // namespace

static Value sumAll(TnBuilder &b, Value x) {
  return b.reshape(b.sum(x, firstAxes(rankOf(x))), {});
}

/// -weight[target] * x[target] along axis 1; the mean is one by weight. Where
/// the target is `ignore_index`, the weight is 0.
static FailureOr<Value> likelihoodLoss(NodeReader &n, TnBuilder &b, Value x,
                                       Value target, Value weights) {
  Reduction reduction = n.choiceAttr<Reduction>("reduction",
                                                {{"none", Reduction::None},
                                                 {"sum", Reduction::Sum},
                                                 {"mean", Reduction::Mean}},
                                                "mean");
  if (rankOf(target) != rankOf(x) - 1)
    return n.error() << "targets of type " << target.getType()
                     << " do not fit values of type " << x.getType(),
           failure();
  Value ignored;
  if (n.hasAttr("ignore_index")) {
    ignored = b.compare(tn::ComparePredicate::eq, target,
                        double(n.intAttr("ignore_index")));
    target = b.select(ignored, b.scalarLike(0, target), target);
  }
  Value index = b.unsqueeze(target, 1);
  auto type = tn::tensorOf(dimsOf(index), elementOf(x));
  Value chosen =
      b.squeeze(b.createOrFold<tn::GatherElementsOp>(type, x, index, 1), 1);
  Value loss = b.unary<tn::NegOp>(chosen), weight;
  if (weights)
    weight = b.createOrFold<tn::GatherOp>(weights, target, 0);
  if (ignored) {
    Value one = weight ? weight : b.scalarLike(1, x);
    weight = b.select(ignored, b.scalarLike(0, x), one);
  }
  if (weight)
    loss = b.mul(loss, weight);
  if (reduction == Reduction::None)
    return loss;
  Value sum = sumAll(b, loss);
  if (reduction == Reduction::Sum)
    return sum;
  Value count = weight ? sumAll(b, weight)
                       : b.sizeAs(b.product(dimsOf(target)), elementOf(x));
  return b.div(sum, count);
}

static LogicalResult importLikelihoodLoss(NodeReader &n, TnBuilder &b) {
  if (failed(n.requireRankAtLeast(0, 2)) || failed(n.requireInteger(1)))
    return failure();
  FailureOr<Value> loss =
      likelihoodLoss(n, b, n.input(0), n.input(1), n.optionalInput(2));
  return succeeded(loss) ? n.finish(*loss) : failure();
}

/// Result 1 is the logarithm of the softmax along axis 1.
static LogicalResult importCrossEntropyLoss(NodeReader &n, TnBuilder &b) {
  if (failed(n.requireRankAtLeast(0, 2)) || failed(n.requireInteger(1)))
    return failure();
  Value x = n.input(0);
  Value shifted = b.sub(x, b.reduce(tn::Combiner::max, x, 1));
  Value logs = b.sub(shifted, b.log(b.sum(b.exp(shifted), 1)));
  FailureOr<Value> loss =
      likelihoodLoss(n, b, logs, n.input(1), n.optionalInput(2));
  return succeeded(loss) ? n.finish({*loss, logs}) : failure();
}

void registerLoss(OpTable &t) {
  t.on("NegativeLogLikelihoodLoss", 12, {2, 3}, importLikelihoodLoss);
  t.on("SoftmaxCrossEntropyLoss", 12, {2, 3}, importCrossEntropyLoss);
}

} // namespace tenon::onnx
