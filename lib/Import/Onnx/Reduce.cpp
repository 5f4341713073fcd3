//===- Reduce.cpp - Many elements into one --------------------------------===//
//
// tn.reduce keeps the reduced dims; what ONNX does to the elements before and
// after is elementwise.
//
//===----------------------------------------------------------------------===//

#include "Choice.h"
#include "Families.h"
#include "tenon/Import/Onnx/NodeReader.h"
#include "tenon/Import/Onnx/OpTable.h"

using namespace mlir;

namespace tenon::onnx {

using tn::Combiner;

/// The reduced value of x; reduced dims stay.
using Reduction = Value (*)(TnBuilder &b, Value x, ArrayRef<int64_t> axes);

static Value reduceL1(TnBuilder &b, Value x, ArrayRef<int64_t> axes) {
  return b.sum(b.abs(x), axes);
}
static Value reduceSumSquare(TnBuilder &b, Value x, ArrayRef<int64_t> axes) {
  return b.sum(b.mul(x, x), axes);
}

/// Integers are summed and rooted in a floating-point type.
static Value reduceL2(TnBuilder &b, Value x, ArrayRef<int64_t> axes) {
  mlir::Type element = elementOf(x);
  if (isa<IntegerType>(element))
    x = b.cast(x, b.getF64Type());
  return b.cast(b.sqrt(reduceSumSquare(b, x, axes)), element);
}

static Value reduceLogSum(TnBuilder &b, Value x, ArrayRef<int64_t> axes) {
  mlir::Type element = elementOf(x);
  if (isa<IntegerType>(element))
    x = b.cast(x, b.getF64Type());
  return b.cast(b.log(b.sum(x, axes)), element);
}

/// max + log(sum(exp(x - max))), where an infinite max is replaced by 0: its
/// exp is 0 or infinite as it should be.
static Value reduceLogSumExp(TnBuilder &b, Value x, ArrayRef<int64_t> axes) {
  mlir::Type element = elementOf(x);
  if (isa<IntegerType>(element))
    x = b.cast(x, b.getF64Type());
  Value peak = b.reduce(Combiner::max, x, axes);
  Value isInfinite = b.unary<tn::IsInfOp>(peak);
  Value shift = b.select(isInfinite, b.scalarLike(0, peak), peak);
  Value sum = b.sum(b.exp(b.sub(x, shift)), axes);
  return b.cast(b.add(b.log(sum), shift), element);
}

static Value reduceSum(TnBuilder &b, Value x, ArrayRef<int64_t> axes) {
  return b.sum(x, axes);
}
static Value reduceMean(TnBuilder &b, Value x, ArrayRef<int64_t> axes) {
  return b.mean(x, axes);
}
static Value reduceProd(TnBuilder &b, Value x, ArrayRef<int64_t> axes) {
  return b.reduce(Combiner::prod, x, axes);
}
static Value reduceMax(TnBuilder &b, Value x, ArrayRef<int64_t> axes) {
  return b.reduce(elementOf(x).isInteger(1) ? Combiner::logical_or
                                            : Combiner::max,
                  x, axes);
}
static Value reduceMin(TnBuilder &b, Value x, ArrayRef<int64_t> axes) {
  return b.reduce(elementOf(x).isInteger(1) ? Combiner::logical_and
                                            : Combiner::min,
                  x, axes);
}

template <Reduction reduction>
static LogicalResult importReduce(NodeReader &n, TnBuilder &b) {
  Value x = n.input(0), input = n.optionalInput(1);
  bool keepDims = n.flagAttr("keepdims", true);
  bool noneIfEmpty = n.flagAttr("noop_with_empty_axes", false);
  auto build = [&](ArrayRef<int64_t> axes) {
    Value reduced = reduction(b, x, axes);
    return keepDims ? reduced : b.squeeze(reduced, axes);
  };
  std::optional<SmallVector<int64_t>> given = n.intsAttr("axes");
  if (!given && input && !tn::elementCount(input.getType()).isConstant(0)) {
    FailureOr<Value> reduced = overAxes(n, b, 1, rankOf(x), build);
    return succeeded(reduced) ? n.finish(*reduced) : failure();
  }
  SmallVector<int64_t> axes =
      n.axes(given.value_or(SmallVector<int64_t>()), rankOf(x));
  if (n.failed())
    return failure();
  if (axes.empty() && !noneIfEmpty)
    axes = firstAxes(rankOf(x));
  return n.finish(build(axes));
}

template <bool largest>
static LogicalResult importArgReduce(NodeReader &n, TnBuilder &b) {
  Value x = n.input(0);
  if (failed(n.requireRankAtLeast(0, 1)))
    return failure();
  int64_t axis = n.axisAttr("axis", 0, rankOf(x));
  bool keepDims = n.flagAttr("keepdims", true);
  bool selectLast = n.flagAttr("select_last_index", false);
  Value index = b.createOrFold<tn::ArgReduceOp>(x, axis, largest, selectLast);
  return n.finish(keepDims ? index : b.squeeze(index, axis));
}

namespace {
struct ReduceRow {
  StringRef name;
  OpHandler handler;
};
} // namespace

static constexpr ReduceRow kReductions[] = {
    {"ReduceL1", importReduce<reduceL1>},
    {"ReduceL2", importReduce<reduceL2>},
    {"ReduceLogSum", importReduce<reduceLogSum>},
    {"ReduceLogSumExp", importReduce<reduceLogSumExp>},
    {"ReduceMax", importReduce<reduceMax>},
    {"ReduceMean", importReduce<reduceMean>},
    {"ReduceMin", importReduce<reduceMin>},
    {"ReduceProd", importReduce<reduceProd>},
    {"ReduceSum", importReduce<reduceSum>},
    {"ReduceSumSquare", importReduce<reduceSumSquare>},
};

void registerReduce(OpTable &t) {
  for (const ReduceRow &row : kReductions)
    t.on(row.name, 1, {1, 2}, row.handler);
  t.on("ArgMax", 1, 1, importArgReduce<true>);
  t.on("ArgMin", 1, 1, importArgReduce<false>);
}

} // namespace tenon::onnx
