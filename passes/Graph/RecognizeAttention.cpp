//===- RecognizeAttention.cpp - Attention written as products and softmax -===//

#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "passes/Graph/Passes.h"
#include "tenon/Dialect/Tn/TnOps.h"

namespace tenon::graph {
#define GEN_PASS_DEF_RECOGNIZEATTENTIONPASS
#include "passes/Graph/Passes.h.inc"
} // namespace tenon::graph

using namespace mlir;
using namespace tenon;
using tn::ExprAttr;

/// Adding a score to such a value gives the value.
static constexpr double kAsGoodAsInfinite = -1e30;

/// The value of a splat constant of floats.
static std::optional<double> splatOf(Value v) {
  DenseElementsAttr dense;
  if (!matchPattern(v, m_Constant(&dense)) || !dense.isSplat() ||
      !isa<FloatType>(dense.getElementType()))
    return std::nullopt;
  return dense.getSplatValue<APFloat>().convertToDouble();
}

namespace {

using Order = SmallVector<int64_t, 4>;

/// An operand as it is stored, without the movements that attention does.
struct Operand {
  Value stored;
  Order order; ///< of its logical dims
  ExprAttr length; ///< of keys: of its rows, or of its one row spread; or null

  /// Takes off a transpose that keeps the last dim; false if there is none.
  bool lookThroughTranspose();
  /// The same for one of more dims of which those of size 1 are dropped.
  bool lookThroughUnitDims();
  /// Takes off a constant factor and multiplies `scale` by it.
  bool lookThroughFactor(double &scale);
  /// Takes off heads that were repeated: [B, H, 1, S, D] broadcast over the
  /// third dim and merged with it.
  void lookThroughRepeat();
};

/// What softmax(...) v consists of.
struct Match {
  Operand q, k, v;
  SmallVector<Value> masks; ///< added
  /// Scores where a condition does not hold are `value`, as good as -inf.
  struct Selected {
    Value condition, value;
  };
  SmallVector<Selected> selected;
  double scale = 1;
  double softcap = 0;

  /// All masks in one; null if there is none.
  Value mask(OpBuilder &b, Location loc) const;
};

} // namespace

bool Operand::lookThroughTranspose() {
  auto transpose = stored.getDefiningOp<tn::TransposeOp>();
  if (!transpose)
    return false;
  ArrayRef<int64_t> permutation = transpose.getPermutation();
  Order composed;
  for (int64_t d : order)
    composed.push_back(permutation[d]);
  if (composed.back() != 3)
    return false;
  stored = transpose.getX();
  order = composed;
  return true;
}

bool Operand::lookThroughUnitDims() {
  auto view = stored.getDefiningOp<tn::ReshapeOp>();
  auto transpose =
      view ? view.getX().getDefiningOp<tn::TransposeOp>() : nullptr;
  if (!transpose)
    return false;
  // Dims of x that the view has, in its order; the others are 1.
  SmallVector<ExprAttr> wide = tn::shapeOf(view.getX());
  SmallVector<ExprAttr> dims = tn::shapeOf(view.getResult());
  SmallVector<int64_t> kept;
  for (auto [d, size] : llvm::enumerate(wide)) {
    if (kept.size() < dims.size() && size == dims[kept.size()])
      kept.push_back(transpose.getPermutation()[d]);
    else if (!size.isConstant(1))
      return false;
  }
  if (kept.size() != dims.size())
    return false;
  SmallVector<int64_t> sorted(kept);
  llvm::sort(sorted);
  Order composed;
  for (int64_t d : order)
    composed.push_back(llvm::find(sorted, kept[d]) - sorted.begin());
  if (composed.back() != 3)
    return false;
  SmallVector<ExprAttr> from = tn::shapeOf(transpose.getX()), narrow;
  for (int64_t d : sorted)
    narrow.push_back(from[d]);
  OpBuilder b(view);
  stored = tn::ReshapeOp::create(
      b, view.getLoc(), tn::tensorOf(narrow, getElementTypeOrSelf(stored)),
      transpose.getX());
  order = composed;
  return true;
}

bool Operand::lookThroughFactor(double &scale) {
  auto product = stored.getDefiningOp<tn::MulOp>();
  std::optional<double> factor =
      product ? splatOf(product.getRhs()) : std::nullopt;
  if (!factor || product.getLhs().getType() != product.getType())
    return false;
  scale *= *factor;
  stored = product.getLhs();
  return true;
}

