//===- Launch.h - The tiles of one launch, shared by its threads ----------===//
//
// Each thread has a range of its own and takes the front half of what is left
// of it, again and again; when it is empty, the back half of what is left of
// another one. So no thread waits for one that is late, or that the system has
// not scheduled, while there are tiles that nobody has begun.
//
//===----------------------------------------------------------------------===//
#ifndef TENON_RUNTIME_CPU_LAUNCH_H
#define TENON_RUNTIME_CPU_LAUNCH_H

#include "tenon/runtime.h"
#include "tenon_abi.h"

#include <atomic>

namespace tenon::runtime {

struct Work {
  tn_kernel_fn fn;
  void *const *args;
  int64_t tiles;
  int64_t grain; ///< Least tiles worth a thread of their own.
};

/// Counts the threads of a launch that are not done; one caller waits for 0.
class Countdown {
public:
  explicit Countdown(uint32_t parts) : state(parts) {}
  void finishPart();
  void wait();

private:
  static constexpr uint32_t kSleeping = 1u << 31;
  std::atomic<uint32_t> state;
};

class Launch {
public:
  static constexpr int32_t kMaxThreads = 1024; ///< Including the caller's.

  /// For `threads` threads; the caller is thread 0.
  Launch(const Work &work, int32_t threads);

  /// Computes tiles as thread `thread` until none is left.
  void compute(int32_t thread);

  Countdown others; ///< The threads but the caller's.

private:
  // A range of blocks of tiles: its first block in the low half, its end above.
  using Range = uint64_t;
  static Range makeRange(uint64_t first, uint64_t end) {
    return end << 32 | first;
  }

  /// Moves half of a range to `taken`, from its front or its back.
  bool take(std::atomic<Range> &range, bool front, Range &taken);
  void run(Range range);

  const Work &work;
  int64_t block; ///< tiles of a block; the last one has the rest, too
  int64_t blocks;
  int32_t threads;
  std::atomic<Range> ranges[kMaxThreads];
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_LAUNCH_H
