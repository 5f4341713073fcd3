//===- Arena.cpp - Tests of the plan cache and of growing -----------------===//
#include "core/Arena.h"

#include <catch2/catch.hpp>

#include <cstring>

using namespace tenon::runtime;

static const tn_interval lives[] = {{0, 1}, {1, 2}};

/// Plans two temporaries that live together and returns the first's address.
static char *plan(Arena &arena, int64_t planId, int64_t first, int64_t second) {
  int64_t sizes[] = {first, second};
  void *addresses[2];
  REQUIRE(arena.plan(planId, 2, lives, sizes, addresses) == TN_OK);
  std::memset(addresses[0], 1, first);
  std::memset(addresses[1], 2, second);
  auto *bytes = static_cast<char *>(addresses[0]);
  CHECK((first == 0 || bytes[first - 1] == 1));
  return bytes;
}

TEST_CASE("a plan is packed once per sizes", "[arena]") {
  Arena arena;
  char *address = plan(arena, 0, 100, 200);
  CHECK(plan(arena, 0, 100, 200) == address);
  CHECK(arena.packCount() == 1);
  plan(arena, 0, 64, 64);
  plan(arena, 0, 100, 200);
  CHECK(arena.packCount() == 2);
}

TEST_CASE("the plan cache forgets the oldest", "[arena]") {
  Arena arena;
  for (int i = 0; i < 100; ++i) {
    plan(arena, 0, i, i);
    plan(arena, 0, 1000, 1000); // Stays, as it is used all the time.
  }
  CHECK(arena.packCount() == 101);
  plan(arena, 0, 0, 0);
  CHECK(arena.packCount() == 102);
}

TEST_CASE("plans of different ids do not share memory", "[arena]") {
  Arena arena;
  char *outer = plan(arena, 0, 100, 100);
  char *inner = plan(arena, 1, 100, 100);
  CHECK(outer != inner);
  CHECK(outer[99] == 1);
}

TEST_CASE("growing keeps addresses until the run ends", "[arena]") {
  Arena arena;
  char *small = plan(arena, 0, 64, 64);
  CHECK(arena.bytes() == 128);
  plan(arena, 0, 6400, 6400);
  CHECK(small[63] == 1);
  CHECK(arena.bytes() == 12800);
  arena.endRun();
  plan(arena, 0, 64, 64);
  CHECK(arena.bytes() == 12800);
  arena.endRun();
  // Slowly growing sizes allocate rarely.
  plan(arena, 0, 6400, 6464);
  CHECK(arena.bytes() == 16000);
}

TEST_CASE("empty plans", "[arena]") {
  Arena arena;
  CHECK(arena.plan(0, 0, nullptr, nullptr, nullptr) == TN_OK);
  CHECK(plan(arena, 1, 0, 0) != nullptr);
  CHECK(arena.plan(0, -1, nullptr, nullptr, nullptr) == TN_RUN_FAILED);
}
