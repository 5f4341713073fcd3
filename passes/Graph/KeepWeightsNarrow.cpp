//===- KeepWeightsNarrow.cpp - Quantized weights next to products ---------===//

#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/Graph/ConstantValue.h"
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
/// Many narrow elements of a matrix, all known.
static bool isNarrowWeight(Value v) {
  auto type = cast<RankedTensorType>(v.getType());
  return type.hasStaticShape() && type.getRank() == 2 &&
         graph::hasNarrowElements(v) &&
         type.getNumElements() >= kLeastElements && graph::isConstantValue(v);
}

bool graph::staysNarrow(tn::DequantizeOp op) {
  return isNarrowWeight(op.getX()) &&
         llvm::all_of(op->getUses(), [](OpOperand &use) {
           return isa<tn::MatmulOp>(use.getOwner()) &&
                  use.getOperandNumber() == 1;
         });
}

/// A dequantization that a product reads becomes one op.
static LogicalResult gather(tn::MatmulOp op, PatternRewriter &rewriter) {
  std::optional<graph::QuantizedValue> weight =
      graph::matchQuantized(op.getRhs());
  if (!weight || !isNarrowWeight(weight->integers) ||
      graph::isQuantized(op.getLhs()))
    return rewriter.notifyMatchFailure(op, "no quantized weight");
  if (!graph::isConstantValue(weight->scale) ||
      (weight->zero && !graph::isConstantValue(weight->zero)))
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
  std::optional<graph::QuantizedValue> chain = graph::matchQuantized(operand);
  if (narrow)
    chain = graph::QuantizedValue{narrow.getX(), narrow.getZero(),
                                  narrow.getScale()};
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
