//===- Lower.h - From kernel IR to the LLVM dialect -------------*- C++ -*-===//
//
// Kernels and host programs are `llvm.func`s with scf, arith, math, vector and
// memref inside. One short pipeline lowers both.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_CODEGEN_LOWER_LOWER_H
#define TENON_PASSES_CODEGEN_LOWER_LOWER_H

namespace mlir {
class DialectRegistry;
class OpPassManager;
} // namespace mlir

namespace tenon::codegen {

/// The dialects of kernel IR, how they convert to the LLVM dialect, and how
/// that is translated to LLVM IR.
void registerCodegenDialects(mlir::DialectRegistry &registry);

/// Lowers a module of kernels; fails, naming op and kernel, if an op is left
/// that is not of the LLVM dialect. No canonicalization: emitters emit clean
/// IR, and it would cost as much as the lowering itself.
void buildLowerToLLVM(mlir::OpPassManager &pm);

} // namespace tenon::codegen

#endif // TENON_PASSES_CODEGEN_LOWER_LOWER_H
