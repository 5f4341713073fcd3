//===- Norm.cpp - Normalizations and softmax ------------------------------===//
//
// Written with reductions and elementwise ops; the fusion passes make one
// kernel of each again.
//
//===----------------------------------------------------------------------===//

#include "Norm.h"
#include "Families.h"
#include "tenon/Import/Onnx/NodeReader.h"
#include "tenon/Import/Onnx/OpTable.h"

using namespace mlir;

namespace tenon::onnx {

using tn::Combiner;

//===--- Statistics per channel
//--------------------------------------------===//

/// (x - mean) * (scale / sqrt(variance + epsilon)) + bias, in the element type
/// of the statistics. All but x are per channel.
static Value normalizeChannels(TnBuilder &b, Value x, Value scale, Value bias,
                               Value mean, Value variance, double epsilon) {
  Value factor = b.div(scale, b.sqrt(b.add(variance, epsilon)));
  return b.add(b.mul(b.sub(x, mean), factor), bias);
}

/// With training_mode the statistics are those of the batch, and the running
/// ones are updated: results 1 and 2.
static LogicalResult importBatchNormalization(NodeReader &n, TnBuilder &b) {
  if (failed(n.requireRankAtLeast(0, 2)))
    return failure();
  double epsilon = n.floatAttr("epsilon", 1e-5f);
  double momentum = n.floatAttr("momentum", 0.9f);
  bool isTraining = n.flagAttr("training_mode", false);
  if (!n.flagAttr("spatial", true))
    return n.error() << "attribute \"spatial\" must be 1";
  int64_t rank = rankOf(n.input(0));
  mlir::Type element = elementOf(n.input(0)), stats = elementOf(n.input(3));
  SmallVector<Value> channel; // scale, bias, mean, variance
  for (unsigned i = 1; i < 5; ++i) {
    if (failed(n.requireRank(i, 1)))
      return failure();
    channel.push_back(b.alongAxis(b.cast(n.input(i), stats), 1, rank));
  }
  Value x = b.cast(n.input(0), stats), running[2];
  if (isTraining) {
    SmallVector<int64_t> axes = axesBetween(1, rank);
    axes.front() = 0; // all but the channels
    Value mean = b.mean(x, axes), centered = b.sub(x, mean);
    Value batch[] = {mean, b.mean(b.mul(centered, centered), axes)};
    for (int i = 0; i < 2; ++i) {
      Value mixed =
          b.add(b.mul(channel[2 + i], momentum), b.mul(batch[i], 1 - momentum));
      running[i] = b.reshape(mixed, dimsOf(n.input(3)));
      channel[2 + i] = batch[i];
    }
  }
  Value y = normalizeChannels(b, x, channel[0], channel[1], channel[2],
                              channel[3], epsilon);
  return n.finish({b.cast(y, element), running[0], running[1]});
}

//===--- Statistics of the data
//--------------------------------------------===//

Normalized standardize(TnBuilder &b, Value x, ArrayRef<int64_t> axes,
                       double epsilon) {
  Value mean = b.mean(x, axes);
  Value centered = b.sub(x, mean);
  Value variance = b.mean(b.mul(centered, centered), axes);
  Value deviation = b.sqrt(b.add(variance, epsilon));
  Value inverse = b.div(b.scalarLike(1, x), deviation);
  return {b.mul(centered, inverse), mean, inverse};
}

/// The type that a normalization computes in (attribute stash_type).
static mlir::Type stashType(NodeReader &n, TnBuilder &b) {
  mlir::Type element = n.typeAttr("stash_type");
  return element ? element : b.getF32Type();
}

static Value scaleAndShift(TnBuilder &b, Value x, Value scale, Value bias) {
  Value scaled = b.mul(x, scale);
  return bias ? b.add(scaled, bias) : scaled;
}

static LogicalResult importLayerNormalization(NodeReader &n, TnBuilder &b) {
  Value x = n.input(0);
  if (failed(n.requireRankAtLeast(0, 1)))
    return failure();
  int64_t axis = n.axisAttr("axis", -1, rankOf(x));
  double epsilon = n.floatAttr("epsilon", 1e-5f);
  Normalized result = standardize(b, b.cast(x, stashType(n, b)),
                                  axesBetween(axis, rankOf(x)), epsilon);
  Value y = scaleAndShift(b, b.cast(result.y, elementOf(x)), n.input(1),
                          n.optionalInput(2));
  return n.finish({y, result.mean, result.inverseDeviation});
}

Normalized normalizeByRms(TnBuilder &b, Value x, ArrayRef<int64_t> axes,
                          double epsilon) {
  Value square = b.mean(b.mul(x, x), axes);
  Value deviation = b.sqrt(b.add(square, epsilon));
  return {b.div(x, deviation), {}, b.div(b.scalarLike(1, x), deviation)};
}

/// x / sqrt(mean(x^2) + epsilon) * scale
static LogicalResult importRmsNormalization(NodeReader &n, TnBuilder &b) {
  Value x = n.input(0);
  if (failed(n.requireRankAtLeast(0, 1)))
    return failure();
  int64_t axis = n.axisAttr("axis", -1, rankOf(x));
  double epsilon = n.floatAttr("epsilon", 1e-5f);
  Value y = normalizeByRms(b, b.cast(x, stashType(n, b)),
                           axesBetween(axis, rankOf(x)), epsilon)
                .y;
  return n.finish(b.mul(b.cast(y, elementOf(x)), n.input(1)));
}

static LogicalResult importInstanceNormalization(NodeReader &n, TnBuilder &b) {
  Value x = n.input(0);
  if (failed(n.requireRankAtLeast(0, 3)) || failed(n.requireRank(1, 1)) ||
      failed(n.requireRank(2, 1)))
    return failure();
  double epsilon = n.floatAttr("epsilon", 1e-5f);
  Normalized result = standardize(b, x, axesBetween(2, rankOf(x)), epsilon);
  return n.finish(scaleAndShift(b, result.y,
                                b.alongAxis(n.input(1), 1, rankOf(x)),
                                b.alongAxis(n.input(2), 1, rankOf(x))));
}

/// Groups of channels are standardized together. The scale is one per group at
/// first, since version 21 one per channel.
static LogicalResult importGroupNormalization(NodeReader &n, TnBuilder &b) {
  Value x = n.input(0), scale = n.input(1), bias = n.input(2);
  if (failed(n.requireRankAtLeast(0, 2)) || failed(n.requireRank(1, 1)) ||
      failed(n.requireRank(2, 1)))
    return failure();
  double epsilon = n.floatAttr("epsilon", 1e-5f);
  int64_t groups = n.intAttr("num_groups");
  mlir::Type stash = n.opset() >= 21 ? stashType(n, b) : elementOf(x);
  if (groups < 1)
    return n.error() << "attribute \"num_groups\" must be positive";
  Exprs dims = dimsOf(x);
  tn::ExprAttr perGroup = tn::floorDivExpr(dims[1], groups), one = b.size(1);
  // Channels of a group stay a dim of their own, which has scales.
  Value grouped = b.reshape(b.cast(x, stash),
                            {dims[0], b.size(groups), perGroup,
                             b.product(ArrayRef(dims).drop_front(2))});
  Value y = b.cast(standardize(b, grouped, {2, 3}, epsilon).y, elementOf(x));
  Exprs scaleDims{b.size(groups), n.opset() < 21 ? one : perGroup, one};
  return n.finish(b.reshape(scaleAndShift(b, y, b.reshape(scale, scaleDims),
                                          b.reshape(bias, scaleDims)),
                            dims));
}

/// (x - mean) / (sqrt(variance) + 1e-9)
static LogicalResult importMeanVarianceNormalization(NodeReader &n,
                                                     TnBuilder &b) {
  Value x = n.input(0);
  SmallVector<int64_t> usual = {0, 2, 3};
  SmallVector<int64_t> axes =
      n.axes(n.intsAttr("axes").value_or(usual), rankOf(x));
  if (n.failed())
    return failure();
  Value centered = b.sub(x, b.mean(x, axes));
  Value deviation = b.sqrt(b.mean(b.mul(centered, centered), axes));
  return n.finish(b.div(centered, b.add(deviation, 1e-9)));
}

/// x / norm(x); 0 where the norm is 0.
static LogicalResult importLpNormalization(NodeReader &n, TnBuilder &b) {
  Value x = n.input(0);
  if (failed(n.requireRankAtLeast(0, 1)))
    return failure();
  int64_t axis = n.axisAttr("axis", -1, rankOf(x)), p = n.intAttr("p", 2);
  if (p != 1 && p != 2)
    return n.error() << "attribute \"p\" is " << p << ", expected 1 or 2";
  Value norm =
      p == 1 ? b.sum(b.abs(x), axis) : b.sqrt(b.sum(b.mul(x, x), axis));
  Value isZero = b.compare(tn::ComparePredicate::eq, norm, 0);
  return n.finish(b.div(x, b.select(isZero, b.scalarLike(1, x), norm)));
}

/// x / (bias + alpha / size * sum of squares of neighbouring channels)^beta.
/// The channels are the window's spatial dim: [N, C, X...] as [N, C, X].
static LogicalResult importLrn(NodeReader &n, TnBuilder &b) {
  Value x = n.input(0);
  if (failed(n.requireRankAtLeast(0, 2)))
    return failure();
  double alpha = n.floatAttr("alpha", 1e-4f), beta = n.floatAttr("beta", 0.75),
         bias = n.floatAttr("bias", 1);
  int64_t size = n.intAttr("size");
  if (size < 1)
    return n.error() << "attribute \"size\" must be positive";
  Exprs dims = dimsOf(x);
  Exprs planes{dims[0], dims[1], b.product(ArrayRef(dims).drop_front(2))};
  Value flat = b.reshape(b.mul(x, x), planes);
  Value sum = b.createOrFold<tn::PoolOp>(
      flat.getType(), flat, Combiner::sum, ArrayRef<int64_t>(size),
      ArrayRef<int64_t>(1), ArrayRef<int64_t>(1),
      b.shape(b.size((size - 1) / 2)));
  Value scale = b.add(b.mul(b.reshape(sum, dims), alpha / double(size)), bias);
  return n.finish(b.div(x, b.pow(scale, b.scalarLike(beta, x))));
}

//===--- Softmax and its like
//----------------------------------------------===//

/// The axes that are normalized together: one since version 13, before that all
/// from `axis` on.
static SmallVector<int64_t> softmaxAxes(NodeReader &n, Value x) {
  int64_t rank = rankOf(x);
  bool isOne = n.opset() >= 13;
  int64_t axis = n.intAttr("axis", isOne ? -1 : 1);
  if (axis != rank || isOne)
    axis = n.axis(axis, rank);
  if (n.failed())
    return {};
  return isOne ? axesBetween(axis, axis + 1) : axesBetween(axis, rank);
}

static LogicalResult importSoftmax(NodeReader &n, TnBuilder &b) {
  Value x = n.input(0);
  SmallVector<int64_t> axes = softmaxAxes(n, x);
  Value power = b.exp(b.sub(x, b.reduce(Combiner::max, x, axes)));
  return n.finish(b.div(power, b.sum(power, axes)));
}

static LogicalResult importLogSoftmax(NodeReader &n, TnBuilder &b) {
  Value x = n.input(0);
  SmallVector<int64_t> axes = softmaxAxes(n, x);
  Value shifted = b.sub(x, b.reduce(Combiner::max, x, axes));
  return n.finish(b.sub(shifted, b.log(b.sum(b.exp(shifted), axes))));
}

/// 1 at the first maximum, 0 elsewhere.
static LogicalResult importHardmax(NodeReader &n, TnBuilder &b) {
  Value x = n.input(0);
  SmallVector<int64_t> axes = softmaxAxes(n, x);
  if (n.failed() || axes.empty())
    return n.finish(b.full(dimsOf(x), b.scalarLike(1, x)));
  // Several axes are the last ones; as one axis their order is row-major.
  Exprs dims = dimsOf(x);
  Value flat = axes.size() > 1 ? b.collapse(x, axes.front(), rankOf(x)) : x;
  int64_t axis = axes.front();
  Value first = b.createOrFold<tn::ArgReduceOp>(flat, axis, /*largest=*/true,
                                                /*select_last=*/false);
  Value position = b.iota(dimsOf(flat), axis, b.getI64Type());
  Value isFirst = b.compare(tn::ComparePredicate::eq, position, first);
  return n.finish(b.reshape(b.cast(isFirst, elementOf(x)), dims));
}

void registerNorm(OpTable &t) {
  t.on("BatchNormalization", 7, 5, importBatchNormalization);
  t.on("LayerNormalization", 17, {2, 3}, importLayerNormalization);
  t.on("RMSNormalization", 23, 2, importRmsNormalization);
  // onnxruntime's, in the domain of ONNX.
  t.on("SimplifiedLayerNormalization", 1, 2, importRmsNormalization);
  t.on("InstanceNormalization", 6, 3, importInstanceNormalization);
  t.on("GroupNormalization", 18, 3, importGroupNormalization);
  t.on("MeanVarianceNormalization", 9, 1, importMeanVarianceNormalization);
  t.on("LpNormalization", 1, 1, importLpNormalization);
  t.on("LRN", 1, 1, importLrn);
  t.on("Softmax", 1, 1, importSoftmax);
  t.on("LogSoftmax", 1, 1, importLogSoftmax);
  t.on("Hardmax", 1, 1, importHardmax);
}

} // namespace tenon::onnx
