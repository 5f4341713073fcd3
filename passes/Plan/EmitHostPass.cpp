//===- EmitHostPass.cpp - Functions become host programs, as a pass -------===//

#include "passes/Plan/HostProgram.h"
#include "passes/Plan/Passes.h"

using namespace mlir;
using namespace tenon;

namespace tenon::plan {
#define GEN_PASS_DEF_EMITHOST
#include "passes/Plan/Passes.h.inc"
} // namespace tenon::plan

namespace {
struct EmitHost : plan::impl::EmitHostBase<EmitHost> {
  void runOnOperation() override;
};
} // namespace

void EmitHost::runOnOperation() {
  ModuleOp module = getOperation();
  OwningOpRef<ModuleOp> programs = ModuleOp::create(module.getLoc());
  SmallVector<Operation *> replaced;
  for (Operation &op : *module.getBody()) {
    if (auto function = dyn_cast<func::FuncOp>(op);
        function && function.isPublic() && !function.isDeclaration() &&
        failed(plan::emitHostProgram(function, function.getName(), *programs)))
      return signalPassFailure();
    if (isa<func::FuncOp, tn::DataOp>(op))
      replaced.push_back(&op);
  }
  for (Operation *op : replaced)
    op->erase();
  module.getBody()->getOperations().splice(
      module.getBody()->end(), programs->getBody()->getOperations());
}
