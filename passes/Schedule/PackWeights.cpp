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

/// Columns of a panel that the schedule of `fusion` wants; 0: none.
static int64_t panelOf(tn::FusionOp fusion) {
  tn::ScheduleAttr schedule = fusion.getScheduleAttr();
  if (schedule && schedule.getHero() == tn::Hero::matmul)
    return schedule::MatmulTile::of(schedule).panel;
  if (schedule && schedule.getHero() == tn::Hero::conv)
    return schedule::ConvTile::of(schedule).panel;
  return 0;
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

namespace {
struct PackWeights : tenon::schedule::impl::PackWeightsPassBase<PackWeights> {
  LogicalResult pack(tn::FusionOp fusion, Operation *contraction,
                     int64_t panel);
  void runOnOperation() override {
    WalkResult result = getOperation()->walk([&](tn::FusionOp fusion) {
      int64_t panel = panelOf(fusion);
      if (panel == 0)
        return WalkResult::advance();
      for (Operation *contraction : schedule::contractionsOf(fusion))
        if (failed(pack(fusion, contraction, panel)))
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

LogicalResult PackWeights::pack(tn::FusionOp fusion, Operation *contraction,
                                int64_t panel) {
  OpOperand &use =
      fusion.getInputsMutable()[schedule::rightInput(fusion, contraction)];
  auto weight = use.get().getDefiningOp<tn::WeightOp>();
  if (auto constant = use.get().getDefiningOp<tn::ConstantOp>())
    weight = asWeight(constant);
  if (!weight)
    return fusion.emitError("its schedule wants panels, but its right operand is "
                            "neither a weight nor a constant");
  int64_t rank = cast<RankedTensorType>(weight.getType()).getRank();
  int64_t batch = isa<tn::MatmulOp>(contraction) ? rank - 2 : 0;
  tn::PackAttr pack = panelsOf(&getContext(), rank, batch, panel);
  tn::WeightOp &copy = packed[{weight, pack}];
  if (!copy) {
    OpBuilder b(weight);
    copy = cast<tn::WeightOp>(b.clone(*weight));
    copy.setPackAttr(pack);
  }
  use.set(copy.getResult());
  return success();
}
