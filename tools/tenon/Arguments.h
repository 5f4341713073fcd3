//===- Arguments.h - Models and tensors of a command line -------*- C++ -*-===//

#ifndef TENON_TOOLS_TENON_ARGUMENTS_H
#define TENON_TOOLS_TENON_ARGUMENTS_H

#include "tenon/Driver/Compiler.h"
#include "tenon/Tools/LoadedTensor.h"
#include "tenon/runtime.h"
#include "tools/tenon/Commands.h"

namespace tenon::tool {

/// Prints `error: message`; 1.
int fail(const llvm::Twine &message);
int fail(llvm::Error error);

/// Fails with a message printed.
llvm::FailureOr<CompileOptions> compileOptions(const ModelArguments &arguments);

/// A model that can run: an artifact that was loaded, or one compiled now.
class LoadedModel {
public:
  /// `prepare` sees compiler and options before a model is compiled.
  static llvm::FailureOr<std::unique_ptr<LoadedModel>>
  load(const ModelArguments &arguments, int threads, bool profile,
       llvm::function_ref<void(Compiler &, CompileOptions &)> prepare = {});
  ~LoadedModel();

  const tn_module_desc &desc() const { return *tn_module_describe(module); }
  tn_session *session() const { return runSession; }
  tn_module *handle() const { return module; }
  const Compiler &compilerUsed() const { return compiler; }

private:
  Compiler compiler;
  std::unique_ptr<cpu::JitModule> code; ///< outlives the module
  tn_module *module = nullptr;
  tn_session *runSession = nullptr;
};

/// The inputs that the arguments name, in the model's order. Random ones need a
/// --dim for each symbol; they are the same in each run.
llvm::Expected<std::vector<LoadedTensor>>
gatherInputs(const InputArguments &inputs, const ModelArguments &model,
             const tn_module_desc &desc);

/// `prefix`0.pb, `prefix`1.pb ... of a folder.
llvm::Expected<std::vector<LoadedTensor>> readTensors(llvm::StringRef folder,
                                                      llvm::StringRef prefix);

} // namespace tenon::tool

#endif // TENON_TOOLS_TENON_ARGUMENTS_H
