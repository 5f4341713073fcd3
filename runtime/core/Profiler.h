//===- Profiler.h - Time, work and events of kernel launches --------------===//
//
// Belongs to one session, so it needs no locks.
//
//===----------------------------------------------------------------------===//
#ifndef TENON_RUNTIME_CORE_PROFILER_H
#define TENON_RUNTIME_CORE_PROFILER_H

#include "Memory.h"
#include "tenon/runtime.h"

namespace tenon::runtime {

class Profiler {
public:
  static constexpr int64_t kMaxEvents = 1'000'000;

  /// Starts to record launches of these kernels.
  tn_status enable(const tn_variant_desc &variant);
  bool enabled() const { return isEnabled; }

  void recordLaunch(const tn_launch &launch, int64_t start, int64_t end);
  void recordRun(int64_t start, int64_t end);
  void reset();

  const Array<tn_kernel_profile> &kernels() const { return rows; }
  tn_status writeTrace(const tn_module_desc &module,
                       const tn_variant_desc &variant, const char *path) const;

private:
  struct Event {
    int64_t kernel; ///< -1: a whole run
    int64_t start;
    int64_t end;
    int64_t tiles;
    int64_t flops;
    int64_t bytes;
  };

  void append(const Event &event);

  bool isEnabled = false;
  Array<tn_kernel_profile> rows;
  Array<Event> events;
  int64_t droppedEvents = 0;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CORE_PROFILER_H
