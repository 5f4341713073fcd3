//===- NativeCode.h - LLVM IR to machine code -------------------*- C++ -*-===//

#ifndef TENON_TARGET_CPU_NATIVECODE_H
#define TENON_TARGET_CPU_NATIVECODE_H

#include "tenon/Target/TargetDesc.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/CodeGen.h"
#include <memory>

namespace llvm {
class LLVMContext;
class Module;
class TargetMachine;
} // namespace llvm
namespace mlir {
class ModuleOp;
}

namespace tenon::cpu {

/// `none` compiles three times as fast, to code that is ten times slower: for
/// constant folding and conformance, where code runs once.
enum class OptLevel { none, normal };

/// A relocatable object in memory.
struct ObjectCode {
  std::string name; ///< of what is in it, for messages
  llvm::SmallVector<char, 0> bytes;
};

/// Compiles modules one after another; one thread at a time may use it.
class NativeCompiler {
public:
  static llvm::Expected<std::unique_ptr<NativeCompiler>>
  create(const TargetDesc &target, OptLevel level);
  ~NativeCompiler();

  /// The module of `module`, which must be lowered, in `context`. Ready for
  /// compile: it has the target's layout and attributes, and all definitions
  /// but tn_module_query are hidden.
  llvm::Expected<std::unique_ptr<llvm::Module>>
  translate(mlir::ModuleOp module, llvm::LLVMContext &context);
  /// The same for a module that was built as LLVM IR.
  void prepare(llvm::Module &module);

  // Each consumes the contents of the module.
  llvm::Expected<ObjectCode> compile(llvm::Module &module);
  llvm::Expected<std::string> compileToAssembly(llvm::Module &module);
  llvm::Expected<std::string> compileToIR(llvm::Module &module);

private:
  NativeCompiler(const TargetDesc &target, OptLevel level,
                 std::unique_ptr<llvm::TargetMachine> machine);
  llvm::Error optimize(llvm::Module &module);
  llvm::Error emit(llvm::Module &module, llvm::CodeGenFileType type,
                   llvm::SmallVectorImpl<char> &out);

  TargetDesc target;
  OptLevel level;
  std::unique_ptr<llvm::TargetMachine> machine;
};

} // namespace tenon::cpu

#endif // TENON_TARGET_CPU_NATIVECODE_H
