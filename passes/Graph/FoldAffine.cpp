//===- FoldAffine.cpp - Scales and shifts of channels into weights --------===//
//
// Around a convolution or product with a constant weight:
//
//   (x * w + b) * s + t  ->  x * (w * s) + (b * s + t)
//   (x * s + t) * w      ->  x * (s * w) + (t * w)
//
// The parts in parentheses on the right are constants. Batch normalization is
// such a chain.
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/Remarks.h"
#include "passes/Graph/ConstantValue.h"
#include "passes/Graph/Passes.h"

namespace tenon::graph {
#define GEN_PASS_DEF_FOLDAFFINEPASS
#include "passes/Graph/Passes.h.inc"
} // namespace tenon::graph

using namespace mlir;
using namespace tenon;
using tn::ExprAttr;

/// Elements of a weight, at most: a larger one is better left in its file, as
/// a factor costs little in the kernel that has the products.
static constexpr int64_t kMostElements = 1 << 22;

namespace {

/// y * scale + shift, per channel or for all; null: 1 and 0.
struct Affine {
  Value scale, shift;
};

/// One op of a chain.
struct Step {
  Operation *op;
  Value y;         ///< what it scales or shifts
  Value parameter; ///< by this, a constant
  bool isFactor() const { return isa<tn::MulOp, tn::DivOp>(op); }
};

class Folder {
public:
  explicit Folder(Operation *contraction) : op(contraction), b(contraction) {}
  void foldAfter();
  void foldBefore();

private:
  Value x() { return op->getOperand(0); }
  Value weight() { return op->getOperand(1); }
  bool hasOwnWeight();
  bool readsInside();
  /// The products of all chains' ops, in order, at the insertion point.
  Affine combine(ArrayRef<Step> steps);

  template <typename Op> Value make(Value lhs, Value rhs) {
    return b.createOrFold<Op>(op->getLoc(), lhs, rhs);
  }
  Value reshape(Value v, ArrayRef<ExprAttr> dims) {
    return b.createOrFold<tn::ReshapeOp>(
        op->getLoc(), tn::tensorOf(dims, getElementTypeOrSelf(v)), v);
  }
  /// As [n], or rank 0 if it is one number.
  Value asVector(Value parameter);
  /// A vector as [n, 1].
  Value asColumn(Value parameter);
  void scaleWeight(Value factor) {
    op->setOperand(1, make<tn::MulOp>(weight(), factor));
  }
  void addToResult(Value shift);
  void report(size_t steps);

  Operation *op;
  OpBuilder b;
};

} // namespace

/// `op` as a step on `y`, whose channels are dim `channel`: its other operand
/// is a constant that is alike along all other dims.
static std::optional<Step> stepOn(Operation *op, Value y, size_t channel) {
  if (!isa<tn::AddOp, tn::SubOp, tn::MulOp, tn::DivOp>(op) ||
      op->getResult(0).getType() != y.getType())
    return std::nullopt;
  bool isLeft = op->getOperand(0) == y;
  Value other = op->getOperand(isLeft);
  if ((!isLeft && isa<tn::SubOp, tn::DivOp>(op)) || other == y ||
      !graph::isConstantValue(other))
    return std::nullopt;
  SmallVector<ExprAttr> dims = tn::shapeOf(other);
  size_t missing = tn::shapeOf(y).size() - dims.size();
  for (auto [d, size] : llvm::enumerate(dims))
    if (missing + d != channel && !size.isConstant(1))
      return std::nullopt;
  return Step{op, y, other};
}

/// Weights of several ops would be stored several times.
bool Folder::hasOwnWeight() {
  auto type = cast<RankedTensorType>(weight().getType());
  Type element = type.getElementType();
  if ((!element.isF32() && !element.isF64()) || !type.hasStaticShape() ||
      type.getNumElements() > kMostElements || !weight().hasOneUse() ||
      !graph::isConstantValue(weight()) || graph::isQuantized(weight()) ||
      graph::isQuantized(x()))
    return false;
  if (auto conv = dyn_cast<tn::ConvTransposeOp>(op))
    return conv.getGroups() == 1;
  if (isa<tn::MatmulOp>(op))
    return type.getRank() == 2;
  return true;
}

Value Folder::asVector(Value parameter) {
  SmallVector<ExprAttr> dims;
  for (ExprAttr size : tn::shapeOf(parameter))
    if (!size.isConstant(1))
      dims.push_back(size);
  return reshape(parameter, dims);
}

Value Folder::asColumn(Value parameter) {
  SmallVector<ExprAttr> dims = tn::shapeOf(parameter);
  if (!dims.empty())
    dims.push_back(tn::constantExpr(b.getContext(), 1));
  return reshape(parameter, dims);
}

Affine Folder::combine(ArrayRef<Step> steps) {
  Affine chain;
  for (const Step &step : steps) {
    Value parameter = asVector(step.parameter);
    auto apply = [&](Value &part) {
      if (isa<tn::AddOp>(step.op))
        part = make<tn::AddOp>(part, parameter);
      else if (isa<tn::SubOp>(step.op))
        part = make<tn::SubOp>(part, parameter);
      else if (isa<tn::MulOp>(step.op))
        part = make<tn::MulOp>(part, parameter);
      else
        part = make<tn::DivOp>(part, parameter);
    };
    Value &part = step.isFactor() ? chain.scale : chain.shift;
    if (!part && isa<tn::SubOp, tn::DivOp>(step.op)) {
      Type element = getElementTypeOrSelf(parameter);
      part = tn::ConstantOp::create(
          b, op->getLoc(),
          DenseElementsAttr::get(
              RankedTensorType::get({}, element),
              b.getFloatAttr(element, step.isFactor() ? 1 : 0)));
    }
    if (part)
      apply(part);
    else
      part = parameter;
    if (step.isFactor() && chain.shift)
      apply(chain.shift);
  }
  return chain;
}

