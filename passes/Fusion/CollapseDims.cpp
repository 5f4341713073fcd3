//===- CollapseDims.cpp - Merges dims that a fusion has alike -------------===//

#include "passes/Fusion/Passes.h"
#include "tenon/Dialect/Tn/TnOps.h"
#include "mlir/IR/IRMapping.h"

namespace tenon::fusion {
#define GEN_PASS_DEF_COLLAPSEDIMSPASS
#include "passes/Fusion/Passes.h.inc"
} // namespace tenon::fusion

using namespace mlir;
using namespace tenon;
using tn::ExprAttr;

namespace {

/// Which dims of the domain are walked as one.
class Collapse {
public:
  explicit Collapse(tn::FusionOp fusion) : fusion(fusion) {}
  /// False if nothing can be merged.
  bool analyze();
  void apply();

private:
  bool isCollapsible();
  SmallVector<ExprAttr> padded(Type tensor);
  bool mergeable(size_t first, size_t last);
  RankedTensorType collapsed(Type tensor);

  tn::FusionOp fusion;
  SmallVector<ExprAttr> domain;
  SmallVector<SmallVector<int64_t>> groups; ///< of adjacent dims
};

} // namespace

bool Collapse::isCollapsible() {
  for (Operation &op : fusion.getBody().front()) {
    if (isa<tn::YieldOp, tn::ReduceOp>(op))
      continue;
    if (auto constant = dyn_cast<tn::ConstantOp>(op)) {
      if (!isa<SplatElementsAttr>(constant.getValue()))
        return false;
      continue;
    }
    auto role = dyn_cast<tn::FusionRoleOpInterface>(op);
    if (!role || role.getFusionRole() != tn::FusionRole::elementwise)
      return false;
  }
  return true;
}

SmallVector<ExprAttr> Collapse::padded(Type tensor) {
  SmallVector<ExprAttr> dims = tn::shapeOf(tensor);
  dims.insert(dims.begin(), domain.size() - dims.size(),
              tn::constantExpr(fusion.getContext(), 1));
  return dims;
}

/// Dims first..last are, in every value, all the domain's or all 1. (Not a
/// matter of neighbours: a domain's 1 is both.)
bool Collapse::mergeable(size_t first, size_t last) {
  auto alike = [&](Value v) {
    SmallVector<ExprAttr> dims = padded(v.getType());
    auto part = ArrayRef(dims).slice(first, last - first + 1);
    return part == ArrayRef(domain).slice(first, part.size()) ||
           llvm::all_of(part, [](ExprAttr d) { return d.isConstant(1); });
  };
  Block &body = fusion.getBody().front();
  if (!llvm::all_of(body.getArguments(), alike))
    return false;
  for (Operation &op : body) {
    if (!llvm::all_of(op.getResults(), alike))
      return false;
    if (auto reduce = dyn_cast<tn::ReduceOp>(op))
      if (llvm::is_contained(reduce.getAxes(), int64_t(first)) !=
          llvm::is_contained(reduce.getAxes(), int64_t(last)))
        return false;
  }
  return true;
}

bool Collapse::analyze() {
  if (!isCollapsible())
    return false;
  Block &body = fusion.getBody().front();
  auto consider = [&](Value v) {
    SmallVector<ExprAttr> dims = tn::shapeOf(v);
    auto ones = [](ArrayRef<ExprAttr> dims) {
      return llvm::count_if(dims, [](ExprAttr d) { return d.isConstant(1); });
    };
    if (dims.size() > domain.size() ||
        (dims.size() == domain.size() && ones(dims) < ones(domain)))
      domain = dims;
  };
  llvm::for_each(body.getArguments(), consider);
  for (Operation &op : body)
    llvm::for_each(op.getResults(), consider);
  if (domain.size() < 2)
    return false;
  groups.push_back({0});
  for (size_t d = 1; d < domain.size(); ++d) {
    if (mergeable(groups.back().front(), d))
      groups.back().push_back(d);
    else
      groups.push_back({int64_t(d)});
  }
  return groups.size() < domain.size();
}

RankedTensorType Collapse::collapsed(Type tensor) {
  SmallVector<ExprAttr> dims = padded(tensor), merged;
  for (ArrayRef<int64_t> group : groups) {
    SmallVector<ExprAttr> part;
    for (int64_t d : group)
      part.push_back(dims[d]);
    merged.push_back(tn::productExpr(fusion.getContext(), part));
  }
  return tn::tensorOf(merged, getElementTypeOrSelf(tensor));
}

void Collapse::apply() {
  OpBuilder b(fusion);
  Location loc = fusion.getLoc();
  SmallVector<Value> inputs;
  for (Value input : fusion.getInputs())
    inputs.push_back(b.createOrFold<tn::ReshapeOp>(
        loc, collapsed(input.getType()), input));
  SmallVector<Type> types;
  for (Value output : fusion.getOutputs())
    types.push_back(collapsed(output.getType()));
  auto merged = tn::FusionOp::create(b, loc, types, inputs,
                                     fusion.getScheduleAttr());
  Block *body = b.createBlock(&merged.getBody());
  IRMapping map;
  for (auto [from, to] :
       llvm::zip_equal(fusion.getBody().getArguments(), inputs))
    map.map(from, body->addArgument(to.getType(), loc));
  for (Operation &op : fusion.getBody().front()) {
    Operation *copy = b.clone(op, map);
    for (Value result : copy->getResults())
      result.setType(collapsed(result.getType()));
    if (auto reduce = dyn_cast<tn::ReduceOp>(copy)) {
      SmallVector<int64_t> axes;
      for (auto [i, group] : llvm::enumerate(groups))
        if (llvm::is_contained(reduce.getAxes(), group.front()))
          axes.push_back(i);
      reduce.setAxes(axes);
    }
    if (auto constant = dyn_cast<tn::ConstantOp>(copy))
      constant.setValueAttr(cast<SplatElementsAttr>(constant.getValue())
                                .resizeSplat(constant.getType()));
  }
  b.setInsertionPoint(fusion);
  SmallVector<Value> results;
  for (auto [from, to] :
       llvm::zip_equal(fusion.getOutputs(), merged.getOutputs()))
    results.push_back(tn::ReshapeOp::create(b, loc, from.getType(), to));
  fusion.replaceAllUsesWith(results);
  fusion.erase();
}

namespace {
struct CollapseDims : tenon::fusion::impl::CollapseDimsPassBase<CollapseDims> {
  void runOnOperation() override {
    SmallVector<tn::FusionOp> fusions;
    getOperation()->walk([&](tn::FusionOp op) { fusions.push_back(op); });
    for (tn::FusionOp fusion : fusions) {
      Collapse collapse(fusion);
      if (collapse.analyze())
        collapse.apply();
    }
  }
};
} // namespace
