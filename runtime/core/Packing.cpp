//===- Packing.cpp - Best-fit packing, improved while it pays -------------===//
//
// Places one interval after the other into the smallest gap that fits between
// those that live at the same time. The order decides how good the result is:
// a few orders are tried, then each is improved by placing whatever ended up on
// top first. The smallest result is kept; the search ends early at the lower
// bound, the most bytes that live at one step. All limits are counts, not
// times, so the result is deterministic.
//
//===----------------------------------------------------------------------===//
#include "Packing.h"

#include "Memory.h"
#include "Status.h"

#include <algorithm>
#include <string.h>

using namespace tenon::runtime;

namespace {

struct Item {
  int64_t bytes;
  int64_t index;
  tn_interval life;

  int64_t length() const { return int64_t(life.last) - life.first + 1; }
};

struct Placed {
  int64_t offset;
  int64_t end;
  tn_interval life;
};

/// A change of the living bytes at a step.
struct Step {
  int64_t at;
  int64_t bytes;
};

using Order = bool (*)(const Item &, const Item &);

/// Work per order; a round costs the square of the count. On 200 random
/// networks of up to 150 temporaries the rounds brought the worst result
/// from 1.30 to 1.09 of the lower bound, the mean from 1.032 to 1.002, in 0.3
/// ms.
constexpr int64_t kSearchSteps = 500'000;

} // namespace

static bool bySize(const Item &a, const Item &b) {
  if (a.bytes != b.bytes)
    return a.bytes > b.bytes;
  if (a.length() != b.length())
    return a.length() > b.length();
  return a.index < b.index;
}

static bool byArea(const Item &a, const Item &b) {
  double areaA = double(a.bytes) * double(a.length());
  double areaB = double(b.bytes) * double(b.length());
  return areaA != areaB ? areaA > areaB : bySize(a, b);
}

static bool byLength(const Item &a, const Item &b) {
  return a.length() != b.length() ? a.length() > b.length() : bySize(a, b);
}

static bool byStart(const Item &a, const Item &b) {
  return a.life.first != b.life.first ? a.life.first < b.life.first
                                      : bySize(a, b);
}

static bool overlap(const tn_interval &a, const tn_interval &b) {
  return a.first <= b.last && b.first <= a.last;
}

/// The offset of the smallest gap for `item`; `placed` is sorted by offset.
static int64_t findOffset(const Item &item, const Array<Placed> &placed) {
  int64_t best = -1, bestGap = INT64_MAX, end = 0;
  for (const Placed &other : placed) {
    if (!overlap(item.life, other.life))
      continue;
    int64_t gap = other.offset - end;
    if (gap >= item.bytes && gap < bestGap) {
      best = end;
      bestGap = gap;
    }
    end = std::max(end, other.end);
  }
  return best < 0 ? end : best;
}

/// Fills `offsets` by index and returns the bytes that all span, or -1 if
/// memory is exhausted.
static int64_t place(const Array<Item> &items, Array<Placed> &placed,
                     int64_t *offsets) {
  placed.clear();
  int64_t total = 0;
  for (const Item &item : items) {
    int64_t offset = findOffset(item, placed);
    offsets[item.index] = offset;
    Placed entry{offset, offset + item.bytes, item.life};
    total = std::max(total, entry.end);
    Placed *position = std::upper_bound(
        placed.begin(), placed.end(), entry,
        [](const Placed &a, const Placed &b) { return a.offset < b.offset; });
    int64_t at = position - placed.begin();
    if (!placed.append(entry))
      return -1;
    std::rotate(placed.begin() + at, placed.end() - 1, placed.end());
  }
  return total;
}

/// The most bytes that live at one step, or -1 if memory is exhausted.
static int64_t maxLiveBytes(const Array<Item> &items) {
  Array<Step> steps;
  for (const Item &item : items)
    if (!steps.append({item.life.first, item.bytes}) ||
        !steps.append({int64_t(item.life.last) + 1, -item.bytes}))
      return -1;
  std::sort(steps.begin(), steps.end(), [](const Step &a, const Step &b) {
    return a.at != b.at ? a.at < b.at : a.bytes < b.bytes;
  });
  int64_t live = 0, most = 0;
  for (const Step &step : steps)
    most = std::max(most, live += step.bytes);
  return most;
}

static tn_status collectItems(int64_t count, const tn_interval *lives,
                              const int64_t *sizes, Array<Item> &items) {
  int64_t sum = 0;
  for (int64_t i = 0; i < count; ++i) {
    if (lives[i].first > lives[i].last)
      return fail(TN_RUN_FAILED,
                  "broken artifact: temporary %lld ends before it begins",
                  static_cast<long long>(i));
    if (sizes[i] < 0 || sizes[i] > kMaxBytes)
      return fail(TN_OUT_OF_MEMORY,
                  "temporary %lld of the model needs %lld bytes; are the "
                  "inputs too large?",
                  static_cast<long long>(i), static_cast<long long>(sizes[i]));
    Item item{alignBytes(sizes[i]), i, lives[i]};
    sum += item.bytes;
    if (sum > kMaxBytes)
      return fail(TN_OUT_OF_MEMORY,
                  "the temporaries of the model do not fit into memory; are "
                  "the inputs too large?");
    if (!items.append(item))
      return failOutOfMemory("planning", count * sizeof(Item));
  }
  return TN_OK;
}

namespace {

/// The best packing found so far and what is needed to try another.
struct Search {
  int64_t bound;
  int64_t best = INT64_MAX;
  int64_t *offsets; ///< Of the best packing.
  Array<int64_t> candidate = {};
  Array<Placed> placed = {};

  bool isDone() const { return best == bound; }

  /// Places in the order of `items`; returns the total, or -1 if memory is
  /// exhausted.
  int64_t attempt(const Array<Item> &items) {
    int64_t total = place(items, placed, candidate.data());
    if (total >= 0 && total < best) {
      best = total;
      memcpy(offsets, candidate.data(), items.size() * sizeof(int64_t));
    }
    return total;
  }

  /// Moves the items that end at `total` to the front.
  void raise(Array<Item> &items, int64_t total) {
    for (Item &item : items)
      if (candidate[item.index] + item.bytes == total)
        std::rotate(items.begin(), &item, &item + 1);
  }
};

} // namespace

tn_status tenon::runtime::packIntervals(int64_t count, const tn_interval *lives,
                                        const int64_t *sizes, int64_t *offsets,
                                        int64_t *outBytes) {
  *outBytes = 0;
  if (count == 0)
    return TN_OK;
  Array<Item> items;
  if (tn_status status = collectItems(count, lives, sizes, items))
    return status;
  Search search{maxLiveBytes(items), INT64_MAX, offsets};
  if (search.bound < 0 || !search.candidate.resize(count))
    return failOutOfMemory("planning", count * sizeof(Item));
  int64_t rounds = std::clamp<int64_t>(kSearchSteps / (count * count), 1, 64);
  for (Order order : {bySize, byArea, byLength, byStart}) {
    std::sort(items.begin(), items.end(), order);
    for (int64_t round = 0; round < rounds && !search.isDone(); ++round) {
      int64_t total = search.attempt(items);
      if (total < 0)
        return failOutOfMemory("planning", count * sizeof(Placed));
      search.raise(items, total);
    }
  }
  *outBytes = search.best;
  return TN_OK;
}
