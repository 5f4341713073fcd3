//===- Jit.cpp - Runs objects in this process -----------------------------===//
//
// Every module is a JITDylib of its own, so that many with the same symbols are
// alive at once; removing it frees its code.
//
//===----------------------------------------------------------------------===//

#include "tenon/Target/CPU/Jit.h"
#include "llvm/ExecutionEngine/Orc/AbsoluteSymbols.h"
#include "llvm/ExecutionEngine/Orc/LLJIT.h"
#include "llvm/Support/MemoryBuffer.h"
#include <atomic>
#include <mutex>
#include <new>

using namespace llvm;

namespace tenon::cpu {

struct Jit::State {
  std::unique_ptr<orc::LLJIT> jit;
  std::atomic<uint64_t> loaded = 0;
  std::mutex mutex;
  std::string details; ///< what the session reported besides the errors

  Error withDetails(Error error) {
    std::lock_guard lock(mutex);
    std::string text = toString(std::move(error));
    if (!details.empty())
      text += ": " + details;
    details.clear();
    return createStringError("loading a module: " + text);
  }
};

namespace {
struct AlignedDelete {
  void operator()(char *memory) const {
    ::operator delete(memory, std::align_val_t(TN_BUFFER_ALIGNMENT));
  }
};
} // namespace

struct JitModule::State {
  Jit::State &jit;
  orc::JITDylib &dylib;
  std::unique_ptr<char, AlignedDelete> weights;
};

Jit::Jit(std::unique_ptr<State> state) : state(std::move(state)) {}
Jit::~Jit() = default;

Expected<std::unique_ptr<Jit>> Jit::create(const TargetDesc &target) {
  // Registers the back end.
  auto compiler = NativeCompiler::create(target, OptLevel::none);
  if (!compiler)
    return compiler.takeError();
  auto jit = orc::LLJITBuilder()
                 .setJITTargetMachineBuilder(
                     orc::JITTargetMachineBuilder(Triple(target.triple)))
                 .setPlatformSetUp(orc::setUpInactivePlatform)
                 .setLinkProcessSymbolsByDefault(false)
                 .create();
  if (!jit)
    return jit.takeError();
  auto state = std::make_unique<State>();
  state->jit = std::move(*jit);
  state->jit->getExecutionSession().setErrorReporter(
      [state = state.get()](Error error) {
        std::lock_guard lock(state->mutex);
        if (!state->details.empty())
          state->details += "; ";
        state->details += toString(std::move(error));
      });
  return std::unique_ptr<Jit>(new Jit(std::move(state)));
}

Expected<std::unique_ptr<JitModule>> Jit::load(ArrayRef<ObjectCode> objects,
                                               const WeightBlob &weights) {
  orc::ExecutionSession &session = state->jit->getExecutionSession();
  orc::JITDylib &dylib =
      session.createBareJITDylib("module" + std::to_string(state->loaded++));
  std::unique_ptr<JitModule> module(new JitModule(
      std::make_unique<JitModule::State>(JitModule::State{*state, dylib, {}})));

  if (weights.bytes > 0) {
    auto *memory = static_cast<char *>(::operator new(
        weights.bytes, std::align_val_t(TN_BUFFER_ALIGNMENT), std::nothrow));
    if (!memory)
      return createStringError("no memory for " + Twine(weights.bytes) +
                               " bytes of weights");
    module->state->weights.reset(memory);
    if (Error error = loadWeights(weights, memory))
      return error;
    orc::SymbolMap symbols;
    symbols[session.intern(weightsSymbol)] = {
        orc::ExecutorAddr::fromPtr(memory), JITSymbolFlags::Exported};
    if (Error error = dylib.define(orc::absoluteSymbols(std::move(symbols))))
      return state->withDetails(std::move(error));
  }
  for (const ObjectCode &object : objects)
    if (Error error = state->jit->addObjectFile(
            dylib, MemoryBuffer::getMemBufferCopy(
                       StringRef(object.bytes.data(), object.bytes.size()),
                       object.name)))
      return state->withDetails(std::move(error));
  return module;
}

JitModule::JitModule(std::unique_ptr<State> state) : state(std::move(state)) {}

JitModule::~JitModule() {
  orc::ExecutionSession &session = state->jit.jit->getExecutionSession();
  if (Error error = session.removeJITDylib(state->dylib))
    session.reportError(std::move(error));
}

Expected<void *> JitModule::lookup(StringRef symbol) {
  orc::ExecutionSession &session = state->jit.jit->getExecutionSession();
  // Definitions are hidden; all are looked up, exported or not.
  auto found = session.lookup(
      {{&state->dylib, orc::JITDylibLookupFlags::MatchAllSymbols}},
      session.intern(symbol));
  if (!found)
    return state->jit.withDetails(found.takeError());
  return found->getAddress().toPtr<void *>();
}

Expected<const tn_module_desc *> JitModule::query() {
  Expected<void *> address = lookup(TN_MODULE_QUERY_SYMBOL);
  if (!address)
    return address.takeError();
  auto *query = reinterpret_cast<tn_module_query_fn>(*address);
  const tn_module_desc *desc = query(TN_ABI_VERSION);
  if (!desc)
    return createStringError("the module speaks another version of the ABI");
  return desc;
}

} // namespace tenon::cpu
