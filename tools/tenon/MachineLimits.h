//===- MachineLimits.h - What this machine can do at most -------*- C++ -*-===//

#ifndef TENON_TOOLS_TENON_MACHINELIMITS_H
#define TENON_TOOLS_TENON_MACHINELIMITS_H

namespace tenon::tool {

/// Measured now, by all threads at once.
struct MachineLimits {
  double gflops; ///< f32 multiply-adds in registers, two operations each
  double gbs;    ///< copy of memory beyond the caches, reads and writes
  double readGbs;  ///< reading alone, of the same memory
  double cacheGbs; ///< copy within the cache of each core

  static MachineLimits measure(int threads);
};

} // namespace tenon::tool

#endif // TENON_TOOLS_TENON_MACHINELIMITS_H
