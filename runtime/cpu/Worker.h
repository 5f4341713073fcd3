//===- Worker.h - One thread of the pool and how it is handed work --------===//
//
// A worker belongs to at most one caller: whoever turned `isTaken` to true may
// post one launch; the worker turns it back when the launch has no tiles left,
// or the caller when it revokes what the worker has not begun.
//
//===----------------------------------------------------------------------===//
#ifndef TENON_RUNTIME_CPU_WORKER_H
#define TENON_RUNTIME_CPU_WORKER_H

#include "ThreadPool.h"

namespace tenon::runtime {

class alignas(64) Worker {
public:
  bool tryTake();
  /// Has the worker compute tiles as thread `thread` of `launch`.
  void post(Launch &launch, int32_t thread);
  /// Whether it had not begun `launch` and now will not; it is free again. It may
  /// have finished and hold the launch of another caller, which stays.
  bool revoke(Launch &launch);

  [[noreturn]] void loop();

  pthread_t thread = {};

private:
  enum State : uint32_t { Awake, Sleeping };

  Launch *takeMail();

  std::atomic<bool> isTaken{false};
  std::atomic<uint32_t> state{Awake};
  std::atomic<Launch *> mail{nullptr}; ///< posted, not yet begun
  int32_t number = 0;                  ///< as a thread of it
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_WORKER_H
