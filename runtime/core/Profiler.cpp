//===- Profiler.cpp - Sums per kernel and per region ----------------------===//
//
// Sums are always complete; the list of events stops at kMaxEvents.
//
//===----------------------------------------------------------------------===//
#include "Profiler.h"

#include "Status.h"

using namespace tenon::runtime;

tn_status Profiler::enable(const tn_variant_desc &variant) {
  for (int64_t i = 0; i < variant.kernel_count; ++i)
    if (!rows.append({variant.kernels[i].name, 0, 0, 0, 0}))
      return failOutOfMemory("the profile",
                             variant.kernel_count * sizeof(tn_kernel_profile));
  if (!tree.append({}))
    return failOutOfMemory("the profile", sizeof(Node));
  isEnabled = true;
  return TN_OK;
}

void Profiler::append(const Event &event) {
  if (recorded.size() >= kMaxEvents || !recorded.append(event))
    ++droppedEvents;
}

void Profiler::recordLaunch(const tn_launch &launch, int64_t start,
                            int64_t end) {
  tn_kernel_profile &row = rows[launch.kernel];
  ++row.calls;
  row.nanoseconds += end - start;
  row.flops += launch.flops;
  row.bytes += launch.bytes;
  append({launch.kernel, start, end, launch.tiles, launch.flops, launch.bytes});
}

/// The node of `region` inside of `parent`, made if it is new; -1 without
/// memory.
int64_t Profiler::nodeInside(int64_t parent, int64_t region) {
  int64_t i = tree[parent].firstInside;
  while (i >= 0 && tree[i].region != region)
    i = tree[i].nextBeside;
  if (i >= 0)
    return i;
  Node node;
  node.region = region;
  node.parent = parent;
  node.nextBeside = tree[parent].firstInside;
  if (!tree.append(node))
    return -1;
  return tree[parent].firstInside = tree.size() - 1;
}

void Profiler::enter(int64_t region, int64_t time) {
  int64_t node = unknown ? -1 : nodeInside(running, region);
  if (node < 0) {
    ++unknown;
    return;
  }
  ++tree[node].calls;
  tree[node].start = time;
  running = node;
}

void Profiler::leave(int64_t time) {
  if (unknown) {
    --unknown;
    return;
  }
  Node &node = tree[running];
  node.nanoseconds += time - node.start;
  running = node.parent;
}

void Profiler::recordRun(int64_t start, int64_t end) {
  for (unknown = 0; running != 0;)
    leave(end);
  ++tree[0].calls;
  tree[0].nanoseconds += end - start;
  append({-1, start, end, 0, 0, 0});
}

void Profiler::reset() {
  for (tn_kernel_profile &row : rows)
    row = {row.name, 0, 0, 0, 0};
  for (Node &node : tree)
    node.calls = node.nanoseconds = 0;
  recorded.clear();
  droppedEvents = 0;
}