void Operand::lookThroughRepeat() {
  auto merge = stored.getDefiningOp<tn::ReshapeOp>();
  auto repeat = merge ? merge.getX().getDefiningOp<tn::BroadcastOp>() : nullptr;
  if (!repeat || order != Order{0, 1, 2, 3})
    return;
  SmallVector<ExprAttr> to = tn::shapeOf(merge.getResult());
  SmallVector<ExprAttr> wide = tn::shapeOf(repeat.getResult());
  SmallVector<ExprAttr> from = tn::shapeOf(repeat.getX());
  if (from.size() != 5 || wide.size() != 5 || !from[2].isConstant(1) ||
      from[0] != wide[0] || from[1] != wide[1] || from[4] != wide[4] ||
      to[0] != wide[0] || to[1] != tn::mulExpr(wide[1], wide[2]) ||
      to[3] != wide[4])
    return;
  auto split = repeat.getX().getDefiningOp<tn::ReshapeOp>();
  SmallVector<ExprAttr> heads{from[0], from[1], from[3], from[4]};
  if (!split || tn::shapeOf(split.getX()) != ArrayRef(heads))
    return;
  stored = split.getX();
  // Sizes that are equal, or 1, only when the model runs.
  if (from[3] != to[2])
    length = to[2];
}

Value Match::mask(OpBuilder &b, Location loc) const {
  SmallVector<Value> all(masks);
  for (const Selected &s : selected) {
    Type element = getElementTypeOrSelf(s.value);
    auto scalar = RankedTensorType::get({}, element);
    Value zero = tn::ConstantOp::create(
        b, loc, DenseElementsAttr::get(scalar, b.getFloatAttr(element, 0)));
    all.push_back(
        tn::SelectOp::create(b, loc, s.condition, zero, s.value).getResult());
  }
  Value sum = all.empty() ? Value() : all.front();
  for (Value mask : ArrayRef(all).drop_front(!all.empty()))
    sum = tn::AddOp::create(b, loc, sum, mask);
  return sum;
}

/// softmax over the last dim: what it is of.
static Value matchSoftmax(Value v) {
  auto div = v.getDefiningOp<tn::DivOp>();
  if (!div || !v.hasOneUse())
    return {};
  auto exp = div.getLhs().getDefiningOp<tn::ExpOp>();
  auto total = div.getRhs().getDefiningOp<tn::ReduceOp>();
  auto isOverLast = [&](tn::ReduceOp op, tn::Combiner combiner) {
    return op && op.getCombiner() == combiner &&
           op.getAxes() == ArrayRef<int64_t>{3};
  };
  if (!exp || !isOverLast(total, tn::Combiner::sum) ||
      total.getX() != exp.getResult() || !exp.getResult().hasNUses(2) ||
      !total->hasOneUse())
    return {};
  auto sub = exp.getX().getDefiningOp<tn::SubOp>();
  if (!sub || !sub->hasOneUse())
    return {};
  auto maximum = sub.getRhs().getDefiningOp<tn::ReduceOp>();
  if (!isOverLast(maximum, tn::Combiner::max) ||
      maximum.getX() != sub.getLhs() || !maximum->hasOneUse() ||
      !sub.getLhs().hasNUses(2))
    return {};
  return sub.getLhs();
}

/// The factor c of c * tanh(x), which bounds scores; 0 if it is not that.
static double matchSoftcap(Operation *op) {
  if (!isa<tn::MulOp>(op))
    return 0;
  auto tanh = op->getOperand(0).getDefiningOp<tn::TanhOp>();
  return tanh && tanh->hasOneUse() ? splatOf(op->getOperand(1)).value_or(0) : 0;
}

