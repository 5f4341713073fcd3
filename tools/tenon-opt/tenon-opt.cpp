//===- tenon-opt.cpp - Runs passes of Tenon on MLIR text ------------------===//
//
// Registers and delegates; no logic here.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/ControlFlow/IR/ControlFlow.h"
#include "mlir/Dialect/Func/Extensions/InlinerExtension.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Tools/mlir-opt/MlirOptMain.h"
#include "mlir/Transforms/Passes.h"
#include "passes/Codegen/Lower/Lower.h"
#include "passes/Codegen/Passes.h"
#include "passes/Fusion/Passes.h"
#include "passes/Graph/Passes.h"
#include "passes/Plan/Passes.h"
#include "passes/Schedule/Passes.h"
#include "tenon/Dialect/Tn/TnOps.h"

/// The passes of Tenon, one line per phase in order, and MLIR's own.
static void registerPasses() {
  tenon::graph::registerGraphPasses();
  tenon::fusion::registerFusionPasses();
  tenon::schedule::registerSchedulePasses();
  tenon::codegen::registerCodegenPasses();
  tenon::plan::registerTenonPlanPasses();
  mlir::registerTransformsPasses();
}

int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  registry.insert<tenon::tn::TnDialect, mlir::arith::ArithDialect,
                  mlir::cf::ControlFlowDialect, mlir::func::FuncDialect,
                  mlir::LLVM::LLVMDialect, mlir::math::MathDialect,
                  mlir::memref::MemRefDialect, mlir::scf::SCFDialect,
                  mlir::vector::VectorDialect>();
  mlir::func::registerInlinerExtension(registry);
  tenon::codegen::registerCodegenDialects(registry);
  registerPasses();
  return mlir::failed(
      mlir::MlirOptMain(argc, argv, "Tenon's optimizer driver\n", registry));
}
