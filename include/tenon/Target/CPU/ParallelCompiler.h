//===- ParallelCompiler.h - Compiles modules as they come -------*- C++ -*-===//
//
// MLIR is lowered on one thread, LLVM compiles on others: a module is
// translated when it is handed over, into an LLVM context of its own, and
// queued.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TARGET_CPU_PARALLELCOMPILER_H
#define TENON_TARGET_CPU_PARALLELCOMPILER_H

#include "tenon/Target/CPU/NativeCode.h"
#include <vector>

namespace tenon::cpu {

class ParallelCompiler {
public:
  /// With one thread, everything happens in `add`.
  static llvm::Expected<std::unique_ptr<ParallelCompiler>>
  create(const TargetDesc &target, OptLevel level, unsigned threads);
  /// Waits for what is being compiled.
  ~ParallelCompiler();

  /// Translates `module` (lowered to the LLVM dialect) now; the caller may
  /// erase it afterwards.
  llvm::Error add(mlir::ModuleOp module);

  /// The objects in the order of `add`, or all errors.
  llvm::Expected<std::vector<ObjectCode>> finish();

private:
  struct State;
  explicit ParallelCompiler(std::unique_ptr<State> state);
  std::unique_ptr<State> state;
};

/// Compiles lowered modules; the results are in order.
llvm::Expected<std::vector<ObjectCode>>
compileInParallel(llvm::ArrayRef<mlir::ModuleOp> modules,
                  const TargetDesc &target, OptLevel level, unsigned threads);

} // namespace tenon::cpu

#endif // TENON_TARGET_CPU_PARALLELCOMPILER_H
