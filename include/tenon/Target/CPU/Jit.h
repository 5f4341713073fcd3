//===- Jit.h - Runs objects in this process ---------------------*- C++ -*-===//

#ifndef TENON_TARGET_CPU_JIT_H
#define TENON_TARGET_CPU_JIT_H

#include "runtime/abi/tenon_abi.h"
#include "tenon/Target/CPU/NativeCode.h"
#include "tenon/Target/CPU/WeightFile.h"

namespace tenon::cpu {

class JitModule;

/// Where modules are loaded. Costs a millisecond; meant to be shared by
/// thousands of modules, which may come and go on any thread.
class Jit {
public:
  static llvm::Expected<std::unique_ptr<Jit>> create(const TargetDesc &target);
  /// All of its modules must be gone.
  ~Jit();

  /// Links `objects` with each other and with the weights, and with nothing
  /// else: not with symbols of this process.
  llvm::Expected<std::unique_ptr<JitModule>>
  load(llvm::ArrayRef<ObjectCode> objects, const WeightBlob &weights);

private:
  friend class JitModule;
  struct State;
  explicit Jit(std::unique_ptr<State> state);
  std::unique_ptr<State> state;
};

/// A loaded module; unloaded by its destructor. The Jit must outlive it.
class JitModule {
public:
  ~JitModule();
  JitModule(const JitModule &) = delete;

  /// The address of a symbol of the objects.
  llvm::Expected<void *> lookup(llvm::StringRef symbol);
  /// The module's table, for this compiler's version of the ABI.
  llvm::Expected<const tn_module_desc *> query();

private:
  friend class Jit;
  struct State;
  explicit JitModule(std::unique_ptr<State> state);
  std::unique_ptr<State> state;
};

} // namespace tenon::cpu

#endif // TENON_TARGET_CPU_JIT_H
