//===- Packing.cpp - Best-fit packing, improved while it pays -------------===//
//
// Places one interval after the other into the smallest gap that fits between
// those that live at the same time. The order decides how good the result is:
// a few orders are tried, then each is improved by placing whatever ended up on
// top first. The smallest result is kept; the search ends early at the lower
// bound, the most bytes that live at one step. All limits are counts, not
// times, so the result is deterministic.
//
// Who lives with whom is listed once, so an attempt costs as much as there are
// such pairs. If there are too many to list, all placed ones are looked at.
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

/// Bytes in use while an item lives.
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

/// Work per order, in visits of pairs, and attempts per order. On 200 random
/// networks of up to 150 temporaries they brought the worst result from 1.30 to
/// 1.09 of the lower bound, the mean from 1.032 to 1.002, in 0.1 ms.
constexpr int64_t kSearchVisits = 500'000;
constexpr int64_t kMostRounds = 64;

/// Pairs to list, 4 bytes each way.
constexpr int64_t kMostPairs = 4'000'000;

/// Visits after which no other order is tried.
constexpr int64_t kMostVisits = 30'000'000;

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

namespace {

/// The smallest gap for some bytes between what is in use, given by offset.
class Fit {
public:
  explicit Fit(int64_t bytes) : bytes(bytes) {}

  void add(const Placed &used) {
    int64_t gap = used.offset - end;
    if (gap >= bytes && gap < bestGap) {
      best = end;
      bestGap = gap;
    }
    end = std::max(end, used.end);
  }
  int64_t offset() const { return best < 0 ? end : best; }

private:
  int64_t bytes;
  int64_t best = -1, bestGap = INT64_MAX, end = 0;
};

} // namespace

static bool isBelow(const Placed &a, const Placed &b) {
  return a.offset < b.offset;
}

namespace {

/// Which items live at the same time, by index.
class Neighbours {
public:
  /// False if memory is exhausted.
  bool collect(const Array<Item> &items);

  /// False if there are too many pairs to list.
  bool areListed() const { return begins.size() != 0; }
  /// What one attempt costs.
  int64_t visits() const { return pairs + count; }
  const int32_t *begin(int64_t index) const {
    return others.data() + begins[index];
  }
  const int32_t *end(int64_t index) const {
    return others.data() + begins[index + 1];
  }

private:
  template <typename Visit>
  bool forEachPair(const Array<Item> &byStart, Visit visit);

  int64_t count = 0, pairs = 0;
  Array<int64_t> begins; ///< in `others`, by index
  Array<int32_t> others;
};

} // namespace

/// Calls `visit` for each pair until it returns false. False if memory is
/// exhausted.
template <typename Visit>
bool Neighbours::forEachPair(const Array<Item> &byStart, Visit visit) {
  Array<Item> alive;
  for (const Item &item : byStart) {
    Item *kept = alive.begin();
    for (const Item &other : alive)
      if (other.life.last >= item.life.first)
        *kept++ = other;
    if (!alive.resize(kept - alive.begin()))
      return false;
    for (const Item &other : alive)
      if (!visit(item.index, other.index))
        return true;
    if (!alive.append(item))
      return false;
  }
  return true;
}

bool Neighbours::collect(const Array<Item> &items) {
  count = items.size();
  Array<Item> ordered;
  if (!ordered.resize(count) || !begins.resize(count + 1))
    return false;
  std::copy(items.begin(), items.end(), ordered.begin());
  std::sort(ordered.begin(), ordered.end(), byStart);
  if (!forEachPair(ordered, [&](int64_t a, int64_t b) {
        ++begins[a];
        ++begins[b];
        return ++pairs <= kMostPairs;
      }))
    return false;
  if (pairs > kMostPairs) {
    pairs = count * count / 2;
    begins.clear();
    return true;
  }
  // Sums up to each index; filling goes down to the sums before it.
  for (int64_t i = 1; i <= count; ++i)
    begins[i] += begins[i - 1];
  pairs *= 2;
  if (!others.resize(pairs))
    return false;
  return forEachPair(ordered, [&](int64_t a, int64_t b) {
    others[--begins[a]] = int32_t(b);
    others[--begins[b]] = int32_t(a);
    return true;
  });
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

/// Attempts to pack, and the best of them.
class Search {
public:
  Search(const Array<Item> &items, const Neighbours &neighbours,
         int64_t *offsets)
      : neighbours(neighbours), bound(maxLiveBytes(items)), offsets(offsets) {}

  /// Tries an order and what follows from it. False if memory is exhausted.
  bool improve(Array<Item> &items, Order order, int64_t rounds);
  bool isDone() const {
    return best == bound || (best != INT64_MAX && visits > kMostVisits);
  }

  const Neighbours &neighbours;
  int64_t bound; ///< -1 if memory is exhausted
  int64_t best = INT64_MAX;
  int64_t *offsets; ///< of the best packing

private:
  int64_t place(const Array<Item> &items);
  int64_t findOffset(const Item &item);
  void raise(Array<Item> &items, int64_t total);

  int64_t visits = 0;
  Array<Placed> byIndex; ///< of this attempt; an offset of -1 is none yet
  Array<Placed> placed;  ///< the same by offset, if there are no lists
  Array<Placed> used;    ///< while one item lives, if there are
};

} // namespace

