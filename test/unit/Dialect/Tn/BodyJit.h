//===- BodyJit.h - Runs bodies of elements over arrays ----------*- C++ -*-===//
//
// Each function is a loop over arrays in storage types, of one vector (or
// scalar) body; compiled as kernels are, linked with nothing, so a call of
// libm or of a compiler's runtime is an error.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_UNIT_DIALECT_TN_BODYJIT_H
#define TENON_TEST_UNIT_DIALECT_TN_BODYJIT_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Verifier.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Codegen/Lower/Lower.h"
#include "tenon/Dialect/Tn/BodyBuilder.h"
#include "tenon/Dialect/Tn/TnOps.h"
#include "tenon/Target/CPU/BodyFeatures.h"
#include "tenon/Target/CPU/Jit.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Object/ObjectFile.h"
#include <catch2/catch.hpp>
#include <functional>

namespace tenon::test {

/// What a JIT-compiled body is compiled for.
struct BodyTarget {
  const char *name;
  int64_t lanes; ///< 0: scalar code
};
inline std::string describe(const BodyTarget &target) {
  return std::string(target.name) + " x " + std::to_string(target.lanes);
}

/// The targets this machine can run.
inline std::vector<BodyTarget> bodyTargets() {
  std::vector<BodyTarget> targets;
  if (__builtin_cpu_supports("x86-64-v4"))
    targets.push_back({"x86-64-v4", 16});
  if (__builtin_cpu_supports("x86-64-v3")) {
    targets.push_back({"x86-64-v3", 8});
    targets.push_back({"x86-64-v3", 0});
  }
  return targets;
}

class BodyJit {
public:
  using Body = std::function<mlir::Value(tn::BodyBuilder &, mlir::ValueRange)>;

  explicit BodyJit(BodyTarget target)
      : target(target), desc(cantFail(TargetDesc::lookup(target.name))) {
    mlir::DialectRegistry registry;
    codegen::registerCodegenDialects(registry);
    registry.insert<tn::TnDialect, mlir::func::FuncDialect>();
    context.appendDialectRegistry(registry);
    context.loadAllAvailableDialects();
    context.disableMultithreading();
    module = mlir::ModuleOp::create(mlir::UnknownLoc::get(&context));
  }

  mlir::MLIRContext *getContext() { return &context; }

  /// A function from arrays of `inputs` (at most 3) to one of `output`.
  void add(llvm::StringRef name, llvm::ArrayRef<mlir::Type> inputs,
           mlir::Type output, const Body &body) {
    using namespace mlir;
    ImplicitLocOpBuilder b(UnknownLoc::get(&context), &context);
    b.setInsertionPointToEnd(module->getBody());
    Type pointer = LLVM::LLVMPointerType::get(&context), i64 = b.getI64Type();
    auto function = LLVM::LLVMFuncOp::create(
        b, name,
        LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(&context),
                                    {pointer, pointer, pointer, pointer, i64}));
    Block *entry = function.addEntryBlock(b);
    b.setInsertionPointToEnd(entry);
    auto constant = [&](int64_t value) -> Value {
      return arith::ConstantOp::create(b, b.getI64IntegerAttr(value));
    };
    auto loop = scf::ForOp::create(
        b, constant(0), entry->getArgument(4),
        constant(std::max<int64_t>(1, target.lanes)), ValueRange(),
        [&](OpBuilder &, Location, Value i, ValueRange) {
          tn::BodyBuilder k(b, cpu::bodyFeatures(desc));
          SmallVector<Value> values;
          for (auto [index, type] : llvm::enumerate(inputs)) {
            Type stored = tn::BodyBuilder::storageType(type);
            Value at = LLVM::GEPOp::create(b, pointer, stored,
                                           entry->getArgument(index + 1),
                                           ArrayRef<LLVM::GEPArg>{i});
            Value loaded = LLVM::LoadOp::create(b, lanesOf(stored), at, 1);
            values.push_back(k.fromStorage(loaded, type));
          }
          Value result = k.toStorage(body(k, values), output);
          Value at = LLVM::GEPOp::create(
              b, pointer, tn::BodyBuilder::storageType(output),
              entry->getArgument(0), ArrayRef<LLVM::GEPArg>{i});
          LLVM::StoreOp::create(b, result, at, 1);
          scf::YieldOp::create(b);
        });
    (void)loop;
    LLVM::ReturnOp::create(b, ValueRange());
  }

  void compile() {
    REQUIRE(mlir::succeeded(mlir::verify(*module)));
    mlir::PassManager pm(&context);
    codegen::buildLowerToLLVM(pm);
    REQUIRE(mlir::succeeded(pm.run(*module)));
    auto compiler =
        cantFail(cpu::NativeCompiler::create(desc, cpu::OptLevel::normal));
    llvm::LLVMContext llvmContext;
    auto translated = cantFail(compiler->translate(*module, llvmContext));
    std::vector<cpu::ObjectCode> objects;
    objects.push_back(cantFail(compiler->compile(*translated)));
    checkDefined(objects.back());
    jit = cantFail(cpu::Jit::create(desc));
    loaded = cantFail(jit->load(objects, {}));
  }

  /// `count` must be a multiple of the lanes.
  void run(llvm::StringRef name, int64_t count, void *out, const void *a,
           const void *b = nullptr, const void *c = nullptr) {
    using Function =
        void(void *, const void *, const void *, const void *, int64_t);
    reinterpret_cast<Function *>(cantFail(loaded->lookup(name)))(out, a, b, c,
                                                                 count);
  }

private:
  static void checkDefined(const cpu::ObjectCode &object) {
    llvm::MemoryBufferRef bytes(
        llvm::StringRef(object.bytes.data(), object.bytes.size()), "bodies");
    auto file = cantFail(llvm::object::ObjectFile::createObjectFile(bytes));
    for (const llvm::object::SymbolRef &symbol : file->symbols())
      if (cantFail(symbol.getFlags()) & llvm::object::SymbolRef::SF_Undefined)
        if (llvm::StringRef name = cantFail(symbol.getName()); !name.empty())
          FAIL("a body calls '" << name.str() << "'");
  }

  mlir::Type lanesOf(mlir::Type element) {
    return target.lanes
               ? mlir::Type(mlir::VectorType::get({target.lanes}, element))
               : element;
  }

  BodyTarget target;
  TargetDesc desc;
  mlir::MLIRContext context;
  mlir::OwningOpRef<mlir::ModuleOp> module;
  std::unique_ptr<cpu::Jit> jit;
  std::unique_ptr<cpu::JitModule> loaded;
};

} // namespace tenon::test

#endif // TENON_TEST_UNIT_DIALECT_TN_BODYJIT_H
