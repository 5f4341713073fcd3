//===- Quantize.cpp - Numbers as small integers with scale and zero point -===//
//
// Scales are applied in f32, integer products are summed in i32.
//
//===----------------------------------------------------------------------===//

#include "Families.h"
#include "tenon/Import/Onnx/NodeReader.h"
#include "tenon/Import/Onnx/OpTable.h"

using namespace mlir;

namespace tenon::onnx {

/// `count` sizes repeated `block` times each along `axis`, cut to the size of
/// x there.
static Value repeatBlocks(TnBuilder &b, Value parameter, Value x, int64_t axis,
                          int64_t block) {
  Exprs dims = dimsOf(parameter), merged = dims;
  Exprs repeated = dims;
  repeated.insert(repeated.begin() + axis + 1, b.size(block));
  merged[axis] = tn::mulExpr(dims[axis], block);
  Value all = b.reshape(b.broadcast(b.unsqueeze(parameter, axis + 1), repeated),
                        merged);
  return b.slice(all, axis, b.size(0), dimsOf(x)[axis]);
}

namespace {
/// The parameters of one operand, broadcastable to it.
struct Parameters {
  Value scale, zero; // zero may be null
};
} // namespace

/// A scale or zero point: one number, one per slice along `axis`, or one per
/// block.
static Value parameterFor(NodeReader &n, TnBuilder &b, Value parameter, Value x,
                          int64_t axis, int64_t block) {
  int64_t rank = rankOf(parameter);
  if (rank == 0)
    return parameter;
  if (rank == 1 && dimsOf(parameter)[0].isConstant(1))
    return b.reshape(parameter, {});
  if (rank == 1 && rankOf(x) > 0)
    return b.alongAxis(parameter, n.axis(axis, rankOf(x)), rankOf(x));
  if (rank == rankOf(x) && block > 0)
    return repeatBlocks(b, parameter, x, n.axis(axis, rank), block);
  n.error() << "a scale or zero point of rank " << rank
            << " fits neither per tensor, per axis nor per block to rank "
            << rankOf(x);
  return parameter;
}

static Parameters readParameters(NodeReader &n, TnBuilder &b) {
  int64_t axis = n.intAttr("axis", 1), block = n.intAttr("block_size", 0);
  Value x = n.input(0), zero = n.optionalInput(2);
  return {parameterFor(n, b, n.input(1), x, axis, block),
          zero ? parameterFor(n, b, zero, x, axis, block) : Value()};
}

/// With one parameter per block, as one op; null if that does not serve.
static Value dequantizeBlocks(NodeReader &n, TnBuilder &b) {
  Value x = n.input(0), scale = n.input(1), zero = n.optionalInput(2);
  auto isStatic = [](Value v) {
    return !v || cast<RankedTensorType>(v.getType()).hasStaticShape();
  };
  int64_t block = n.intAttr("block_size", 0), rank = rankOf(x);
  if (block < 1 || !isa<IntegerType>(elementOf(x)) || rankOf(scale) != rank ||
      !isStatic(x) || !isStatic(scale) || !isStatic(zero))
    return {};
  int64_t axis = n.axisAttr("axis", 1, rank);
  Exprs wanted = dimsOf(x);
  wanted[axis] = tn::ceilDivExpr(wanted[axis], block);
  if (dimsOf(scale) != wanted || (zero && dimsOf(zero) != wanted))
    return {};
  mlir::Type wide = b.getF32Type();
  return tn::DequantizeOp::create(b, tn::tensorOf(dimsOf(x), wide), x,
                                  b.cast(scale, wide), zero,
                                  b.getI64IntegerAttr(block));
}

static LogicalResult importDequantizeLinear(NodeReader &n, TnBuilder &b) {
  if (Value y = dequantizeBlocks(n, b)) {
    mlir::Type result = n.typeAttr("output_dtype");
    return n.finish(b.cast(y, result ? result : elementOf(n.input(1))));
  }
  Parameters p = readParameters(n, b);
  mlir::Type result = n.typeAttr("output_dtype");
  if (n.failed())
    return failure();
  mlir::Type wide = b.getF32Type();
  Value x = b.cast(n.input(0), wide);
  if (p.zero)
    x = b.sub(x, b.cast(p.zero, wide));
  return n.finish(b.cast(b.mul(x, b.cast(p.scale, wide)),
                         result ? result : elementOf(p.scale)));
}

/// x (f32, already divided by its scale) as `element`: rounded, shifted by the
/// zero point, and limited to what the type holds.
static Value quantize(TnBuilder &b, Value x, Value zero, mlir::Type element,
                      bool saturate = true) {
  auto integer = dyn_cast<IntegerType>(element);
  if (integer)
    x = b.unary<tn::RoundOp>(x);
  if (zero)
    x = b.add(x, b.cast(zero, elementOf(x)));
  if (!integer)
    return b.cast(x, element, saturate);
  bool isUnsigned = integer.isUnsigned();
  double steps = double(uint64_t(1) << integer.getWidth());
  double low = isUnsigned ? 0 : -steps / 2;
  return b.cast(b.min(b.max(x, low), low + steps - 1), element);
}

static LogicalResult importQuantizeLinear(NodeReader &n, TnBuilder &b) {
  Parameters p = readParameters(n, b);
  mlir::Type result = n.typeAttr("output_dtype");
  bool saturate = n.flagAttr("saturate", true);
  n.ignoreAttr("precision"); // f32 is at least as precise
  if (n.failed())
    return failure();
  if (p.zero)
    result = elementOf(p.zero);
  if (!result)
    result = b.getIntegerType(8, /*isSigned=*/false);
  mlir::Type wide = b.getF32Type();
  Value scaled = b.div(b.cast(n.input(0), wide), b.cast(p.scale, wide));
  return n.finish(quantize(b, scaled, p.zero, result, saturate));
}

/// The range is that of the data and 0; a range of nothing has scale 1.
static LogicalResult importDynamicQuantizeLinear(NodeReader &n, TnBuilder &b) {
  Value x = n.input(0);
  if (failed(n.requireFloat(0)))
    return failure();
  SmallVector<int64_t> axes = firstAxes(rankOf(x));
  auto bound = [&](tn::Combiner combiner) {
    return b.reshape(b.reduce(combiner, x, axes), {});
  };
  Value low = b.min(bound(tn::Combiner::min), 0);
  Value high = b.max(bound(tn::Combiner::max), 0);
  Value exact = b.div(b.sub(high, low), 255);
  Value scale = b.select(b.compare(tn::ComparePredicate::eq, exact, 0),
                         b.scalarLike(1, exact), exact);
  mlir::Type element = b.getIntegerType(8, /*isSigned=*/false);
  Value zero = quantize(b, b.div(b.neg(low), scale), Value(), element);
  Value y = quantize(b, b.div(x, scale), zero, element);
  return n.finish({y, scale, zero});
}

/// The operand minus its zero point, as i32.
static Value centered(TnBuilder &b, Value x, Value zero) {
  Value wide = b.cast(x, b.getI32Type());
  return zero ? b.sub(wide, b.cast(zero, b.getI32Type())) : wide;
}

/// A parameter of a left matrix has one element per row.
static Value perRow(TnBuilder &b, Value parameter) {
  return parameter && rankOf(parameter) == 1 ? b.unsqueeze(parameter, 1)
                                             : parameter;
}

static LogicalResult importMatmulInteger(NodeReader &n, TnBuilder &b) {
  if (failed(n.requireRankAtLeast(0, 2)) || failed(n.requireRankAtLeast(1, 2)))
    return failure();
  return n.finish(
      b.matmul(centered(b, n.input(0), perRow(b, n.optionalInput(2))),
               centered(b, n.input(1), n.optionalInput(3))));
}

/// Inputs: a, its scale and zero point, b likewise, those of the result.
static LogicalResult importQLinearMatmul(NodeReader &n, TnBuilder &b) {
  if (failed(n.requireRankAtLeast(0, 2)) || failed(n.requireRankAtLeast(3, 2)))
    return failure();
  auto wide = [&](Value x) { return b.cast(x, b.getF32Type()); };
  Value product = b.matmul(centered(b, n.input(0), perRow(b, n.input(2))),
                           centered(b, n.input(3), n.input(5)));
  Value scale = b.mul(perRow(b, wide(n.input(1))), wide(n.input(4)));
  Value scaled = b.div(b.mul(wide(product), scale), wide(n.input(6)));
  return n.finish(quantize(b, scaled, n.input(7), elementOf(n.input(7))));
}

void registerQuantize(OpTable &t) {
  t.on("QuantizeLinear", 10, {2, 3}, importQuantizeLinear);
  t.on("DequantizeLinear", 10, {2, 3}, importDequantizeLinear);
  t.on("DynamicQuantizeLinear", 11, 1, importDynamicQuantizeLinear);
  t.on("MatMulInteger", 10, {2, 4}, importMatmulInteger);
  t.on("QLinearMatMul", 10, 8, importQLinearMatmul);
}

} // namespace tenon::onnx
