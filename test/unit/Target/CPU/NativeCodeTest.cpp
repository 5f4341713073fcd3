//===- NativeCodeTest.cpp - Machine code from modules ---------------------===//

#include "tenon/Target/CPU/NativeCode.h"
#include "tenon/Target/CPU/ParallelCompiler.h"
#include "test/unit/Target/CPU/TestModules.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include <catch2/catch.hpp>

using namespace tenon;
using namespace tenon::cpu;
using namespace tenon::cpu::test;

TEST_CASE("a module becomes an object, assembly or IR", "[NativeCode]") {
  Modules modules;
  for (OptLevel level : {OptLevel::none, OptLevel::normal}) {
    auto v4 = llvm::cantFail(TargetDesc::lookup("x86-64-v4"));
    auto compiler = llvm::cantFail(NativeCompiler::create(v4, level));
    auto lowered = modules.lower(addKernel("k0", 1));
    llvm::LLVMContext context;
    auto translate = [&] {
      return llvm::cantFail(compiler->translate(*lowered, context));
    };
    std::string assembly =
        llvm::cantFail(compiler->compileToAssembly(*translate()));
    CHECK(assembly.find("zmm") != std::string::npos);
    CHECK(assembly.find(".hidden\tk0") != std::string::npos);
    CHECK(assembly.find(".cfi") == std::string::npos);
    std::string ir = llvm::cantFail(compiler->compileToIR(*translate()));
    CHECK(ir.find("define hidden void @k0(") != std::string::npos);
    CHECK(ir.find("\"prefer-vector-width\"=\"512\"") != std::string::npos);
    ObjectCode object = llvm::cantFail(compiler->compile(*translate()));
    CHECK(object.name == "k0_module");
    CHECK(llvm::StringRef(object.bytes.data(), 4) == "\177ELF");
  }
}

TEST_CASE("compiling in parallel keeps order and bytes", "[NativeCode]") {
  Modules modules;
  std::vector<mlir::OwningOpRef<mlir::ModuleOp>> owners;
  std::vector<mlir::ModuleOp> lowered;
  for (int i = 0; i < 20; ++i) {
    owners.push_back(modules.lower(addKernel("k" + std::to_string(i), i)));
    lowered.push_back(*owners.back());
  }
  auto one = llvm::cantFail(
      compileInParallel(lowered, hostTarget(), OptLevel::normal, 1));
  auto three = llvm::cantFail(
      compileInParallel(lowered, hostTarget(), OptLevel::normal, 3));
  REQUIRE(one.size() == 20);
  REQUIRE(three.size() == 20);
  for (int i = 0; i < 20; ++i) {
    CHECK(one[i].name == "k" + std::to_string(i) + "_module");
    CHECK(one[i].bytes == three[i].bytes);
  }
}

TEST_CASE("errors of LLVM are returned", "[NativeCode]") {
  auto target = hostTarget();
  target.cpu = "abacus";
  auto compiler = NativeCompiler::create(target, OptLevel::none);
  REQUIRE(!compiler);
  CHECK(llvm::toString(compiler.takeError()) ==
        "target 'x86-64-v3': LLVM has no cpu 'abacus' for "
        "x86_64-unknown-linux-gnu");

  // Inline assembly is wrong only when it is assembled.
  Modules modules;
  auto lowered = modules.lower(R"(module @broken {
    llvm.func @k(%args: !llvm.ptr, %first: i64, %last: i64) {
      llvm.inline_asm has_side_effects "no such instruction", "" : () -> ()
      llvm.return
    }
  })");
  auto objects = compileInParallel({*lowered}, hostTarget(), OptLevel::none, 2);
  REQUIRE(!objects);
  CHECK_THAT(llvm::toString(objects.takeError()),
             Catch::Contains("compiling 'broken': ") &&
                 Catch::Contains("instruction"));
}
