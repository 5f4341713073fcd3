//===- Resize.cpp - Interpolation along axes ------------------------------===//
//
// Each axis is resized on its own: source positions are computed on an iota,
// and each tap of the filter is one tn.gather, weighted along the axis.
//
//===----------------------------------------------------------------------===//

#include "Families.h"
#include "mlir/IR/Matchers.h"
#include "tenon/Import/Onnx/NodeReader.h"
#include "tenon/Import/Onnx/OpTable.h"
#include <cmath>

using namespace mlir;

namespace tenon::onnx {

using tn::ComparePredicate;

namespace {
enum class Filter : uint8_t { Nearest, Linear, Cubic };
enum class Coordinates : uint8_t {
  HalfPixel,
  HalfPixelSymmetric,
  PytorchHalfPixel,
  AlignCorners,
  Asymmetric,
  TfHalfPixel,
  TfCropAndResize,
};
enum class Nearest : uint8_t { PreferFloor, PreferCeil, Floor, Ceil };
enum class Policy : uint8_t { Stretch, NotLarger, NotSmaller };

struct ResizeMode {
  Filter filter = Filter::Nearest;
  Coordinates coordinates = Coordinates::Asymmetric;
  Nearest nearest = Nearest::Floor;
  double cubic = -0.75;
  bool excludeOutside = false;
  double extrapolation = 0;
};

/// One axis. `scale`, `length` (the size of the result before it is rounded)
/// and the region of interest are f32 scalars.
struct ResizedAxis {
  int64_t axis;
  tn::ExprAttr from, to;
  Value scale, length;
  Value start, end;     // null unless the coordinates need them
  bool isWhole = false; // neither scaled nor cropped
};

/// The element of the operand that a tap reads, and its weight; vectors.
struct Tap {
  Value index, weight;
};
} // namespace

//===--- Source positions -------------------------------------------------===//

/// Positions in the operand of the elements of the result: f32, 1-D.
static Value sourcePositions(TnBuilder &b, Coordinates coordinates,
                             const ResizedAxis &a) {
  mlir::Type f32 = b.getF32Type();
  Value x = b.iota(a.to, 0, f32), from = b.sizeAs(a.from, f32);
  Value halfPixel = b.sub(b.div(b.add(x, 0.5), a.scale), 0.5);
  Value isOne = b.compare(ComparePredicate::eq, a.length, 1);
  Value steps = b.select(isOne, b.scalar(1, f32), b.sub(a.length, 1));
  switch (coordinates) {
  case Coordinates::HalfPixel:
    return halfPixel;
  case Coordinates::HalfPixelSymmetric: {
    Value adjustment = b.div(b.sizeAs(a.to, f32), a.length);
    Value offset = b.mul(b.div(from, 2), b.sub(b.scalar(1, f32), adjustment));
    return b.add(halfPixel, offset);
  }
  case Coordinates::PytorchHalfPixel:
    return b.select(b.compare(ComparePredicate::gt, a.length, 1), halfPixel,
                    b.scalar(0, f32));
  case Coordinates::AlignCorners:
    return b.div(b.mul(x, b.sub(from, 1)), steps);
  case Coordinates::Asymmetric:
    return b.div(x, a.scale);
  case Coordinates::TfHalfPixel:
    return b.div(b.add(x, 0.5), a.scale);
  case Coordinates::TfCropAndResize: {
    Value last = b.sub(from, 1);
    Value first = b.mul(a.start, last);
    Value step = b.div(b.mul(b.sub(a.end, a.start), last), steps);
    Value middle = b.mul(b.mul(b.add(a.start, a.end), 0.5), last);
    return b.select(isOne, middle, b.add(first, b.mul(x, step)));
  }
  }
  llvm_unreachable("unknown coordinates");
}

static Value roundPosition(TnBuilder &b, Nearest nearest, Value position) {
  switch (nearest) {
  case Nearest::PreferFloor:
    return b.unary<tn::CeilOp>(b.sub(position, 0.5));
  case Nearest::PreferCeil:
    return b.unary<tn::FloorOp>(b.add(position, 0.5));
  case Nearest::Floor:
    return b.unary<tn::FloorOp>(position);
  case Nearest::Ceil:
    return b.unary<tn::CeilOp>(position);
  }
  llvm_unreachable("unknown rounding");
}

//===--- Taps -------------------------------------------------------------===//

/// Keys' cubic: `near` for distances up to 1, `far` for those up to 2.
static Value cubicNear(TnBuilder &b, Value d, double a) {
  Value slope = b.sub(b.mul(d, a + 2), a + 3);
  return b.add(b.mul(b.mul(slope, d), d), 1);
}
static Value cubicFar(TnBuilder &b, Value d, double a) {
  Value inner = b.add(b.mul(b.sub(b.mul(d, a), 5 * a), d), 8 * a);
  return b.sub(b.mul(inner, d), 4 * a);
}

/// The taps around a position; indices (f32) may lie outside.
static SmallVector<Tap> tapsAround(TnBuilder &b, const ResizeMode &mode,
                                   Value position) {
  Value base = b.unary<tn::FloorOp>(position);
  Value after = b.sub(position, base);
  Value before = b.sub(b.scalarLike(1, after), after);
  if (mode.filter == Filter::Linear)
    return {{base, before}, {b.add(base, 1), after}};
  return {{b.sub(base, 1), cubicFar(b, b.add(after, 1), mode.cubic)},
          {base, cubicNear(b, after, mode.cubic)},
          {b.add(base, 1), cubicNear(b, before, mode.cubic)},
          {b.add(base, 2), cubicFar(b, b.add(before, 1), mode.cubic)}};
}

static Value isInside(TnBuilder &b, Value position, tn::ExprAttr size) {
  Value last = b.sizeAs(tn::addExpr(size, -1), elementOf(position));
  return b.binary<tn::AndOp>(b.compare(ComparePredicate::ge, position, 0),
                             b.compare(ComparePredicate::le, position, last));
}

/// Outer taps get no weight, the others are scaled to a sum of 1.
static void excludeOutside(TnBuilder &b, MutableArrayRef<Tap> taps,
                           tn::ExprAttr size) {
  Value sum;
  for (Tap &tap : taps) {
    tap.weight = b.select(isInside(b, tap.index, size), tap.weight,
                          b.scalarLike(0, tap.weight));
    sum = sum ? b.add(sum, tap.weight) : tap.weight;
  }
  for (Tap &tap : taps)
    tap.weight = b.div(tap.weight, sum);
}

/// Elements of x along an axis; indices outside are those at the edge.
static Value gatherClamped(TnBuilder &b, Value x, Value index,
                           const ResizedAxis &a) {
  Value last = b.sizeAs(tn::addExpr(a.from, -1), elementOf(index));
  Value clamped = b.cast(b.min(b.max(index, 0), last), b.getI64Type());
  return b.createOrFold<tn::GatherOp>(x, clamped, a.axis);
}

static Value resizeAxis(TnBuilder &b, const ResizeMode &mode, Value x,
                        const ResizedAxis &a, Value position) {
  if (mode.filter == Filter::Nearest)
    return gatherClamped(b, x, roundPosition(b, mode.nearest, position), a);
  SmallVector<Tap> taps = tapsAround(b, mode, position);
  if (mode.excludeOutside)
    excludeOutside(b, taps, a.from);
  Value sum;
  for (const Tap &tap : taps) {
    Value weight =
        b.alongAxis(b.cast(tap.weight, elementOf(x)), a.axis, rankOf(x));
    Value term = b.mul(gatherClamped(b, x, tap.index, a), weight);
    sum = sum ? b.add(sum, term) : term;
  }
  return sum;
}

static LogicalResult buildResize(NodeReader &n, TnBuilder &b,
                                 const ResizeMode &mode,
                                 ArrayRef<ResizedAxis> axes) {
  if (n.failed())
    return failure();
  Value x = n.input(0);
  mlir::Type element = elementOf(x);
  if (mode.filter != Filter::Nearest && !isa<FloatType>(element))
    x = b.cast(x, b.getF32Type());
  bool crops = mode.coordinates == Coordinates::TfCropAndResize;
  SmallVector<std::pair<int64_t, Value>> inside;
  for (const ResizedAxis &a : axes) {
    if (a.isWhole)
      continue;
    Value position = sourcePositions(b, mode.coordinates, a);
    x = resizeAxis(b, mode, x, a, position);
    if (crops)
      inside.push_back({a.axis, isInside(b, position, a.from)});
  }
  for (auto [axis, isIn] : inside)
    x = b.select(b.alongAxis(isIn, axis, rankOf(x)), x,
                 b.scalarLike(mode.extrapolation, x));
  return n.finish(b.cast(x, element));
}

//===--- Sizes ------------------------------------------------------------===//

/// floor(dim * scale), where it is exact in integers.
static tn::ExprAttr scaledSize(tn::ExprAttr dim, double scale) {
  if (dim.isConstant())
    return tn::constantExpr(
        dim.getContext(),
        int64_t(std::floor(float(dim.getValue()) * float(scale))));
  constexpr int64_t steps = 1024;
  double numerator = scale * steps;
  if (numerator != std::floor(numerator) || numerator > 1e6)
    return {};
  return tn::floorDivExpr(tn::mulExpr(dim, int64_t(numerator)), steps);
}

/// Of a vector that is joined from parts, that of a part, which may be known.
static Value elementAt(TnBuilder &b, Value vector, int64_t i) {
  while (auto concat = vector.getDefiningOp<tn::ConcatOp>()) {
    int64_t inPart = i;
    auto part = llvm::find_if(concat.getOperands(), [&](Value operand) {
      tn::ExprAttr size = tn::elementCount(operand.getType());
      if (!size.isConstant() || inPart < size.getValue())
        return true;
      inPart -= size.getValue();
      return false;
    });
    if (!tn::elementCount((*part).getType()).isConstant())
      break;
    vector = *part;
    i = inPart;
  }
  DenseElementsAttr value;
  if (elementOf(vector).isF32() &&
      mlir::matchPattern(vector, mlir::m_Constant(&value)))
    return b.scalar(value.getValues<float>()[i], elementOf(vector));
  return b.squeeze(b.slice(vector, 0, b.size(i), b.size(1)), 0);
}

static bool isKnown(Value scalar, double wanted) {
  DenseElementsAttr value;
  return mlir::matchPattern(scalar, mlir::m_Constant(&value)) &&
         value.getSplatValue<llvm::APFloat>().convertToDouble() == wanted;
}

/// Fills `to`, `scale` and `length` from a tensor of scales.
static void scaleAxes(NodeReader &n, TnBuilder &b, Value scales,
                      std::optional<SmallVector<double>> known,
                      MutableArrayRef<ResizedAxis> axes) {
  mlir::Type f32 = b.getF32Type();
  for (auto [i, a] : llvm::enumerate(axes)) {
    if (known && !((*known)[i] > 0)) {
      n.error() << "scale " << (*known)[i] << " must be positive";
      return;
    }
    a.scale = known ? b.scalar((*known)[i], f32) : elementAt(b, scales, i);
    a.length = b.mul(b.sizeAs(a.from, f32), a.scale);
    a.to = known ? scaledSize(a.from, (*known)[i]) : tn::ExprAttr();
    a.isWhole = known && (*known)[i] == 1;
    if (a.to)
      continue;
    Exprs bound =
        n.bind(b.cast(b.unary<tn::FloorOp>(a.length), b.getI64Type()));
    if (n.failed())
      return;
    a.to = bound.front();
  }
}

/// Fills them from sizes; with a policy, the ratio stays what it is.
static void sizeAxes(NodeReader &n, TnBuilder &b, ArrayRef<tn::ExprAttr> sizes,
                     Policy policy, MutableArrayRef<ResizedAxis> axes) {
  mlir::Type f32 = b.getF32Type();
  Value common;
  for (auto [a, size] : llvm::zip_equal(axes, sizes)) {
    a.to = size;
    a.length = b.sizeAs(size, f32);
    a.scale = b.div(a.length, b.sizeAs(a.from, f32));
    a.isWhole = a.from == size;
    if (policy == Policy::NotLarger)
      common = common ? b.min(common, a.scale) : a.scale;
    if (policy == Policy::NotSmaller)
      common = common ? b.max(common, a.scale) : a.scale;
  }
  if (!common)
    return;
  for (ResizedAxis &a : axes) {
    a.scale = common;
    a.length = b.mul(b.sizeAs(a.from, f32), common);
    Value rounded = b.unary<tn::FloorOp>(b.add(a.length, 0.5));
    Exprs bound = n.bind(b.cast(rounded, b.getI64Type()));
    if (n.failed())
      return;
    a.to = bound.front();
    a.isWhole = a.from == a.to;
  }
}

static SmallVector<ResizedAxis> axesOf(Value x, ArrayRef<int64_t> axes) {
  Exprs dims = dimsOf(x);
  return llvm::map_to_vector(axes, [&](int64_t axis) {
    ResizedAxis a{};
    a.axis = axis;
    a.from = dims[axis];
    return a;
  });
}

/// An optional input that is not an empty list.
static Value givenList(NodeReader &n, unsigned i) {
  Value list = n.optionalInput(i);
  return list && rankOf(list) == 1 && dimsOf(list)[0].isConstant(0) ? Value()
                                                                    : list;
}

static LogicalResult requireCount(NodeReader &n, Value list, int64_t count,
                                  StringRef what) {
  if (rankOf(list) == 1 && dimsOf(list)[0].isConstant(count))
    return success();
  return n.error() << "expected " << count << " " << what << ", got "
                   << list.getType();
}

/// The elements of a constant list of scales; nullopt at run time.
static std::optional<SmallVector<double>> knownScales(NodeReader &n,
                                                      unsigned i) {
  if (!n.input(i).getDefiningOp<tn::ConstantOp>())
    return std::nullopt;
  FailureOr<SmallVector<double>> scales = n.constantFloats(i);
  return succeeded(scales) ? std::optional(*scales) : std::nullopt;
}

//===--- Operators --------------------------------------------------------===//

static Filter filterAttr(NodeReader &n) {
  return n.choiceAttr<Filter>("mode",
                              {{"nearest", Filter::Nearest},
                               {"linear", Filter::Linear},
                               {"cubic", Filter::Cubic}},
                              "nearest");
}

/// Upsample and the first Resize: scales only.
static LogicalResult importScaled(NodeReader &n, TnBuilder &b) {
  ResizeMode mode;
  mode.filter = filterAttr(n);
  Value x = n.input(0);
  SmallVector<ResizedAxis> axes = axesOf(x, firstAxes(rankOf(x)));
  if (failed(requireCount(n, n.input(1), axes.size(), "scales")))
    return failure();
  scaleAxes(n, b, n.input(1), knownScales(n, 1), axes);
  return buildResize(n, b, mode, axes);
}

static LogicalResult importUpsampleByAttribute(NodeReader &n, TnBuilder &b) {
  ResizeMode mode;
  mode.filter = filterAttr(n);
  Value x = n.input(0);
  SmallVector<float> scales =
      n.floatsAttr("scales").value_or(SmallVector<float>());
  SmallVector<ResizedAxis> axes = axesOf(x, firstAxes(rankOf(x)));
  if (scales.size() != axes.size())
    return n.error() << scales.size() << " scales for rank " << axes.size();
  scaleAxes(n, b, Value(), SmallVector<double>(scales.begin(), scales.end()),
            axes);
  return buildResize(n, b, mode, axes);
}

static ResizeMode readMode(NodeReader &n) {
  ResizeMode mode;
  mode.filter = filterAttr(n);
  mode.coordinates = n.choiceAttr<Coordinates>(
      "coordinate_transformation_mode",
      {{"half_pixel", Coordinates::HalfPixel},
       {"half_pixel_symmetric", Coordinates::HalfPixelSymmetric},
       {"pytorch_half_pixel", Coordinates::PytorchHalfPixel},
       {"align_corners", Coordinates::AlignCorners},
       {"asymmetric", Coordinates::Asymmetric},
       {"tf_half_pixel_for_nn", Coordinates::TfHalfPixel},
       {"tf_crop_and_resize", Coordinates::TfCropAndResize}},
      "half_pixel");
  mode.nearest =
      n.choiceAttr<Nearest>("nearest_mode",
                            {{"round_prefer_floor", Nearest::PreferFloor},
                             {"round_prefer_ceil", Nearest::PreferCeil},
                             {"floor", Nearest::Floor},
                             {"ceil", Nearest::Ceil}},
                            "round_prefer_floor");
  mode.cubic = n.floatAttr("cubic_coeff_a", -0.75);
  mode.excludeOutside = n.flagAttr("exclude_outside", false);
  mode.extrapolation = n.floatAttr("extrapolation_value", 0);
  if (n.flagAttr("antialias", false))
    n.error() << "attribute \"antialias\" is not supported";
  return mode;
}

/// Region of interest: all starts, then all ends.
static LogicalResult readRegion(NodeReader &n, TnBuilder &b,
                                MutableArrayRef<ResizedAxis> axes) {
  Value region = givenList(n, 1);
  int64_t count = axes.size();
  if (!region)
    return n.error() << "tf_crop_and_resize needs input \"roi\"";
  if (failed(requireCount(n, region, 2 * count, "elements of \"roi\"")))
    return failure();
  for (int64_t i = 0; i < count; ++i) {
    axes[i].start = b.cast(elementAt(b, region, i), b.getF32Type());
    axes[i].end = b.cast(elementAt(b, region, count + i), b.getF32Type());
    axes[i].isWhole &= isKnown(axes[i].start, 0) && isKnown(axes[i].end, 1);
  }
  return success();
}

static LogicalResult importResize(NodeReader &n, TnBuilder &b) {
  Value x = n.input(0), scales = givenList(n, 2), sizes = givenList(n, 3);
  ResizeMode mode = readMode(n);
  auto policy = n.choiceAttr<Policy>("keep_aspect_ratio_policy",
                                     {{"stretch", Policy::Stretch},
                                      {"not_larger", Policy::NotLarger},
                                      {"not_smaller", Policy::NotSmaller}},
                                     "stretch");
  SmallVector<int64_t> order =
      n.intsAttr("axes").value_or(firstAxes(rankOf(x)));
  n.axes(order, rankOf(x)); // reports duplicates
  for (int64_t &axis : order)
    axis = n.axis(axis, rankOf(x));
  if (n.failed())
    return failure();
  if (!scales == !sizes)
    return n.error() << "expected either \"scales\" or \"sizes\"";
  SmallVector<ResizedAxis> axes = axesOf(x, order);
  if (failed(requireCount(n, scales ? scales : sizes, axes.size(),
                          scales ? "scales" : "sizes")))
    return failure();
  if (scales) {
    scaleAxes(n, b, scales, knownScales(n, 2), axes);
  } else {
    Exprs bound = n.bind(sizes);
    if (n.failed())
      return failure();
    sizeAxes(n, b, bound, policy, axes);
  }
  if (n.failed() || (mode.coordinates == Coordinates::TfCropAndResize &&
                     failed(readRegion(n, b, axes))))
    return failure();
  return buildResize(n, b, mode, axes);
}

void registerResize(OpTable &t) {
  t.on("Upsample", 7, 1, importUpsampleByAttribute);
  t.on("Upsample", 9, 2, importScaled);
  t.on("Resize", 10, 2, importScaled);
  t.on("Resize", 11, {1, 4}, importResize);
}

} // namespace tenon::onnx
