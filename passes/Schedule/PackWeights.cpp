//===- PackWeights.cpp - Weights in the layout that kernels read ----------===//

#include "passes/Schedule/ContractionSchedule.h"
#include "passes/Schedule/Passes.h"

namespace tenon::schedule {
#define GEN_PASS_DEF_PACKWEIGHTSPASS
#include "passes/Schedule/Passes.h.inc"
} // namespace tenon::schedule

using namespace mlir;
using namespace tenon;

/// [B..., K..., N] -> [B..., N/panel, K..., panel]; `batch` dims are B.
static tn::PackAttr panelsOf(MLIRContext *context, int64_t rank, int64_t batch,
                             int64_t panel) {
  SmallVector<int64_t> order;
  for (int64_t d = 0; d < batch; ++d)
    order.push_back(d);
  order.push_back(rank - 1);
  for (int64_t d = batch; d < rank - 1; ++d)
    order.push_back(d);
  order.push_back(rank);
  return tn::PackAttr::get(context, {rank - 1}, {panel}, order);
}

/// [K, N] -> [N/panel, K/together, panel, together]
static tn::PackAttr groupsOf(MLIRContext *context, int64_t panel,
                             int64_t together) {
  return tn::PackAttr::get(context, {0, 1}, {together, panel}, {1, 0, 3, 2});
}

/// The layout that the schedule of `fusion` wants for the right operand of
/// `contraction`, of `rank` dims; null: any.
static tn::PackAttr layoutOf(tn::FusionOp fusion, Operation *contraction,
                             int64_t rank) {
  tn::ScheduleAttr schedule = fusion.getScheduleAttr();
  MLIRContext *context = fusion.getContext();
  int64_t panel = 0;
  if (schedule.getHero() == tn::Hero::matmul) {
    auto tile = schedule::MatmulTile::of(schedule);
    if (tile.together > 1)
      return groupsOf(context, tile.panel, tile.together);
    panel = tile.panel;
  } else {
    panel = schedule::ConvTile::of(schedule).panel;
  }
  int64_t batch = isa<tn::MatmulOp>(contraction) ? rank - 2 : 0;
  return panel ? panelsOf(context, rank, batch, panel) : tn::PackAttr();
}

/// A weight with the elements of `constant`, in place of it.
static tn::WeightOp asWeight(tn::ConstantOp constant) {
  Operation *table = SymbolTable::getNearestSymbolTable(constant);
  auto type = cast<RankedTensorType>(constant.getType());
  OpBuilder b(constant);
  auto data = tn::DataOp::create(b, constant.getLoc(), "constant",
                                 tn::FileDataAttr(), constant.getValue(), type);
  data->remove();
  SymbolTable(table).insert(data, table->getRegion(0).front().begin());
  auto weight = tn::WeightOp::create(
      b, constant.getLoc(), type, FlatSymbolRefAttr::get(data.getSymNameAttr()),
      DenseI64ArrayAttr(), tn::PackAttr());
  constant.replaceAllUsesWith(weight.getResult());
  constant.erase();
  return weight;
}

/// The input that `contraction` reads its right operand from, alone: to what
/// else reads it the layout would be wrong.
static OpOperand &ownRightInput(tn::FusionOp fusion, Operation *contraction) {
  tn::DequantizeOp dequantize = schedule::dequantizeOf(contraction);
  if (dequantize && !dequantize->hasOneUse()) {
    OpBuilder b(contraction);
    dequantize = cast<tn::DequantizeOp>(b.clone(*dequantize));
    contraction->setOperand(1, dequantize.getResult());
  }
  OpOperand &use =
      dequantize ? dequantize.getXMutable() : contraction->getOpOperand(1);
  auto argument = cast<BlockArgument>(use.get());
  if (!argument.hasOneUse()) {
    fusion.getInputsMutable().append(
        fusion.getInputs()[argument.getArgNumber()]);
    use.set(
        fusion.getBody().addArgument(argument.getType(), argument.getLoc()));
  }
  return fusion.getInputsMutable()[schedule::rightInput(fusion, contraction)];
}

namespace {
struct PackWeights : tenon::schedule::impl::PackWeightsPassBase<PackWeights> {
  LogicalResult pack(tn::FusionOp fusion, Operation *contraction);
  void runOnOperation() override {
    WalkResult result = getOperation()->walk([&](tn::FusionOp fusion) {
      tn::ScheduleAttr schedule = fusion.getScheduleAttr();
      if (!schedule || (schedule.getHero() != tn::Hero::matmul &&
                        schedule.getHero() != tn::Hero::conv))
        return WalkResult::advance();
      for (Operation *contraction : schedule::contractionsOf(fusion))
        if (failed(pack(fusion, contraction)))
          return WalkResult::interrupt();
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      return signalPassFailure();
    for (auto &[key, copy] : packed)
      if (key.first->use_empty())
        key.first->erase();
    packed.clear();
  }

  /// Kernels with one layout of one weight share it.
  DenseMap<std::pair<Operation *, Attribute>, tn::WeightOp> packed;
};
} // namespace

LogicalResult PackWeights::pack(tn::FusionOp fusion, Operation *contraction) {
  Value right = fusion.getInputs()[schedule::rightInput(fusion, contraction)];
  tn::PackAttr pack = layoutOf(
      fusion, contraction, cast<RankedTensorType>(right.getType()).getRank());
  if (!pack)
    return success();
  OpOperand &use = ownRightInput(fusion, contraction);
  auto weight = use.get().getDefiningOp<tn::WeightOp>();
  if (auto constant = use.get().getDefiningOp<tn::ConstantOp>())
    weight = asWeight(constant);
  if (!weight)
    return fusion.emitError("its schedule wants panels, but its right operand is "
                            "neither a weight nor a constant");
  tn::WeightOp &copy = packed[{weight, pack}];
  if (!copy) {
    OpBuilder b(weight);
    copy = cast<tn::WeightOp>(b.clone(*weight));
    copy.setPackAttr(pack);
  }
  use.set(copy.getResult());
  return success();
}
