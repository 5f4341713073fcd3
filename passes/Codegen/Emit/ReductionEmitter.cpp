//===- ReductionEmitter.cpp - Hero reduction: rows combined, then used ----===//
//
// All reductions of the fusion walk the same domain (the dims of the largest
// value) along the same axes; everything else is elementwise over the domain or
// over its kept dims. One kept position is computed in stages:
//
//   softmax            stage 0: max of x
//                      stage 1: sum of exp(x - max)
//                      outputs: exp(x - max) / sum
//
// A stage is one walk over the reduced dims for all reductions that depend only
// on earlier stages. Elementwise values are computed again in each stage that
// needs them, from operands that are in cache by then.
//
// Lanes run along the last dim: if it is reduced, a row is combined across
// lanes at the end (row reduction); if it is kept, each lane has a row of its
// own (column reduction).
//
//===----------------------------------------------------------------------===//

#include "passes/Codegen/Emit/Combine.h"
#include "passes/Codegen/Emit/Emitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;
using tn::ExprAttr;

namespace {

class ReductionKernel {
public:
  ReductionKernel(KernelBuilder &k, tn::FusionOp fusion)
      : k(k), fusion(fusion), e(k, fusion) {
    fusion.getBody().walk([&](tn::ReduceOp op) { reductions.push_back(op); });
    domain = tn::shapeOf(reductions.front().getX());
    axes.assign(reductions.front().getAxes().begin(),
                reductions.front().getAxes().end());
    lanesAreReduced = axes.back() == int64_t(domain.size()) - 1;
    if (lanesAreReduced)
      reducedOuter.assign(axes.begin(), axes.end() - 1);
    else
      reducedOuter = axes;
    for (size_t d = 0; d + 1 < domain.size(); ++d)
      if (!llvm::is_contained(axes, int64_t(d)))
        keptOuter.push_back(d);
    orderStages();
  }

  KernelInfo emit();

private:
  void orderStages();
  void emitPosition();
  void emitStage(ArrayRef<tn::ReduceOp> stage);
  void storeOutputs();
  /// Whether a value has an element per step of the walk, not one per row.
  bool overDomain(Value v) {
    return tn::shapeOf(v) != tn::shapeOf(reductions.front().getResult());
  }

  /// Walks the reduced dims: body(mask, carried) at each step, with `index`
  /// set. Lanes run along the last dim in both forms.
  SmallVector<Value>
  walk(ValueRange init,
       function_ref<SmallVector<Value>(Value, ValueRange)> body);
  SmallVector<Value>
  walkFrom(size_t axis, ValueRange carried,
           function_ref<SmallVector<Value>(Value, ValueRange)> body);

  KernelBuilder &k;
  tn::FusionOp fusion;
  ElementEmitter e;
  SmallVector<tn::ReduceOp> reductions;
  SmallVector<SmallVector<tn::ReduceOp>> stages;
  SmallVector<ExprAttr> domain;
  SmallVector<int64_t> axes, reducedOuter, keptOuter;
  bool lanesAreReduced = false;
  ElementIndex index; ///< of the domain
  Value keptMask;     ///< lanes in use when lanes are kept
};

} // namespace

/// Reductions that depend on no other come first; each later stage depends on
/// the one before.
void ReductionKernel::orderStages() {
  DenseMap<Value, unsigned> level;
  for (Operation &op : fusion.getBody().front()) {
    unsigned deepest = 0;
    for (Value operand : op.getOperands())
      deepest = std::max(deepest, level.lookup(operand));
    if (auto reduce = dyn_cast<tn::ReduceOp>(op)) {
      if (stages.size() <= deepest)
        stages.resize(deepest + 1);
      stages[deepest].push_back(reduce);
      ++deepest;
    }
    for (Value result : op.getResults())
      level[result] = deepest;
  }
}

SmallVector<Value> ReductionKernel::walkFrom(
    size_t axis, ValueRange carried,
    function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  if (axis < reducedOuter.size()) {
    int64_t d = reducedOuter[axis];
    return k.forLoop(k.index(0), k.evaluate(domain[d]), 1, carried,
                     [&](Value i, ValueRange values) {
                       index[d] = e.uniform(i);
                       SmallVector<Value> next;
                       e.scope(keptMask, [&] {
                         next = walkFrom(axis + 1, values, body);
                       });
                       return next;
                     });
  }
  if (!lanesAreReduced)
    return body(keptMask, carried);
  return k.laneLoop(k.index(0), k.evaluate(domain.back()), carried,
                    [&](Value i, Value mask, ValueRange values) {
                      index.back() = {i, k.lanes() == 1 ? 0 : 1, {}};
                      SmallVector<Value> next;
                      e.scope(mask, [&] { next = body(mask, values); });
                      return next;
                    });
}

