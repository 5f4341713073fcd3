//===- UnfoldConvTranspose.cpp - Disjoint windows become a product --------===//
//
// If the windows that the elements of x write to do not overlap (kernel and
// strides are the same), each is a row of a product:
//
//   conv_transpose [N, X..., C] by [K..., C, M], strides K
//   -> matmul [N, X..., C] by [C, K... * M], then the K... move beside X...
//
//===----------------------------------------------------------------------===//

#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/Graph/Passes.h"
#include "tenon/Dialect/Tn/TnOps.h"

namespace tenon::graph {
#define GEN_PASS_DEF_UNFOLDCONVTRANSPOSEPASS
#include "passes/Graph/Passes.h.inc"
} // namespace tenon::graph

using namespace mlir;
using namespace tenon;
using tn::ExprAttr;

/// Whether each element of the result belongs to one element of x.
static bool isDisjoint(tn::ConvTransposeOp op) {
  SmallVector<ExprAttr> x = tn::shapeOf(op.getX());
  SmallVector<ExprAttr> weight = tn::shapeOf(op.getWeight());
  SmallVector<ExprAttr> result = tn::shapeOf(op.getResult());
  if (op.getGroups() != 1)
    return false;
  for (auto [d, stride] : llvm::enumerate(op.getStrides()))
    if (op.getDilations()[d] != 1 || !op.getLow().getDims()[d].isConstant(0) ||
        !weight[d].isConstant(stride) ||
        result[d + 1] != tn::mulExpr(x[d + 1], stride))
      return false;
  return true;
}

static LogicalResult unfold(tn::ConvTransposeOp op, PatternRewriter &rewriter) {
  if (!isDisjoint(op))
    return rewriter.notifyMatchFailure(op, "windows overlap or are cut off");
  MLIRContext *context = op.getContext();
  Location loc = op.getLoc();
  Type element = getElementTypeOrSelf(op.getType());
  SmallVector<ExprAttr> x = tn::shapeOf(op.getX());
  SmallVector<ExprAttr> kernel = tn::shapeOf(op.getWeight());
  ExprAttr outChannels = kernel.pop_back_val();
  ExprAttr channels = kernel.pop_back_val();
  int64_t rank = kernel.size();

  SmallVector<int64_t> channelsFirst{rank};
  for (int64_t d = 0; d < rank; ++d)
    channelsFirst.push_back(d);
  channelsFirst.push_back(rank + 1);
  Value weight = rewriter.createOrFold<tn::TransposeOp>(loc, op.getWeight(),
                                                        channelsFirst);
  ExprAttr columns = tn::mulExpr(tn::productExpr(context, kernel), outChannels);
  weight = rewriter.createOrFold<tn::ReshapeOp>(
      loc, tn::tensorOf({channels, columns}, getElementTypeOrSelf(weight)),
      weight);

  // [N, X..., K..., M], then [N, X, K, X, K..., M].
  SmallVector<ExprAttr> rows = llvm::to_vector(ArrayRef(x).drop_back());
  SmallVector<ExprAttr> product(rows), windows(rows);
  product.push_back(columns);
  llvm::append_range(windows, kernel);
  windows.push_back(outChannels);
  SmallVector<int64_t> interleaved{0};
  for (int64_t d = 0; d < rank; ++d)
    interleaved.append({1 + d, 1 + rank + d});
  interleaved.push_back(1 + 2 * rank);
  Value result =
      tn::MatmulOp::create(rewriter, loc, tn::tensorOf(product, element),
                           op.getX(), weight, TypeAttr());
  result = tn::ReshapeOp::create(rewriter, loc, tn::tensorOf(windows, element),
                                 result);
  result = tn::TransposeOp::create(rewriter, loc, result, interleaved);
  rewriter.replaceOpWithNewOp<tn::ReshapeOp>(op, op.getType(), result);
  return success();
}

namespace {
struct UnfoldConvTranspose
    : tenon::graph::impl::UnfoldConvTransposePassBase<UnfoldConvTranspose> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add(unfold);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
