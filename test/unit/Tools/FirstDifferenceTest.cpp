//===- FirstDifferenceTest.cpp - Where results begin to differ ------------===//

#include "tenon/Tools/FirstDifference.h"
#include <catch2/catch.hpp>
#include <random>

using namespace tenon;
using Reads = std::vector<llvm::SmallVector<unsigned>>;

namespace {
/// Values that differ; counts how often it was asked.
struct Oracle {
  std::vector<bool> differs;
  unsigned asked = 0;

  std::optional<unsigned> search(const Reads &reads, unsigned start) {
    auto found = findFirstDifference(reads, start,
                                     [&](unsigned v) -> llvm::FailureOr<bool> {
                                       ++asked;
                                       return !differs[v];
                                     });
    REQUIRE(llvm::succeeded(found));
    return *found;
  }
};
} // namespace

TEST_CASE("a chain is bisected", "[first-difference]") {
  Reads reads(1000);
  for (unsigned v = 1; v < reads.size(); ++v)
    reads[v] = {v - 1};
  for (unsigned first : {0u, 1u, 637u, 999u}) {
    Oracle oracle{std::vector<bool>(1000)};
    for (unsigned v = first; v < 1000; ++v)
      oracle.differs[v] = true;
    CHECK(oracle.search(reads, 999) == first);
    CHECK(oracle.asked <= 13);
  }
}

TEST_CASE("values beside the wrong one do not mislead", "[first-difference]") {
  // 0 is wrong; 1 to 5 are a chain of their own; 6 joins both.
  Reads reads = {{}, {}, {1}, {2}, {3}, {4}, {0, 5}};
  Oracle oracle{{true, false, false, false, false, false, true}};
  CHECK(oracle.search(reads, 6) == 0u);
  // Nor does an output after the wrong one that does not depend on it.
  CHECK(oracle.search(reads, 0) == 0u);
}

TEST_CASE("an error that vanishes on one way is found on the other",
          "[first-difference]") {
  // 1 and 2 agree though 0, which they are made of, differs; 4 reads it too.
  Reads reads = {{}, {0}, {1}, {2}, {0, 3}};
  Oracle oracle{{true, false, false, false, true}};
  CHECK(oracle.search(reads, 4) == 0u);
}

TEST_CASE("nothing is found where the start agrees", "[first-difference]") {
  Oracle oracle{{true, false}};
  CHECK(oracle.search({{}, {0}}, 1) == std::nullopt);
  CHECK(oracle.asked == 1);
}

TEST_CASE("what cannot be asked fails", "[first-difference]") {
  CHECK(llvm::failed(
      findFirstDifference(Reads{{}}, 0, [](unsigned) -> llvm::FailureOr<bool> {
        return llvm::failure();
      })));
}

TEST_CASE("what is found differs and reads nothing that does",
          "[first-difference]") {
  std::mt19937 random(1);
  for (int round = 0; round < 500; ++round) {
    unsigned count = 1 + random() % 40;
    Reads reads(count);
    Oracle oracle{std::vector<bool>(count)};
    for (unsigned v = 0; v < count; ++v) {
      for (unsigned n = v ? random() % 4 : 0; n > 0; --n)
        reads[v].push_back(random() % v);
      oracle.differs[v] = random() % 3 == 0;
    }
    oracle.differs[count - 1] = true;
    std::optional<unsigned> found = oracle.search(reads, count - 1);
    REQUIRE(found);
    CHECK(oracle.differs[*found]);
    for (unsigned read : reads[*found])
      CHECK_FALSE(oracle.differs[read]);
  }
}
