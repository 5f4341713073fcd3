//===- PackArena.cpp - Best fit at compile time ---------------------------===//
//
// The same idea as the runtime's packing of symbolic sizes: slots are placed
// one by one, largest first, each into the smallest gap that fits between those
// that live at the same time. Two orders are tried.
//
//===----------------------------------------------------------------------===//

#include "passes/Plan/PackArena.h"
#include "runtime/abi/tenon_abi.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"

using namespace tenon;
using namespace tenon::plan;

namespace {
struct Item {
  unsigned slot;
  int64_t bytes;
  int32_t first, last;

  int64_t length() const { return int64_t(last) - first + 1; }
};
using Order = bool (*)(const Item &, const Item &);
} // namespace

static bool bySize(const Item &a, const Item &b) {
  if (a.bytes != b.bytes)
    return a.bytes > b.bytes;
  return a.length() != b.length() ? a.length() > b.length() : a.slot < b.slot;
}

static bool byLength(const Item &a, const Item &b) {
  return a.length() != b.length() ? a.length() > b.length() : bySize(a, b);
}

/// The sizes, aligned; nullopt if they are not constants or too large.
static std::optional<llvm::SmallVector<Item>> collectItems(const Arena &arena) {
  llvm::SmallVector<Item> items;
  int64_t sum = 0;
  for (auto [i, slot] : llvm::enumerate(arena.slots)) {
    int64_t bytes = slot.bytes.getValue();
    if (!slot.bytes.isConstant() || bytes < 0 || bytes > (int64_t(1) << 62) ||
        llvm::AddOverflow<int64_t>(
            sum, llvm::alignTo(bytes, TN_BUFFER_ALIGNMENT), sum))
      return std::nullopt;
    items.push_back({unsigned(i),
                     int64_t(llvm::alignTo(bytes, TN_BUFFER_ALIGNMENT)),
                     slot.first, slot.last});
  }
  return items;
}

/// The smallest gap for `item` between `placed` ones, in order of offset.
static int64_t findOffset(const Item &item,
                          llvm::ArrayRef<std::pair<int64_t, Item>> placed) {
  int64_t best = -1, bestGap = 0, end = 0;
  for (const auto &[offset, other] : placed) {
    if (other.last < item.first || item.last < other.first)
      continue;
    int64_t gap = offset - end;
    if (gap >= item.bytes && (best < 0 || gap < bestGap)) {
      best = end;
      bestGap = gap;
    }
    end = std::max(end, offset + other.bytes);
  }
  return best < 0 ? end : best;
}

/// Fills `offsets` by slot; returns the bytes of all.
static int64_t place(llvm::ArrayRef<Item> items,
                     llvm::MutableArrayRef<int64_t> offsets) {
  llvm::SmallVector<std::pair<int64_t, Item>> placed;
  int64_t total = 0;
  for (const Item &item : items) {
    int64_t offset = findOffset(item, placed);
    offsets[item.slot] = offset;
    total = std::max(total, offset + item.bytes);
    auto *at = llvm::upper_bound(
        placed, offset, [](int64_t x, const auto &p) { return x < p.first; });
    placed.insert(at, {offset, item});
  }
  return total;
}

void plan::packArena(Arena &arena) {
  std::optional<llvm::SmallVector<Item>> items = collectItems(arena);
  if (!items)
    return;
  llvm::SmallVector<int64_t> offsets(items->size());
  for (Order order : {bySize, byLength}) {
    llvm::sort(*items, order);
    int64_t total = place(*items, offsets);
    if (arena.bytes && *arena.bytes <= total)
      continue;
    arena.bytes = total;
    for (auto [slot, offset] : llvm::zip(arena.slots, offsets))
      slot.offset = offset;
  }
}
