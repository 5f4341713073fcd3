//===- Launch.cpp - Splitting and taking tiles ----------------------------===//
#include "Launch.h"

#include <algorithm>

using namespace tenon::runtime;

/// Blocks must be countable in half a word.
static constexpr int64_t kMostBlocks = int64_t(1) << 31;

Launch::Launch(const Work &work, int32_t threads)
    : others(threads - 1), work(work),
      block(std::max<int64_t>({work.grain, 1, work.tiles / kMostBlocks + 1})),
      blocks(std::max<int64_t>(work.tiles / block, 1)), threads(threads) {
  int64_t share = blocks / threads, rest = blocks % threads;
  // The first `rest` threads have one block more.
  auto firstOf = [&](int64_t i) { return i * share + std::min(i, rest); };
  for (int32_t i = 0; i < threads; ++i)
    ranges[i].store(makeRange(firstOf(i), firstOf(i + 1)),
                    std::memory_order_relaxed);
}

bool Launch::take(std::atomic<Range> &range, bool front, Range &taken) {
  Range all = range.load(std::memory_order_relaxed);
  for (;;) {
    uint64_t first = all & UINT32_MAX, end = all >> 32;
    if (first >= end)
      return false;
    uint64_t half = (end - first + 1) / 2;
    uint64_t cut = front ? first + half : end - half;
    Range left = front ? makeRange(cut, end) : makeRange(first, cut);
    if (!range.compare_exchange_weak(all, left, std::memory_order_relaxed))
      continue;
    taken = front ? makeRange(first, cut) : makeRange(cut, end);
    return true;
  }
}

void Launch::run(Range range) {
  int64_t first = range & UINT32_MAX, end = range >> 32;
  work.fn(work.args, first * block, end == blocks ? work.tiles : end * block);
}

void Launch::compute(int32_t thread) {
  Range taken;
  while (take(ranges[thread], /*front=*/true, taken))
    run(taken);
  for (int32_t i = 1; i < threads; ++i)
    while (take(ranges[(thread + i) % threads], /*front=*/false, taken))
      run(taken);
}
