//===- Evaluate.cpp - Code that runs in this process ----------------------===//
//
// Constant folding: a module without inputs is compiled for this machine at the
// cheapest level and run once through the runtime, so that no op has a second
// implementation.
//
//===----------------------------------------------------------------------===//

#include "lib/Driver/Describe.h"
#include "tenon/Driver/Compiler.h"
#include "tenon/runtime.h"
#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;
using namespace tenon;

/// Values above this size are resources, not attributes that are hashed.
static constexpr int64_t kInlineBytes = 4096;

bool tenon::runsHere(const TargetDesc &target) {
  return (target.requiredFeatures & ~tn_cpu_features()) == 0;
}

TargetDesc tenon::hostTarget() {
  for (StringRef name : TargetDesc::names()) {
    TargetDesc target = llvm::cantFail(TargetDesc::lookup(name));
    if (runsHere(target))
      return target;
  }
  return llvm::cantFail(TargetDesc::lookup(TargetDesc::names().back()));
}

FailureOr<cpu::Jit *> Compiler::jit() {
  if (!jitState) {
    auto created = cpu::Jit::create(hostTarget());
    if (!created)
      return emitError(UnknownLoc::get(mlirContext.get()),
                       llvm::toString(created.takeError()));
    jitState = std::move(*created);
  }
  return jitState.get();
}

FailureOr<std::unique_ptr<cpu::JitModule>>
Compiler::compileToMemory(ModuleOp module, CompileOptions options) {
  options.targets.clear();
  options.hostOnly = true;
  FailureOr<CompiledModule> compiled = compile(module, options);
  FailureOr<cpu::Jit *> loader = jit();
  if (failed(compiled) || failed(loader))
    return failure();
  auto loaded = (*loader)->load(compiled->objects, compiled->weights);
  if (!loaded)
    return emitError(module.getLoc(), llvm::toString(loaded.takeError()));
  return std::move(*loaded);
}

/// A result as an attribute of `type`.
static ElementsAttr toAttribute(RankedTensorType type, const tn_view &view,
                                StringRef name) {
  int64_t bytes = tn_view_bytes(&view);
  ArrayRef<char> raw(static_cast<const char *>(view.data), bytes);
  if (type.getElementType().isInteger(1)) {
    SmallVector<bool> bits;
    for (char c : raw)
      bits.push_back(c != 0);
    return DenseElementsAttr::get(type, bits);
  }
  if (bytes <= kInlineBytes)
    return DenseElementsAttr::getFromRawBuffer(type, raw);
  return DenseResourceElementsAttr::get(
      type, name, HeapAsmResourceBlob::allocateAndCopyInferAlign<char>(raw));
}

FailureOr<SmallVector<ElementsAttr>> Compiler::evaluate(ModuleOp constants) {
  auto main = constants.lookupSymbol<func::FuncOp>("main");
  SmallVector<Type> types(main.getResultTypes());
  CompileOptions options;
  options.optLevel = cpu::OptLevel::none;
  options.threads = 1;
  options.foldConstants = false;
  options.name = "constants";
  FailureOr<std::unique_ptr<cpu::JitModule>> code =
      compileToMemory(constants, options);
  if (failed(code))
    return failure();
  auto query = (*code)->lookup(TN_MODULE_QUERY_SYMBOL);
  if (!query)
    return constants.emitError(llvm::toString(query.takeError()));

  tn_module *module = nullptr;
  tn_session *session = nullptr;
  tn_options runOptions = {};
  runOptions.struct_bytes = sizeof(runOptions);
  runOptions.threads = 1;
  SmallVector<tn_output> outputs(types.size(), tn_output{});
  tn_status status =
      tn_module_from_query(reinterpret_cast<tn_module_query_fn>(*query),
                           &module);
  if (status == TN_OK)
    status = tn_session_create(module, &runOptions, &session);
  if (status == TN_OK)
    status = tn_run(session, nullptr, 0, outputs.data(), outputs.size());
  SmallVector<ElementsAttr> values;
  if (status == TN_OK)
    for (auto [type, output] : llvm::zip_equal(types, outputs)) {
      values.push_back(toAttribute(cast<RankedTensorType>(type), output.view,
                                   "folded"));
      tn_tensor_release(output.tensor);
    }
  else
    constants.emitError("constant folding: ") << tn_last_message();
  tn_session_release(session);
  tn_module_release(module);
  if (status != TN_OK)
    return failure();
  return values;
}
