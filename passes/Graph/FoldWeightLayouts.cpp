//===- FoldWeightLayouts.cpp - Movements of weights into weights ----------===//

#include "passes/Graph/FoldWeightLayouts.h"
#include "passes/Graph/Passes.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/SymbolTable.h"
#include "tenon/Dialect/Tn/TnOps.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace tenon::graph {
#define GEN_PASS_DEF_FOLDWEIGHTLAYOUTSPASS
#include "passes/Graph/Passes.h.inc"
} // namespace tenon::graph

using namespace mlir;
using namespace tenon;

/// transpose(weight) -> weight {permutation}
static LogicalResult foldTranspose(tn::TransposeOp transpose,
                                   PatternRewriter &rewriter) {
  auto weight = transpose.getX().getDefiningOp<tn::WeightOp>();
  if (!weight)
    return rewriter.notifyMatchFailure(transpose, "not of a weight");
  if (weight.getPackAttr())
    return rewriter.notifyMatchFailure(transpose, "the weight is packed");
  SmallVector<int64_t> permutation(transpose.getPermutation());
  if (std::optional<ArrayRef<int64_t>> first = weight.getPermutation())
    for (int64_t &axis : permutation)
      axis = (*first)[axis];
  rewriter.replaceOpWithNewOp<tn::WeightOp>(
      transpose, transpose.getType(), weight.getDataAttr(),
      rewriter.getDenseI64ArrayAttr(permutation), tn::PackAttr());
  return success();
}

/// The bytes of `data` as a tensor of `type`: a tn.data beside it, made if
/// there is none; null if its name is taken.
static tn::DataOp dataOfType(tn::DataOp data, RankedTensorType type,
                             PatternRewriter &rewriter) {
  std::string name = data.getSymName().str() + ".as";
  for (int64_t size : type.getShape())
    name += "." + std::to_string(size);
  if (type.getElementType() !=
      cast<RankedTensorType>(data.getType()).getElementType())
    llvm::raw_string_ostream(name) << "." << type.getElementType();
  if (Operation *known = SymbolTable::lookupNearestSymbolFrom(
          data, rewriter.getStringAttr(name))) {
    auto other = dyn_cast<tn::DataOp>(known);
    bool isSame = other && other.getSource() == data.getSource() &&
                  other.getType() == type;
    return isSame ? other : nullptr;
  }
  OpBuilder::InsertionGuard guard(rewriter);
  rewriter.setInsertionPointAfter(data);
  return tn::DataOp::create(rewriter, data.getLoc(), name, data.getSourceAttr(),
                            ElementsAttr(), type);
}

/// `op` is another type for the bytes of `x`; if that is a weight, so is the
/// result.
static LogicalResult foldView(Operation *op, Value x,
                              PatternRewriter &rewriter) {
  auto weight = x.getDefiningOp<tn::WeightOp>();
  if (!weight)
    return rewriter.notifyMatchFailure(op, "not of a weight");
  if (weight.getPackAttr() || weight.getPermutationAttr())
    return rewriter.notifyMatchFailure(op, "the weight is rearranged");
  auto type = cast<RankedTensorType>(op->getResult(0).getType());
  if (!type.hasStaticShape())
    return rewriter.notifyMatchFailure(op, "the result is dynamic");
  auto data = SymbolTable::lookupNearestSymbolFrom<tn::DataOp>(
      weight, weight.getDataAttr());
  tn::DataOp viewed =
      data && data.getSource() ? dataOfType(data, type, rewriter) : nullptr;
  if (!viewed)
    return rewriter.notifyMatchFailure(op, "no name for the data");
  rewriter.replaceOpWithNewOp<tn::WeightOp>(
      op, type, FlatSymbolRefAttr::get(viewed.getSymNameAttr()),
      DenseI64ArrayAttr(), tn::PackAttr());
  return success();
}

/// reshape(weight) -> weight of the same bytes
static LogicalResult foldReshape(tn::ReshapeOp reshape,
                                 PatternRewriter &rewriter) {
  return foldView(reshape, reshape.getX(), rewriter);
}

/// unpack(weight of bytes) -> weight of 4-bit elements
static LogicalResult foldUnpack(tn::UnpackOp unpack,
                                PatternRewriter &rewriter) {
  return foldView(unpack, unpack.getX(), rewriter);
}

void graph::populateFoldWeightLayoutPatterns(RewritePatternSet &patterns) {
  patterns.add(foldUnpack);
  patterns.add(foldTranspose);
  patterns.add(foldReshape);
}

namespace {
struct FoldWeightLayouts
    : tenon::graph::impl::FoldWeightLayoutsPassBase<FoldWeightLayouts> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    graph::populateFoldWeightLayoutPatterns(patterns);
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};
} // namespace
