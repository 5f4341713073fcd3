//===- Arena.h - A session's memory for temporaries -----------------------===//
//
// One block per plan id, as the plans of an outer and an inner graph are alive
// together. Invariant: addresses handed out stay valid until endRun(), and two
// plan ids never share memory. Planning the same id again within a run gives
// the same memory again.
//
//===----------------------------------------------------------------------===//
#ifndef TENON_RUNTIME_CORE_ARENA_H
#define TENON_RUNTIME_CORE_ARENA_H

#include "Memory.h"
#include "tenon/runtime.h"

namespace tenon::runtime {

class Arena {
public:
  Arena() = default;
  ~Arena();

  tn_status plan(int64_t planId, int64_t count, const tn_interval *lives,
                 const int64_t *sizes, void **addresses);

  /// Nothing that was handed out is in use any more.
  void endRun();

  /// Bytes held now.
  int64_t bytes() const { return heldBytes; }

  /// How many plans were packed rather than found in the cache.
  int64_t packCount() const { return packs; }

private:
  /// What a distinct set of sizes was packed to: sizes, then offsets.
  struct Entry {
    int64_t *sizes;
    int64_t count;
    int64_t bytes;

    int64_t *offsets() const { return sizes + count; }
  };

  /// Most distinct sizes remembered per plan id; the oldest use goes first.
  static constexpr int kEntries = 32;

  struct Slot {
    int64_t planId;
    char *block;
    int64_t capacity;
    bool usedInRun;
    int32_t entryCount;
    Entry entries[kEntries]; ///< Most recently used first.
  };

  tn_status findSlot(int64_t planId, Slot *&outSlot);
  tn_status findEntry(Slot &slot, int64_t count, const tn_interval *lives,
                      const int64_t *sizes);
  tn_status reserve(Slot &slot, int64_t bytes);

  Array<Slot *> slots;
  Array<char *> retired; ///< Outgrown in this run; freed at its end.
  int64_t heldBytes = 0;
  int64_t packs = 0;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CORE_ARENA_H