SmallVector<Value>
ReductionKernel::walk(ValueRange init,
                      function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  SmallVector<Value> result;
  e.scope(keptMask, [&] { result = walkFrom(0, init, body); });
  return result;
}

void ReductionKernel::emitStage(ArrayRef<tn::ReduceOp> stage) {
  SmallVector<Combine> combines;
  SmallVector<Value> init;
  for (tn::ReduceOp reduce : stage) {
    Type element = getElementTypeOrSelf(reduce.getX());
    combines.emplace_back(k, reduce.getCombiner(), element);
    Type type = tn::BodyBuilder::computeType(element);
    init.push_back(
        combines.back().neutral(k.lanes() == 1 ? type : k.vectorOf(type)));
  }
  SmallVector<Value> totals = walk(init, [&](Value mask, ValueRange carried) {
    SmallVector<Value> next;
    for (size_t i = 0; i < stage.size(); ++i) {
      tn::ReduceOp reduce = stage[i];
      Value x = e.emitVector(reduce.getX(), index);
      Value combined = combines[i].combine(carried[i], x);
      // Lanes beyond the row keep what they have.
      if (mask && lanesAreReduced)
        combined = arith::SelectOp::create(k.builder(), mask, combined,
                                           carried[i]);
      next.push_back(combined);
    }
    return next;
  });
  for (size_t i = 0; i < stage.size(); ++i) {
    tn::ReduceOp reduce = stage[i];
    Value total = totals[i];
    if (lanesAreReduced && k.lanes() > 1)
      total = combines[i].acrossLanes(total);
    e.bind(reduce.getResult(), [total](ArrayRef<LaneIndex>) { return total; });
  }
}

void ReductionKernel::storeOutputs() {
  ValueRange yielded = fusion.getYield().getValues();
  ElementIndex kept(index);
  for (int64_t axis : axes)
    kept[axis] = e.uniform(k.index(0));
  bool anyOverDomain = false;
  e.scope(keptMask, [&] {
    for (auto [i, value] : llvm::enumerate(yielded)) {
      if (overDomain(value)) {
        anyOverDomain = true;
        continue;
      }
      e.store(e.emit(value, kept), k.output(i), kept);
    }
  });
  if (!anyOverDomain)
    return;
  walk(ValueRange{}, [&](Value, ValueRange) {
    SmallVector<std::pair<size_t, Value>> values;
    for (auto [i, value] : llvm::enumerate(yielded))
      if (overDomain(value))
        values.emplace_back(i, e.emitVector(value, index));
    for (auto [i, value] : values)
      e.store(value, k.output(i), index);
    return SmallVector<Value>{};
  });
}

void ReductionKernel::emitPosition() {
  for (ArrayRef<tn::ReduceOp> stage : stages)
    emitStage(stage);
  storeOutputs();
}

KernelInfo ReductionKernel::emit() {
  int64_t rowsPerTile = fusion.getScheduleAttr().getTile()[0];
  MLIRContext *context = fusion.getContext();
  SmallVector<ExprAttr> keptDims;
  for (int64_t d : keptOuter)
    keptDims.push_back(domain[d]);
  // A kept last dim is walked in blocks of one vector.
  ExprAttr blocks = tn::constantExpr(context, 1);
  if (!lanesAreReduced)
    blocks = tn::ceilDivExpr(domain.back(), k.lanes());
  ExprAttr positions = tn::mulExpr(tn::productExpr(context, keptDims), blocks);
  Value count = k.evaluate(positions);
  k.forLoop(k.firstTile(), k.lastTile(), 1, [&](Value tile) {
    Value first = k.mul(tile, k.index(rowsPerTile));
    Value last = k.min(k.add(first, k.index(rowsPerTile)), count);
    k.forLoop(first, last, 1, [&](Value position) {
      index.assign(domain.size(), e.uniform(k.index(0)));
      Value row = position;
      keptMask = {};
      if (!lanesAreReduced) {
        Value blockCount = k.evaluate(blocks);
        Value column =
            k.mul(k.mod(position, blockCount), k.index(k.lanes()));
        row = k.div(position, blockCount);
        index.back() = {column, k.lanes() == 1 ? 0 : 1, {}};
        auto size = getConstantIntValue(k.evaluate(domain.back()));
        if (k.lanes() > 1 && !(size && *size % k.lanes() == 0))
          keptMask = k.laneMask(k.sub(k.evaluate(domain.back()), column));
      }
      for (auto [d, coordinate] :
           llvm::zip_equal(keptOuter, k.delinearize(row, keptDims)))
        index[d] = e.uniform(coordinate);
      e.scope(keptMask, [&] { emitPosition(); });
    });
  });
  return {tn::ceilDivExpr(positions, rowsPerTile)};
}

FailureOr<KernelInfo> codegen::emitReduction(KernelBuilder &k,
                                             tn::FusionOp fusion) {
  return ReductionKernel(k, fusion).emit();
}