void Folder::report(size_t steps) {
  remark::passed(op->getLoc(),
                 remark::RemarkOpts::name("FoldedAffine").category("recognize"))
      << remark::metric("Ops", steps);
}

void Folder::addToResult(Value shift) {
  b.setInsertionPointAfter(op);
  Value y = op->getResult(0), sum = make<tn::AddOp>(y, shift);
  y.replaceAllUsesExcept(sum, sum.getDefiningOp());
}

void Folder::foldAfter() {
  if (!hasOwnWeight())
    return;
  SmallVector<Step> steps;
  Value y = op->getResult(0);
  size_t channel = tn::shapeOf(y).size() - 1;
  while (y.hasOneUse()) {
    std::optional<Step> step = stepOn(*y.user_begin(), y, channel);
    if (!step || step->op->getBlock() != op->getBlock())
      break;
    steps.push_back(*step);
    y = step->op->getResult(0);
  }
  // A shift by itself is as good as it can be.
  if (steps.size() < 2 &&
      !llvm::any_of(steps, [](const Step &step) { return step.isFactor(); }))
    return;
  // Behind all parameters.
  op->moveBefore(steps.back().op);
  b.setInsertionPoint(op);
  Affine chain = combine(steps);
  y.replaceAllUsesWith(op->getResult(0));
  for (const Step &step : llvm::reverse(steps))
    step.op->erase();
  if (chain.scale)
    scaleWeight(chain.scale);
  if (chain.shift)
    addToResult(chain.shift);
  report(steps.size());
}

/// No window reads beyond x, where a shift would not be.
bool Folder::readsInside() {
  if (isa<tn::MatmulOp>(op))
    return true;
  auto conv = cast<tn::ConvOp>(op);
  SmallVector<ExprAttr> in = tn::shapeOf(conv.getX());
  SmallVector<ExprAttr> out = tn::shapeOf(conv.getResult());
  SmallVector<ExprAttr> kernel = tn::shapeOf(conv.getWeight());
  for (size_t d = 0; d + 2 < in.size(); ++d) {
    ExprAttr last = tn::addExpr(
        tn::mulExpr(tn::addExpr(out[d + 1], -1), conv.getStrides()[d]),
        tn::mulExpr(tn::addExpr(kernel[d], -1), conv.getDilations()[d]));
    ExprAttr beyond = tn::subExpr(last, in[d + 1]);
    if (!conv.getLow()[d].isConstant(0) || !beyond.isConstant() ||
        beyond.getValue() >= 0)
      return false;
  }
  return true;
}

void Folder::foldBefore() {
  auto conv = dyn_cast<tn::ConvOp>(op);
  if ((!conv && !isa<tn::MatmulOp>(op)) || (conv && conv.getGroups() != 1) ||
      !hasOwnWeight())
    return;
  SmallVector<Step> steps; // the last one first
  Value y = x();
  size_t channel = tn::shapeOf(y).size() - 1;
  bool mayShift = readsInside();
  for (Operation *producer; y.hasOneUse() && (producer = y.getDefiningOp());) {
    if (producer->getBlock() != op->getBlock())
      break;
    if (auto transpose = dyn_cast<tn::TransposeOp>(producer)) {
      channel = transpose.getPermutation()[channel];
      y = transpose.getX();
      continue;
    }
    std::optional<Step> step;
    for (Value inner : producer->getOperands())
      if (!step)
        step = stepOn(producer, inner, channel);
    if (!step || (!step->isFactor() && !mayShift))
      break;
    steps.push_back(*step);
    y = step->y;
  }
  if (steps.empty())
    return;
  std::reverse(steps.begin(), steps.end());
  b.setInsertionPoint(op);
  Affine chain = combine(steps);
  for (const Step &step : llvm::reverse(steps)) {
    step.op->getResult(0).replaceAllUsesWith(step.y);
    step.op->erase();
  }
  Value shift;
  if (chain.shift) {
    Value products = make<tn::MulOp>(weight(), asColumn(chain.shift));
    SmallVector<int64_t> axes;
    for (size_t d = 0; d + 1 < tn::shapeOf(products).size(); ++d)
      axes.push_back(d);
    shift = asVector(b.createOrFold<tn::ReduceOp>(op->getLoc(), products,
                                                  tn::Combiner::sum, axes));
  }
  if (chain.scale)
    scaleWeight(asColumn(chain.scale));
  if (shift)
    addToResult(shift);
  report(steps.size());
}

namespace {
struct FoldAffine : tenon::graph::impl::FoldAffinePassBase<FoldAffine> {
  void runOnOperation() override {
    SmallVector<Operation *> contractions;
    getOperation()->walk([&](Operation *op) {
      if (isa<tn::ConvOp, tn::ConvTransposeOp, tn::MatmulOp>(op))
        contractions.push_back(op);
    });
    for (Operation *op : contractions) {
      Folder folder(op);
      folder.foldBefore();
      folder.foldAfter();
    }
  }
};
} // namespace
