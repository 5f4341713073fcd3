//===- Emitter.h - A scheduled fusion becomes a kernel ----------*- C++ -*-===//

#ifndef TENON_PASSES_CODEGEN_EMIT_EMITTER_H
#define TENON_PASSES_CODEGEN_EMIT_EMITTER_H

#include "passes/Codegen/Emit/ElementEmitter.h"

namespace tenon::codegen {

/// What the host program must know to launch a kernel.
struct KernelInfo {
  tn::ExprAttr tiles; ///< how many tiles there are
  int64_t grain = 1;  ///< least tiles worth a thread
};

// One function per hero, each in a file of its name. They read the schedule
// and never decide; a failure is reported on the fusion.
llvm::FailureOr<KernelInfo> emitLoop(KernelBuilder &k, tn::FusionOp fusion);
llvm::FailureOr<KernelInfo> emitReduction(KernelBuilder &k, tn::FusionOp fusion);
llvm::FailureOr<KernelInfo> emitTranspose(KernelBuilder &k, tn::FusionOp fusion);
llvm::FailureOr<KernelInfo> emitConcat(KernelBuilder &k, tn::FusionOp fusion);
llvm::FailureOr<KernelInfo> emitMatmul(KernelBuilder &k, tn::FusionOp fusion);
llvm::FailureOr<KernelInfo> emitConv(KernelBuilder &k, tn::FusionOp fusion);
llvm::FailureOr<KernelInfo> emitScatter(KernelBuilder &k, tn::FusionOp fusion);
llvm::FailureOr<KernelInfo> emitScan(KernelBuilder &k, tn::FusionOp fusion);
llvm::FailureOr<KernelInfo> emitSort(KernelBuilder &k, tn::FusionOp fusion);
llvm::FailureOr<KernelInfo> emitCompact(KernelBuilder &k, tn::FusionOp fusion);
llvm::FailureOr<KernelInfo> emitRecurrent(KernelBuilder &k, tn::FusionOp fusion);
llvm::FailureOr<KernelInfo> emitAttention(KernelBuilder &k, tn::FusionOp fusion);

/// Hero batch: its parts as functions of their own and one that calls them.
llvm::FailureOr<KernelInfo> emitBatch(llvm::StringRef name,
                                      mlir::ModuleOp module,
                                      tn::FusionOp fusion,
                                      llvm::ArrayRef<tn::ExprAttr> symbols,
                                      const TargetDesc &target);

/// Emits `fusion` as kernel `name` into `module` by the hero of its schedule.
/// `symbols` are those of the scalar slots.
llvm::FailureOr<KernelInfo> emitKernel(llvm::StringRef name,
                                       mlir::ModuleOp module,
                                       tn::FusionOp fusion,
                                       llvm::ArrayRef<tn::ExprAttr> symbols,
                                       const TargetDesc &target);

} // namespace tenon::codegen

#endif // TENON_PASSES_CODEGEN_EMIT_EMITTER_H