/// -1 if memory is exhausted.
int64_t Search::findOffset(const Item &item) {
  Fit fit(item.bytes);
  if (!neighbours.areListed()) {
    for (const Placed &other : placed)
      if (overlap(item.life, other.life))
        fit.add(other);
    return fit.offset();
  }
  used.clear();
  for (const int32_t *i = neighbours.begin(item.index),
                     *end = neighbours.end(item.index);
       i != end; ++i)
    if (byIndex[*i].offset >= 0 && !used.append(byIndex[*i]))
      return -1;
  std::sort(used.begin(), used.end(), isBelow);
  for (const Placed &other : used)
    fit.add(other);
  return fit.offset();
}

/// The bytes that all span, or -1 if memory is exhausted.
int64_t Search::place(const Array<Item> &items) {
  byIndex.clear();
  placed.clear();
  if (!byIndex.resize(items.size(), Placed{-1, -1, {}}))
    return -1;
  int64_t total = 0;
  for (const Item &item : items) {
    int64_t offset = findOffset(item);
    if (offset < 0)
      return -1;
    Placed entry{offset, offset + item.bytes, item.life};
    byIndex[item.index] = entry;
    total = std::max(total, entry.end);
    if (neighbours.areListed())
      continue;
    int64_t at =
        std::upper_bound(placed.begin(), placed.end(), entry, isBelow) -
        placed.begin();
    if (!placed.append(entry))
      return -1;
    std::rotate(placed.begin() + at, placed.end() - 1, placed.end());
  }
  visits += neighbours.visits();
  return total;
}

/// Moves the items that end at `total` to the front.
void Search::raise(Array<Item> &items, int64_t total) {
  for (Item &item : items)
    if (byIndex[item.index].end == total)
      std::rotate(items.begin(), &item, &item + 1);
}

bool Search::improve(Array<Item> &items, Order order, int64_t rounds) {
  std::sort(items.begin(), items.end(), order);
  for (int64_t round = 0; round < rounds && !isDone(); ++round) {
    int64_t total = place(items);
    if (total < 0)
      return false;
    if (total < best) {
      best = total;
      for (int64_t i = 0; i < items.size(); ++i)
        offsets[i] = byIndex[i].offset;
    }
    raise(items, total);
  }
  return true;
}

tn_status tenon::runtime::packIntervals(int64_t count, const tn_interval *lives,
                                        const int64_t *sizes, int64_t *offsets,
                                        int64_t *outBytes) {
  *outBytes = 0;
  if (count == 0)
    return TN_OK;
  Array<Item> items;
  if (tn_status status = collectItems(count, lives, sizes, items))
    return status;
  Neighbours neighbours;
  if (!neighbours.collect(items))
    return failOutOfMemory("planning", count * sizeof(Placed));
  Search search(items, neighbours, offsets);
  int64_t rounds =
      std::clamp<int64_t>(kSearchVisits / neighbours.visits(), 1, kMostRounds);
  for (Order order : {bySize, byArea, byLength, byStart})
    if (search.bound < 0 || !search.improve(items, order, rounds))
      return failOutOfMemory("planning", count * sizeof(Placed));
  *outBytes = search.best;
  return TN_OK;
}
