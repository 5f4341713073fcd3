//===- Movement.cpp - The same elements at other places -------------------===//

#include "Choice.h"
#include "Families.h"
#include "ReshapeSolver.h"
#include "tenon/Import/Onnx/NodeReader.h"
#include "tenon/Import/Onnx/OpTable.h"

using namespace mlir;

namespace tenon::onnx {

static LogicalResult importIdentity(NodeReader &n, TnBuilder &) {
  return n.finish(n.input(0));
}

static LogicalResult importTranspose(NodeReader &n, TnBuilder &b) {
  Value x = n.input(0);
  SmallVector<int64_t> reversed = firstAxes(rankOf(x));
  std::reverse(reversed.begin(), reversed.end());
  return n.finish(b.transpose(x, n.intsAttr("perm").value_or(reversed)));
}

static LogicalResult importReshape(NodeReader &n, TnBuilder &b) {
  bool zeroIsSize = n.flagAttr("allowzero", false);
  FailureOr<Exprs> dims = reshapedDims(n, b, zeroIsSize);
  if (failed(dims))
    return failure();
  return n.finish(b.reshape(n.input(0), *dims));
}

static LogicalResult importFlatten(NodeReader &n, TnBuilder &b) {
  Value x = n.input(0);
  int64_t rank = rankOf(x), axis = n.intAttr("axis", 1);
  if (axis != rank)
    axis = n.axis(axis, rank);
  Exprs dims = dimsOf(x);
  ArrayRef<tn::ExprAttr> all = dims;
  return n.finish(b.reshape(
      x, {b.product(all.take_front(axis)), b.product(all.drop_front(axis))}));
}

static LogicalResult importSqueeze(NodeReader &n, TnBuilder &b) {
  Value x = n.input(0);
  Exprs dims = dimsOf(x);
  if (n.optionalInput(1) && !knownInts(n.input(1))) {
    FailureOr<Value> squeezed = overAxes(
        n, b, 1, rankOf(x),
        [&](ArrayRef<int64_t> axes) { return b.squeeze(x, axes); },
        [&](int64_t axis) {
          return !dims[axis].isConstant() || dims[axis].isConstant(1);
        });
    return succeeded(squeezed) ? n.finish(*squeezed) : failure();
  }
  std::optional<SmallVector<int64_t>> given = n.intsAttrOrInput("axes", 1);
  SmallVector<int64_t> axes;
  if (given)
    axes = n.axes(*given, rankOf(x));
  for (auto [i, dim] : llvm::enumerate(dims)) {
    bool isAsked = llvm::is_contained(axes, int64_t(i));
    if (isAsked && dim.isConstant() && !dim.isConstant(1))
      return n.error() << "axis " << i << " has size " << dim.str()
                       << ", only a size of 1 can be dropped";
    if (!given && !dim.isConstant())
      return n.error() << "without \"axes\" it is not known whether axis " << i
                       << " of size " << dim.str() << " is to be dropped";
    if (!given && dim.isConstant(1))
      axes.push_back(i);
  }
  return n.finish(b.squeeze(x, axes));
}

static LogicalResult importUnsqueeze(NodeReader &n, TnBuilder &b) {
  Value x = n.input(0);
  if (std::optional<SmallVector<int64_t>> given = n.intsAttr("axes"))
    return n.finish(
        b.unsqueeze(x, n.axes(*given, rankOf(x) + int64_t(given->size()))));
  if (!n.optionalInput(1))
    return n.error() << "\"axes\" is missing";
  tn::ExprAttr count = tn::elementCount(n.input(1).getType());
  if (!count.isConstant())
    return n.error() << "the number of axes, " << count.str()
                     << ", is only known at run time";
  FailureOr<Value> unsqueezed = overAxes(
      n, b, 1, rankOf(x) + count.getValue(),
      [&](ArrayRef<int64_t> axes) { return b.unsqueeze(x, axes); });
  return succeeded(unsqueezed) ? n.finish(*unsqueezed) : failure();
}

/// The elements of a 1-D input that holds sizes, whatever is known of them.
static FailureOr<Exprs> sizesFromInput(NodeReader &n, unsigned i) {
  if (failed(n.requireRank(i, 1)))
    return failure();
  Exprs sizes = n.bind(n.input(i));
  if (n.failed())
    return failure();
  return sizes;
}

static LogicalResult importExpand(NodeReader &n, TnBuilder &b) {
  Value x = n.input(0);
  FailureOr<Exprs> shape = sizesFromInput(n, 1);
  if (failed(shape))
    return failure();
  FailureOr<Exprs> dims =
      tn::broadcastShapes({dimsOf(x), *shape}, [&] { return n.error(); });
  return succeeded(dims) ? n.finish(b.broadcast(x, *dims)) : failure();
}

/// Each repeated dim d becomes [1, d], is broadcast to [repeats, d], and
/// merged.
static LogicalResult importTile(NodeReader &n, TnBuilder &b) {
  Value x = n.input(0);
  FailureOr<Exprs> repeats = sizesFromInput(n, 1);
  if (failed(repeats))
    return failure();
  if (int64_t(repeats->size()) != rankOf(x))
    return n.error() << repeats->size() << " repeats for rank " << rankOf(x);
  Exprs apart, repeated, merged;
  for (auto [dim, times] : llvm::zip_equal(dimsOf(x), *repeats)) {
    if (!times.isConstant(1)) {
      apart.push_back(b.size(1));
      repeated.push_back(times);
    }
    apart.push_back(dim);
    repeated.push_back(dim);
    merged.push_back(tn::mulExpr(dim, times));
  }
  Value tiled = b.broadcast(b.reshape(x, apart), repeated);
  return n.finish(b.reshape(tiled, merged));
}

static LogicalResult importConcat(NodeReader &n, TnBuilder &b) {
  SmallVector<Value> inputs = n.allInputs();
  if (n.failed())
    return failure();
  int64_t axis = n.axisAttr("axis", rankOf(inputs.front()));
  return n.finish(b.concat(inputs, axis));
}

static int64_t blockSize(NodeReader &n) {
  int64_t size = n.intAttr("blocksize");
  if (size > 0)
    return size;
  n.error() << "attribute \"blocksize\" must be positive";
  return 1;
}

/// Channels hold blocks: [N, b, b, C, H, W] (DCR) or [N, C, b, b, H, W] (CRD)
/// to [N, C, H, b, W, b].
static LogicalResult importDepthToSpace(NodeReader &n, TnBuilder &b) {
  if (failed(n.requireRank(0, 4)))
    return failure();
  int64_t block = blockSize(n);
  bool depthFirst =
      n.choiceAttr<bool>("mode", {{"DCR", true}, {"CRD", false}}, "DCR");
  Value x = n.input(0);
  Exprs d = dimsOf(x);
  tn::ExprAttr s = b.size(block);
  tn::ExprAttr c = tn::floorDivExpr(d[1], block * block);
  Value apart = depthFirst ? b.reshape(x, {d[0], s, s, c, d[2], d[3]})
                           : b.reshape(x, {d[0], c, s, s, d[2], d[3]});
  Value moved = depthFirst ? b.transpose(apart, {0, 3, 4, 1, 5, 2})
                           : b.transpose(apart, {0, 1, 4, 2, 5, 3});
  return n.finish(b.reshape(
      moved, {d[0], c, tn::mulExpr(d[2], block), tn::mulExpr(d[3], block)}));
}

static LogicalResult importSpaceToDepth(NodeReader &n, TnBuilder &b) {
  if (failed(n.requireRank(0, 4)))
    return failure();
  int64_t block = blockSize(n);
  bool depthFirst =
      n.choiceAttr<bool>("mode", {{"DCR", true}, {"CRD", false}}, "DCR");
  Value x = n.input(0);
  Exprs d = dimsOf(x);
  tn::ExprAttr s = b.size(block);
  tn::ExprAttr h = tn::floorDivExpr(d[2], block);
  tn::ExprAttr w = tn::floorDivExpr(d[3], block);
  Value apart = b.reshape(x, {d[0], d[1], h, s, w, s});
  Value moved = depthFirst ? b.transpose(apart, {0, 3, 5, 1, 2, 4})
                           : b.transpose(apart, {0, 1, 3, 5, 2, 4});
  return n.finish(
      b.reshape(moved, {d[0], tn::mulExpr(d[1], block * block), h, w}));
}

/// At inference nothing is dropped. The mask was of the data's type at first.
static LogicalResult importDropout(NodeReader &n, TnBuilder &b) {
  Value x = n.input(0);
  n.ignoreAttr("ratio");
  n.ignoreAttr("seed");
  if (n.optionalInput(2)) {
    FailureOr<SmallVector<int64_t>> isTraining = n.constantInts(2);
    if (failed(isTraining))
      return failure();
    if (isTraining->front() != 0)
      return n.error() << "training_mode is true; Tenon compiles for inference";
  }
  mlir::Type element = n.opset() < 10 ? elementOf(x) : b.getI1Type();
  Value mask =
      n.wantsOutput(1) ? b.full(dimsOf(x), b.scalar(1, element)) : Value();
  return n.finish({x, mask});
}

void registerMovement(OpTable &t) {
  t.on("Identity", 1, 1, importIdentity);
  t.on("Dropout", 7, {1, 3}, importDropout);
  t.on("Transpose", 1, 1, importTranspose);
  t.on("Reshape", 5, 2, importReshape);
  t.on("Flatten", 1, 1, importFlatten);
  t.on("Squeeze", 1, {1, 2}, importSqueeze);
  t.on("Unsqueeze", 1, {1, 2}, importUnsqueeze);
  t.on("Expand", 8, 2, importExpand);
  t.on("Tile", 6, 2, importTile);
  t.on("Concat", 4, Arity::atLeast(1), importConcat);
  t.on("DepthToSpace", 1, 1, importDepthToSpace);
  t.on("SpaceToDepth", 1, 1, importSpaceToDepth);
}

} // namespace tenon::onnx