/// From the scores back to q k^T: masks and factors on the way. Null, with the
/// reason, if anything else is there.
static tn::MatmulOp matchScores(Value scores, Match &match, StringRef &reason) {
  bool isFirst = true; // which has two users
  while (true) {
    Operation *op = scores.getDefiningOp();
    if (!op || (!isFirst && !scores.hasOneUse())) {
      reason = "its scores are used elsewhere";
      return {};
    }
    isFirst = false;
    if (auto product = dyn_cast<tn::MatmulOp>(op))
      return product;
    if (double cap = matchSoftcap(op)) {
      if (match.scale != 1 || match.softcap != 0)
        return reason = "its bounded scores are scaled", tn::MatmulOp();
      match.softcap = match.scale = cap;
      scores = op->getOperand(0).getDefiningOp()->getOperand(0);
      continue;
    }
    if (isa<tn::MulOp, tn::DivOp>(op)) {
      if (std::optional<double> factor = splatOf(op->getOperand(1))) {
        match.scale *= isa<tn::MulOp>(op) ? *factor : 1 / *factor;
        scores = op->getOperand(0);
        continue;
      }
      reason = "its scores are scaled by a tensor";
      return {};
    }
    if (isa<tn::AddOp, tn::SelectOp>(op) &&
        (match.scale != 1 || match.softcap != 0)) {
      reason = "its mask is scaled or bounded, too";
      return {};
    }
    if (auto select = dyn_cast<tn::SelectOp>(op)) {
      std::optional<double> other = splatOf(select.getRhs());
      if (!other || *other > kAsGoodAsInfinite) {
        reason = "its scores are replaced by values that are not small enough";
        return {};
      }
      match.selected.push_back({select.getCondition(), select.getRhs()});
      scores = select.getLhs();
      continue;
    }
    if (auto add = dyn_cast<tn::AddOp>(op)) {
      auto isProduct = [](Value v) {
        Operation *producer = v.getDefiningOp();
        while (isa_and_nonnull<tn::MulOp, tn::DivOp, tn::TanhOp, tn::SelectOp>(
            producer))
          producer =
              producer->getOperand(isa<tn::SelectOp>(producer)).getDefiningOp();
        return isa_and_nonnull<tn::MatmulOp>(producer);
      };
      bool isLeft = isProduct(add.getLhs());
      scores = isLeft ? add.getLhs() : add.getRhs();
      match.masks.push_back(isLeft ? add.getRhs() : add.getLhs());
      continue;
    }
    reason = "its scores are computed in a way that is not known";
    return {};
  }
}

static bool isPlainProduct(tn::MatmulOp op) {
  return tn::shapeOf(op.getResult()).size() == 4 &&
         tn::shapeOf(op.getLhs()).size() == 4 &&
         tn::shapeOf(op.getRhs()).size() == 4 &&
         getElementTypeOrSelf(op.getType()).isF32();
}

static LogicalResult matchAttention(tn::MatmulOp last, Match &match,
                                    StringRef &reason) {
  Value scores = isPlainProduct(last) ? matchSoftmax(last.getLhs()) : Value();
  if (!scores)
    return failure(); // no attention at all: no reason
  tn::MatmulOp first = matchScores(scores, match, reason);
  if (!first || !isPlainProduct(first))
    return failure();
  match.q = {first.getLhs(), {0, 1, 2, 3}, {}};
  auto uncover = [&](Operand &operand) {
    while (operand.lookThroughFactor(match.scale) ||
           operand.lookThroughTranspose() || operand.lookThroughUnitDims())
      ;
  };
  uncover(match.q);
  // k^T is [B, H, D, Sk].
  match.k = {first.getRhs(), {0, 1, 3, 2}, {}};
  uncover(match.k);
  if (match.k.order.back() != 3)
    return reason = "its keys are stored by width", failure();
  match.k.lookThroughRepeat();
  match.v = {last.getRhs(), {0, 1, 2, 3}, {}};
  while (match.v.lookThroughTranspose() || match.v.lookThroughUnitDims())
    ;
  match.v.lookThroughRepeat();
  if (match.k.length != match.v.length)
    return reason = "its keys and values are repeated differently", failure();
  auto dims = [](const Operand &o) {
    return tn::AttentionOp::logicalDims(o.stored, o.order);
  };
  if (!tn::AttentionOp::serves(dims(match.q), dims(match.k), dims(match.v)))
    return reason = "its heads are too wide, or not of known number and width",
           failure();
  return success();
}

namespace {
struct RecognizeAttention
    : tenon::graph::impl::RecognizeAttentionPassBase<RecognizeAttention> {
  void runOnOperation() override {
    SmallVector<tn::MatmulOp> products;
    getOperation()->walk([&](tn::MatmulOp op) { products.push_back(op); });
    for (tn::MatmulOp op : products) {
      Match match;
      StringRef reason;
      auto name = remark::RemarkOpts::name("Attention").category("recognize");
      if (failed(matchAttention(op, match, reason))) {
        if (!reason.empty())
          remark::missed(op.getLoc(), name) << remark::reason("{0}", reason);
        continue;
      }
      remark::passed(op.getLoc(), name);
      OpBuilder b(op);
      auto order = [&](const Order &o) { return b.getDenseI64ArrayAttr(o); };
      auto attention = tn::AttentionOp::create(
          b, op.getLoc(), op.getType(), match.q.stored, match.k.stored,
          match.v.stored, match.mask(b, op.getLoc()),
          b.getF32FloatAttr(match.scale), order(match.q.order),
          order(match.k.order), order(match.v.order), order({0, 1, 2, 3}),
          b.getF32FloatAttr(match.softcap), UnitAttr(),
          match.k.length ? tn::ShapeAttr::get(&getContext(), match.k.length)
                         : tn::ShapeAttr());
      op.replaceAllUsesWith(attention.getResult());
    }
  }
};
} // namespace
