//===- ChooseSchedule.cpp - How a fusion becomes a kernel -----------------===//

#include "passes/Schedule/ChooseSchedule.h"
#include "passes/Schedule/ContractionSchedule.h"
#include "passes/Schedule/TypicalSizes.h"

using namespace mlir;
using namespace tenon;
using tn::ExprAttr;
using tn::Hero;
using schedule::TypicalSizes;

/// Elements of one tile: enough work to be worth handing to a thread (some
/// microseconds), few enough to stay in the first-level cache.
static constexpr int64_t kTileElements = 8192;

static Operation *producerOf(tn::FusionOp fusion, unsigned result) {
  return fusion.getYield().getValues()[result].getDefiningOp();
}

/// The hero of a region: what its most demanding op asks for.
static Hero heroOf(tn::FusionOp fusion) {
  Hero hero = Hero::loop;
  if (Operation *contraction = schedule::contractionOf(fusion)) {
    auto conv = dyn_cast<tn::ConvOp>(contraction);
    hero = conv ? schedule::heroOfConv(conv) : Hero::matmul;
    if (hero != Hero::loop)
      return hero;
  }
  for (Operation &op : fusion.getBody().front()) {
    if (isa<tn::ReduceOp>(op))
      hero = Hero::reduction;
    if (isa<tn::ScatterElementsOp, tn::ScatterNdOp>(op))
      return Hero::scatter;
    if (isa<tn::CumulativeOp>(op))
      return Hero::scan;
    if (isa<tn::TopKOp>(op))
      return Hero::sort;
    if (isa<tn::NonZeroOp>(op))
      return Hero::compact;
    if (isa<tn::RecurrentOp>(op))
      return Hero::recurrent;
    if (isa<tn::AttentionOp>(op))
      return Hero::attention;
  }
  if (hero != Hero::loop || fusion.getNumResults() > 1)
    return hero;
  if (isa_and_nonnull<tn::ConcatOp>(producerOf(fusion, 0)))
    return Hero::concat;
  if (auto transpose =
          dyn_cast_or_null<tn::TransposeOp>(producerOf(fusion, 0)))
    if (transpose.getPermutation().back() + 1 !=
        int64_t(transpose.getPermutation().size()))
      return Hero::transpose;
  return Hero::loop;
}

static tn::ScheduleAttr loopSchedule(MLIRContext *context,
                                     const TypicalSizes &typical,
                                     ArrayRef<ExprAttr> dims, int64_t lanes) {
  // Rows shorter than half a vector: lanes cross rows.
  if (dims.size() > 1 && dims.back().isConstant() &&
      dims.back().getValue() * 2 <= lanes)
    return tn::ScheduleAttr::get(context, Hero::loop, lanes,
                                 {0, kTileElements});
  int64_t columns = dims.empty() ? 1 : typical.atLeastOne(dims.back());
  int64_t tileColumns = std::min(columns, kTileElements);
  if (dims.empty() || !typical.isMost(dims.back()))
    tileColumns = kTileElements;
  int64_t rows = std::max<int64_t>(1, kTileElements / std::max<int64_t>(columns, 1));
  return tn::ScheduleAttr::get(context, Hero::loop, lanes, {rows, tileColumns});
}

static tn::ScheduleAttr reductionSchedule(MLIRContext *context,
                                          tn::FusionOp fusion, int64_t lanes) {
  tn::ReduceOp reduce;
  fusion.getBody().walk([&](tn::ReduceOp op) { reduce = op; });
  SmallVector<ExprAttr> dims = tn::shapeOf(reduce.getX());
  TypicalSizes typical(fusion);
  int64_t reduced = 1;
  for (int64_t axis : reduce.getAxes())
    reduced *= typical.atLeastOne(dims[axis]);
  bool lanesAreReduced = reduce.getAxes().back() + 1 == int64_t(dims.size());
  int64_t elements = lanesAreReduced ? reduced : reduced * lanes;
  int64_t rows = std::max<int64_t>(1, kTileElements / elements);
  return tn::ScheduleAttr::get(context, Hero::reduction, lanes, {rows});
}

tn::ScheduleAttr schedule::chooseSchedule(tn::FusionOp fusion,
                                          const TargetDesc &target) {
  MLIRContext *context = fusion.getContext();
  int64_t lanes = target.lanes();
  SmallVector<ExprAttr> dims = tn::shapeOf(fusion.getOutputs().front());
  Hero hero = heroOf(fusion);
  switch (hero) {
  case Hero::loop:
    return loopSchedule(context, TypicalSizes(fusion), dims, lanes);
  case Hero::reduction:
    return reductionSchedule(context, fusion, lanes);
  case Hero::matmul:
    return schedule::matmulSchedule(fusion, target);
  case Hero::conv:
    return schedule::convSchedule(fusion, target);
  case Hero::transpose:
  case Hero::concat:
    return tn::ScheduleAttr::get(context, hero, lanes, {kTileElements});
  case Hero::scatter:
  case Hero::scan:
  case Hero::recurrent:
    return tn::ScheduleAttr::get(context, hero, lanes, {1});
  case Hero::attention:
    // Rows of q: two vectors. Keys of a block: the scores stay in the first
    // level cache beside a block of v.
    return tn::ScheduleAttr::get(context, hero, lanes, {2 * lanes, 64});
  case Hero::sort:
  case Hero::compact:
  case Hero::batch:
    return tn::ScheduleAttr::get(context, hero, 1, {1});
  }
  llvm_unreachable("all heroes are handled");
}
