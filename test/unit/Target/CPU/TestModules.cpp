//===- TestModules.cpp - Small modules from MLIR text ---------------------===//

#include "test/unit/Target/CPU/TestModules.h"
#include "mlir/IR/DialectRegistry.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Pass/PassManager.h"
#include "passes/Codegen/Lower/Lower.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <algorithm>
#include <catch2/catch.hpp>

using namespace llvm;

namespace tenon::cpu::test {

TargetDesc hostTarget() { return cantFail(TargetDesc::lookup("x86-64-v3")); }

Modules::Modules() : context(mlir::MLIRContext::Threading::DISABLED) {
  mlir::DialectRegistry registry;
  codegen::registerCodegenDialects(registry);
  context.appendDialectRegistry(registry);
  context.loadAllAvailableDialects();
}

mlir::OwningOpRef<mlir::ModuleOp> Modules::lower(StringRef text) {
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  REQUIRE(module);
  mlir::PassManager pm(&context);
  codegen::buildLowerToLLVM(pm);
  REQUIRE(mlir::succeeded(pm.run(*module)));
  return module;
}

ObjectCode Modules::compile(StringRef text, OptLevel level) {
  auto module = lower(text);
  auto compiler = cantFail(NativeCompiler::create(hostTarget(), level));
  LLVMContext llvmContext;
  auto translated = cantFail(compiler->translate(*module, llvmContext));
  return cantFail(compiler->compile(*translated));
}

std::string addKernel(StringRef name, int value) {
  return formatv(R"(
  !buffer = !llvm.struct<(ptr, ptr, i64, array<1 x i64>, array<1 x i64>)>
  module @{0}_module {{
    llvm.func @{0}(%args: !llvm.ptr, %first: i64, %last: i64) {{
      %slot = llvm.load %args : !llvm.ptr -> !llvm.ptr
      %undef = llvm.mlir.poison : !buffer
      %zero = arith.constant 0 : i64
      %one = arith.constant 1 : i64
      %d0 = llvm.insertvalue %slot, %undef[0] : !buffer
      %d1 = llvm.insertvalue %slot, %d0[1] : !buffer
      %d2 = llvm.insertvalue %zero, %d1[2] : !buffer
      %d3 = llvm.insertvalue %last, %d2[3, 0] : !buffer
      %d4 = llvm.insertvalue %one, %d3[4, 0] : !buffer
      %buffer = builtin.unrealized_conversion_cast %d4 : !buffer to memref<?xf32>
      %lower = arith.index_cast %first : i64 to index
      %upper = arith.index_cast %last : i64 to index
      %step = arith.constant 1 : index
      %lanes = arith.constant 16 : index
      %value = arith.constant dense<{1}.0> : vector<16xf32>
      scf.for %tile = %lower to %upper step %step {{
        %at = arith.muli %tile, %lanes : index
        %x = vector.load %buffer[%at] : memref<?xf32>, vector<16xf32>
        %y = arith.addf %x, %value : vector<16xf32>
        vector.store %y, %buffer[%at] : memref<?xf32>, vector<16xf32>
      }
      llvm.return
    }
  })",
                 name, value);
}

std::string hostProgram(StringRef name, int status) {
  return formatv(R"(module @{0}_module {{
    llvm.func @{0}(%api: !llvm.ptr, %exec: !llvm.ptr, %inputs: !llvm.ptr,
                   %symbols: !llvm.ptr, %weights: !llvm.ptr) -> i32 {{
      %status = arith.constant {1} : i32
      llvm.return %status : i32
    }
  })",
                 name, status);
}

ModuleTable smallTable(StringRef host, StringRef kernel,
                       const WeightBlob &weights) {
  ModuleTable table;
  table.name = "small";
  table.producer = "test";
  table.weightsBytes = weights.bytes;
  table.variants.push_back(
      {"x86-64-v3", TN_CPU_X86_64_V3, host.str(), {{"add", kernel.str()}}, 0});
  return table;
}

Folder::Folder() {
  SmallString<64> unique;
  REQUIRE(!sys::fs::createUniqueDirectory("tenon-unit", unique));
  path = unique.str().str();
}
Folder::~Folder() { sys::fs::remove_directories(path); }

std::string Folder::file(StringRef name) const {
  return (path + "/" + name).str();
}

std::vector<std::string> Folder::list() const {
  std::vector<std::string> names;
  std::error_code code;
  for (sys::fs::directory_iterator it(path, code), end; it != end && !code;
       it.increment(code))
    names.push_back(sys::path::filename(it->path()).str());
  std::sort(names.begin(), names.end());
  return names;
}

std::string readFile(StringRef path) {
  auto buffer = MemoryBuffer::getFile(path);
  REQUIRE(bool(buffer));
  return (*buffer)->getBuffer().str();
}

void writeFile(StringRef path, StringRef bytes) {
  std::error_code code;
  raw_fd_ostream os(path, code);
  REQUIRE(!code);
  os << bytes;
}

} // namespace tenon::cpu::test
