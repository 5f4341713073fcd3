//===- Arena.cpp - Plan cache and growing blocks --------------------------===//
//
// The common case, a plan of known sizes in a block that is large enough, costs
// one comparison of the sizes.
//
//===----------------------------------------------------------------------===//
#include "Arena.h"

#include "Packing.h"
#include "Status.h"

#include <algorithm>
#include <string.h>

using namespace tenon::runtime;

Arena::~Arena() {
  endRun();
  for (Slot *slot : slots) {
    for (int32_t i = 0; i < slot->entryCount; ++i)
      free(slot->entries[i].sizes);
    free(slot->block);
    destroy(slot);
  }
}

void Arena::endRun() {
  for (char *block : retired)
    free(block);
  retired.clear();
  for (Slot *slot : slots)
    slot->usedInRun = false;
}

tn_status Arena::findSlot(int64_t planId, Slot *&outSlot) {
  for (Slot *slot : slots)
    if (slot->planId == planId) {
      outSlot = slot;
      return TN_OK;
    }
  outSlot = create<Slot>();
  if (!outSlot || !slots.append(outSlot)) {
    free(outSlot);
    return failOutOfMemory("a plan", sizeof(Slot));
  }
  outSlot->planId = planId;
  return TN_OK;
}

/// Makes the entry for `sizes` the slot's first.
tn_status Arena::findEntry(Slot &slot, int64_t count, const tn_interval *lives,
                           const int64_t *sizes) {
  for (int32_t i = 0; i < slot.entryCount; ++i) {
    const Entry &entry = slot.entries[i];
    if (entry.count == count &&
        !memcmp(entry.sizes, sizes, count * sizeof(int64_t))) {
      std::rotate(slot.entries, slot.entries + i, slot.entries + i + 1);
      return TN_OK;
    }
  }
  int64_t bytes = 2 * count * sizeof(int64_t);
  Entry entry{static_cast<int64_t *>(allocateAligned(bytes)), count, 0};
  if (!entry.sizes)
    return failOutOfMemory("a plan", bytes);
  memcpy(entry.sizes, sizes, count * sizeof(int64_t));
  if (tn_status status =
          packIntervals(count, lives, sizes, entry.offsets(), &entry.bytes)) {
    free(entry.sizes);
    return status;
  }
  ++packs;
  if (slot.entryCount == kEntries)
    free(slot.entries[--slot.entryCount].sizes);
  slot.entries[slot.entryCount++] = entry;
  std::rotate(slot.entries, slot.entries + slot.entryCount - 1,
              slot.entries + slot.entryCount);
  return TN_OK;
}

tn_status Arena::reserve(Slot &slot, int64_t bytes) {
  if (slot.block && slot.capacity >= bytes)
    return TN_OK;
  if (slot.block) {
    heldBytes -= slot.capacity;
    if (!slot.usedInRun)
      free(slot.block);
    else if (!retired.append(slot.block))
      return failOutOfMemory("a plan", sizeof(char *));
    // Sizes that grow step by step must not allocate at every step.
    bytes = std::max(bytes, slot.capacity + slot.capacity / 4);
  }
  slot.capacity = 0;
  slot.block = static_cast<char *>(allocateAligned(bytes));
  if (!slot.block)
    return failOutOfMemory("the arena of temporaries", bytes);
  slot.capacity = bytes;
  heldBytes += bytes;
  return TN_OK;
}

tn_status Arena::plan(int64_t planId, int64_t count, const tn_interval *lives,
                      const int64_t *sizes, void **addresses) {
  if (count < 0 || count > INT32_MAX)
    return fail(TN_RUN_FAILED, "broken artifact: a plan of %lld temporaries",
                static_cast<long long>(count));
  if (count == 0)
    return TN_OK;
  Slot *slot = nullptr;
  if (tn_status status = findSlot(planId, slot))
    return status;
  if (tn_status status = findEntry(*slot, count, lives, sizes))
    return status;
  const Entry &entry = slot->entries[0];
  if (tn_status status = reserve(*slot, entry.bytes))
    return status;
  slot->usedInRun = true;
  for (int64_t i = 0; i < count; ++i)
    addresses[i] = slot->block + entry.offsets()[i];
  return TN_OK;
}
