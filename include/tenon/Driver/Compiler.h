//===- Compiler.h - From a model to an artifact -----------------*- C++ -*-===//
//
// The whole compiler behind one class: import, normalize, fuse, then for each
// target schedule, emit, plan and codegen, then link. Errors go to the context's
// diagnostic engine; a function that returned failure has reported why.
//
// A Compiler is used by one thread; several may live in one process.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DRIVER_COMPILER_H
#define TENON_DRIVER_COMPILER_H

#include "tenon/Driver/Remarks.h"
#include "tenon/Import/Onnx/Import.h"
#include "tenon/Profile/ExecutionProfile.h"
#include "tenon/Target/CPU/Jit.h"
#include "tenon/Target/CPU/ModuleTable.h"
#include "tenon/Target/CPU/WeightFile.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include <functional>

namespace tenon {

/// In order. The IR after each can be written and read again, but for
/// `assembly`, which is text for people.
enum class Stage { import, normalize, fuse, schedule, emit, plan, llvm, assembly, link };

llvm::StringRef stageName(Stage stage);
std::optional<Stage> stageByName(llvm::StringRef name);

struct CompileOptions {
  std::vector<TargetDesc> targets; ///< one variant each, best first; empty: all
  bool hostOnly = false; ///< only the variant that would run on this machine
  cpu::OptLevel optLevel = cpu::OptLevel::normal;
  unsigned threads = 0; ///< that compile kernels; 0: one per CPU
  bool foldConstants = true; ///< off for what computes folded constants
  std::string name;     ///< of the module
  onnx::ImportOptions import;
  /// Optimizations to leave out (see passes/OptionalPasses.h), or "all".
  std::vector<std::string> disabled;
  /// How often calls, loops and branches run; without it, estimates.
  std::optional<profile::ExecutionProfile> profile;
  std::string dumpDirectory; ///< one file per stage and target; empty: none
  /// Told after each stage, with its wall time in seconds.
  std::function<void(llvm::StringRef stage, double seconds)> onStage;
  /// Shown the graph after import and each pass of normalize and fuse.
  std::function<void(llvm::StringRef pass, mlir::ModuleOp module)> onPass;
  /// Shown each variant: the planned module, and what the artifact says of it.
  std::function<void(mlir::ModuleOp planned,
                     const cpu::ModuleTable::Variant &variant)>
      onVariant;
};

/// A compiled module before linking. Weights borrow from the model's files and
/// from the Compiler's context.
struct CompiledModule {
  cpu::ModuleTable table;
  std::vector<cpu::ObjectCode> objects;
  cpu::WeightBlob weights;
};

class Compiler {
public:
  Compiler();
  ~Compiler();

  mlir::MLIRContext &context() { return *mlirContext; }

  /// Told what passes did and could not do, from now on; at most once.
  void onRemark(std::function<void(const Remark &)> function);

  /// The model that was read last; null if it was MLIR text.
  const onnx::ModelFile *modelFile() const {
    return files.empty() ? nullptr : files.back().get();
  }

  /// Reads an ONNX model, or MLIR text that an earlier stage wrote.
  llvm::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
  read(llvm::StringRef path, const CompileOptions &options);

  /// Runs the stages up to and including `last` (at most `plan`) on the first
  /// target; the module is then that stage's IR.
  llvm::LogicalResult runTo(mlir::ModuleOp module, Stage last,
                            const CompileOptions &options);

  /// Text of kernels and host program for the first target.
  llvm::FailureOr<std::string> compileToText(mlir::ModuleOp module, Stage stage,
                                             const CompileOptions &options);

  /// All stages but the last. `module` may be of any stage up to `fuse`.
  llvm::FailureOr<CompiledModule> compile(mlir::ModuleOp module,
                                          const CompileOptions &options);

  /// Compiles and links to `output`: a shared library, or an object and a
  /// header if it ends in ".o".
  llvm::LogicalResult compileToFile(mlir::ModuleOp module,
                                    llvm::StringRef output,
                                    const CompileOptions &options);

  /// Compiles into this process, for the machine it runs on.
  llvm::FailureOr<std::unique_ptr<cpu::JitModule>>
  compileToMemory(mlir::ModuleOp module, CompileOptions options);

private:
  llvm::LogicalResult normalizeAndFuse(mlir::ModuleOp module, Stage last,
                                       const CompileOptions &options);
  llvm::FailureOr<cpu::Jit *> jit();
  llvm::FailureOr<llvm::SmallVector<mlir::ElementsAttr>>
  evaluate(mlir::ModuleOp constants);

  std::unique_ptr<mlir::MLIRContext> mlirContext;
  /// Model files that weights point into.
  std::vector<std::unique_ptr<onnx::ModelFile>> files;
  std::unique_ptr<cpu::Jit> jitState;
};

/// Whether this machine can run code for `target`.
bool runsHere(const TargetDesc &target);
/// The best target that this machine can run.
TargetDesc hostTarget();

} // namespace tenon

#endif // TENON_DRIVER_COMPILER_H
