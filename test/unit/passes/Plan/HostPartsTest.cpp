//===- HostPartsTest.cpp - Host programs of several functions -------------===//

#include "test/unit/passes/Plan/TestHost.h"
#include <catch2/catch.hpp>

using namespace tenon::plan::test;
using Catch::Contains;
using Values = std::vector<int64_t>;

/// out = a + b, count in the scalar.
static void sum(void *const *slots) {
  for (int64_t i = 0; i < scalar(slots, 3); ++i)
    numbers(slots, 2)[i] = numbers(slots, 0)[i] + numbers(slots, 1)[i];
}

/// `count` launches, each adding %x to the one before; %PREFIX0 is given.
static std::string additions(const std::string &prefix, int count) {
  std::string text;
  for (int i = 0; i < count; ++i)
    text += launch("%" + prefix + std::to_string(i + 1), 0,
                   "%" + prefix + std::to_string(i) + ", %x", "(!n, !n) -> !n",
                   "n");
  return text;
}

TEST_CASE("a program of many launches", "[Plan]") {
  // The size is bound, a value and memory of the heap are made in the first
  // part; all are used in the last one. A branch is in between.
  std::string text =
      "!r = tensor<?xi64, #tn.shape<[r]>>\n"
      "!n = tensor<?xi64, #tn.shape<[n]>>\n"
      "func.func @main(%k: tensor<1xi64>, %x: !n, %c: !flag) -> (!n, "
      "!r) {\ntn.bind %k [\"r\"] : tensor<1xi64>\n" +
      launch("%early", 0, "%x, %x", "(!n, !n) -> !r", "r") +
      launch("%a0", 0, "%x, %x", "(!n, !n) -> !n", "n") + additions("a", 400) +
      "%b0 = tn.if %c : (!flag) -> !n {\n" +
      launch("%t", 0, "%a400, %a1", "(!n, !n) -> !n", "n") +
      "tn.yield %t : !n\n} else {\ntn.yield %a400 : !n\n}\n" +
      additions("b", 400) + "tn.check %c, \"the flag is off\" : !flag\n" +
      launch("%late", 0, "%early, %early", "(!r, !r) -> !r", "r") +
      "return %b400, %late : !n, !r\n}";
  TestHost host(text, {sum});
  REQUIRE(host.run({{{1}, {2}}, {{3}, {1, 10, 100}}, {{}, {1}}}) == 0);
  CHECK(host.outputs[0].values == Values{805, 8050, 80500});
  CHECK(host.outputs[1].values == Values{4, 40});
  CHECK(host.leaked == 0);
  SECTION("a failure in a late part ends the run") {
    CHECK(host.run({{{1}, {2}}, {{3}, {1, 10, 100}}, {{}, {0}}}) != 0);
    CHECK_THAT(host.message, Contains("the flag is off"));
  }
}
