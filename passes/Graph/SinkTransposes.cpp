//===- SinkTransposes.cpp - Transposes move towards the results -----------===//

#include "passes/Graph/Passes.h"
#include "tenon/Dialect/Tn/TnOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

namespace tenon::graph {
#define GEN_PASS_DEF_SINKTRANSPOSESPASS
#include "passes/Graph/Passes.h.inc"
} // namespace tenon::graph

using namespace mlir;
using namespace tenon;
using tn::ExprAttr;

namespace {

using Permutation = SmallVector<int64_t>;

Permutation inverse(ArrayRef<int64_t> permutation) {
  Permutation result(permutation.size());
  for (auto [to, from] : llvm::enumerate(permutation))
    result[from] = to;
  return result;
}

/// True if the permutation keeps the order of the dims that are not 1: then
/// the transpose is a reshape.
bool isReshape(ArrayRef<ExprAttr> dims, ArrayRef<int64_t> permutation) {
  int64_t last = -1;
  for (int64_t from : permutation) {
    if (dims[from].isConstant(1))
      continue;
    if (from < last)
      return false;
    last = from;
  }
  return true;
}

/// Ops between a value and the constants that it depends on, at most.
constexpr int kMostFolded = 4;

/// Whether `v` will be bytes in the artifact: a constant or a weight, or what
/// will be folded to one.
bool isStored(Value v, int depth = kMostFolded) {
  Operation *op = v.getDefiningOp();
  if (isa_and_nonnull<tn::ConstantOp, tn::WeightOp>(op))
    return true;
  // The same for `v` and for `v` transposed, so that no rewrite changes it.
  if (auto transpose = dyn_cast_or_null<tn::TransposeOp>(op))
    return isStored(transpose.getX(), depth);
  return depth > 0 && op && isPure(op) && op->getNumRegions() == 0 &&
         op->getNumOperands() > 0 &&
         llvm::all_of(op->getOperands(),
                      [&](Value x) { return isStored(x, depth - 1); });
}

/// The transpose to a value of `rank` among `operands` that is worth moving: of
/// what is not stored, which stored operands follow.
tn::TransposeOp transposeOf(ValueRange operands, size_t rank) {
  tn::TransposeOp found;
  for (Value operand : operands)
    if (auto transpose = operand.getDefiningOp<tn::TransposeOp>())
      if (transpose.getPermutation().size() == rank && !isStored(transpose))
        found = transpose;
  return found;
}

/// `v` with dims in front up to `rank`.
SmallVector<ExprAttr> paddedDims(Value v, size_t rank) {
  SmallVector<ExprAttr> dims = tn::shapeOf(v);
  dims.insert(dims.begin(), rank - dims.size(),
              tn::constantExpr(v.getContext(), 1));
  return dims;
}

/// What an operand of an elementwise op is below the transpose: the transpose's
/// operand, or itself permuted back if that costs nothing. Null if it does.
Value permuteBack(PatternRewriter &rewriter, Value v,
                  ArrayRef<int64_t> permutation, bool dryRun) {
  if (auto transpose = v.getDefiningOp<tn::TransposeOp>())
    if (transpose.getPermutation() == permutation)
      return transpose.getX();
  SmallVector<ExprAttr> dims = paddedDims(v, permutation.size());
  Permutation back = inverse(permutation);
  if (llvm::all_of(dims, [](ExprAttr d) { return d.isConstant(1); }))
    return v;
  bool free = isReshape(dims, back);
  if (!free && !isStored(v))
    return {};
  if (dryRun)
    return v;
  Location loc = v.getLoc();
  Value padded = rewriter.createOrFold<tn::ReshapeOp>(
      loc, tn::tensorOf(dims, getElementTypeOrSelf(v)), v);
  if (!free)
    return rewriter.createOrFold<tn::TransposeOp>(loc, padded, back);
  SmallVector<ExprAttr> permuted;
  for (int64_t from : back)
    permuted.push_back(dims[from]);
  return rewriter.createOrFold<tn::ReshapeOp>(
      loc, tn::tensorOf(permuted, getElementTypeOrSelf(v)), padded);
}

/// The result type `type` of an op when its dims are permuted back.
Type permuteTypeBack(Type type, ArrayRef<int64_t> permutation) {
  SmallVector<ExprAttr> dims = tn::shapeOf(type), result;
  for (int64_t from : inverse(permutation))
    result.push_back(dims[from]);
  return tn::tensorOf(result, getElementTypeOrSelf(type));
}

SmallVector<ExprAttr> permuteBackList(ArrayRef<ExprAttr> list,
                                      ArrayRef<int64_t> permutation) {
  SmallVector<ExprAttr> result;
  for (int64_t from : inverse(permutation))
    result.push_back(list[from]);
  return result;
}

/// f(transpose(x), ...) -> transpose(f(x, ...))
struct BelowElementwise : OpInterfaceRewritePattern<tn::ScalarBodyOpInterface> {
  using OpInterfaceRewritePattern::OpInterfaceRewritePattern;
  LogicalResult matchAndRewrite(tn::ScalarBodyOpInterface op,
                                PatternRewriter &rewriter) const override {
    Value result = op->getResult(0);
    tn::TransposeOp transpose =
        transposeOf(op->getOperands(), tn::shapeOf(result).size());
    if (!transpose)
      return rewriter.notifyMatchFailure(op, "no operand is transposed");
    ArrayRef<int64_t> permutation = transpose.getPermutation();
    for (Value operand : op->getOperands())
      if (!permuteBack(rewriter, operand, permutation, /*dryRun=*/true))
        return rewriter.notifyMatchFailure(op, "an operand is not transposed");
    SmallVector<Value> operands;
    for (Value operand : op->getOperands())
      operands.push_back(
          permuteBack(rewriter, operand, permutation, /*dryRun=*/false));
    Operation *moved = rewriter.clone(*op);
    moved->setOperands(operands);
    moved->getResult(0).setType(
        permuteTypeBack(result.getType(), permutation));
    rewriter.replaceOpWithNewOp<tn::TransposeOp>(op, result.getType(),
                                                 moved->getResult(0),
                                                 permutation);
    return success();
  }
};

/// reduce(transpose(x)) -> transpose(reduce(x))
struct BelowReduce : OpRewritePattern<tn::ReduceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tn::ReduceOp op,
                                PatternRewriter &rewriter) const override {
    auto transpose = op.getX().getDefiningOp<tn::TransposeOp>();
    if (!transpose)
      return rewriter.notifyMatchFailure(op, "the operand is not transposed");
    ArrayRef<int64_t> permutation = transpose.getPermutation();
    Permutation axes;
    for (int64_t axis : op.getAxes())
      axes.push_back(permutation[axis]);
    llvm::sort(axes);
    Value reduced = tn::ReduceOp::create(
        rewriter, op.getLoc(), transpose.getX(), op.getCombinerAttr(),
        rewriter.getDenseI64ArrayAttr(axes));
    rewriter.replaceOpWithNewOp<tn::TransposeOp>(op, op.getType(), reduced,
                                                 permutation);
    return success();
  }
};

