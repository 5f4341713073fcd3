//===- EmitHostControlTest.cpp - Branches and loops of host programs ------===//

#include "test/unit/passes/Plan/TestHost.h"
#include <catch2/catch.hpp>

using namespace tenon::plan::test;
using Catch::Contains;
using Values = std::vector<int64_t>;

static const std::string types = "!n = tensor<?xi64, #tn.shape<[n]>>\n"
                                 "!m = tensor<?xi64, #tn.shape<[m]>>\n"
                                 "!m1 = tensor<?xi64, #tn.shape<[m+1]>>\n"
                                 "!r = tensor<?xi64, #tn.shape<[r]>>\n";

/// Keeps the first `k` elements: in, out, k.
static void head(void *const *slots) {
  for (int64_t i = 0; i < scalar(slots, 2); ++i)
    numbers(slots, 1)[i] = numbers(slots, 0)[i];
}

/// out = a + b, count in the scalar.
static void sum(void *const *slots) {
  for (int64_t i = 0; i < scalar(slots, 3); ++i)
    numbers(slots, 2)[i] = numbers(slots, 0)[i] + numbers(slots, 1)[i];
}

/// in [m], out [m+1], m: appends m.
static void grow(void *const *slots) {
  int64_t m = scalar(slots, 2);
  head(slots);
  numbers(slots, 1)[m] = m;
}

TEST_CASE("results of branches", "[Plan]") {
  // Then: a new tensor of n-1 elements; else: the input itself.
  std::string text = types +
                     "!less = tensor<?xi64, #tn.shape<[n-1]>>\n"
                     "func.func @main(%c: !flag, %x: !n) -> (!m, !m, !n) {\n"
                     "%0:2 = tn.if %c attributes {symbols = [\"m\"]} : (!flag) "
                     "-> (!m, !n) {\n" +
                     launch("%1", 0, "%x", "(!n) -> !less", "n-1") +
                     launch("%2", 1, "%x, %x", "(!n, !n) -> !n", "n") +
                     "tn.yield %1, %2 : !less, !n\n} else {\n"
                     "tn.yield %x, %x : !n, !n\n}\n" +
                     launch("%3", 1, "%0#0, %0#0", "(!m, !m) -> !m", "m") +
                     "return %3, %0#0, %0#1 : !m, !m, !n\n}";
  TestHost host(text, {head, sum});
  REQUIRE(host.run({{{}, {1}}, {{3}, {5, 6, 7}}}) == 0);
  CHECK(host.outputs[0].values == Values{10, 12});
  CHECK(host.outputs[1].values == Values{5, 6});
  CHECK(host.outputs[2].values == Values{10, 12, 14});
  REQUIRE(host.run({{{}, {0}}, {{3}, {5, 6, 7}}}) == 0);
  CHECK(host.outputs[0].values == Values{10, 12, 14});
  CHECK(host.outputs[1].values == Values{5, 6, 7});
  CHECK(host.outputs[2].values == Values{5, 6, 7});
  // The branch that is not taken may be meaningless.
  REQUIRE(host.run({{{}, {0}}, {{0}, {}}}) == 0);
  CHECK(host.run({{{}, {1}}, {{0}, {}}}) == 5);
  CHECK_THAT(host.message, Contains("size n-1 is -1"));
}

TEST_CASE("a check ends the run", "[Plan]") {
  TestHost host("func.func @main(%c: !flag) -> !flag {\n"
                "tn.check %c, \"100%% must hold\" : !flag\n"
                "return %c : !flag\n}",
                {});
  CHECK(host.run({{{}, {1}}}) == 0);
  CHECK(host.run({{{}, {0}}}) != 0);
  CHECK_THAT(host.message, Contains("must hold"));
}

TEST_CASE("memory of branches is released", "[Plan]") {
  // A result on the heap, yielded twice, and one that stays in the branch.
  std::string text =
      types +
      "func.func @main(%c: !flag, %k: tensor<1xi64>, %x: !n) -> !r {\n"
      "tn.bind %k [\"r\"] : tensor<1xi64>\n" +
      launch("%s", 0, "%x", "(!n) -> !r", "r") +
      "%0:3 = tn.if %c : (!flag) -> (!r, !r, !r) {\n" +
      launch("%1", 1, "%s, %s", "(!r, !r) -> !r", "r") +
      launch("%2", 1, "%1, %s", "(!r, !r) -> !r", "r") +
      "tn.yield %2, %2, %s : !r, !r, !r\n} else {\n"
      "tn.yield %s, %s, %s : !r, !r, !r\n}\n" +
      launch("%3", 1, "%0#0, %0#1", "(!r, !r) -> !r", "r") +
      launch("%4", 1, "%3, %0#2", "(!r, !r) -> !r", "r") + "return %4 : !r\n}";
  TestHost host(text, {head, sum});
  REQUIRE(host.run({{{}, {1}}, {{1}, {2}}, {{3}, {1, 10, 100}}}) == 0);
  CHECK(host.outputs[0].values == Values{7, 70});
  CHECK(host.leaked == 0);
  REQUIRE(host.run({{{}, {0}}, {{1}, {2}}, {{3}, {1, 10, 100}}}) == 0);
  CHECK(host.outputs[0].values == Values{3, 30});
  CHECK(host.leaked == 0);
}

