//===- Profiler.h - Time, work and events of a session's runs -------------===//
//
// Belongs to one session, so it needs no locks. Regions are counted per place:
// a region that runs inside of two others has a node under each.
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

  struct Event {
    int64_t kernel; ///< -1: a whole run
    int64_t start;
    int64_t end;
    int64_t tiles;
    int64_t flops;
    int64_t bytes;
  };

  /// A region inside of those above it; the first node is the whole model.
  struct Node {
    int64_t region = -1;
    int64_t parent = -1;
    int64_t calls = 0;
    int64_t nanoseconds = 0; ///< with everything inside
    int64_t start = 0;       ///< of the call that is running
    int64_t firstInside = -1;
    int64_t nextBeside = -1;
  };

  /// Starts to record launches of these kernels.
  tn_status enable(const tn_variant_desc &variant);
  bool enabled() const { return isEnabled; }

  void recordLaunch(const tn_launch &launch, int64_t start, int64_t end);
  void enter(int64_t region, int64_t time);
  void leave(int64_t time);
  /// Ends the run, and what a failure left open.
  void recordRun(int64_t start, int64_t end);
  void reset();

  const Array<tn_kernel_profile> &kernels() const { return rows; }
  /// Parents come before what is inside.
  const Array<Node> &nodes() const { return tree; }
  const Array<Event> &events() const { return recorded; }
  int64_t missingEvents() const { return droppedEvents; }

private:
  void append(const Event &event);
  int64_t nodeInside(int64_t parent, int64_t region);

  bool isEnabled = false;
  Array<tn_kernel_profile> rows;
  Array<Node> tree;
  int64_t running = 0; ///< index into the tree
  int64_t unknown = 0; ///< regions open that there was no memory for
  Array<Event> recorded;
  int64_t droppedEvents = 0;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CORE_PROFILER_H