/// concat(transpose(x), transpose(y)) -> transpose(concat(x, y))
struct BelowConcat : OpRewritePattern<tn::ConcatOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tn::ConcatOp op,
                                PatternRewriter &rewriter) const override {
    tn::TransposeOp transpose =
        transposeOf(op.getInputs(), tn::shapeOf(op).size());
    if (!transpose)
      return rewriter.notifyMatchFailure(op, "no operand is transposed");
    ArrayRef<int64_t> permutation = transpose.getPermutation();
    for (Value input : op.getInputs())
      if (!permuteBack(rewriter, input, permutation, /*dryRun=*/true))
        return rewriter.notifyMatchFailure(op, "an operand is not transposed");
    SmallVector<Value> inputs;
    for (Value input : op.getInputs())
      inputs.push_back(
          permuteBack(rewriter, input, permutation, /*dryRun=*/false));
    Value joined = tn::ConcatOp::create(
        rewriter, op.getLoc(),
        permuteTypeBack(op.getType(), permutation), inputs,
        rewriter.getI64IntegerAttr(permutation[op.getAxis()]));
    rewriter.replaceOpWithNewOp<tn::TransposeOp>(op, op.getType(), joined,
                                                 permutation);
    return success();
  }
};

/// slice(transpose(x)) -> transpose(slice(x))
struct BelowSlice : OpRewritePattern<tn::SliceOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tn::SliceOp op,
                                PatternRewriter &rewriter) const override {
    auto transpose = op.getX().getDefiningOp<tn::TransposeOp>();
    if (!transpose)
      return rewriter.notifyMatchFailure(op, "the operand is not transposed");
    ArrayRef<int64_t> permutation = transpose.getPermutation();
    SmallVector<ExprAttr> starts =
        permuteBackList(op.getStarts().getDims(), permutation);
    SmallVector<int64_t> steps;
    for (int64_t from : inverse(permutation))
      steps.push_back(op.getSteps()[from]);
    Value sliced = tn::SliceOp::create(
        rewriter, op.getLoc(), permuteTypeBack(op.getType(), permutation),
        transpose.getX(), tn::ShapeAttr::get(op.getContext(), starts),
        rewriter.getDenseI64ArrayAttr(steps));
    rewriter.replaceOpWithNewOp<tn::TransposeOp>(op, op.getType(), sliced,
                                                 permutation);
    return success();
  }
};

