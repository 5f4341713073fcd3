//===- PackArenaTest.cpp - Slots never overlap, and pack well -------------===//

#include "passes/Plan/PackArena.h"
#include <catch2/catch.hpp>
#include <map>
#include <random>

using namespace tenon;
using namespace tenon::plan;

static ArenaSlot slot(mlir::MLIRContext &context, int64_t bytes, int32_t first,
                      int32_t last) {
  return {tn::constantExpr(&context, bytes), first, last};
}

TEST_CASE("random slots are packed", "[Plan]") {
  mlir::MLIRContext context;
  context.loadDialect<tn::TnDialect>();
  std::mt19937 random(2);
  for (int trial = 0; trial < 50; ++trial) {
    Arena arena;
    std::map<int32_t, int64_t> alive;
    for (int32_t step = 0; step < 60; ++step) {
      int64_t bytes = 1 + random() % 10000;
      int32_t last = step + random() % 6;
      arena.slots.push_back(slot(context, bytes, step, last));
      for (int32_t s = step; s <= last; ++s)
        alive[s] += (bytes + 63) / 64 * 64;
    }
    packArena(arena);
    REQUIRE(arena.bytes);
    int64_t bound = 0;
    for (auto [step, bytes] : alive)
      bound = std::max(bound, bytes);
    CHECK(*arena.bytes <= bound * 5 / 4);
    for (const ArenaSlot &a : arena.slots) {
      REQUIRE(a.offset % 64 == 0);
      REQUIRE(a.offset + a.bytes.getValue() <= *arena.bytes);
      for (const ArenaSlot &b : arena.slots) {
        bool meet = &a != &b && a.first <= b.last && b.first <= a.last;
        REQUIRE((!meet || a.offset + a.bytes.getValue() <= b.offset ||
                 b.offset + b.bytes.getValue() <= a.offset));
      }
    }
  }
}

TEST_CASE("sizes that are unknown or absurd are left to the runtime",
          "[Plan]") {
  mlir::MLIRContext context;
  context.loadDialect<tn::TnDialect>();
  Arena arena;
  packArena(arena);
  CHECK(arena.bytes == 0);
  arena = {};
  arena.slots.push_back({tn::symbolExpr(&context, "n"), 0, 1});
  packArena(arena);
  CHECK(!arena.bytes);
  arena = {};
  for (int i = 0; i < 4; ++i)
    arena.slots.push_back(slot(context, int64_t(1) << 61, i, i));
  packArena(arena);
  CHECK(!arena.bytes);
}
