//===- Indexing.cpp - Elements chosen, placed or ordered by data ----------===//

#include "Families.h"
#include "tenon/Import/Onnx/NodeReader.h"
#include "tenon/Import/Onnx/OpTable.h"

using namespace mlir;

namespace tenon::onnx {

using tn::ComparePredicate;
using tn::ScatterMode;

//===--- Gather -----------------------------------------------------------===//

static LogicalResult importGather(NodeReader &n, TnBuilder &b) {
  if (failed(n.requireRankAtLeast(0, 1)) || failed(n.requireInteger(1)))
    return failure();
  Value x = n.input(0);
  int64_t axis = n.axisAttr("axis", 0, rankOf(x));
  return n.finish(b.createOrFold<tn::GatherOp>(x, n.input(1), axis));
}

static LogicalResult importGatherElements(NodeReader &n, TnBuilder &b) {
  Value x = n.input(0), indices = n.input(1);
  if (failed(n.requireRankAtLeast(0, 1)) ||
      failed(n.requireRank(1, rankOf(x))) || failed(n.requireInteger(1)))
    return failure();
  int64_t axis = n.axisAttr("axis", 0, rankOf(x));
  return n.finish(b.createOrFold<tn::GatherElementsOp>(
      tn::tensorOf(dimsOf(indices), elementOf(x)), x, indices, axis));
}

/// The number of dims that each index tuple names; reports an unknown one.
static FailureOr<int64_t> tupleSize(NodeReader &n, Value x, Value indices,
                                    int64_t batchDims) {
  tn::ExprAttr last = dimsOf(indices).back();
  if (!last.isConstant())
    return n.error() << "the last dim of the indices, " << last.str()
                     << ", must be a constant",
           failure();
  if (batchDims < 0 || batchDims >= rankOf(indices) ||
      batchDims + last.getValue() > rankOf(x))
    return n.error() << "index tuples of " << last.getValue() << " after "
                     << batchDims << " batch dims do not fit rank "
                     << rankOf(x),
           failure();
  return last.getValue();
}

static LogicalResult importGatherNd(NodeReader &n, TnBuilder &b) {
  if (failed(n.requireRankAtLeast(0, 1)) ||
      failed(n.requireRankAtLeast(1, 1)) || failed(n.requireInteger(1)))
    return failure();
  Value x = n.input(0), indices = n.input(1);
  int64_t batchDims = n.intAttr("batch_dims", 0);
  FailureOr<int64_t> tuple = tupleSize(n, x, indices, batchDims);
  if (failed(tuple))
    return failure();
  Exprs dims = dimsOf(indices), rest = dimsOf(x);
  dims.pop_back();
  dims.append(rest.begin() + batchDims + *tuple, rest.end());
  return n.finish(b.createOrFold<tn::GatherNdOp>(
      tn::tensorOf(dims, elementOf(x)), x, indices, batchDims));
}

/// Indices of the elements that are true: [rank, count], where count becomes a
/// symbol.
static Value positionsOf(NodeReader &n, TnBuilder &b, Value isSet) {
  Value counts = b.cast(isSet, b.getI64Type());
  Value count = b.reshape(b.sum(counts, firstAxes(rankOf(isSet))), {b.size(1)});
  Exprs bound = n.bind(count);
  if (n.failed())
    return isSet;
  return b.createOrFold<tn::NonZeroOp>(
      tn::tensorOf({b.size(rankOf(isSet)), bound.front()}, b.getI64Type()),
      isSet);
}

static LogicalResult importNonZero(NodeReader &n, TnBuilder &b) {
  Value isSet = b.compare(ComparePredicate::ne, n.input(0), 0);
  return n.finish(positionsOf(n, b, isSet));
}

/// Without an axis, of the flattened tensor.
static LogicalResult importCompress(NodeReader &n, TnBuilder &b) {
  if (failed(n.requireRankAtLeast(0, 1)) || failed(n.requireRank(1, 1)) ||
      failed(n.requireInteger(1)))
    return failure();
  Value x = n.input(0);
  bool isFlat = !n.hasAttr("axis");
  int64_t axis = isFlat ? 0 : n.axisAttr("axis", rankOf(x));
  if (isFlat)
    x = b.collapse(x, 0, rankOf(x));
  Value positions = positionsOf(n, b, n.input(1));
  if (n.failed())
    return failure();
  return n.finish(
      b.createOrFold<tn::GatherOp>(x, b.squeeze(positions, 0), axis));
}

/// Step t of a sequence of length l is step l-1-t of the operand; what lies
/// beyond the length stays.
static LogicalResult importReverseSequence(NodeReader &n, TnBuilder &b) {
  if (failed(n.requireRankAtLeast(0, 2)) || failed(n.requireRank(1, 1)) ||
      failed(n.requireInteger(1)))
    return failure();
  Value x = n.input(0);
  int64_t time = n.axisAttr("time_axis", 0, rankOf(x));
  int64_t batch = n.axisAttr("batch_axis", 1, rankOf(x));
  if (time == batch)
    return n.error() << "attributes \"time_axis\" and \"batch_axis\" are equal";
  Value lengths = b.reshape(n.input(1), dimsOf(x)[batch]);
  Value length = b.alongAxis(b.cast(lengths, b.getI64Type()), batch, rankOf(x));
  Value step = b.iota(dimsOf(x), time, b.getI64Type());
  Value mirrored = b.sub(b.sub(length, 1), step);
  Value source =
      b.select(b.compare(ComparePredicate::lt, step, length), mirrored, step);
  return n.finish(
      b.createOrFold<tn::GatherElementsOp>(x.getType(), x, source, time));
}

//===--- Scatter ----------------------------------------------------------===//

static ScatterMode scatterMode(NodeReader &n) {
  return n.choiceAttr<ScatterMode>("reduction",
                                   {{"none", ScatterMode::assign},
                                    {"add", ScatterMode::add},
                                    {"mul", ScatterMode::mul},
                                    {"max", ScatterMode::max},
                                    {"min", ScatterMode::min}},
                                   "none");
}

static LogicalResult importScatterElements(NodeReader &n, TnBuilder &b) {
  Value x = n.input(0);
  if (failed(n.requireRankAtLeast(0, 1)) ||
      failed(n.requireRank(1, rankOf(x))) ||
      failed(n.requireRank(2, rankOf(x))) || failed(n.requireInteger(1)))
    return failure();
  int64_t axis = n.axisAttr("axis", 0, rankOf(x));
  ScatterMode mode = scatterMode(n);
  return n.finish(b.createOrFold<tn::ScatterElementsOp>(
      x.getType(), x, n.input(1), n.input(2), axis, mode));
}

static LogicalResult importScatterNd(NodeReader &n, TnBuilder &b) {
  if (failed(n.requireRankAtLeast(0, 1)) ||
      failed(n.requireRankAtLeast(1, 1)) || failed(n.requireInteger(1)))
    return failure();
  Value x = n.input(0);
  ScatterMode mode = scatterMode(n);
  if (failed(tupleSize(n, x, n.input(1), 0)))
    return failure();
  return n.finish(b.createOrFold<tn::ScatterNdOp>(x.getType(), x, n.input(1),
                                                  n.input(2), mode));
}

/// Writes new steps into a cache, from a position of its own per batch.
static LogicalResult importTensorScatter(NodeReader &n, TnBuilder &b) {
  Value cache = n.input(0), update = n.input(1), start = n.optionalInput(2);
  if (failed(n.requireRankAtLeast(0, 2)) ||
      failed(n.requireRank(1, rankOf(cache))) ||
      (start && failed(n.requireRank(2, 1))))
    return failure();
  int64_t axis = n.axisAttr("axis", -2, rankOf(cache));
  bool isCircular = n.choiceAttr<bool>(
      "mode", {{"linear", false}, {"circular", true}}, "linear");
  Value step = b.iota(dimsOf(update), axis, b.getI64Type());
  if (start)
    step = b.add(step,
                 b.alongAxis(b.cast(start, b.getI64Type()), 0, rankOf(cache)));
  if (isCircular)
    step = b.binary<tn::ModOp>(step, b.intScalar(dimsOf(cache)[axis]));
  return n.finish(b.createOrFold<tn::ScatterElementsOp>(
      cache.getType(), cache, step, update, axis, ScatterMode::assign));
}

//===--- Order and accumulation -------------------------------------------===//

static LogicalResult buildTopK(NodeReader &n, TnBuilder &b, tn::ExprAttr k) {
  Value x = n.input(0);
  int64_t axis = n.axisAttr("axis", -1, rankOf(x));
  bool largest = n.flagAttr("largest", true);
  n.ignoreAttr("sorted"); // tn.top_k always sorts
  Exprs dims = dimsOf(x);
  dims[axis] = k;
  auto topK =
      tn::TopKOp::create(b, tn::tensorOf(dims, elementOf(x)),
                         tn::tensorOf(dims, b.getI64Type()), x, axis, largest);
  return n.finish({topK.getValues(), topK.getIndices()});
}

static LogicalResult importTopKByAttribute(NodeReader &n, TnBuilder &b) {
  if (failed(n.requireRankAtLeast(0, 1)))
    return failure();
  return buildTopK(n, b, b.size(n.intAttr("k")));
}

static LogicalResult importTopK(NodeReader &n, TnBuilder &b) {
  if (failed(n.requireRankAtLeast(0, 1)) || failed(n.requireInteger(1)))
    return failure();
  Exprs k = n.bind(b.reshape(n.input(1), b.size(1)));
  if (n.failed())
    return failure();
  return buildTopK(n, b, k.front());
}

/// An axis that is only known at run time chooses between the results for all
/// axes.
template <tn::Combiner combiner>
static LogicalResult importCumulative(NodeReader &n, TnBuilder &b) {
  if (failed(n.requireRankAtLeast(0, 1)) || failed(n.requireInteger(1)))
    return failure();
  Value x = n.input(0);
  int64_t rank = rankOf(x);
  bool isExclusive = n.flagAttr("exclusive", false);
  bool isReverse = n.flagAttr("reverse", false);
  auto along = [&](int64_t axis) {
    return b.createOrFold<tn::CumulativeOp>(x.getType(), x, axis, combiner,
                                            isExclusive, isReverse);
  };
  if (std::optional<SmallVector<tn::ExprAttr>> known = n.symbolicInts(1))
    if (known->size() == 1 && known->front().isConstant())
      return n.finish(along(n.axis(known->front().getValue(), rank)));
  Value axis = b.reshape(n.input(1), {});
  Value result = along(0);
  for (int64_t d = 1; d < rank; ++d) {
    Value isThis = b.binary<tn::OrOp>(
        b.compare(ComparePredicate::eq, axis, double(d)),
        b.compare(ComparePredicate::eq, axis, double(d - rank)));
    result = b.select(isThis, along(d), result);
  }
  return n.finish(result);
}

/// values[1] where the position along the new axis is the index, else
/// values[0].
static LogicalResult importOneHot(NodeReader &n, TnBuilder &b) {
  if (failed(n.requireRank(2, 1)))
    return failure();
  Value indices = b.cast(n.input(0), b.getI64Type()), values = n.input(2);
  int64_t axis = n.axisAttr("axis", -1, rankOf(indices) + 1);
  Exprs depth = n.bind(b.cast(n.input(1), b.getI64Type()));
  if (n.failed())
    return failure();
  if (depth.size() != 1)
    return n.error() << "expected one depth, got " << depth.size();
  Value wrapped = b.select(b.compare(ComparePredicate::lt, indices, 0),
                           b.add(indices, b.intScalar(depth.front())), indices);
  Exprs dims = dimsOf(indices);
  dims.insert(dims.begin() + axis, depth.front());
  Value position = b.iota(dims, axis, b.getI64Type());
  Value isHot =
      b.compare(ComparePredicate::eq, position, b.unsqueeze(wrapped, axis));
  auto element = [&](int64_t i) {
    return b.squeeze(b.slice(values, 0, b.size(i), b.size(1)), 0);
  };
  return n.finish(b.select(isHot, element(1), element(0)));
}

void registerIndexing(OpTable &t) {
  t.on("Gather", 1, 2, importGather);
  t.on("GatherElements", 11, 2, importGatherElements);
  t.on("GatherND", 11, 2, importGatherNd);
  t.on("NonZero", 9, 1, importNonZero);
  t.on("Compress", 9, 2, importCompress);
  t.on("ReverseSequence", 10, 2, importReverseSequence);
  t.on("Scatter", 9, 3, importScatterElements);
  t.on("ScatterElements", 11, 3, importScatterElements);
  t.on("ScatterND", 11, 3, importScatterNd);
  t.on("TensorScatter", 24, {2, 3}, importTensorScatter);
  t.on("TopK", 1, 1, importTopKByAttribute);
  t.on("TopK", 10, 2, importTopK);
  t.on("CumSum", 11, 2, importCumulative<tn::Combiner::sum>);
  t.on("CumProd", 26, 2, importCumulative<tn::Combiner::prod>);
  t.on("OneHot", 9, 3, importOneHot);
}

} // namespace tenon::onnx