/// pad(transpose(x)) -> transpose(pad(x))
struct BelowPad : OpRewritePattern<tn::PadOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tn::PadOp op,
                                PatternRewriter &rewriter) const override {
    auto transpose = op.getX().getDefiningOp<tn::TransposeOp>();
    if (!transpose)
      return rewriter.notifyMatchFailure(op, "the operand is not transposed");
    ArrayRef<int64_t> permutation = transpose.getPermutation();
    SmallVector<ExprAttr> low =
        permuteBackList(op.getLow().getDims(), permutation);
    Value padded = tn::PadOp::create(
        rewriter, op.getLoc(), permuteTypeBack(op.getType(), permutation),
        transpose.getX(), op.getValue(),
        tn::ShapeAttr::get(op.getContext(), low), op.getModeAttr());
    rewriter.replaceOpWithNewOp<tn::TransposeOp>(op, op.getType(), padded,
                                                 permutation);
    return success();
  }
};

/// gather(transpose(x), i) -> transpose(gather(x, i)), for i of rank 1
struct BelowGather : OpRewritePattern<tn::GatherOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tn::GatherOp op,
                                PatternRewriter &rewriter) const override {
    auto transpose = op.getX().getDefiningOp<tn::TransposeOp>();
    if (!transpose || tn::shapeOf(op.getIndices()).size() != 1)
      return rewriter.notifyMatchFailure(op, "the rank changes");
    ArrayRef<int64_t> permutation = transpose.getPermutation();
    Value gathered = tn::GatherOp::create(
        rewriter, op.getLoc(), transpose.getX(), op.getIndices(),
        rewriter.getI64IntegerAttr(permutation[op.getAxis()]));
    rewriter.replaceOpWithNewOp<tn::TransposeOp>(op, op.getType(), gathered,
                                                 permutation);
    return success();
  }
};

/// The dims of `coarse`, each with the dims of `fine` that it is the product
/// of, in order; failure if a reshape between them is another one.
FailureOr<SmallVector<SmallVector<int64_t>>>
splitDims(ArrayRef<ExprAttr> coarse, ArrayRef<ExprAttr> fine) {
  SmallVector<SmallVector<int64_t>> parts;
  size_t next = 0;
  for (ExprAttr dim : coarse) {
    parts.emplace_back();
    ExprAttr product;
    while (product != dim) {
      if (next == fine.size())
        return failure();
      product = product ? tn::mulExpr(product, fine[next]) : fine[next];
      parts.back().push_back(next++);
    }
  }
  // Ones at the end.
  for (; next < fine.size(); ++next) {
    if (parts.empty() || !fine[next].isConstant(1))
      return failure();
    parts.back().push_back(next);
  }
  return parts;
}

