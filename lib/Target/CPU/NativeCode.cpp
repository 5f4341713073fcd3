//===- NativeCode.cpp - LLVM IR to machine code ---------------------------===//
//
// The pass list is short on purpose: kernels come vectorized and unrolled, and
// what O2 does beyond it costs three times the compile time and gains nothing.
//
//===----------------------------------------------------------------------===//

#include "tenon/Target/CPU/NativeCode.h"
#include "SingleLaneStores.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Target/LLVMIR/Export.h"
#include "runtime/abi/tenon_abi.h"
#include "llvm/IR/DiagnosticInfo.h"
#include "llvm/IR/DiagnosticPrinter.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/LegacyPassManager.h"
#include "llvm/IR/Module.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Passes/PassBuilder.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/Target/TargetOptions.h"
#include <mutex>

using namespace llvm;

namespace tenon::cpu {

static constexpr StringLiteral passPipeline =
    "function(early-cse<memssa>,simplifycfg,instcombine<no-verify-fixpoint>,"
    "loop-mssa(licm),early-cse)";

static void initializeX86() {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
  });
}

/// LLVM reports errors of code generation to its context, whose default
/// handler exits; this one collects them.
namespace {
class ErrorCollector {
public:
  explicit ErrorCollector(LLVMContext &context) : context(context) {
    context.setDiagnosticHandlerCallBack(handle, this);
  }
  ~ErrorCollector() { context.setDiagnosticHandlerCallBack(nullptr, nullptr); }
  Error take(const Module &module) {
    if (text.empty())
      return Error::success();
    return createStringError("compiling '" + module.getModuleIdentifier() +
                             "': " + text);
  }

private:
  static void handle(const DiagnosticInfo *info, void *self) {
    if (info->getSeverity() != DS_Error)
      return;
    raw_string_ostream os(static_cast<ErrorCollector *>(self)->text);
    DiagnosticPrinterRawOStream printer(os);
    info->print(printer);
    os << "; ";
  }
  LLVMContext &context;
  std::string text;
};
} // namespace

NativeCompiler::NativeCompiler(const TargetDesc &target, OptLevel level,
                               std::unique_ptr<TargetMachine> machine)
    : target(target), level(level), machine(std::move(machine)) {}
NativeCompiler::~NativeCompiler() = default;

Expected<std::unique_ptr<NativeCompiler>>
NativeCompiler::create(const TargetDesc &target, OptLevel level) {
  initializeX86();
  Triple triple(target.triple);
  std::string message;
  const Target *backend = TargetRegistry::lookupTarget(triple, message);
  if (!backend)
    return createStringError("target '" + target.name + "': " + message);
  std::unique_ptr<MCSubtargetInfo> subtarget(
      backend->createMCSubtargetInfo(triple, "", ""));
  if (!subtarget || !subtarget->isCPUStringValid(target.cpu))
    return createStringError("target '" + target.name + "': LLVM has no cpu '" +
                             target.cpu + "' for " + target.triple);
  TargetOptions options;
  options.AllowFPOpFusion = FPOpFusion::Fast;
  CodeGenOptLevel codegen = level == OptLevel::none ? CodeGenOptLevel::None
                                                    : CodeGenOptLevel::Default;
  std::unique_ptr<TargetMachine> machine(
      backend->createTargetMachine(triple, target.cpu, target.features, options,
                                   Reloc::PIC_, CodeModel::Small, codegen));
  if (!machine)
    return createStringError("target '" + target.name +
                             "': LLVM was built without code generation for " +
                             target.triple);
  return std::unique_ptr<NativeCompiler>(
      new NativeCompiler(target, level, std::move(machine)));
}

void NativeCompiler::prepare(Module &module) {
  module.setTargetTriple(machine->getTargetTriple());
  module.setDataLayout(machine->createDataLayout());
  for (GlobalValue &global : module.global_values())
    if (!global.isDeclaration() && !global.hasLocalLinkage() &&
        global.getName() != TN_MODULE_QUERY_SYMBOL) {
      global.setVisibility(GlobalValue::HiddenVisibility);
      global.setDSOLocal(true);
    }
  for (Function &function : module) {
    if (function.isDeclaration())
      continue;
    function.addFnAttr(Attribute::NoUnwind);
    function.addFnAttr("frame-pointer", "none");
    function.addFnAttr("prefer-vector-width",
                       std::to_string(target.vectorBits));
    function.addFnAttr("target-cpu", target.cpu);
    if (!target.features.empty())
      function.addFnAttr("target-features", target.features);
  }
}

Expected<std::unique_ptr<Module>>
NativeCompiler::translate(mlir::ModuleOp module, LLVMContext &context) {
  StringRef name = module.getSymName().value_or("kernels");
  auto result = mlir::translateModuleToLLVMIR(module, context, name);
  if (!result)
    return createStringError("module '" + name +
                             "' could not be translated to LLVM IR");
  result->setSourceFileName(name);
  prepare(*result);
  return result;
}

Error NativeCompiler::optimize(Module &module) {
  if (level == OptLevel::none)
    return Error::success();
  LoopAnalysisManager loops;
  FunctionAnalysisManager functions;
  CGSCCAnalysisManager cgscc;
  ModuleAnalysisManager modules;
  PassBuilder builder(machine.get());
  builder.registerModuleAnalyses(modules);
  builder.registerCGSCCAnalyses(cgscc);
  builder.registerFunctionAnalyses(functions);
  builder.registerLoopAnalyses(loops);
  builder.crossRegisterProxies(loops, functions, cgscc, modules);
  ModulePassManager passes;
  if (Error error = builder.parsePassPipeline(passes, passPipeline))
    return error;
  passes.run(module, modules);
  return Error::success();
}

Error NativeCompiler::emit(Module &module, CodeGenFileType type,
                           SmallVectorImpl<char> &out) {
  ErrorCollector errors(module.getContext());
  if (Error error = optimize(module))
    return error;
  storeSingleLanes(module);
  raw_svector_ostream os(out);
  legacy::PassManager passes;
  if (machine->addPassesToEmitFile(passes, os, nullptr, type))
    return createStringError("target '" + target.name +
                             "' cannot emit this kind of file");
  passes.run(module);
  return errors.take(module);
}

Expected<ObjectCode> NativeCompiler::compile(Module &module) {
  ObjectCode object{module.getModuleIdentifier(), {}};
  if (Error error = emit(module, CodeGenFileType::ObjectFile, object.bytes))
    return error;
  return object;
}

Expected<std::string> NativeCompiler::compileToAssembly(Module &module) {
  SmallString<0> text;
  if (Error error = emit(module, CodeGenFileType::AssemblyFile, text))
    return error;
  return text.str().str();
}

Expected<std::string> NativeCompiler::compileToIR(Module &module) {
  ErrorCollector errors(module.getContext());
  if (Error error = optimize(module))
    return error;
  if (Error error = errors.take(module))
    return error;
  std::string text;
  raw_string_ostream os(text);
  module.print(os, nullptr);
  return text;
}

} // namespace tenon::cpu
