//===- Emitter.cpp - A scheduled fusion becomes a kernel ------------------===//

#include "passes/Codegen/Emit/Emitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

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

/// The same for `tile` instead of that of the fusion's schedule.
static FailureOr<KernelInfo> emitTile(KernelBuilder &k, tn::FusionOp fusion,
                                      ArrayRef<int64_t> tile) {
  tn::ScheduleAttr schedule = fusion.getScheduleAttr();
  auto copy = cast<tn::FusionOp>(OpBuilder(fusion).clone(*fusion));
  copy.setScheduleAttr(tn::ScheduleAttr::get(
      fusion.getContext(), schedule.getHero(), schedule.getLanes(), tile));
  FailureOr<KernelInfo> info = emitHero(schedule.getHero(), k, copy);
  copy.erase();
  return info;
}

/// A branch for each of `versions`, which the kernel takes by its sizes.
static FailureOr<KernelInfo> emitVersions(KernelBuilder &k, tn::FusionOp fusion,
                                          ArrayRef<tn::VersionAttr> versions) {
  if (versions.empty())
    return emitTile(k, fusion, fusion.getScheduleAttr().getTile());
  tn::VersionAttr version = versions.front();
  tn::ExprAttr size = version.getSize();
  FailureOr<KernelInfo> small, large;
  Value isSmall = arith::CmpIOp::create(k.builder(), arith::CmpIPredicate::sle,
                                        k.evaluate(size),
                                        k.index(version.getMost()));
  k.ifElse(
      isSmall,
      [&] {
        small = emitTile(k, fusion, version.getTile());
        return SmallVector<Value>{};
      },
      [&] {
        large = emitVersions(k, fusion, versions.drop_front());
        return SmallVector<Value>{};
      });
  if (failed(small) || failed(large))
    return failure();
  // 0 where it is small, 1 where it is large.
  tn::ExprAttr zero = tn::constantExpr(fusion.getContext(), 0),
               one = tn::constantExpr(fusion.getContext(), 1);
  tn::ExprAttr isLarge = tn::minExpr(
      tn::maxExpr(tn::addExpr(size, -version.getMost()), zero), one);
  tn::ExprAttr more = tn::subExpr(large->tiles, small->tiles);
  return KernelInfo{tn::addExpr(small->tiles, tn::mulExpr(isLarge, more)),
                    std::max(small->grain, large->grain)};
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
  FailureOr<KernelInfo> info = emitVersions(k, fusion, schedule.getVersions());
  k.finish();
  return info;
}
