//===- PackArena.cpp - Packing at compile time ----------------------------===//

#include "passes/Plan/PackArena.h"
#include "runtime/core/Packing.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <map>

using namespace tenon;
using namespace tenon::plan;

void plan::packArena(Arena &arena) {
  llvm::SmallVector<tn_interval> lives;
  llvm::SmallVector<int64_t> sizes, offsets(arena.slots.size());
  for (const ArenaSlot &slot : arena.slots) {
    if (!slot.bytes.isConstant())
      return;
    lives.push_back({slot.first, slot.last});
    sizes.push_back(slot.bytes.getValue());
  }
  int64_t bytes = 0;
  if (runtime::packIntervals(sizes.size(), lives.data(), sizes.data(),
                             offsets.data(), &bytes) != TN_OK)
    return;
  arena.bytes = bytes;
  for (auto [slot, offset] : llvm::zip_equal(arena.slots, offsets))
    slot.offset = offset;
}

int64_t plan::mostLiveBytes(const Arena &arena) {
  std::map<int32_t, int64_t> changes;
  for (const ArenaSlot &slot : arena.slots) {
    int64_t bytes = llvm::alignTo(slot.bytes.getValue(), TN_BUFFER_ALIGNMENT);
    changes[slot.first] += bytes;
    changes[slot.last + 1] -= bytes;
  }
  int64_t live = 0, most = 0;
  for (auto [step, bytes] : changes)
    most = std::max(most, live += bytes);
  return most;
}
