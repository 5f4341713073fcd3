//===- Conv.cpp - Convolutions --------------------------------------------===//
//
// ONNX has channels first, tn has them last: operands and results are wrapped
// in transposes, which the layout passes move and cancel.
//
//===----------------------------------------------------------------------===//

#include "Families.h"
#include "Window.h"
#include "tenon/Import/Onnx/OpTable.h"

using namespace mlir;

namespace tenon::onnx {

/// [M, C/groups, K...] to [K..., C/groups, M]; [C, M/groups, K...] (transposed
/// convolution) to [K..., C, M/groups].
static Value weightChannelsLast(TnBuilder &b, Value weight, bool swapChannels) {
  SmallVector<int64_t> permutation = axesBetween(2, rankOf(weight));
  permutation.append(swapChannels ? std::initializer_list<int64_t>{1, 0}
                                  : std::initializer_list<int64_t>{0, 1});
  return b.transpose(weight, permutation);
}

/// Adds the bias, one element per channel, and goes back to channels first.
static Value finishConv(TnBuilder &b, Value conv, Value bias) {
  return b.channelsFirst(bias ? b.add(conv, bias) : conv);
}

static LogicalResult requireSameRank(NodeReader &n) {
  if (failed(requireSpatial(n, 0)))
    return failure();
  return n.requireRank(1, rankOf(n.input(0)));
}

/// Fails if the channel counts of the operand and the weight contradict.
static LogicalResult checkChannels(NodeReader &n, int64_t groups,
                                   tn::ExprAttr channels,
                                   tn::ExprAttr expected) {
  if (groups < 1)
    return n.error() << "attribute \"group\" must be positive";
  if (channels.isConstant() && expected.isConstant() && channels != expected)
    return n.error() << "the operand has " << channels.str()
                     << " channels, the weight is for " << expected.str();
  return success();
}

static LogicalResult importConv(NodeReader &n, TnBuilder &b) {
  if (failed(requireSameRank(n)))
    return failure();
  Value x = n.input(0), weight = n.input(1), bias = n.optionalInput(2);
  Exprs dims = dimsOf(x), weightDims = dimsOf(weight);
  int64_t groups = n.intAttr("group", 1);
  FailureOr<SmallVector<int64_t>> kernel = kernelOfWeight(n, weight, 2);
  if (failed(kernel))
    return failure();
  FailureOr<Window> w = readWindow(n, b, spatialOf(dims), *kernel);
  if (failed(w) || failed(checkChannels(n, groups, dims[1],
                                        tn::mulExpr(weightDims[1], groups))))
    return failure();

  Exprs resultDims{dims[0]};
  resultDims.append(w->output);
  resultDims.push_back(weightDims[0]);
  Value conv = b.createOrFold<tn::ConvOp>(
      tn::tensorOf(resultDims, elementOf(x)), b.channelsLast(x),
      weightChannelsLast(b, weight, /*swapChannels=*/true), w->strides,
      w->dilations, b.shape(w->low), groups);
  return n.finish(finishConv(b, conv, bias));
}

//===--- ConvTranspose
//-----------------------------------------------------===//

namespace {
struct TransposedWindow {
  SmallVector<int64_t> strides, dilations;
  Exprs low, output;
};
} // namespace

/// The size of the result without padding.
static tn::ExprAttr fullSize(tn::ExprAttr dim, int64_t stride, int64_t extent,
                             int64_t outputPadding) {
  return tn::addExpr(tn::mulExpr(tn::addExpr(dim, -1), stride),
                     extent + outputPadding);
}

static FailureOr<TransposedWindow>
readTransposedWindow(NodeReader &n, TnBuilder &b,
                     ArrayRef<tn::ExprAttr> spatial, ArrayRef<int64_t> kernel) {
  size_t rank = spatial.size();
  TransposedWindow w{
      n.intsAttr("strides", rank, 1), n.intsAttr("dilations", rank, 1), {}, {}};
  SmallVector<int64_t> added = n.intsAttr("output_padding", rank, 0);
  SmallVector<int64_t> pads = n.intsAttr("pads", 2 * rank, 0);
  std::optional<SmallVector<int64_t>> sizes = n.intsAttr("output_shape");
  AutoPad mode = autoPadAttr(n);
  if (n.failed())
    return failure();
  if (sizes && sizes->size() > rank) // some exporters list N and C too
    sizes->erase(sizes->begin(), sizes->end() - rank);
  if (sizes && sizes->size() < rank)
    return n.error() << "attribute \"output_shape\" is too short", failure();
  bool same = mode == AutoPad::SameUpper || mode == AutoPad::SameLower;
  if (mode == AutoPad::Valid)
    pads.assign(2 * rank, 0);
  for (auto [i, dim] : llvm::enumerate(spatial)) {
    int64_t extent = (kernel[i] - 1) * w.dilations[i] + 1;
    tn::ExprAttr full = fullSize(dim, w.strides[i], extent, added[i]);
    if (!sizes && !same) {
      w.low.push_back(b.size(pads[i]));
      w.output.push_back(tn::addExpr(full, -(pads[i] + pads[rank + i])));
      continue;
    }
    w.output.push_back(sizes ? b.size((*sizes)[i])
                             : tn::mulExpr(dim, w.strides[i]));
    tn::ExprAttr total =
        tn::maxExpr(tn::subExpr(full, w.output.back()), b.size(0));
    tn::ExprAttr half = tn::floorDivExpr(total, 2);
    w.low.push_back(mode == AutoPad::SameUpper ? half
                                               : tn::subExpr(total, half));
  }
  return w;
}

static LogicalResult importConvTranspose(NodeReader &n, TnBuilder &b) {
  if (failed(requireSameRank(n)))
    return failure();
  Value x = n.input(0), weight = n.input(1), bias = n.optionalInput(2);
  Exprs dims = dimsOf(x), weightDims = dimsOf(weight);
  int64_t groups = n.intAttr("group", 1);
  FailureOr<SmallVector<int64_t>> kernel = kernelOfWeight(n, weight, 2);
  if (failed(kernel) ||
      failed(checkChannels(n, groups, dims[1], weightDims[0])))
    return failure();
  FailureOr<TransposedWindow> w =
      readTransposedWindow(n, b, spatialOf(dims), *kernel);
  if (failed(w))
    return failure();

  Exprs resultDims{dims[0]};
  resultDims.append(w->output);
  resultDims.push_back(tn::mulExpr(weightDims[1], groups));
  Value conv = b.createOrFold<tn::ConvTransposeOp>(
      tn::tensorOf(resultDims, elementOf(x)), b.channelsLast(x),
      weightChannelsLast(b, weight, /*swapChannels=*/false), w->strides,
      w->dilations, b.shape(w->low), groups);
  return n.finish(finishConv(b, conv, bias));
}

void registerConv(OpTable &t) {
  t.on("Conv", 1, {2, 3}, importConv);
  t.on("ConvTranspose", 1, {2, 3}, importConvTranspose);
}

} // namespace tenon::onnx
