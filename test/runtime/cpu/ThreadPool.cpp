//===- ThreadPool.cpp - Tests of splitting, sharing and stress ------------===//
#include "cpu/ThreadPool.h"

#include <catch2/catch.hpp>

#include <set>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

using namespace tenon::runtime;

namespace {

/// Counts how often each tile was computed, and in which ranges.
struct Counts {
  explicit Counts(int64_t tiles) : perTile(tiles) {}

  std::vector<std::atomic<int>> perTile;
  std::atomic<int> ranges{0};
  std::atomic<int64_t> smallest{INT64_MAX};

  bool eachIs(int expected) const {
    for (const auto &count : perTile)
      if (count != expected)
        return false;
    return true;
  }
};

} // namespace

static void countTiles(void *const *args, int64_t first, int64_t last) {
  auto &counts = *static_cast<Counts *>(args[0]);
  ++counts.ranges;
  int64_t smallest = counts.smallest;
  while (last - first < smallest &&
         !counts.smallest.compare_exchange_weak(smallest, last - first))
    ;
  for (int64_t i = first; i < last; ++i)
    ++counts.perTile[i];
}

static void countParallel(int32_t threads, int64_t grain, Counts &counts) {
  void *args[] = {&counts};
  parallelFor(threads,
              {countTiles, args, int64_t(counts.perTile.size()), grain});
}

TEST_CASE("one thread does not touch the pool", "[thread-pool]") {
  int32_t before = ThreadPool::get().workerCount();
  Counts counts(1000);
  countParallel(1, 1, counts);
  CHECK(counts.eachIs(1));
  CHECK(counts.ranges == 1);
  CHECK(ThreadPool::get().workerCount() == before);
}

TEST_CASE("each tile is computed once, no range below the grain",
          "[thread-pool]") {
  REQUIRE(ThreadPool::get().reserve(3, false) == TN_OK);
  for (int64_t tiles : {1, 2, 3, 4, 5, 7, 100, 1001})
    for (int64_t grain : {1, 3, 50}) {
      Counts counts(tiles);
      countParallel(4, grain, counts);
      CHECK(counts.eachIs(1));
      CHECK(counts.smallest >= std::min(tiles, grain));
    }
  Counts counts(4);
  countParallel(4, 1, counts);
  CHECK(counts.ranges == 4);
  Counts noGrain(8);
  countParallel(4, 0, noGrain);
  CHECK(noGrain.eachIs(1));
}

TEST_CASE("the pool grows to the largest request", "[thread-pool]") {
  ThreadPool &pool = ThreadPool::get();
  REQUIRE(pool.reserve(5, false) == TN_OK);
  REQUIRE(pool.reserve(2, false) == TN_OK);
  CHECK(pool.workerCount() >= 5);
}

TEST_CASE("many callers at once", "[thread-pool]") {
  REQUIRE(ThreadPool::get().reserve(3, false) == TN_OK);
  std::vector<std::thread> callers;
  std::atomic<int> wrong{0};
  for (int c = 0; c < 8; ++c)
    callers.emplace_back([&, c] {
      for (int i = 0; i < 500; ++i) {
        Counts counts(1 + (c + i) % 13);
        countParallel(2 + c % 3, 1, counts);
        wrong += !counts.eachIs(1);
      }
    });
  for (std::thread &caller : callers)
    caller.join();
  CHECK(wrong == 0);
}

TEST_CASE("a kernel may call the pool again", "[thread-pool]") {
  REQUIRE(ThreadPool::get().reserve(3, false) == TN_OK);
  Counts counts(10);
  void *args[] = {&counts};
  auto outer = [](void *const *args, int64_t first, int64_t last) {
    for (int64_t i = first; i < last; ++i)
      parallelFor(4, {countTiles, args, 10, 1});
  };
  for (int i = 0; i < 50; ++i)
    parallelFor(4, {outer, args, 6, 1});
  CHECK(counts.eachIs(300));
}

TEST_CASE("workers wake up after they slept", "[thread-pool]") {
  REQUIRE(ThreadPool::get().reserve(3, false) == TN_OK);
  for (int i = 0; i < 20; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    Counts counts(4);
    countParallel(4, 1, counts);
    CHECK(counts.eachIs(1));
  }
}

TEST_CASE("workers can be pinned", "[thread-pool][fork]") {
  // In a child process, as pinning stays.
  pid_t child = fork();
  if (child == 0) {
    bool pinned = ThreadPool::get().reserve(2, true) == TN_OK;
    Counts counts(16);
    countParallel(3, 1, counts);
    _exit(pinned && counts.eachIs(1) ? 0 : 1);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}

TEST_CASE("a forked child gets workers of its own", "[thread-pool][fork]") {
  REQUIRE(ThreadPool::get().reserve(3, false) == TN_OK);
  pid_t child = fork();
  if (child == 0) {
    Counts counts(64);
    countParallel(4, 1, counts);
    _exit(counts.eachIs(1) && ThreadPool::get().workerCount() == 3 ? 0 : 1);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(status == 0);
}

TEST_CASE("there is at least one CPU", "[thread-pool]") {
  CHECK(usableCpus() >= 1);
}
