//===- FoldConstants.cpp - Computes constant subgraphs by running them ----===//

#include "passes/Graph/NarrowWeights.h"
#include "passes/Graph/Passes.h"
#include "tenon/Dialect/Tn/TnOps.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"

namespace tenon::graph {
#define GEN_PASS_DEF_FOLDCONSTANTSPASS
#include "passes/Graph/Passes.h.inc"
} // namespace tenon::graph

using namespace mlir;
using namespace tenon;

/// What is larger than this many times its operands and some is cheaper to
/// compute again than to store. Dequantized bytes are 4 times as large.
static constexpr int64_t kGrowth = 4;
static constexpr int64_t kGrowthBytes = 64 << 10;

static bool isStored(Operation *op) {
  return isa_and_nonnull<tn::ConstantOp, tn::WeightOp>(op);
}

static std::optional<int64_t> staticBytes(ValueRange values) {
  int64_t bytes = 0;
  for (Value v : values) {
    tn::ExprAttr count = tn::elementCount(v.getType());
    if (!count.isConstant())
      return std::nullopt;
    bytes += count.getValue() * tn::elementBytes(getElementTypeOrSelf(v));
  }
  return bytes;
}

namespace {

class ConstantSubgraphs {
public:
  explicit ConstantSubgraphs(func::FuncOp function) {
    function.walk([&](Operation *op) {
      if (isFoldable(op))
        foldable.insert(op);
    });
    for (Operation *op : foldable)
      if (llvm::any_of(op->getUsers(), [&](Operation *user) {
            return !foldable.contains(user);
          }) && !isLayout(op))
        roots.push_back(op);
  }

  ArrayRef<Operation *> getRoots() const { return roots; }

  /// A module whose main computes the roots.
  OwningOpRef<ModuleOp> outline(ModuleOp from);

private:
  bool isFoldable(Operation *op) const {
    auto role = dyn_cast<tn::FusionRoleOpInterface>(op);
    if (!role || role.getFusionRole() == tn::FusionRole::host ||
        op->getNumOperands() == 0)
      return false;
    if (auto dequantize = dyn_cast<tn::DequantizeOp>(op);
        dequantize && graph::staysNarrow(dequantize))
      return false;
    for (Value operand : op->getOperands()) {
      Operation *producer = operand.getDefiningOp();
      if (!isStored(producer) && !(producer && foldable.contains(producer)))
        return false;
    }
    std::optional<int64_t> in = staticBytes(op->getOperands());
    std::optional<int64_t> out = staticBytes(op->getResults());
    // A slice may start at a size, and what has no elements may have any rows.
    return in && out && *out <= *in * kGrowth + kGrowthBytes &&
           tn::symbolsIn(op).empty();
  }

  /// Transposes of a view of a weight: its layout, not its value.
  static bool isLayout(Operation *op) {
    while (isa_and_nonnull<tn::TransposeOp>(op))
      op = op->getOperand(0).getDefiningOp();
    while (isa_and_nonnull<tn::ReshapeOp, tn::UnpackOp>(op))
      op = op->getOperand(0).getDefiningOp();
    return isa_and_nonnull<tn::WeightOp>(op);
  }

  llvm::SetVector<Operation *> foldable;
  SmallVector<Operation *> roots;
};

} // namespace

OwningOpRef<ModuleOp> ConstantSubgraphs::outline(ModuleOp from) {
  // What the roots need, in order.
  llvm::SetVector<Operation *> needed(roots.begin(), roots.end());
  for (size_t i = 0; i < needed.size(); ++i)
    for (Value operand : needed[i]->getOperands())
      needed.insert(operand.getDefiningOp());
  SmallVector<Operation *> ordered;
  from.walk([&](Operation *op) {
    if (needed.contains(op))
      ordered.push_back(op);
  });

  OwningOpRef<ModuleOp> module = ModuleOp::create(from.getLoc());
  OpBuilder b = OpBuilder::atBlockEnd(module->getBody());
  for (auto data : from.getOps<tn::DataOp>())
    if (llvm::any_of(ordered, [&](Operation *op) {
          auto weight = dyn_cast<tn::WeightOp>(op);
          return weight && weight.getData() == data.getSymName();
        }))
      b.clone(*data);
  SmallVector<Type> types;
  for (Operation *root : roots)
    llvm::append_range(types, root->getResultTypes());
  auto main = func::FuncOp::create(b, from.getLoc(), "main",
                                   b.getFunctionType({}, types));
  for (size_t i = 0; i < types.size(); ++i)
    main.setResultAttr(i, "tn.name",
                       b.getStringAttr("constant." + llvm::Twine(i)));
  b.setInsertionPointToStart(main.addEntryBlock());
  IRMapping map;
  for (Operation *op : ordered)
    b.clone(*op, map);
  SmallVector<Value> results;
  for (Operation *root : roots)
    for (Value result : root->getResults())
      results.push_back(map.lookup(result));
  func::ReturnOp::create(b, from.getLoc(), results);
  return module;
}

namespace {
struct FoldConstants : tenon::graph::impl::FoldConstantsPassBase<FoldConstants> {
  FoldConstants() = default;
  explicit FoldConstants(graph::ConstantEvaluator evaluator)
      : evaluator(std::move(evaluator)) {}

  void runOnOperation() override {
    auto module = dyn_cast<ModuleOp>(getOperation());
    if (!module || !evaluator)
      return;
    for (func::FuncOp function : module.getOps<func::FuncOp>()) {
      ConstantSubgraphs subgraphs(function);
      if (subgraphs.getRoots().empty())
        continue;
      FailureOr<SmallVector<ElementsAttr>> values =
          evaluator(*subgraphs.outline(module));
      if (failed(values)) {
        function.emitError("constant folding failed");
        return signalPassFailure();
      }
      replace(subgraphs.getRoots(), *values);
    }
  }

  void replace(ArrayRef<Operation *> roots, ArrayRef<ElementsAttr> values) {
    for (Operation *root : roots) {
      OpBuilder b(root);
      for (Value result : root->getResults()) {
        auto constant = tn::ConstantOp::create(
            b, root->getLoc(), result.getType(), values.front());
        result.replaceAllUsesWith(constant.getResult());
        values = values.drop_front();
      }
    }
  }

  graph::ConstantEvaluator evaluator;
};
} // namespace

std::unique_ptr<Pass>
graph::createFoldConstants(ConstantEvaluator evaluator) {
  return std::make_unique<FoldConstants>(std::move(evaluator));
}