/// `permutation` of the coarse dims as one of the fine dims.
Permutation refine(ArrayRef<int64_t> permutation,
                   ArrayRef<SmallVector<int64_t>> parts) {
  Permutation result;
  for (int64_t from : permutation)
    llvm::append_range(result, parts[from]);
  return result;
}

SmallVector<ExprAttr> permuted(ArrayRef<ExprAttr> dims,
                               ArrayRef<int64_t> permutation) {
  SmallVector<ExprAttr> result;
  for (int64_t from : permutation)
    result.push_back(dims[from]);
  return result;
}

/// transpose(split(transpose(x))) -> transpose(split(x))
struct TransposesAroundSplit : OpRewritePattern<tn::TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tn::TransposeOp op,
                                PatternRewriter &rewriter) const override {
    auto split = op.getX().getDefiningOp<tn::ReshapeOp>();
    auto first =
        split ? split.getX().getDefiningOp<tn::TransposeOp>() : nullptr;
    if (!first || !split->hasOneUse())
      return rewriter.notifyMatchFailure(op, "no reshape of a transpose");
    SmallVector<ExprAttr> fine = tn::shapeOf(split.getResult());
    auto parts = splitDims(tn::shapeOf(split.getX()), fine);
    if (failed(parts))
      return rewriter.notifyMatchFailure(op, "the reshape does not split dims");
    // Dims of the split result in the order of x.
    Permutation toX = refine(inverse(first.getPermutation()), *parts);
    Type type =
        tn::tensorOf(permuted(fine, toX), getElementTypeOrSelf(op.getType()));
    Value moved =
        tn::ReshapeOp::create(rewriter, split.getLoc(), type, first.getX());
    Permutation back = inverse(toX), permutation;
    for (int64_t from : op.getPermutation())
      permutation.push_back(back[from]);
    rewriter.replaceOpWithNewOp<tn::TransposeOp>(op, op.getType(), moved,
                                                 permutation);
    return success();
  }
};

/// transpose(merge(transpose(x))) -> merge(transpose(x))
struct TransposesAroundMerge : OpRewritePattern<tn::TransposeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tn::TransposeOp op,
                                PatternRewriter &rewriter) const override {
    auto merge = op.getX().getDefiningOp<tn::ReshapeOp>();
    auto first =
        merge ? merge.getX().getDefiningOp<tn::TransposeOp>() : nullptr;
    if (!first || !merge->hasOneUse() || !first->hasOneUse())
      return rewriter.notifyMatchFailure(op, "no reshape of a transpose");
    SmallVector<ExprAttr> fine = tn::shapeOf(merge.getX());
    auto parts = splitDims(tn::shapeOf(merge.getResult()), fine);
    if (failed(parts))
      return rewriter.notifyMatchFailure(op, "the reshape does not merge dims");
    Permutation permutation;
    for (int64_t from : refine(op.getPermutation(), *parts))
      permutation.push_back(first.getPermutation()[from]);
    Type type = tn::tensorOf(permuted(tn::shapeOf(first.getX()), permutation),
                             getElementTypeOrSelf(op.getType()));
    Value moved = tn::TransposeOp::create(rewriter, op.getLoc(), type,
                                          first.getX(), permutation);
    rewriter.replaceOpWithNewOp<tn::ReshapeOp>(op, op.getType(), moved);
    return success();
  }
};

struct SinkTransposes
    : tenon::graph::impl::SinkTransposesPassBase<SinkTransposes> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns
        .add<BelowElementwise, BelowReduce, BelowConcat, BelowSlice, BelowPad,
             BelowGather, TransposesAroundSplit, TransposesAroundMerge>(
            &getContext());
    tn::TransposeOp::getCanonicalizationPatterns(patterns, &getContext());
    tn::ReshapeOp::getCanonicalizationPatterns(patterns, &getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace
