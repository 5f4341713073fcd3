//===- Launch.cpp - Tests of splitting and taking tiles -------------------===//
#include "cpu/Launch.h"

#include <catch2/catch.hpp>

#include <thread>
#include <vector>

using namespace tenon::runtime;
using Tiles = std::vector<int64_t>;

static void note(void *const *args, int64_t first, int64_t last) {
  for (int64_t i = first; i < last; ++i)
    static_cast<Tiles *>(args[0])->push_back(i);
}

TEST_CASE("a thread computes its own tiles, then those of others, from their "
          "end",
          "[launch]") {
  Tiles tiles;
  void *args[] = {&tiles};
  Work work{note, args, 8, 1};
  Launch launch(work, 2);
  launch.compute(1);
  CHECK(tiles == Tiles{4, 5, 6, 7, 2, 3, 1, 0});
  launch.compute(0);
  CHECK(tiles.size() == 8);
}

TEST_CASE("a block has at least the grain", "[launch]") {
  Tiles tiles;
  void *args[] = {&tiles};
  Work work{note, args, 11, 3};
  Launch launch(work, 3);
  launch.compute(2);
  CHECK(tiles == Tiles{6, 7, 8, 9, 10, 0, 1, 2, 3, 4, 5});
}

TEST_CASE("tiles beyond 32 bits", "[launch]") {
  int64_t sum = 0;
  void *args[] = {&sum};
  auto add = [](void *const *args, int64_t first, int64_t last) {
    *static_cast<int64_t *>(args[0]) += last - first;
  };
  Work work{add, args, (int64_t(1) << 40) + 5, 1};
  Launch launch(work, 3);
  launch.compute(1);
  CHECK(sum == work.tiles);
}

TEST_CASE("nobody waits for a thread that is late", "[launch]") {
  // The first tile of thread 1 ends when all tiles but its batch are done.
  std::atomic<int> done{0};
  void *args[] = {&done};
  auto wait = [](void *const *args, int64_t first, int64_t last) {
    auto &done = *static_cast<std::atomic<int> *>(args[0]);
    while (first == 8 && done < 12)
      std::this_thread::yield();
    done += last - first;
  };
  Work work{wait, args, 16, 1};
  Launch launch(work, 2);
  std::atomic<bool> begun{false};
  std::thread late([&] {
    begun = true;
    launch.compute(1);
  });
  while (!begun)
    std::this_thread::yield();
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  launch.compute(0);
  late.join();
  CHECK(done == 16);
}