TEST_CASE("carried values change places", "[Plan]") {
  // (a, b) -> (b, a + b) at most `trip` times, while c.
  std::string text =
      types +
      "func.func @main(%trip: !scalar, %c: !flag, %a: !n, %b: !n) -> (!n, !n) "
      "{\n"
      "%0:2 = tn.loop count %trip : !scalar while %c : !flag (%a, %b) : (!n, "
      "!n) -> (!n, !n) {\n^bb0(%i: !scalar, %go: !flag, %p: !n, %q: !n):\n" +
      launch("%1", 0, "%p, %q", "(!n, !n) -> !n", "n") +
      launch("%2", 1, "%1", "(!n) -> !flag") +
      "tn.yield %2, %q, %1 : !flag, !n, !n\n}\n"
      "return %0#0, %0#1 : !n, !n\n}";
  Kernel below50 = [](void *const *slots) {
    *static_cast<char *>(slots[1]) = numbers(slots, 0)[0] < 50;
  };
  TestHost host(text, {sum, below50});
  auto run = [&](int64_t trip, int64_t condition) {
    REQUIRE(
        host.run(
            {{{}, {trip}}, {{}, {condition}}, {{2}, {0, 1}}, {{2}, {1, 1}}}) ==
        0);
    CHECK(host.leaked == 0);
    CHECK(host.mostAlive <= 3);
    return host.outputs[1].values;
  };
  CHECK(run(0, 1) == Values{1, 1});
  CHECK(run(5, 0) == Values{1, 1});
  CHECK(run(1, 1) == Values{1, 2});
  CHECK(run(6, 1) == Values{13, 21});
  CHECK(run(INT64_MAX, 1) == Values{55, 89});
  CHECK(host.outputs[0].values == Values{34, 55});
}

TEST_CASE("carried values swap, repeat and stay", "[Plan]") {
  std::string text =
      types +
      "func.func @main(%trip: !scalar, %a: !n, %b: !n) -> (!n, !n, !n, !n, "
      "!scalar) {\n%zero = tn.constant dense<0> : tensor<i64>\n"
      "%0:5 = tn.loop count %trip : !scalar (%a, %b, %a, %b, %zero) : (!n, !n, "
      "!n, !n, !scalar) -> (!n, !n, !n, !n, !scalar) {\n"
      "^bb0(%i: !scalar, %go: !flag, %p: !n, %q: !n, %s: !n, %t: !n, %l: "
      "!scalar):\n" +
      launch("%1", 0, "%s, %q", "(!n, !n) -> !n", "n") +
      "tn.yield %go, %q, %p, %1, %1, %i : !flag, !n, !n, !n, !n, !scalar\n}\n"
      "return %0#0, %0#1, %0#2, %0#3, %0#4 : !n, !n, !n, !n, !scalar\n}";
  TestHost host(text, {sum});
  REQUIRE(host.run({{{}, {3}}, {{1}, {2}}, {{1}, {7}}}) == 0);
  CHECK(host.outputs[0].values == Values{7});
  CHECK(host.outputs[1].values == Values{2});
  CHECK(host.outputs[2].values == Values{2 + 7 + 2 + 7});
  CHECK(host.outputs[3] == host.outputs[2]);
  CHECK(host.outputs[4].values == Values{2});
  CHECK(host.leaked == 0);
}

/// Starts with n elements and appends one per round; scans the old ones' sum
/// pairs [2] along `axis`.
static std::string growingLoop(const std::string &condition,
                               const std::string &attributes,
                               const std::string &scanType) {
  return types + "!pair = tensor<2xi64>\n!scan = " + scanType +
         "\nfunc.func @main(%trip: !scalar, %c: !flag, %x: !n) -> (!r, !scan) "
         "{\n%0:2 = tn.loop count %trip : !scalar " +
         condition + " (%x) attributes {symbols = [\"m\", \"r\", \"t\"]" +
         attributes +
         "} : (!n) -> (!r, !scan) {\n"
         "^bb0(%i: !scalar, %go: !flag, %s: !m):\n" +
         launch("%1", 0, "%s", "(!m) -> !m1", "m") +
         launch("%2, %3", 1, "%1, %i", "(!m1, !scalar) -> (!pair, !flag)",
                "m") +
         "tn.yield " + (condition.empty() ? "%go" : "%3") +
         ", %1, %2 : !flag, !m1, !pair\n}\n"
         "return %0#0, %0#1 : !r, !scan\n}";
}

/// in [m+1], round -> [last, round], last < 6; m
static void describe(void *const *slots) {
  int64_t last = numbers(slots, 0)[scalar(slots, 4)];
  numbers(slots, 2)[0] = last;
  numbers(slots, 2)[1] = numbers(slots, 1)[0];
  *static_cast<char *>(slots[3]) = last < 6;
}

