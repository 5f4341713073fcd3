//===- ScheduleFusions.cpp - Decides hero, lanes and tile of fusions ------===//

#include "passes/Schedule/ChooseSchedule.h"
#include "passes/Schedule/Passes.h"

namespace tenon::schedule {
#define GEN_PASS_DEF_SCHEDULEFUSIONSPASS
#include "passes/Schedule/Passes.h.inc"
} // namespace tenon::schedule

using namespace mlir;
using namespace tenon;

namespace {
struct ScheduleFusions
    : tenon::schedule::impl::ScheduleFusionsPassBase<ScheduleFusions> {
  using ScheduleFusionsPassBase::ScheduleFusionsPassBase;
  void runOnOperation() override {
    llvm::Expected<TargetDesc> desc = TargetDesc::lookup(target);
    if (!desc) {
      getOperation()->emitError(llvm::toString(desc.takeError()));
      return signalPassFailure();
    }
    getOperation()->walk([&](tn::FusionOp fusion) {
      if (!fusion.getScheduleAttr())
        fusion.setScheduleAttr(schedule::chooseSchedule(fusion, *desc));
    });
  }
};
} // namespace
