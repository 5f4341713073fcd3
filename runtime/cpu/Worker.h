//===- Worker.h - One thread of the pool and how it is handed work --------===//
//
// A worker belongs to at most one caller: whoever turned `isTaken` to true may
// post one range; the worker turns it back when the range is done.
//
//===----------------------------------------------------------------------===//
#ifndef TENON_RUNTIME_CPU_WORKER_H
#define TENON_RUNTIME_CPU_WORKER_H

#include "ThreadPool.h"

namespace tenon::runtime {

/// Counts the parts of a launch that are not done; one caller waits for 0.
class Countdown {
public:
  explicit Countdown(uint32_t parts) : state(parts) {}
  void finishPart();
  void wait();

private:
  static constexpr uint32_t kSleeping = 1u << 31;
  std::atomic<uint32_t> state;
};

class alignas(64) Worker {
public:
  bool tryTake();
  void post(const Work &work, int64_t first, int64_t last, Countdown &done);

  [[noreturn]] void loop();

  pthread_t thread = {};

private:
  enum Mail : uint32_t { Empty, Sleeping, Posted };

  void waitForMail();

  std::atomic<bool> isTaken{false};
  std::atomic<uint32_t> mail{Empty};
  tn_kernel_fn fn = nullptr;
  void *const *args = nullptr;
  int64_t first = 0;
  int64_t last = 0;
  Countdown *done = nullptr;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_WORKER_H
