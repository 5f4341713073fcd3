//===- TestModules.h - Small modules from MLIR text -------------*- C++ -*-===//

#ifndef TENON_TEST_UNIT_TARGET_CPU_TESTMODULES_H
#define TENON_TEST_UNIT_TARGET_CPU_TESTMODULES_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "tenon/Target/CPU/ModuleTable.h"
#include "tenon/Target/CPU/NativeCode.h"
#include "tenon/Target/CPU/WeightFile.h"
#include <string>

namespace tenon::cpu::test {

/// What this machine surely runs if it runs the tests at all.
TargetDesc hostTarget();

class Modules {
public:
  Modules();
  /// Parses and lowers to the LLVM dialect.
  mlir::OwningOpRef<mlir::ModuleOp> lower(llvm::StringRef text);
  ObjectCode compile(llvm::StringRef text, OptLevel level = OptLevel::none);

private:
  mlir::MLIRContext context;
};

/// A kernel `name` that adds `value` to the f32s of its tiles:
/// args[0] of 16 floats per tile.
std::string addKernel(llvm::StringRef name, int value);
/// A host program `name` that returns `status`.
std::string hostProgram(llvm::StringRef name, int status);

/// A table with one variant of that host program and one kernel.
ModuleTable smallTable(llvm::StringRef host, llvm::StringRef kernel,
                       const WeightBlob &weights);

/// A folder that is removed at the end.
class Folder {
public:
  Folder();
  ~Folder();
  std::string file(llvm::StringRef name) const;
  std::vector<std::string> list() const;

private:
  std::string path;
};

std::string readFile(llvm::StringRef path);
void writeFile(llvm::StringRef path, llvm::StringRef bytes);

} // namespace tenon::cpu::test

#endif // TENON_TEST_UNIT_TARGET_CPU_TESTMODULES_H
