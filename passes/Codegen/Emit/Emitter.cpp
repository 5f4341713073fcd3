//===- Emitter.cpp - A scheduled fusion becomes a kernel ------------------===//

#include "passes/Codegen/Emit/Emitter.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;

/// The only place that maps a hero to its emitter.
static FailureOr<KernelInfo> emitHero(tn::Hero hero, KernelBuilder &k,
                                      tn::FusionOp fusion) {
  switch (hero) {
  case tn::Hero::loop:
    return emitLoop(k, fusion);
  case tn::Hero::reduction:
    return emitReduction(k, fusion);
  case tn::Hero::transpose:
    return emitTranspose(k, fusion);
  case tn::Hero::matmul:
    return emitMatmul(k, fusion);
  case tn::Hero::conv:
    return emitConv(k, fusion);
  case tn::Hero::concat:
    return emitConcat(k, fusion);
  case tn::Hero::scatter:
    return emitScatter(k, fusion);
  case tn::Hero::scan:
    return emitScan(k, fusion);
  case tn::Hero::sort:
    return emitSort(k, fusion);
  case tn::Hero::compact:
    return emitCompact(k, fusion);
  case tn::Hero::recurrent:
    return emitRecurrent(k, fusion);
  case tn::Hero::attention:
    return emitAttention(k, fusion);
  case tn::Hero::batch:
    break;
  }
  llvm_unreachable("a batch has no frame of its own");
}

/// Fails if an op of the region has neither a hero nor an element lowering.
static LogicalResult checkSupported(tn::FusionOp fusion) {
  WalkResult walked = fusion.getBody().walk([](Operation *op) {
    auto role = dyn_cast<tn::FusionRoleOpInterface>(op);
    bool opaque = role && role.getFusionRole() == tn::FusionRole::opaque;
    if (opaque || isa<tn::YieldOp, tn::ConstantOp, tn::ScalarBodyOpInterface,
                      tn::ElementOpInterface>(op))
      return WalkResult::advance();
    op->emitError("the CPU code generator has no kernel for ")
        << op->getName() << " here";
    return WalkResult::interrupt();
  });
  return success(!walked.wasInterrupted());
}

FailureOr<KernelInfo> codegen::emitKernel(StringRef name, ModuleOp module,
                                          tn::FusionOp fusion,
                                          ArrayRef<tn::ExprAttr> symbols,
                                          const TargetDesc &target) {
  tn::ScheduleAttr schedule = fusion.getScheduleAttr();
  if (!schedule)
    return fusion.emitError("fusion has no schedule; run tn-schedule first");
  if (schedule.getHero() == tn::Hero::batch)
    return emitBatch(name, module, fusion, symbols, target);
  if (failed(checkSupported(fusion)))
    return failure();
  KernelBuilder k(name, module, fusion, symbols, target, schedule.getLanes());
  FailureOr<KernelInfo> info = emitHero(schedule.getHero(), k, fusion);
  k.finish();
  return info;
}