TEST_CASE("carried values grow and outputs are stacked", "[Plan]") {
  std::string stacked = "tensor<?x2xi64, #tn.shape<[t, 2]>>";
  SECTION("while a condition holds") {
    TestHost host(growingLoop("while %c : !flag", "", stacked),
                  {grow, describe});
    REQUIRE(host.run({{{}, {INT64_MAX}}, {{}, {1}}, {{2}, {8, 9}}}) == 0);
    CHECK(host.outputs[0] == Numbers{{7}, {8, 9, 2, 3, 4, 5, 6}});
    CHECK(host.outputs[1] == Numbers{{5, 2}, {2, 0, 3, 1, 4, 2, 5, 3, 6, 4}});
    CHECK(host.leaked == 0);
    CHECK(host.mostAlive <= 4);
    REQUIRE(host.run({{{}, {3}}, {{}, {0}}, {{2}, {8, 9}}}) == 0);
    CHECK(host.outputs[0] == Numbers{{2}, {8, 9}});
    CHECK(host.outputs[1] == Numbers{{0, 2}, {}});
    CHECK(host.leaked == 0);
  }
  SECTION("a known number of times: the output is allocated once") {
    TestHost host(growingLoop("", "", stacked), {grow, describe});
    REQUIRE(host.run({{{}, {3}}, {{}, {0}}, {{0}, {}}}) == 0);
    CHECK(host.outputs[0] == Numbers{{3}, {0, 1, 2}});
    CHECK(host.outputs[1] == Numbers{{3, 2}, {0, 0, 1, 1, 2, 2}});
    CHECK(host.allocations == 1 + 3);
    CHECK(host.leaked == 0);
    REQUIRE(host.run({{{}, {0}}, {{}, {0}}, {{1}, {4}}}) == 0);
    CHECK(host.outputs[0] == Numbers{{1}, {4}});
  }
  SECTION("along another axis, backwards") {
    TestHost host(growingLoop("",
                              ", scan_axes = array<i64: 1>, scan_reverse = "
                              "array<i1: true>",
                              "tensor<2x?xi64, #tn.shape<[2, t]>>"),
                  {grow, describe});
    REQUIRE(host.run({{{}, {3}}, {{}, {0}}, {{0}, {}}}) == 0);
    CHECK(host.outputs[1] == Numbers{{2, 3}, {2, 1, 0, 2, 1, 0}});
    CHECK(host.leaked == 0);
  }
  SECTION("a promised number of rounds is checked") {
    TestHost host(growingLoop("", "", "tensor<4x2xi64>"), {grow, describe});
    CHECK(host.run({{{}, {4}}, {{}, {0}}, {{0}, {}}}) == 0);
    CHECK(host.run({{{}, {3}}, {{}, {0}}, {{0}, {}}}) == 5);
    CHECK_THAT(host.message,
               Contains("after 3 rounds, but a scan output has 4"));
  }
}

TEST_CASE("loops and branches nest, and see outer values", "[Plan]") {
  // Each outer round runs the inner loop `round` times from the carried value;
  // inner rounds add x, or keep the value if the flag is off.
  std::string text =
      types +
      "func.func @main(%trip: !scalar, %c: !flag, %k: tensor<1xi64>, %x: !n) "
      "-> !r {\ntn.bind %k [\"r\"] : tensor<1xi64>\n" +
      launch("%s", 0, "%x", "(!n) -> !r", "r") +
      "%0 = tn.loop count %trip : !scalar (%s) : (!r) -> !r {\n"
      "^bb0(%i: !scalar, %go: !flag, %p: !r):\n"
      "%1:2 = tn.loop count %i : !scalar (%p, %s) : (!r, !r) -> (!r, !r) {\n"
      "^bb0(%j: !scalar, %go2: !flag, %q: !r, %w: !r):\n"
      "%2 = tn.if %c : (!flag) -> !r {\n" +
      launch("%3", 1, "%q, %s", "(!r, !r) -> !r", "r") +
      "tn.yield %3 : !r\n} else {\ntn.yield %q : !r\n}\n"
      "tn.yield %go2, %2, %s : !flag, !r, !r\n}\n" +
      launch("%4", 1, "%1#0, %1#1", "(!r, !r) -> !r", "r") +
      "tn.yield %go, %4 : !flag, !r\n}\n"
      "return %0 : !r\n}";
  TestHost host(text, {head, sum});
  auto run = [&](int64_t trip, int64_t condition) {
    REQUIRE(host.run({{{}, {trip}},
                      {{}, {condition}},
                      {{1}, {2}},
                      {{3}, {1, 10, 100}}}) == 0);
    CHECK(host.leaked == 0);
    CHECK(host.mostAlive <= 5);
    return host.outputs[0].values;
  };
  CHECK(run(0, 1) == Values{1, 10});
  CHECK(run(1, 1) == Values{2, 20});
  // Rounds add 0 + 1, 1 + 1, 2 + 1, 3 + 1 times s.
  CHECK(run(4, 1) == Values{11, 110});
  CHECK(run(4, 0) == Values{5, 50});
  CHECK(run(100, 0) == Values{101, 1010});
}
