//===- FirstDifference.cpp - Where results begin to differ ----------------===//

#include "tenon/Tools/FirstDifference.h"
#include "llvm/ADT/BitVector.h"

using namespace llvm;
using namespace tenon;

/// Of each value, itself and all that it depends on.
static std::vector<BitVector>
dependencies(ArrayRef<SmallVector<unsigned>> reads) {
  std::vector<BitVector> sets(reads.size(), BitVector(reads.size()));
  for (unsigned v = 0; v < reads.size(); ++v) {
    sets[v].set(v);
    for (unsigned read : reads[v])
      sets[v] |= sets[read];
  }
  return sets;
}

/// The suspect whose dependencies come closest to half of all suspects.
static unsigned middleOf(const BitVector &suspects,
                         ArrayRef<BitVector> dependsOn) {
  unsigned all = suspects.count(), middle = suspects.find_first(), best = 0;
  for (unsigned v : suspects.set_bits()) {
    BitVector before = dependsOn[v];
    before &= suspects;
    unsigned smaller = std::min(before.count(), all - before.count());
    if (smaller > best) {
      best = smaller;
      middle = v;
    }
  }
  return middle;
}

FailureOr<std::optional<unsigned>>
tenon::findFirstDifference(ArrayRef<SmallVector<unsigned>> reads,
                           unsigned start,
                           function_ref<FailureOr<bool>(unsigned)> agrees) {
  std::vector<BitVector> dependsOn = dependencies(reads);
  // What an agreeing value depends on is believed to agree, until the end.
  BitVector agreeing(reads.size()), believed(reads.size());
  auto ask = [&](unsigned v) -> FailureOr<bool> {
    if (agreeing[v])
      return true;
    FailureOr<bool> same = agrees(v);
    if (succeeded(same) && *same) {
      agreeing.set(v);
      believed |= dependsOn[v];
    }
    return same;
  };
  FailureOr<bool> same = ask(start);
  if (failed(same))
    return failure();
  if (*same)
    return std::optional<unsigned>();

  unsigned wrong = start;
  while (true) {
    BitVector suspects = dependsOn[wrong];
    suspects.reset(wrong);
    suspects.reset(believed);
    if (suspects.any()) {
      unsigned middle = middleOf(suspects, dependsOn);
      if (failed(same = ask(middle)))
        return failure();
      if (!*same)
        wrong = middle;
      continue;
    }
    // An error may have vanished on its way to a value that agrees.
    unsigned before = wrong;
    for (unsigned read : reads[wrong]) {
      if (failed(same = ask(read)))
        return failure();
      if (!*same) {
        wrong = read;
        believed = agreeing;
        break;
      }
    }
    if (wrong == before)
      return std::optional(wrong);
  }
}
