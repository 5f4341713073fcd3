//===- Slicing.cpp - Parts of a tensor, and what lies around it -----------===//
//
// tn.slice takes a start inside the tensor and a size; ONNX takes ends that may
// count from behind and lie outside. The difference is made here, by constants,
// by expressions of sizes, or by ops on data that is only known at run time.
//
//===----------------------------------------------------------------------===//

#include "Choice.h"
#include "Families.h"
#include "tenon/Dialect/Tn/ShapeFacts.h"
#include "tenon/Import/Onnx/NodeReader.h"
#include "tenon/Import/Onnx/OpTable.h"

using namespace mlir;

namespace tenon::onnx {

using tn::ComparePredicate;

//===--- Bounds as expressions
//---------------------------------------------===//

static tn::ExprAttr lower(tn::ExprAttr a, tn::ExprAttr b) {
  tn::ShapeFacts none;
  if (none.provablyAtMost(a, b))
    return a;
  return none.provablyAtMost(b, a) ? b : tn::minExpr(a, b);
}

static tn::ExprAttr upper(tn::ExprAttr a, tn::ExprAttr b) {
  return lower(a, b) == a ? b : lower(a, b) == b ? a : tn::maxExpr(a, b);
}

/// `index`, plus `dim` where it is negative.
static tn::ExprAttr fromFront(tn::ExprAttr index, tn::ExprAttr dim) {
  tn::Range range = tn::ShapeFacts().range(index);
  if (range.min >= 0)
    return index;
  if (range.max < 0)
    return tn::addExpr(index, dim);
  MLIRContext *context = index.getContext();
  tn::ExprAttr zero = tn::constantExpr(context, 0);
  tn::ExprAttr isNegative = lower(upper(tn::subExpr(zero, index), zero),
                                  tn::constantExpr(context, 1));
  return tn::addExpr(index, tn::mulExpr(dim, isNegative));
}

/// Exporters write INT32_MAX or INT64_MAX for "to the end", and their
/// negatives.
static bool isBeyondAnySize(tn::ExprAttr index) {
  constexpr int64_t limit = std::numeric_limits<int32_t>::max();
  return index.isConstant() &&
         (index.getValue() >= limit || index.getValue() <= -limit);
}

/// An index limited to [low, high].
static tn::ExprAttr clampIndex(tn::ExprAttr index, tn::ExprAttr dim,
                               tn::ExprAttr low, tn::ExprAttr high) {
  if (isBeyondAnySize(index))
    return index.getValue() > 0 ? high : low;
  return lower(upper(fromFront(index, dim), low), high);
}

namespace {
struct Span {
  tn::ExprAttr start, size;
};
} // namespace

static Span sliceSpan(TnBuilder &b, tn::ExprAttr dim, tn::ExprAttr start,
                      tn::ExprAttr end, int64_t step) {
  tn::ExprAttr zero = b.size(0), last = tn::addExpr(dim, -1), length;
  if (step > 0) {
    start = clampIndex(start, dim, zero, dim);
    end = clampIndex(end, dim, zero, dim);
    length = tn::subExpr(end, start);
  } else {
    start = clampIndex(start, dim, zero, last);
    end = clampIndex(end, dim, b.size(-1), last);
    length = tn::subExpr(start, end);
  }
  tn::ExprAttr size = tn::ceilDivExpr(upper(length, zero), std::abs(step));
  return {size.isConstant(0) ? zero : start, size};
}

//===--- Slice
//-------------------------------------------------------------===//

namespace {
/// What a Slice node says; starts and ends have one element per axis.
struct SliceRequest {
  Value starts, ends;
  SmallVector<int64_t> axes, steps;
};
} // namespace

/// Spans by ops, one element per axis, bound to symbols.
static SmallVector<Span> bindSpans(NodeReader &n, TnBuilder &b,
                                   const SliceRequest &request) {
  Exprs dims = dimsOf(n.input(0)), sliced, lowEnd, highEnd;
  SmallVector<int64_t> sign, stride;
  for (auto [axis, step] : llvm::zip_equal(request.axes, request.steps)) {
    sliced.push_back(dims[axis]);
    lowEnd.push_back(b.size(step > 0 ? 0 : -1));
    highEnd.push_back(step > 0 ? dims[axis] : tn::addExpr(dims[axis], -1));
    sign.push_back(step > 0 ? 1 : -1);
    stride.push_back(std::abs(step));
  }
  auto clamped = [&](Value index, Value low) {
    Value wide = b.cast(index, b.getI64Type());
    Value front = b.select(b.compare(ComparePredicate::lt, wide, 0),
                           b.add(wide, b.ints(sliced)), wide);
    return b.min(b.max(front, low), b.ints(highEnd));
  };
  Value start = clamped(request.starts, b.scalar(0, b.getI64Type()));
  Value end = clamped(request.ends, b.ints(lowEnd));
  Value length = b.max(b.mul(b.sub(end, start), b.ints(sign)), 0);
  Value strides = b.ints(stride);
  Value size = b.div(b.sub(b.add(length, strides), 1), strides);
  Exprs bound = n.bind(b.concat({start, size}, 0));

  SmallVector<Span> spans;
  for (size_t i = 0, count = request.axes.size(); i < count && !n.failed(); ++i)
    spans.push_back({bound[i], bound[count + i]});
  return spans;
}

static LogicalResult buildSlice(NodeReader &n, TnBuilder &b,
                                const SliceRequest &request) {
  Value x = n.input(0);
  Exprs dims = dimsOf(x), starts(dims.size(), b.size(0));
  SmallVector<int64_t> steps(dims.size(), 1);
  std::optional<Exprs> from = knownInts(request.starts);
  std::optional<Exprs> to = knownInts(request.ends);
  SmallVector<Span> spans;
  if (from && to)
    for (auto [axis, step, start, end] :
         llvm::zip_equal(request.axes, request.steps, *from, *to))
      spans.push_back(sliceSpan(b, dims[axis], start, end, step));
  else
    spans = bindSpans(n, b, request);
  if (n.failed())
    return failure();
  for (auto [axis, step, span] :
       llvm::zip_equal(request.axes, request.steps, spans)) {
    starts[axis] = span.start;
    dims[axis] = span.size;
    steps[axis] = step;
  }
  return n.finish(b.slice(x, starts, dims, steps));
}

static LogicalResult checkSlice(NodeReader &n, const SliceRequest &request) {
  auto count = [](Value v) {
    auto type = cast<RankedTensorType>(v.getType());
    return type.getRank() == 1 ? type.getDimSize(0) : ShapedType::kDynamic;
  };
  int64_t axes = request.axes.size();
  if (count(request.starts) != axes || count(request.ends) != axes ||
      int64_t(request.steps.size()) != axes)
    return n.error() << "starts, ends, axes and steps have different or "
                        "unknown lengths";
  if (llvm::is_contained(request.steps, 0))
    return n.error() << "a step is 0";
  return success();
}

/// The axes of a slice in the order given: starts and ends follow them.
static SmallVector<int64_t> sliceAxes(NodeReader &n, ArrayRef<int64_t> given) {
  int64_t rank = rankOf(n.input(0));
  n.axes(given, rank); // reports duplicates
  return llvm::map_to_vector(given,
                             [&](int64_t axis) { return n.axis(axis, rank); });
}

static LogicalResult importSliceByAttributes(NodeReader &n, TnBuilder &b) {
  SmallVector<int64_t> none, starts = n.intsAttr("starts").value_or(none),
                             ends = n.intsAttr("ends").value_or(none);
  SmallVector<int64_t> axes =
      n.intsAttr("axes").value_or(firstAxes(starts.size()));
  SliceRequest request{b.ints(starts), b.ints(ends), sliceAxes(n, axes),
                       SmallVector<int64_t>(axes.size(), 1)};
  if (n.failed() || failed(checkSlice(n, request)))
    return failure();
  return buildSlice(n, b, request);
}

/// A slice whose axes or steps are known at run time only: what lies at indices
/// that are computed for each axis.
static LogicalResult importSliceByIndices(NodeReader &n, TnBuilder &b,
                                          const SliceRequest &request,
                                          Value axes, Value steps) {
  Value x = n.input(0), sizes = b.ints(dimsOf(x));
  int64_t rank = rankOf(x);
  auto spread = [&](Value values, Value otherwise) {
    return perAxis(b, values, axes, rank, otherwise);
  };
  auto all = [&](int64_t value) {
    return b.ints(SmallVector<int64_t>(rank, value));
  };
  Value step = spread(steps, all(1));
  Value isZero = b.compare(ComparePredicate::eq, step, 0);
  Value isWrong =
      b.squeeze(b.reduce(tn::Combiner::logical_or, isZero, {0}), {0});
  tn::CheckOp::create(b, b.createOrFold<tn::NotOp>(isWrong),
                      b.getStringAttr("a step is 0"));
  Value isForward = b.compare(ComparePredicate::gt, step, 0);
  Value last = b.select(isForward, sizes, b.sub(sizes, 1));
  auto clamped = [&](Value index, Value low) {
    Value front = b.select(b.compare(ComparePredicate::lt, index, 0),
                           b.add(index, sizes), index);
    return b.min(b.max(front, low), last);
  };
  Value start = clamped(spread(request.starts, all(0)), all(0));
  Value end = clamped(spread(request.ends, sizes),
                      b.select(isForward, all(0), all(-1)));
  Value length = b.select(isForward, b.sub(end, start), b.sub(start, end));
  // A stride beyond the size is as good as the size, and does not overflow.
  Value stride = b.min(b.abs(step), b.max(sizes, 1));
  Exprs counts = n.bind(
      b.div(b.max(b.sub(b.add(length, stride), 1), 0), stride));
  if (n.failed())
    return failure();
  for (int64_t axis = 0; axis < rank; ++axis) {
    auto own = [&](Value values) {
      return b.reshape(b.slice(values, 0, b.size(axis), b.size(1)), {});
    };
    Value position = b.iota(counts[axis], 0, b.getI64Type());
    Value index = b.add(b.mul(position, own(step)), own(start));
    x = b.createOrFold<tn::GatherOp>(x, index, axis);
  }
  return n.finish(x);
}

static LogicalResult importSlice(NodeReader &n, TnBuilder &b) {
  // Exporters write scalars for lists of one.
  auto list = [&](Value v) { return rankOf(v) == 0 ? b.unsqueeze(v, {0}) : v; };
  SliceRequest request{list(n.input(1)), list(n.input(2)), {}, {}};
  if (rankOf(request.starts) != 1 || rankOf(request.ends) != 1)
    return n.error() << "starts and ends must have rank 1";
  // Without axes, the starts are for the first ones.
  tn::ExprAttr count = dimsOf(request.starts).front();
  auto isKnown = [&](unsigned i) {
    return !n.optionalInput(i) || knownInts(n.input(i));
  };
  if ((!isKnown(3) || !isKnown(4)) && count.isConstant()) {
    Value axes = n.optionalInput(3), steps = n.optionalInput(4);
    for (Value given : {request.ends, axes, steps})
      if (given && tn::elementCount(given.getType()) != count)
        return n.error() << "starts, ends, axes and steps have different "
                            "lengths";
    if (!axes)
      axes = b.ints(firstAxes(count.getValue()));
    if (!steps)
      steps = b.ints(SmallVector<int64_t>(count.getValue(), 1));
    return importSliceByIndices(n, b, request, axes, steps);
  }
  int64_t most = rankOf(n.input(0));
  FailureOr<SmallVector<int64_t>> axes =
      n.optionalInput(3)
          ? n.constantInts(3)
          : firstAxes(count.isConstant() ? std::min(count.getValue(), most)
                                         : most);
  FailureOr<SmallVector<int64_t>> steps =
      n.optionalInput(4)
          ? n.constantInts(4)
          : SmallVector<int64_t>(succeeded(axes) ? axes->size() : 0, 1);
  if (failed(axes) || failed(steps))
    return failure();
  request.axes = sliceAxes(n, *axes);
  request.steps = *steps;
  // Lists whose length is only known at run time must have that of the axes.
  for (Value *bounds : {&request.starts, &request.ends})
    if (!dimsOf(*bounds).front().isConstant())
      *bounds = b.reshape(*bounds, {b.size(axes->size())});
  if (n.failed() || failed(checkSlice(n, request)))
    return failure();
  return buildSlice(n, b, request);
}

//===--- Split
//-------------------------------------------------------------===//

/// Parts of the given sizes along `axis`.
static LogicalResult buildSplit(NodeReader &n, TnBuilder &b, int64_t axis,
                                ArrayRef<tn::ExprAttr> sizes) {
  if (sizes.size() != n.numOutputs())
    return n.error() << sizes.size() << " sizes for " << n.numOutputs()
                     << " outputs";
  tn::ExprAttr start = b.size(0), dim = dimsOf(n.input(0))[axis];
  SmallVector<Value> parts;
  for (tn::ExprAttr size : sizes) {
    parts.push_back(b.slice(n.input(0), axis, start, size));
    start = tn::addExpr(start, size);
  }
  if (start.isConstant() && dim.isConstant() && start != dim)
    return n.error() << "the parts have " << start.str()
                     << " elements together, axis " << axis << " has "
                     << dim.str();
  return n.finish(parts);
}

/// Parts of equal size; with `roundUp` the last ones may be smaller.
static Exprs equalParts(TnBuilder &b, tn::ExprAttr dim, unsigned count,
                        bool roundUp) {
  tn::ExprAttr part = roundUp ? tn::ceilDivExpr(dim, int64_t(count))
                              : tn::floorDivExpr(dim, int64_t(count));
  if (!roundUp)
    return Exprs(count, part);
  Exprs sizes;
  for (unsigned i = 0; i < count; ++i) {
    tn::ExprAttr left = tn::subExpr(dim, tn::mulExpr(part, i));
    sizes.push_back(lower(part, upper(left, b.size(0))));
  }
  return sizes;
}

static LogicalResult importSplit(NodeReader &n, TnBuilder &b) {
  Value x = n.input(0);
  if (failed(n.requireRankAtLeast(0, 1)))
    return failure();
  int64_t axis = n.axisAttr("axis", 0, rankOf(x));
  if (n.intAttr("num_outputs", n.numOutputs()) != n.numOutputs())
    return n.error()
           << "attribute \"num_outputs\" is not the number of outputs";
  Exprs sizes;
  if (std::optional<SmallVector<int64_t>> given = n.intsAttr("split"))
    sizes = b.sizes(*given);
  else if (n.optionalInput(1))
    sizes = n.bind(n.input(1));
  else
    sizes = equalParts(b, dimsOf(x)[axis], std::max(n.numOutputs(), 1u),
                       n.opset() >= 18);
  return n.failed() ? failure() : buildSplit(n, b, axis, sizes);
}

//===--- Pad
//---------------------------------------------------------------===//

namespace {
/// Per dim: what is cut off and what is added, before and after.
struct PadSizes {
  Exprs cutLow, cutHigh, low, high;
};
} // namespace

/// `pads` holds the sizes before each of `axes`, then those after.
static PadSizes padSizes(TnBuilder &b, int64_t rank, ArrayRef<int64_t> axes,
                         ArrayRef<tn::ExprAttr> cut,
                         ArrayRef<tn::ExprAttr> added) {
  Exprs zeros(rank, b.size(0));
  PadSizes sizes{zeros, zeros, zeros, zeros};
  for (auto [i, axis] : llvm::enumerate(axes)) {
    sizes.cutLow[axis] = cut[i];
    sizes.cutHigh[axis] = cut[axes.size() + i];
    sizes.low[axis] = added[i];
    sizes.high[axis] = added[axes.size() + i];
  }
  return sizes;
}

static LogicalResult buildPad(NodeReader &n, TnBuilder &b, Value pads,
                              Value value, ArrayRef<int64_t> axes) {
  auto mode = n.choiceAttr<tn::PadMode>("mode",
                                        {{"constant", tn::PadMode::constant},
                                         {"reflect", tn::PadMode::reflect},
                                         {"edge", tn::PadMode::edge},
                                         {"wrap", tn::PadMode::wrap}},
                                        "constant");
  Value x = n.input(0);
  auto type = cast<RankedTensorType>(pads.getType());
  if (type.getRank() != 1 || type.getDimSize(0) != int64_t(2 * axes.size()))
    return n.error() << "expected " << 2 * axes.size() << " pads";
  Exprs cut, added;
  if (std::optional<Exprs> known = knownInts(pads)) {
    for (tn::ExprAttr pad : *known) {
      cut.push_back(upper(tn::subExpr(b.size(0), pad), b.size(0)));
      added.push_back(upper(pad, b.size(0)));
    }
  } else {
    Value wide = b.cast(pads, b.getI64Type());
    cut = n.bind(b.max(b.neg(wide), 0));
    added = n.bind(b.max(wide, 0));
  }
  PadSizes sizes = padSizes(b, rankOf(x), axes, cut, added);
  Exprs dims;
  for (auto [dim, low, high] :
       llvm::zip_equal(dimsOf(x), sizes.cutLow, sizes.cutHigh))
    dims.push_back(tn::subExpr(tn::subExpr(dim, low), high));
  Value kept =
      b.slice(x, sizes.cutLow, dims, SmallVector<int64_t>(rankOf(x), 1));
  return n.finish(b.pad(kept, value, sizes.low, sizes.high, mode));
}

static LogicalResult importPadByAttributes(NodeReader &n, TnBuilder &b) {
  Value x = n.input(0);
  Value value = b.scalarLike(n.floatAttr("value", 0), x);
  SmallVector<int64_t> pads = n.intsAttr("pads", 2 * rankOf(x), 0);
  return buildPad(n, b, b.ints(pads), value, firstAxes(rankOf(x)));
}

static LogicalResult importPad(NodeReader &n, TnBuilder &b) {
  Value x = n.input(0), value = n.optionalInput(2);
  if (!value)
    value = b.scalarLike(0, x);
  SmallVector<int64_t> axes = firstAxes(rankOf(x));
  if (n.optionalInput(3) && !knownInts(n.input(3))) {
    tn::ExprAttr count = tn::elementCount(n.input(3).getType());
    Value pads = n.input(1);
    if (!count.isConstant() ||
        tn::elementCount(pads.getType()) != tn::mulExpr(count, 2))
      return n.error() << "there must be two pads for each axis";
    Value zeros = b.ints(SmallVector<int64_t>(axes.size(), 0));
    auto side = [&](int64_t which) {
      Value own = b.slice(pads, 0, tn::mulExpr(count, which), count);
      return perAxis(b, own, n.input(3), axes.size(), zeros);
    };
    return buildPad(n, b, b.concat({side(0), side(1)}, 0), value, axes);
  }
  if (n.optionalInput(3)) {
    FailureOr<SmallVector<int64_t>> given = n.constantInts(3);
    if (failed(given))
      return failure();
    axes = sliceAxes(n, *given);
  }
  return n.failed() ? failure() : buildPad(n, b, n.input(1), value, axes);
}

void registerSlicing(OpTable &t) {
  t.on("Slice", 1, 1, importSliceByAttributes);
  t.on("Slice", 10, {3, 5}, importSlice);
  t.on("Split", 2, {1, 2}, importSplit);
  t.on("Pad", 2, 1, importPadByAttributes);
  t.on("Pad", 11, {2, 4}, importPad);
}

} // namespace tenon::onnx
