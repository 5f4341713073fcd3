//===- Packing.cpp - Property tests of the arena packing ------------------===//
#include "core/Packing.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <random>
#include <vector>

using namespace tenon::runtime;

namespace {

struct Problem {
  std::vector<tn_interval> lives;
  std::vector<int64_t> sizes;

  int64_t count() const { return int64_t(sizes.size()); }

  /// The most aligned bytes that live at one step.
  int64_t maxLive() const {
    std::map<int64_t, int64_t> changes;
    for (int64_t i = 0; i < count(); ++i) {
      int64_t bytes = (sizes[i] + 63) / 64 * 64;
      changes[lives[i].first] += bytes;
      changes[int64_t(lives[i].last) + 1] -= bytes;
    }
    int64_t live = 0, most = 0;
    for (auto [step, bytes] : changes)
      most = std::max(most, live += bytes);
    return most;
  }
};

struct Packed {
  std::vector<int64_t> offsets;
  int64_t bytes = 0;
};

} // namespace

static Packed pack(const Problem &problem) {
  Packed packed;
  packed.offsets.resize(problem.sizes.size());
  REQUIRE(packIntervals(problem.count(), problem.lives.data(),
                        problem.sizes.data(), packed.offsets.data(),
                        &packed.bytes) == TN_OK);
  return packed;
}

static bool isSound(const Problem &problem, const Packed &packed) {
  for (int64_t i = 0; i < problem.count(); ++i) {
    int64_t begin = packed.offsets[i], end = begin + problem.sizes[i];
    if (begin < 0 || begin % TN_BUFFER_ALIGNMENT || end > packed.bytes)
      return false;
    for (int64_t j = 0; j < i; ++j) {
      bool together = problem.lives[i].first <= problem.lives[j].last &&
                      problem.lives[j].first <= problem.lives[i].last;
      bool overlap = packed.offsets[j] < end &&
                     begin < packed.offsets[j] + problem.sizes[j];
      if (together && overlap)
        return false;
    }
  }
  return true;
}

/// Lives and sizes without any pattern.
static Problem randomProblem(std::mt19937 &random) {
  Problem problem;
  int count = std::uniform_int_distribution<>(0, 60)(random);
  for (int i = 0; i < count; ++i) {
    int first = std::uniform_int_distribution<>(0, 50)(random);
    int length = std::uniform_int_distribution<>(0, 20)(random);
    problem.lives.push_back({first, first + length});
    problem.sizes.push_back(std::uniform_int_distribution<>(0, 5000)(random));
  }
  return problem;
}

/// As in a network: each step's result is read by the next one or few, some
/// are residuals that live longer; sizes shrink stage by stage.
static Problem networkProblem(std::mt19937 &random) {
  Problem problem;
  int steps = std::uniform_int_distribution<>(10, 150)(random);
  int64_t base = 1 << 16;
  for (int i = 0; i < steps; ++i) {
    if (i % 20 == 19)
      base = base * 2 / 3;
    int64_t factor = std::uniform_int_distribution<>(1, 4)(random);
    bool isResidual = std::uniform_int_distribution<>(0, 5)(random) == 0;
    int length =
        std::uniform_int_distribution<>(1, isResidual ? 10 : 2)(random);
    problem.lives.push_back({i, i + length});
    problem.sizes.push_back(base * factor);
  }
  return problem;
}

TEST_CASE("living intervals never overlap", "[packing]") {
  std::mt19937 random(1);
  for (int i = 0; i < 500; ++i) {
    Problem problem = randomProblem(random);
    Packed packed = pack(problem);
    REQUIRE(isSound(problem, packed));
    CHECK(packed.bytes >= problem.maxLive());
    CHECK(pack(problem).offsets == packed.offsets);
  }
}

TEST_CASE("networks pack near the lower bound", "[packing]") {
  std::mt19937 random(2);
  double worst = 1, sum = 0;
  const int count = 200;
  for (int i = 0; i < count; ++i) {
    Problem problem = networkProblem(random);
    Packed packed = pack(problem);
    REQUIRE(isSound(problem, packed));
    double ratio = double(packed.bytes) / double(problem.maxLive());
    worst = std::max(worst, ratio);
    sum += ratio;
  }
  CAPTURE(worst, sum / count);
  CHECK(sum / count < 1.03);
  CHECK(worst < 1.15);
}

/// Lives of up to `length` steps.
static Problem largeProblem(std::mt19937 &random, int count, int length) {
  Problem problem;
  for (int i = 0; i < count; ++i) {
    problem.lives.push_back(
        {i, i + std::uniform_int_distribution<>(1, length)(random)});
    problem.sizes.push_back(64 *
                            std::uniform_int_distribution<>(1, 10000)(random));
  }
  return problem;
}

TEST_CASE("too many pairs to list", "[packing]") {
  std::mt19937 random(5);
  Problem problem = largeProblem(random, 4000, 4000);
  Packed packed = pack(problem);
  CHECK(isSound(problem, packed));
  CHECK(packed.bytes < problem.maxLive() * 21 / 20);
}

// tenon-runtime-tests [benchmark] tells how long planning takes.
TEST_CASE("time of packing", "[.benchmark]") {
  std::mt19937 random(3);
  for (int count : {10000, 20000})
    for (int length : {4, 100, 10000}) {
      Problem problem = largeProblem(random, count, length);
      auto start = std::chrono::steady_clock::now();
      Packed packed = pack(problem);
      std::chrono::duration<double, std::milli> time =
          std::chrono::steady_clock::now() - start;
      WARN(count << " lives of up to " << length << " steps: " << time.count()
                 << " ms, " << double(packed.bytes) / problem.maxLive());
    }
}

TEST_CASE("a chain needs its two largest neighbours", "[packing]") {
  Problem chain{{{0, 1}, {1, 2}, {2, 3}, {3, 4}}, {640, 128, 1280, 64}};
  CHECK(pack(chain).bytes == 128 + 1280);
  Problem none;
  CHECK(pack(none).bytes == 0);
  Problem empty{{{0, 9}, {0, 9}}, {0, 0}};
  CHECK(pack(empty).bytes == 0);
}

TEST_CASE("impossible intervals and sizes are errors", "[packing]") {
  int64_t offsets[3], bytes;
  tn_interval lives[] = {{0, 1}, {0, 1}, {0, 1}};
  int64_t negative[] = {8, -8, 8};
  CHECK(packIntervals(3, lives, negative, offsets, &bytes) == TN_OUT_OF_MEMORY);
  int64_t large = int64_t(1) << 46, sum[] = {large, large, large};
  CHECK(packIntervals(3, lives, sum, offsets, &bytes) == TN_OUT_OF_MEMORY);
  int64_t sizes[] = {8, 8, 8};
  lives[1] = {2, 1};
  CHECK(packIntervals(3, lives, sizes, offsets, &bytes) == TN_RUN_FAILED);
}
