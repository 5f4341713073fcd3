//===- Window.cpp - The geometry of convolutions and pools ----------------===//

#include "Window.h"

using namespace mlir;

namespace tenon::onnx {

bool Window::isPadded() const {
  auto isZero = [](tn::ExprAttr e) { return e.isConstant(0); };
  return !llvm::all_of(low, isZero) || !llvm::all_of(high, isZero);
}

AutoPad autoPadAttr(NodeReader &n) {
  return n.choiceAttr<AutoPad>("auto_pad",
                               {{"NOTSET", AutoPad::NotSet},
                                {"SAME_UPPER", AutoPad::SameUpper},
                                {"SAME_LOWER", AutoPad::SameLower},
                                {"VALID", AutoPad::Valid}},
                               "NOTSET");
}

LogicalResult requireSpatial(NodeReader &n, unsigned input) {
  int64_t rank = rankOf(n.input(input));
  if (rank >= 3 && rank <= 5)
    return success();
  return n.error() << "input #" << input << " has rank " << rank
                   << "; Tenon has windows over 1 to 3 spatial dims";
}

FailureOr<SmallVector<int64_t>> kernelOfWeight(NodeReader &n, Value weight,
                                               int64_t first) {
  SmallVector<int64_t> kernel;
  SmallVector<tn::ExprAttr> dims = dimsOf(weight);
  for (tn::ExprAttr dim : ArrayRef(dims).drop_front(first)) {
    if (!dim.isConstant())
      return n.error() << "the weight's kernel size is not known", failure();
    kernel.push_back(dim.getValue());
  }
  std::optional<SmallVector<int64_t>> said = n.intsAttr("kernel_shape");
  if (said && *said != kernel)
    return n.error() << "attribute \"kernel_shape\" contradicts the weight's "
                        "shape",
           failure();
  return kernel;
}

/// Padding so that there are ceil(dim / stride) windows; an odd element of it
/// goes to the end (or, for SAME_LOWER, to the beginning).
static void padSame(TnBuilder &b, Window &w, size_t i, tn::ExprAttr dim,
                    bool upper) {
  int64_t extent = (w.kernel[i] - 1) * w.dilations[i] + 1;
  w.output.push_back(tn::ceilDivExpr(dim, w.strides[i]));
  tn::ExprAttr reach = tn::addExpr(
      tn::mulExpr(tn::addExpr(w.output.back(), -1), w.strides[i]), extent);
  tn::ExprAttr total = tn::maxExpr(tn::subExpr(reach, dim), b.size(0));
  tn::ExprAttr smaller = tn::floorDivExpr(total, 2);
  tn::ExprAttr larger = tn::subExpr(total, smaller);
  w.low.push_back(upper ? smaller : larger);
  w.high.push_back(upper ? larger : smaller);
}

/// floor or ceil((low + dim + high - extent) / stride) + 1. With ceil_mode, a
/// window that would begin behind the operand and its low padding is left out.
static tn::ExprAttr outputSize(const Window &w, size_t i, tn::ExprAttr dim,
                               bool roundUp) {
  int64_t extent = (w.kernel[i] - 1) * w.dilations[i] + 1;
  tn::ExprAttr padded = tn::addExpr(tn::addExpr(dim, w.low[i]), w.high[i]);
  tn::ExprAttr room = tn::addExpr(padded, -extent);
  if (!roundUp)
    return tn::addExpr(tn::floorDivExpr(room, w.strides[i]), 1);
  tn::ExprAttr windows = tn::addExpr(tn::ceilDivExpr(room, w.strides[i]), 1);
  tn::ExprAttr beginInside =
      tn::ceilDivExpr(tn::addExpr(dim, w.low[i]), w.strides[i]);
  return tn::minExpr(windows, beginInside);
}

static LogicalResult checkPositive(NodeReader &n, StringRef what,
                                   ArrayRef<int64_t> values) {
  if (llvm::all_of(values, [](int64_t v) { return v > 0; }))
    return success();
  return n.error() << what << " must be positive";
}

FailureOr<Window> readWindow(NodeReader &n, TnBuilder &b,
                             ArrayRef<tn::ExprAttr> spatial,
                             ArrayRef<int64_t> kernel) {
  size_t rank = spatial.size();
  Window w{SmallVector<int64_t>(kernel),
           n.intsAttr("strides", rank, 1),
           n.intsAttr("dilations", rank, 1),
           {},
           {},
           {}};
  SmallVector<int64_t> pads = n.intsAttr("pads", 2 * rank, 0);
  bool roundUp = n.flagAttr("ceil_mode", false);
  AutoPad mode = autoPadAttr(n);
  if (n.failed() || failed(checkPositive(n, "the kernel", w.kernel)) ||
      failed(checkPositive(n, "strides", w.strides)) ||
      failed(checkPositive(n, "dilations", w.dilations)))
    return failure();
  if (mode == AutoPad::Valid)
    pads.assign(2 * rank, 0);
  for (auto [i, dim] : llvm::enumerate(spatial)) {
    if (mode == AutoPad::SameUpper || mode == AutoPad::SameLower) {
      padSame(b, w, i, dim, mode == AutoPad::SameUpper);
      continue;
    }
    w.low.push_back(b.size(pads[i]));
    w.high.push_back(b.size(pads[rank + i]));
    w.output.push_back(outputSize(w, i, dim, roundUp));
    if (w.output.back().isConstant() && w.output.back().getValue() < 0)
      return n.error() << "the window does not fit into spatial dim " << i
                       << " of size " << dim.str(),
             failure();
  }
  return w;
}

} // namespace tenon::onnx
