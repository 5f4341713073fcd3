//===- ParallelCompiler.cpp - Compiles modules as they come ---------------===//

#include "tenon/Target/CPU/ParallelCompiler.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

using namespace llvm;

namespace tenon::cpu {
namespace {

/// A translated module with its context, and the place of its result.
struct Job {
  std::unique_ptr<LLVMContext> context;
  std::unique_ptr<Module> module;
  size_t index;
};

} // namespace

struct ParallelCompiler::State {
  std::unique_ptr<NativeCompiler> own; ///< of the thread that adds
  std::vector<std::unique_ptr<NativeCompiler>> compilers; ///< of the workers
  std::vector<std::thread> workers;

  std::mutex mutex; ///< guards what follows
  std::condition_variable changed;
  std::deque<Job> queue;
  std::vector<ObjectCode> objects;
  std::map<size_t, std::string> failures; ///< by index
  bool closed = false;

  ~State() { join(); }
  void run(NativeCompiler &compiler, Job job);
  void work(NativeCompiler &compiler);
  void join();
};

void ParallelCompiler::State::run(NativeCompiler &compiler, Job job) {
  Expected<ObjectCode> object = compiler.compile(*job.module);
  job.module.reset();
  std::lock_guard lock(mutex);
  if (object)
    objects[job.index] = std::move(*object);
  else
    failures[job.index] = toString(object.takeError());
}

/// Takes jobs until the queue is closed and empty.
void ParallelCompiler::State::work(NativeCompiler &compiler) {
  while (true) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return closed || !queue.empty(); });
    if (queue.empty())
      return;
    Job job = std::move(queue.front());
    queue.pop_front();
    lock.unlock();
    run(compiler, std::move(job));
  }
}

void ParallelCompiler::State::join() {
  {
    std::lock_guard lock(mutex);
    closed = true;
  }
  changed.notify_all();
  for (std::thread &worker : workers)
    worker.join();
  workers.clear();
}

ParallelCompiler::ParallelCompiler(std::unique_ptr<State> state)
    : state(std::move(state)) {}
ParallelCompiler::~ParallelCompiler() = default;

Expected<std::unique_ptr<ParallelCompiler>>
ParallelCompiler::create(const TargetDesc &target, OptLevel level,
                         unsigned threads) {
  auto state = std::make_unique<State>();
  auto own = NativeCompiler::create(target, level);
  if (!own)
    return own.takeError();
  state->own = std::move(*own);
  // The adding thread is one of the threads: it compiles in `finish`.
  for (unsigned i = 1; i < threads; ++i) {
    auto compiler = NativeCompiler::create(target, level);
    if (!compiler)
      return compiler.takeError();
    state->compilers.push_back(std::move(*compiler));
  }
  for (auto &compiler : state->compilers)
    state->workers.emplace_back([state = state.get(), &compiler = *compiler] {
      state->work(compiler);
    });
  return std::unique_ptr<ParallelCompiler>(
      new ParallelCompiler(std::move(state)));
}

Error ParallelCompiler::add(mlir::ModuleOp module) {
  Job job;
  job.context = std::make_unique<LLVMContext>();
  auto translated = state->own->translate(module, *job.context);
  if (!translated)
    return translated.takeError();
  job.module = std::move(*translated);
  {
    std::lock_guard lock(state->mutex);
    job.index = state->objects.size();
    state->objects.emplace_back();
    if (!state->workers.empty())
      state->queue.push_back(std::move(job));
  }
  if (state->workers.empty())
    state->run(*state->own, std::move(job));
  else
    state->changed.notify_one();
  return Error::success();
}

Expected<std::vector<ObjectCode>> ParallelCompiler::finish() {
  {
    std::lock_guard lock(state->mutex);
    state->closed = true;
  }
  state->changed.notify_all();
  state->work(*state->own);
  state->join();
  if (!state->failures.empty())
    return createStringError(
        join(llvm::make_second_range(state->failures), "\n"));
  return std::move(state->objects);
}

Expected<std::vector<ObjectCode>>
compileInParallel(ArrayRef<mlir::ModuleOp> modules, const TargetDesc &target,
                  OptLevel level, unsigned threads) {
  auto compiler = ParallelCompiler::create(target, level, threads);
  if (!compiler)
    return compiler.takeError();
  for (mlir::ModuleOp module : modules)
    if (Error error = (*compiler)->add(module))
      return error;
  return (*compiler)->finish();
}

} // namespace tenon::cpu
