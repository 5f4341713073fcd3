//===- KernelFrame.h - A kernel to emit into --------------------*- C++ -*-===//

#ifndef TENON_TEST_UNIT_PASSES_CODEGEN_EMIT_KERNELFRAME_H
#define TENON_TEST_UNIT_PASSES_CODEGEN_EMIT_KERNELFRAME_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Parser/Parser.h"
#include "passes/Codegen/Emit/KernelBuilder.h"
#include <catch2/catch.hpp>

namespace tenon::test {

/// Of a fusion over [n, 4] with two results: its argument twice, its negation.
struct KernelFrame {
  static constexpr const char *kFusion = R"mlir(
    !x = tensor<?x4xf32, #tn.shape<[n, 4]>>
    module attributes {tn.facts = {n = [0, 1024, 8]}} {
    func.func @f(%x: !x) {
      %0:2 = tn.fusion(%x) schedule <loop, lanes = 8, tile = [8]> : (!x) -> (!x, !x) {
      ^bb0(%a: !x):
        %s = tn.add %a, %a : (!x, !x) -> !x
        %m = tn.neg %a : (!x) -> !x
        tn.yield %s, %m : !x, !x
      }
      return
    }
    })mlir";

  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  TargetDesc target = llvm::cantFail(TargetDesc::lookup("x86-64-v3"));
  tn::FusionOp fusion;
  std::unique_ptr<codegen::KernelBuilder> kernel;

  explicit KernelFrame(int64_t lanes = 8) {
    context.loadDialect<tn::TnDialect, mlir::func::FuncDialect,
                        mlir::LLVM::LLVMDialect, mlir::arith::ArithDialect,
                        mlir::memref::MemRefDialect, mlir::scf::SCFDialect,
                        mlir::vector::VectorDialect>();
    module = mlir::parseSourceString<mlir::ModuleOp>(kFusion, &context);
    REQUIRE(module);
    module->walk([&](tn::FusionOp op) { fusion = op; });
    kernel = std::make_unique<codegen::KernelBuilder>(
        "kernel", *module, fusion,
        llvm::ArrayRef{tn::symbolExpr(&context, "n")}, target, lanes);
  }

  /// The value of a folded index, or -1000 if it is not one.
  static int64_t constant(mlir::Value v) {
    return mlir::getConstantIntValue(v).value_or(-1000);
  }
  /// Ops of type Op in the kernel.
  template <typename Op> int64_t count() {
    int64_t n = 0;
    module->lookupSymbol("kernel")->walk([&](Op) { ++n; });
    return n;
  }
};

} // namespace tenon::test

#endif // TENON_TEST_UNIT_PASSES_CODEGEN_EMIT_KERNELFRAME_H
