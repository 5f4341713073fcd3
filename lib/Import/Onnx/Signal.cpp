//===- Signal.cpp - Windows and Fourier transforms ------------------------===//
//
// A transform is a product with the matrix of its roots of unity.
//
//===----------------------------------------------------------------------===//

#include "Families.h"
#include "tenon/Import/Onnx/NodeReader.h"
#include "tenon/Import/Onnx/OpTable.h"
#include <numbers>

using namespace mlir;

namespace tenon::onnx {

//===--- Windows
//------------------------------------------------------------===//

/// constant - first * cos(t) + second * cos(2 t) over one period.
static LogicalResult importWindow(NodeReader &n, TnBuilder &b, double constant,
                                  double first, double second) {
  bool isPeriodic = n.flagAttr("periodic", true);
  mlir::Type element = n.typeAttr("output_datatype");
  if (!element)
    element = b.getF32Type();
  if (failed(n.requireInteger(0)) || n.failed())
    return failure();
  Exprs size = n.bind(n.input(0));
  if (size.size() != 1)
    return n.error() << "needs one size, not " << size.size();
  mlir::Type wide = b.getF64Type();
  tn::ExprAttr period = isPeriodic ? size[0] : tn::addExpr(size[0], -1);
  Value t = b.div(b.mul(b.iota(size, 0, wide), 2 * std::numbers::pi),
                  b.sizeAs(period, wide));
  Value w = b.add(b.mul(b.unary<tn::CosOp>(t), -first), constant);
  if (second != 0)
    w = b.add(w, b.mul(b.unary<tn::CosOp>(b.mul(t, 2.0)), second));
  return n.finish(b.cast(w, element));
}

static LogicalResult importHann(NodeReader &n, TnBuilder &b) {
  return importWindow(n, b, 0.5, 0.5, 0);
}
static LogicalResult importHamming(NodeReader &n, TnBuilder &b) {
  return importWindow(n, b, 25.0 / 46, 21.0 / 46, 0);
}
static LogicalResult importBlackman(NodeReader &n, TnBuilder &b) {
  return importWindow(n, b, 0.42, 0.5, 0.08);
}

//===--- Fourier transforms
//-------------------------------------------------===//

/// [..., n, 1 or 2] to [..., bins, 2]: the numbers are real or complex; roots
/// of unity are those of `length`.
static Value transform(TnBuilder &b, Value x, tn::ExprAttr length,
                       tn::ExprAttr bins, bool inverse) {
  mlir::Type element = elementOf(x), wide = b.getF64Type();
  int64_t rank = rankOf(x);
  tn::ExprAttr one = b.size(1), samples = dimsOf(x)[rank - 2];
  Value angle =
      b.mul(b.iota({bins, one}, 0, wide), b.iota({one, samples}, 1, wide));
  angle = b.div(b.mul(angle, 2 * std::numbers::pi), b.sizeAs(length, wide));
  Value cosine = b.cast(b.unary<tn::CosOp>(angle), element);
  Value sine = b.cast(b.unary<tn::SinOp>(angle), element);
  if (!inverse)
    sine = b.unary<tn::NegOp>(sine);
  Value real = b.slice(x, rank - 1, b.size(0), one);
  Value re = b.matmul(cosine, real), im = b.matmul(sine, real);
  if (dimsOf(x)[rank - 1].isConstant(2)) {
    Value imaginary = b.slice(x, rank - 1, one, one);
    re = b.sub(re, b.matmul(sine, imaginary));
    im = b.add(im, b.matmul(cosine, imaginary));
  }
  Value result = b.concat({re, im}, rank - 1);
  return inverse ? b.div(result, b.sizeAs(length, element)) : result;
}

static LogicalResult requireComplex(NodeReader &n) {
  if (failed(n.requireRankAtLeast(0, 2)) || failed(n.requireFloat(0)))
    return failure();
  tn::ExprAttr parts = dimsOf(n.input(0)).back();
  if (parts.isConstant(1) || parts.isConstant(2))
    return success();
  return n.error() << "the last dim of input #0 is " << parts.str()
                   << ", expected 1 (real) or 2 (complex)";
}

static LogicalResult importDft(NodeReader &n, TnBuilder &b) {
  if (failed(requireComplex(n)))
    return failure();
  Value x = n.input(0);
  int64_t rank = rankOf(x);
  bool inverse = n.flagAttr("inverse", false);
  bool oneSided = n.flagAttr("onesided", false);
  if (inverse && oneSided)
    return n.error() << "an inverse one-sided transform is not supported";
  int64_t axis = n.opset() >= 20 ? -2 : n.intAttr("axis", 1);
  if (n.optionalInput(2)) {
    FailureOr<SmallVector<int64_t>> given = n.constantInts(2);
    if (failed(given) || given->size() != 1)
      return n.error() << "the axis must be one constant";
    axis = given->front();
  }
  axis = n.axis(axis, rank);
  if (n.failed())
    return failure();
  if (axis == rank - 1)
    return n.error() << "the axis is that of the parts of complex numbers";

  tn::ExprAttr samples = dimsOf(x)[axis], length = samples;
  if (n.optionalInput(1)) {
    length = n.bind(n.input(1)).front();
    // Zeros up to the length, then what is beyond it is cut off.
    Exprs low(rank, b.size(0)), high = low;
    high[axis] = tn::subExpr(tn::maxExpr(length, samples), samples);
    if (!high[axis].isConstant(0))
      x = b.pad(x, b.scalarLike(0, x), low, high);
    x = b.slice(x, axis, b.size(0), length);
  }
  tn::ExprAttr bins =
      oneSided ? tn::addExpr(tn::floorDivExpr(length, 2), 1) : length;
  SmallVector<int64_t> swap = firstAxes(rank);
  std::swap(swap[axis], swap[rank - 2]);
  Value y = transform(b, b.transpose(x, swap), length, bins, inverse);
  return n.finish(b.transpose(y, swap));
}

/// Overlapping frames of [batch, samples, parts], each windowed and
/// transformed.
static LogicalResult importStft(NodeReader &n, TnBuilder &b) {
  if (failed(n.requireRank(0, 3)) || failed(requireComplex(n)))
    return failure();
  Value x = n.input(0), window = n.optionalInput(2);
  bool oneSided = n.flagAttr("onesided", true);
  FailureOr<SmallVector<int64_t>> step = n.constantInts(1);
  if (failed(step) || step->size() != 1 || step->front() < 1)
    return n.error() << "the step must be one positive constant";
  if (window && failed(n.requireRank(2, 1)))
    return failure();
  tn::ExprAttr length;
  if (n.optionalInput(3))
    length = n.bind(n.input(3)).front();
  else if (window)
    length = dimsOf(window)[0];
  else
    return n.error() << "needs a window or a frame length";

  tn::ExprAttr one = b.size(1);
  tn::ExprAttr frames = tn::addExpr(
      tn::floorDivExpr(tn::subExpr(dimsOf(x)[1], length), step->front()), 1);
  mlir::Type i64 = b.getI64Type();
  Value index =
      b.add(b.mul(b.iota({frames, one}, 0, i64), double(step->front())),
            b.iota({one, length}, 1, i64));
  Value framed = b.createOrFold<tn::GatherOp>(x, index, 1);
  if (window)
    framed = b.mul(framed, b.alongAxis(window, 2, 4));
  tn::ExprAttr bins =
      oneSided ? tn::addExpr(tn::floorDivExpr(length, 2), 1) : length;
  return n.finish(transform(b, framed, length, bins, /*inverse=*/false));
}

void registerSignal(OpTable &t) {
  t.on("HannWindow", 17, 1, importHann);
  t.on("HammingWindow", 17, 1, importHamming);
  t.on("BlackmanWindow", 17, 1, importBlackman);
  t.on("DFT", 17, {1, 3}, importDft);
  t.on("STFT", 17, {2, 4}, importStft);
}

} // namespace tenon::onnx
