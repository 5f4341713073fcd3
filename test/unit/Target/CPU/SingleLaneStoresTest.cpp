//===- SingleLaneStoresTest.cpp - Masked stores of one lane ---------------===//

#include "tenon/Target/CPU/NativeCode.h"
#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/SourceMgr.h"
#include <catch2/catch.hpp>

using namespace tenon;
using namespace tenon::cpu;

// The lane of i8 was stored with the other 3 bytes of the i32 it is cut from.
TEST_CASE("a single lane is stored with its own bytes", "[SingleLaneStores]") {
  std::string mask = GENERATE(
      "<i1 true, i1 false, i1 false, i1 false, i1 false, i1 false, i1 false, "
      "i1 false>",
      "<i1 false, i1 false, i1 true, i1 false, i1 false, i1 false, i1 false, "
      "i1 false>");
  std::string text =
      "define void @f(<8 x i32> %x, ptr %p) {\n"
      "  %v = trunc <8 x i32> %x to <8 x i8>\n"
      "  call void @llvm.masked.store.v8i8.p0(<8 x i8> %v, ptr align 1 %p, "
      "<8 x i1> " +
      mask + ")\n  ret void\n}\n";
  for (OptLevel level : {OptLevel::none, OptLevel::normal}) {
    llvm::LLVMContext context;
    llvm::SMDiagnostic error;
    auto module = llvm::parseAssemblyString(text, error, context);
    REQUIRE(module);
    auto v4 = llvm::cantFail(TargetDesc::lookup("x86-64-v4"));
    auto compiler = llvm::cantFail(NativeCompiler::create(v4, level));
    compiler->prepare(*module);
    std::string assembly = llvm::cantFail(compiler->compileToAssembly(*module));
    CAPTURE(assembly);
    CHECK(assembly.find("vmovss") == std::string::npos);
    CHECK(assembly.find("vextractps\t$2, %xmm0, 2(") == std::string::npos);
    CHECK((assembly.find("vpextrb") != std::string::npos ||
           assembly.find("movb") != std::string::npos));
  }
}
