//===- Pool.cpp - Windows combined into one element -----------------------===//
//
// tn.pool leaves out what lies outside of the operand. So a maximum needs no
// padding value, and an average is a sum divided by how many elements were
// there, which is a constant if no window reaches outside.
//
//===----------------------------------------------------------------------===//

#include "Families.h"
#include "Window.h"
#include "tenon/Import/Onnx/OpTable.h"
#include <numeric>

using namespace mlir;

namespace tenon::onnx {

using tn::Combiner;

/// Reads the window of a pool node over its operand.
static FailureOr<Window> readPool(NodeReader &n, TnBuilder &b) {
  if (failed(requireSpatial(n, 0)))
    return failure();
  Exprs dims = dimsOf(n.input(0));
  SmallVector<int64_t> kernel =
      n.intsAttr("kernel_shape").value_or(SmallVector<int64_t>());
  if (kernel.size() != dims.size() - 2)
    return n.error() << "attribute \"kernel_shape\" must have "
                     << dims.size() - 2 << " elements",
           failure();
  return readWindow(n, b, spatialOf(dims), kernel);
}

/// Pools x, which has its channels last.
template <typename OpTy, typename... Combine>
static Value poolAs(TnBuilder &b, Value x, mlir::Type element, const Window &w,
                    ArrayRef<tn::ExprAttr> low, Combine... combiner) {
  Exprs from = dimsOf(x), dims{from.front()};
  dims.append(w.output);
  dims.push_back(from.back());
  return b.createOrFold<OpTy>(tn::tensorOf(dims, element), x, combiner...,
                              w.kernel, w.strides, w.dilations, b.shape(low));
}

static Value pool(TnBuilder &b, Value x, Combiner combiner, const Window &w,
                  ArrayRef<tn::ExprAttr> low) {
  return poolAs<tn::PoolOp>(b, x, elementOf(x), w, low, combiner);
}

//===--- Averages
//----------------------------------------------------------===//

/// How many elements each window has, as [1, Y..., 1]. With `countPads` the
/// padding counts too, but not what ceil_mode lets hang over it.
static Value windowCounts(TnBuilder &b, ArrayRef<tn::ExprAttr> spatial,
                          mlir::Type element, const Window &w, bool countPads) {
  Exprs dims{b.size(1)}, low = w.low;
  for (auto [dim, before, after] : llvm::zip_equal(spatial, w.low, w.high))
    dims.push_back(countPads ? tn::addExpr(tn::addExpr(dim, before), after)
                             : dim);
  dims.push_back(b.size(1));
  if (countPads)
    low.assign(w.low.size(), b.size(0));
  Value ones = b.full(dims, b.scalar(1, element));
  return pool(b, ones, Combiner::sum, w, low);
}

static LogicalResult importAveragePool(NodeReader &n, TnBuilder &b) {
  bool countPads = n.flagAttr("count_include_pad", false);
  bool overhangs = n.flagAttr("ceil_mode", false);
  FailureOr<Window> w = readPool(n, b);
  if (failed(w))
    return failure();
  Value x = n.input(0);
  Exprs dims = dimsOf(x);
  Value sum = pool(b, b.channelsLast(x), Combiner::sum, *w, w->low);
  bool isFull = !overhangs && (countPads || !w->isPadded());
  int64_t size = std::accumulate(w->kernel.begin(), w->kernel.end(), int64_t(1),
                                 std::multiplies<>());
  Value count =
      isFull ? b.scalarLike(double(size), x)
             : windowCounts(b, spatialOf(dims), elementOf(x), *w, countPads);
  return n.finish(b.channelsFirst(b.div(sum, count)));
}

/// (sum of |x|^p)^(1/p)
static Value rootOfPowers(TnBuilder &b, Value x, int64_t p,
                          llvm::function_ref<Value(Value)> sum) {
  if (p == 1)
    return sum(b.abs(x));
  if (p == 2)
    return b.sqrt(sum(b.mul(x, x)));
  Value powers = b.pow(b.abs(x), b.scalarLike(double(p), x));
  return b.pow(sum(powers), b.scalarLike(1.0 / double(p), x));
}

static LogicalResult importLpPool(NodeReader &n, TnBuilder &b) {
  int64_t p = n.intAttr("p", 2);
  FailureOr<Window> w = readPool(n, b);
  if (failed(w))
    return failure();
  Value last = b.channelsLast(n.input(0));
  Value result = rootOfPowers(b, last, p, [&](Value powers) {
    return pool(b, powers, Combiner::sum, *w, w->low);
  });
  return n.finish(b.channelsFirst(result));
}

//===--- Maxima
//------------------------------------------------------------===//

/// The index that counts the first spatial dim fastest, from the row-major one.
static Value columnMajor(TnBuilder &b, Value index,
                         ArrayRef<tn::ExprAttr> spatial) {
  mlir::Type i64 = b.getI64Type();
  Value result = b.scalar(0, i64), rest = index;
  for (size_t i = spatial.size(); i-- > 0;) {
    Value size = b.sizeAs(spatial[i], i64);
    Value coordinate = b.binary<tn::ModOp>(rest, size);
    Value stride = b.sizeAs(b.product(spatial.take_front(i)), i64);
    result = b.add(result, b.mul(coordinate, stride));
    rest = b.div(rest, size);
  }
  return result;
}

/// Where each maximum lies in the flattened operand. `index` counts within one
/// channel and is [N, C, Y...].
static Value indexInTensor(TnBuilder &b, Value index,
                           ArrayRef<tn::ExprAttr> dims) {
  mlir::Type i64 = b.getI64Type();
  Exprs planes(dims.size(), b.size(1));
  planes[0] = dims[0];
  planes[1] = dims[1];
  Value image = b.iota(planes, 0, i64), channel = b.iota(planes, 1, i64);
  Value plane = b.add(b.mul(image, b.sizeAs(dims[1], i64)), channel);
  Value start = b.mul(plane, b.sizeAs(b.product(spatialOf(dims)), i64));
  return b.add(start, index);
}

static LogicalResult importMaxPool(NodeReader &n, TnBuilder &b) {
  bool columns = n.flagAttr("storage_order", false);
  FailureOr<Window> w = readPool(n, b);
  if (failed(w))
    return failure();
  Exprs dims = dimsOf(n.input(0));
  Value x = b.channelsLast(n.input(0));
  Value largest = b.channelsFirst(pool(b, x, Combiner::max, *w, w->low));
  if (!n.wantsOutput(1))
    return n.finish(largest);
  Value index =
      b.channelsFirst(poolAs<tn::ArgPoolOp>(b, x, b.getI64Type(), *w, w->low));
  if (columns)
    index = columnMajor(b, index, spatialOf(dims));
  return n.finish({largest, indexInTensor(b, index, dims)});
}

//===--- Whole images
//------------------------------------------------------===//

static LogicalResult importGlobalAveragePool(NodeReader &n, TnBuilder &b) {
  if (failed(n.requireRankAtLeast(0, 3)))
    return failure();
  Value x = n.input(0);
  return n.finish(b.mean(x, axesBetween(2, rankOf(x))));
}

static LogicalResult importGlobalMaxPool(NodeReader &n, TnBuilder &b) {
  if (failed(n.requireRankAtLeast(0, 3)))
    return failure();
  Value x = n.input(0);
  return n.finish(b.reduce(Combiner::max, x, axesBetween(2, rankOf(x))));
}

static LogicalResult importGlobalLpPool(NodeReader &n, TnBuilder &b) {
  if (failed(n.requireRankAtLeast(0, 3)))
    return failure();
  Value x = n.input(0);
  SmallVector<int64_t> axes = axesBetween(2, rankOf(x));
  return n.finish(rootOfPowers(b, x, n.intAttr("p", 2), [&](Value powers) {
    return b.sum(powers, axes);
  }));
}

void registerPool(OpTable &t) {
  t.on("AveragePool", 7, 1, importAveragePool);
  t.on("LpPool", 2, 1, importLpPool);
  t.on("MaxPool", 1, 1, importMaxPool);
  t.on("GlobalAveragePool", 1, 1, importGlobalAveragePool);
  t.on("GlobalMaxPool", 1, 1, importGlobalMaxPool);
  t.on("GlobalLpPool", 2, 1, importGlobalLpPool);
}

} // namespace tenon::onnx
