//===- Clock.h - The clock of profiles and of waiting ---------------------===//
//
// Never goes back; its origin means nothing.
//
//===----------------------------------------------------------------------===//
#ifndef TENON_RUNTIME_CORE_CLOCK_H
#define TENON_RUNTIME_CORE_CLOCK_H

#include <stdint.h>
#include <time.h>

namespace tenon::runtime {

/// In nanoseconds.
inline int64_t now() {
  timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return int64_t(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CORE_CLOCK_H
