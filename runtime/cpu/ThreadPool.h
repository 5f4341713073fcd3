//===- ThreadPool.h - The process's worker threads ------------------------===//
//
// A launch is cut into one contiguous range of tiles per thread, so that a
// thread finds in its cache what it wrote in the launch before; who is done
// takes from the ends of others' ranges (Launch.h). A caller takes idle workers
// (as many as there are, up to what it may use) and gives them back when the
// launch ends, so callers never wait for each other and a call from within a
// kernel is safe.
//
//===----------------------------------------------------------------------===//
#ifndef TENON_RUNTIME_CPU_THREADPOOL_H
#define TENON_RUNTIME_CPU_THREADPOOL_H

#include "Launch.h"

#include <atomic>
#include <pthread.h>

namespace tenon::runtime {

/// CPUs that this process may run on.
int32_t usableCpus();

/// Computes all tiles with at most `threads` threads, the caller's included,
/// and returns when they are done. One thread does not touch the pool.
void parallelFor(int32_t threads, const Work &work);

class Worker;

class ThreadPool {
public:
  static constexpr int32_t kMaxThreads = Launch::kMaxThreads;

  /// Lives as long as the process.
  static ThreadPool &get();

  /// Starts workers until there are `count`; with `pin`, binds every worker,
  /// also later ones, to a CPU of its own.
  tn_status reserve(int32_t count, bool pin);

  int32_t workerCount() const { return count.load(std::memory_order_acquire); }

  /// As parallelFor, for at least two parts.
  void run(int32_t parts, const Work &work);

  constexpr ThreadPool() = default;

private:
  tn_status startWorker(int32_t index);
  tn_status pinWorkers();
  static void forgetWorkersAfterFork();

  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; ///< Guards growth.
  bool handlesFork = false;
  bool isPinned = false;
  int32_t pinnedCount = 0;
  std::atomic<int32_t> count{0};
  Worker *workers[kMaxThreads - 1] = {};
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_THREADPOOL_H
