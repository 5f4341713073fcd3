//===- ThreadPool.cpp - Starts, pins and shares the workers ---------------===//
//
// The pool is never destroyed: workers may be running at exit, and the shared
// library stays loaded (-z nodelete).
//
//===----------------------------------------------------------------------===//
#include "ThreadPool.h"

#include "Worker.h"
#include "core/Memory.h"
#include "core/Status.h"

#include <algorithm>
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

using namespace tenon::runtime;

static constinit ThreadPool processPool;

ThreadPool &ThreadPool::get() { return processPool; }

namespace {

struct LockGuard {
  pthread_mutex_t &mutex;
  explicit LockGuard(pthread_mutex_t &mutex) : mutex(mutex) {
    pthread_mutex_lock(&mutex);
  }
  ~LockGuard() { pthread_mutex_unlock(&mutex); }
};

} // namespace

int32_t tenon::runtime::usableCpus() {
  cpu_set_t set;
  // Fails on machines with more CPUs than the set has room for.
  int32_t cpus = sched_getaffinity(0, sizeof(set), &set) == 0
                     ? CPU_COUNT(&set)
                     : static_cast<int32_t>(sysconf(_SC_NPROCESSORS_ONLN));
  return std::clamp(cpus, 1, ThreadPool::kMaxThreads);
}

static void *workerMain(void *worker) { static_cast<Worker *>(worker)->loop(); }

tn_status ThreadPool::startWorker(int32_t index) {
  auto *worker = create<Worker>();
  if (!worker)
    return failOutOfMemory("a worker thread", sizeof(Worker));
  // Signals are for the threads of the embedder.
  sigset_t all, old;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &old);
  int error = pthread_create(&worker->thread, nullptr, workerMain, worker);
  pthread_sigmask(SIG_SETMASK, &old, nullptr);
  if (error) {
    destroy(worker);
    return fail(TN_OUT_OF_MEMORY, "cannot start worker thread %d: %s",
                index + 1, strerror(error));
  }
  pthread_setname_np(worker->thread, "tenon-worker");
  workers[index] = worker;
  count.store(index + 1, std::memory_order_release);
  return TN_OK;
}

/// The `index`-th CPU of `set`, counted around.
static int32_t cpuAt(const cpu_set_t &set, int32_t index) {
  int32_t left = index % CPU_COUNT(&set);
  for (int32_t cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &set) && left-- == 0)
      return cpu;
  return 0;
}

tn_status ThreadPool::pinWorkers() {
  cpu_set_t usable;
  if (sched_getaffinity(0, sizeof(usable), &usable))
    return fail(TN_UNSUPPORTED, "cannot pin threads: %s", strerror(errno));
  for (; pinnedCount < count.load(); ++pinnedCount) {
    // The first CPU is left to the caller.
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpuAt(usable, pinnedCount + 1), &one);
    if (int error = pthread_setaffinity_np(workers[pinnedCount]->thread,
                                           sizeof(one), &one))
      return fail(TN_UNSUPPORTED, "cannot pin worker thread %d: %s",
                  pinnedCount + 1, strerror(error));
  }
  return TN_OK;
}

/// In the child of a fork only the calling thread exists.
void ThreadPool::forgetWorkersAfterFork() {
  ThreadPool &pool = get();
  pool.mutex = PTHREAD_MUTEX_INITIALIZER;
  pool.pinnedCount = 0;
  pool.count.store(0, std::memory_order_release);
}

tn_status ThreadPool::reserve(int32_t wanted, bool pin) {
  LockGuard guard(mutex);
  if (!handlesFork && pthread_atfork(nullptr, nullptr, forgetWorkersAfterFork))
    return failOutOfMemory("a fork handler", 0);
  handlesFork = true;
  isPinned |= pin;
  while (count.load() < wanted)
    if (tn_status status = startWorker(count.load()))
      return status;
  return isPinned ? pinWorkers() : TN_OK;
}

void ThreadPool::run(int32_t parts, const Work &work) {
  int32_t available = workerCount();
  // Fewer than its session reserved: this is the child of a fork. What cannot
  // be started is computed by the threads that there are.
  if (available < parts - 1 && !reserve(parts - 1, false))
    available = workerCount();
  Worker *taken[kMaxThreads - 1];
  int32_t takenCount = 0;
  for (int32_t i = 0; i < available && takenCount < parts - 1; ++i)
    if (workers[i]->tryTake())
      taken[takenCount++] = workers[i];
  if (takenCount == 0)
    return work.fn(work.args, 0, work.tiles);
  Launch launch(work, takenCount + 1);
  for (int32_t i = 0; i < takenCount; ++i)
    taken[i]->post(launch, i + 1);
  launch.compute(0);
  // Nothing is left for those that have not begun.
  for (int32_t i = 0; i < takenCount; ++i)
    if (taken[i]->revoke(launch))
      launch.others.finishPart();
  launch.others.wait();
}

void tenon::runtime::parallelFor(int32_t threads, const Work &work) {
  int64_t parts =
      std::min<int64_t>(threads, work.tiles / std::max<int64_t>(work.grain, 1));
  if (parts <= 1)
    return work.fn(work.args, 0, work.tiles);
  ThreadPool::get().run(static_cast<int32_t>(parts), work);
}
