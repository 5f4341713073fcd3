//===- EmitHostCallTest.cpp - Functions of host programs ------------------===//

#include "test/unit/passes/Plan/TestHost.h"
#include <catch2/catch.hpp>

using namespace tenon::plan::test;
using Values = std::vector<int64_t>;

static const std::string types = "!n = tensor<?xi64, #tn.shape<[n]>>\n"
                                 "!n2 = tensor<?xi64, #tn.shape<[2*n]>>\n";

/// out = a + b, count in the scalar.
static void sum(void *const *slots) {
  for (int64_t i = 0; i < scalar(slots, 3); ++i)
    numbers(slots, 2)[i] = numbers(slots, 0)[i] + numbers(slots, 1)[i];
}

/// out = a + 1, count in the scalar.
static void increment(void *const *slots) {
  for (int64_t i = 0; i < scalar(slots, 2); ++i)
    numbers(slots, 1)[i] = numbers(slots, 0)[i] + 1;
}

/// f(x) = (2 (x + 1), x + 1), with a temporary of its own.
static std::string functionF() {
  return "func.func private @f(%x: !n) -> (!n, !n, !n) attributes {tn.name = "
         "\"F\"} {\n" +
         launch("%1", 1, "%x", "(!n) -> !n", "n") +
         launch("%2", 0, "%1, %1", "(!n, !n) -> !n", "n") +
         launch("%3", 0, "%2, %1", "(!n, !n) -> !n", "n") +
         "return %3, %1, %x : !n, !n, !n\n}\n";
}

TEST_CASE("a function may be called twice and return its argument", "[Plan]") {
  std::string text =
      types + functionF() +
      "func.func @main(%x: !n) -> (!n, !n, !n) {\n"
      "%0:3 = call @f(%x) : (!n) -> (!n, !n, !n) loc(\"one\")\n"
      "%1:3 = call @f(%0#1) : (!n) -> (!n, !n, !n) loc(\"two\")\n" +
      launch("%2", 0, "%0#0, %1#0", "(!n, !n) -> !n", "n") +
      "return %2, %1#1, %1#2 : !n, !n, !n\n}";
  TestHost host(text, {sum, increment});
  REQUIRE(host.run({{{2}, {10, 20}}}) == 0);
  CHECK(host.launches == 7);
  // 3 (x + 1) + 3 (x + 2)
  CHECK(host.outputs[0].values == Values{69, 129});
  CHECK(host.outputs[1].values == Values{12, 22});
  CHECK(host.outputs[2].values == Values{11, 21});
  CHECK(host.leaked == 0);
  REQUIRE(host.program.regions.size() == 2);
  CHECK(host.program.regions[0].name == "one");
  CHECK(host.program.regions[1].function == "F");
  // A failure inside of a function is the run's.
  host.failAtLaunch = 4;
  CHECK(host.run({{{2}, {10, 20}}}) == 7);
}

TEST_CASE("functions call functions, in loops too", "[Plan]") {
  std::string text =
      types + functionF() +
      "func.func private @g(%x: !n) -> !n {\n"
      "%0:3 = call @f(%x) : (!n) -> (!n, !n, !n)\n"
      "%1:3 = call @f(%0#1) : (!n) -> (!n, !n, !n)\n"
      "return %1#1 : !n\n}\n"
      "func.func @main(%k: !scalar, %x: !n) -> !n {\n"
      "%0 = tn.loop count %k : !scalar (%x) attributes {symbols = []} "
      ": (!n) -> !n {\n"
      "^bb0(%i: !scalar, %go: !flag, %state: !n):\n"
      "%1 = func.call @g(%state) : (!n) -> !n loc(\"step\")\n"
      "tn.yield %go, %1 : !flag, !n\n} loc(\"loop\")\n"
      "return %0 : !n\n}";
  TestHost host(text, {sum, increment});
  REQUIRE(host.run({{{}, {5}}, {{3}, {1, 2, 3}}}) == 0);
  CHECK(host.outputs[0].values == Values{11, 12, 13});
  CHECK(host.leaked == 0);
  CHECK(host.entered ==
        std::map<std::string, int64_t>{{"loop", 5}, {"step", 5}, {"", 10}});
  CHECK(host.open == 0);
}

TEST_CASE("a function gets symbols that no argument has", "[Plan]") {
  std::string text = types + "func.func private @h(%x: !n2) -> !n2 {\n" +
                     launch("%1", 1, "%x", "(!n2) -> !n2", "2*n") +
                     "return %1 : !n2\n}\n"
                     "func.func @main(%x: !n, %y: !n2) -> !n2 {\n"
                     "%0 = call @h(%y) : (!n2) -> !n2\n"
                     "%1 = call @h(%0) : (!n2) -> !n2\n"
                     "return %1 : !n2\n}";
  TestHost host(text, {sum, increment});
  REQUIRE(host.run({{{1}, {0}}, {{2}, {4, 5}}}) == 0);
  CHECK(host.outputs[0].values == Values{6, 7});
}
