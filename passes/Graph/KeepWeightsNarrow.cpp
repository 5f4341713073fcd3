//===- KeepWeightsNarrow.cpp - Quantized weights next to products ---------===//

#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/Graph/NarrowWeights.h"
#include "passes/Graph/Passes.h"

namespace tenon::graph {
#define GEN_PASS_DEF_KEEPWEIGHTSNARROWPASS
#include "passes/Graph/Passes.h.inc"
} // namespace tenon::graph

using namespace mlir;
using namespace tenon;
using tn::ExprAttr;

/// Elements of a weight, at least: fewer are in a cache as f32, too, and
/// reading them costs nothing.
static constexpr int64_t kLeastElements = 1 << 16;
/// Ops between a value and the constants it comes from that are looked at.
static constexpr unsigned kMostSteps = 16;

/// Whether `v` is computed from constants only.
static bool isConstant(Value v, unsigned steps = kMostSteps) {
  Operation *op = v.getDefiningOp();
  if (isa_and_nonnull<tn::ConstantOp, tn::WeightOp>(op))
    return true;
  auto role = dyn_cast_or_null<tn::FusionRoleOpInterface>(op);
  return role && role.getFusionRole() != tn::FusionRole::host && steps > 0 &&
         llvm::all_of(op->getOperands(), [&](Value operand) {
           return isConstant(operand, steps - 1);
         });
}

static bool isNarrow(Value v) {
  auto type = dyn_cast<IntegerType>(getElementTypeOrSelf(v));
  return type && type.getWidth() > 1 && type.getWidth() <= 8;
}

/// Many narrow elements of a matrix, all known.
static bool isNarrowWeight(Value v) {
  auto type = cast<RankedTensorType>(v.getType());
  return type.hasStaticShape() && type.getRank() == 2 && isNarrow(v) &&
         type.getNumElements() >= kLeastElements && isConstant(v);
}

bool graph::staysNarrow(tn::DequantizeOp op) {
  return isNarrowWeight(op.getX()) &&
         llvm::all_of(op->getUses(), [](OpOperand &use) {
           return isa<tn::MatmulOp>(use.getOwner()) &&
                  use.getOperandNumber() == 1;
         });
}

namespace {
/// (integers - zero) * scale, as three ops.
struct Quantized {
  Value integers, zero, scale;
};
} // namespace

static std::optional<Quantized> matchQuantized(Value v) {
  auto product = v.getDefiningOp<tn::MulOp>();
  if (!product || !getElementTypeOrSelf(v).isF32())
    return std::nullopt;
  for (auto [centered, scale] :
       {std::pair(product.getLhs(), product.getRhs()),
        std::pair(product.getRhs(), product.getLhs())}) {
    Quantized found{{}, {}, scale};
    Value wide = centered;
    if (auto difference = wide.getDefiningOp<tn::SubOp>()) {
      wide = difference.getLhs();
      found.zero = difference.getRhs();
      if (auto wide = found.zero.getDefiningOp<tn::CastOp>())
        found.zero = wide.getX();
    }
    auto cast = wide.getDefiningOp<tn::CastOp>();
    if (!cast || !isNarrow(cast.getX()) || cast.getType() != v.getType())
      continue;
    found.integers = cast.getX();
    return found;
  }
  return std::nullopt;
}

/// Whether products take `v` for what small integers stand for, too: then they
/// may be products of integers.
static bool isQuantized(Value v) {
  while (auto movement = v.getDefiningOp<tn::ReshapeOp>())
    v = movement.getX();
  return matchQuantized(v).has_value();
}

/// A dequantization that a product reads becomes one op.
static LogicalResult gather(tn::MatmulOp op, PatternRewriter &rewriter) {
  std::optional<Quantized> weight = matchQuantized(op.getRhs());
  if (!weight || !isNarrowWeight(weight->integers) || isQuantized(op.getLhs()))
    return rewriter.notifyMatchFailure(op, "no quantized weight");
  if (!isConstant(weight->scale) || (weight->zero && !isConstant(weight->zero)))
    return rewriter.notifyMatchFailure(op, "parameters that are not constant");
  auto narrow = tn::DequantizeOp::create(
      rewriter, op.getRhs().getLoc(), op.getRhs().getType(), weight->integers,
      weight->scale, weight->zero, /*block=*/1);
  rewriter.modifyOpInPlace(
      op, [&] { op.getRhsMutable().assign(narrow.getResult()); });
  return success();
}

/// transpose(dequantize(x)) -> dequantize(transpose(x)), for two dims
static LogicalResult transposeIntegers(tn::TransposeOp op,
                                       PatternRewriter &rewriter) {
  Value operand = op.getX();
  auto narrow = operand.getDefiningOp<tn::DequantizeOp>();
  std::optional<Quantized> chain = matchQuantized(operand);
  if (narrow)
    chain = Quantized{narrow.getX(), narrow.getZero(), narrow.getScale()};
  bool isRead = llvm::any_of(op->getUsers(), llvm::IsaPred<tn::MatmulOp>);
  if (!chain || !isRead || !isNarrowWeight(chain->integers))
    return rewriter.notifyMatchFailure(op, "of no quantized weight");
  Location loc = operand.getLoc();
  auto turned = [&](Value v) -> Value {
    if (!v || tn::shapeOf(v).empty())
      return v;
    SmallVector<ExprAttr> dims = tn::shapeOf(v);
    if (dims.size() == 1) { // along the last dim: a column now
      dims.push_back(tn::constantExpr(rewriter.getContext(), 1));
      return tn::ReshapeOp::create(
          rewriter, loc, tn::tensorOf(dims, getElementTypeOrSelf(v)), v);
    }
    std::swap(dims[0], dims[1]);
    return tn::TransposeOp::create(rewriter, loc,
                                   tn::tensorOf(dims, getElementTypeOrSelf(v)),
                                   v, op.getPermutation());
  };
  rewriter.replaceOpWithNewOp<tn::DequantizeOp>(
      op, op.getType(), turned(chain->integers), turned(chain->scale),
      turned(chain->zero), narrow ? narrow.getBlock() : 1);
  return success();
}

namespace {
struct KeepWeightsNarrow
    : tenon::graph::impl::KeepWeightsNarrowPassBase<KeepWeightsNarrow> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add(gather);
    patterns.add(transposeIntegers);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      return signalPassFailure();
    getOperation()->walk([](tn::DequantizeOp op) {
      if (graph::staysNarrow(op))
        remark::passed(
            op.getLoc(),
            remark::RemarkOpts::name("NarrowWeight").category("recognize"));
    });
  }
};
} // namespace
