//===- EmitKernels.h - All fusions of a module become kernels ---*- C++ -*-===//

#ifndef TENON_PASSES_CODEGEN_EMITKERNELS_H
#define TENON_PASSES_CODEGEN_EMITKERNELS_H

#include "tenon/Dialect/Tn/TnOps.h"
#include "tenon/Target/TargetDesc.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"

namespace tenon::codegen {

/// One distinct kernel: a module with one llvm.func.
struct Kernel {
  std::string symbol; ///< of the function
  std::string name;   ///< hero and the nodes in it, for people
  mlir::OwningOpRef<mlir::ModuleOp> module;
  int64_t launches = 0; ///< fusions that it is the kernel of
};

/// Emits every scheduled fusion below `root` and annotates it for the host
/// program: `kernel` (symbol), `index` (in the result), `args` (expressions of
/// the scalar slots), `tiles`, `grain`, `flops`, `bytes`. Fusions that differ
/// in nothing but the names of symbols and of nodes share a kernel. Symbols
/// start with `prefix`.
llvm::FailureOr<std::vector<Kernel>> emitKernels(mlir::Operation *root,
                                                 const TargetDesc &target,
                                                 llvm::StringRef prefix);

} // namespace tenon::codegen

#endif // TENON_PASSES_CODEGEN_EMITKERNELS_H
