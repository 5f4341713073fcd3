//===- Worker.cpp - Waiting: spin a little, then sleep on a futex ---------===//
//
// Kernels of a model follow each other within microseconds, so a short spin
// saves two system calls per launch; idle threads must not burn a CPU.
//
//===----------------------------------------------------------------------===//
#include "Worker.h"

#include "core/Clock.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

using namespace tenon::runtime;

/// About what a sleep and a wake-up cost.
static constexpr int64_t kSpinNanoseconds = 50'000;

static_assert(sizeof(std::atomic<uint32_t>) == sizeof(uint32_t), "futex word");

static void futexWait(std::atomic<uint32_t> &word, uint32_t value) {
  syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, value, nullptr);
}

static void futexWakeOne(std::atomic<uint32_t> *word) {
  syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, 1);
}

static void relax() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

/// Whether `isDone` came true within the spin time.
template <typename Condition> static bool spinUntil(Condition isDone) {
  int64_t deadline = 0;
  for (;;) {
    for (int i = 0; i < 32; ++i) {
      if (isDone())
        return true;
      relax();
    }
    int64_t time = now();
    if (!deadline)
      deadline = time + kSpinNanoseconds;
    else if (time >= deadline)
      return false;
  }
}

void Countdown::finishPart() {
  // The caller may return, and this object end, once the count is 0.
  std::atomic<uint32_t> *word = &state;
  if (state.fetch_sub(1, std::memory_order_acq_rel) == (kSleeping | 1))
    futexWakeOne(word);
}

void Countdown::wait() {
  if (spinUntil([&] { return state.load(std::memory_order_acquire) == 0; }))
    return;
  uint32_t value = state.fetch_or(kSleeping, std::memory_order_acq_rel);
  for (value |= kSleeping; value != kSleeping;
       value = state.load(std::memory_order_acquire))
    futexWait(state, value);
}

bool Worker::tryTake() {
  return !isTaken.load(std::memory_order_relaxed) &&
         !isTaken.exchange(true, std::memory_order_acquire);
}

// Either the poster sees that the worker sleeps, or the worker sees the launch:
// each stores one and then loads the other, in one total order.
void Worker::post(Launch &launch, int32_t thread) {
  number = thread;
  mail.store(&launch);
  if (state.load() != Sleeping)
    return;
  state.store(Awake);
  futexWakeOne(&state);
}

bool Worker::revoke(Launch &launch) {
  Launch *expected = &launch;
  if (!mail.compare_exchange_strong(expected, nullptr))
    return false;
  isTaken.store(false, std::memory_order_release);
  return true;
}

Launch *Worker::takeMail() {
  for (;;) {
    auto isPosted = [&] { return mail.load(std::memory_order_relaxed); };
    if (!spinUntil(isPosted)) {
      state.store(Sleeping);
      while (!mail.load() && state.load() == Sleeping)
        futexWait(state, Sleeping);
      state.store(Awake);
    }
    if (Launch *launch = mail.exchange(nullptr))
      return launch;
  }
}

void Worker::loop() {
  for (;;) {
    Launch *launch = takeMail();
    launch->compute(number);
    // Free before the caller goes on, so that its next launch finds it again.
    isTaken.store(false, std::memory_order_release);
    launch->others.finishPart();
  }
}
