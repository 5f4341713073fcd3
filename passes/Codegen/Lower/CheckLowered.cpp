//===- CheckLowered.cpp - Nothing but the LLVM dialect is left ------------===//
//
// A partial conversion leaves alone what it has no pattern for, and the
// translation then complains about a cast. This check names the op and where
// it is.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "passes/Codegen/Passes.h"

namespace tenon::codegen {
#define GEN_PASS_DEF_CHECKLOWEREDPASS
#include "passes/Codegen/Passes.h.inc"
} // namespace tenon::codegen

using namespace mlir;

namespace tenon::codegen {
namespace {

/// The first op that is not lowered; casts are what others leave behind, so
/// they count only if there is nothing else.
Operation *findLeftover(Operation *root) {
  Operation *cast = nullptr;
  Operation *leftover = nullptr;
  root->walk([&](Operation *op) {
    if (isa<ModuleOp>(op) ||
        isa_and_nonnull<LLVM::LLVMDialect>(op->getDialect()))
      return WalkResult::advance();
    if (isa<UnrealizedConversionCastOp>(op)) {
      cast = cast ? cast : op;
      return WalkResult::advance();
    }
    leftover = op;
    return WalkResult::interrupt();
  });
  return leftover ? leftover : cast;
}

struct CheckLoweredPass : impl::CheckLoweredPassBase<CheckLoweredPass> {
  void runOnOperation() override {
    markAllAnalysesPreserved();
    Operation *leftover = findLeftover(getOperation());
    if (!leftover)
      return;
    auto error = leftover->emitError()
                 << "'" << leftover->getName() << "' has no lowering to LLVM";
    if (auto function = leftover->getParentOfType<LLVM::LLVMFuncOp>())
      error << "; it is in kernel '" << function.getName() << "'";
    signalPassFailure();
  }
};

} // namespace
} // namespace tenon::codegen
