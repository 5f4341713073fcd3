//===- EmitHostTest.cpp - Straight-line host programs run -----------------===//

#include "test/unit/passes/Plan/TestHost.h"
#include <catch2/catch.hpp>

using namespace tenon::plan::test;
using Catch::Contains;

static const std::string vectorTypes =
    "!n = tensor<?xi64, #tn.shape<[n]>>\n"
    "!two = tensor<2xi64>\n!one = tensor<1xi64>\n";

/// out = in + 1, count in the scalar.
static void increment(void *const *slots) {
  for (int64_t i = 0; i < scalar(slots, 2); ++i)
    numbers(slots, 1)[i] = numbers(slots, 0)[i] + 1;
}

TEST_CASE("outputs are written by kernels or copied", "[Plan]") {
  std::string text = vectorTypes +
                     "func.func @main(%x: !n) -> (!n, !n, !n, !two, !n) {\n" +
                     launch("%0", 0, "%x", "(!n) -> !n", "n", "n") +
                     launch("%1", 0, "%0", "(!n) -> !n", "n", "n") +
                     "%c = tn.constant dense<[7, 9]> : tensor<2xi64>\n"
                     "return %1, %x, %0, %c, %1 : !n, !n, !n, !two, !n\n}";
  TestHost host(text, {increment});
  CHECK(host.program.inputSymbols == 1);
  CHECK(host.program.weights.bytes == 16);
  std::vector<int64_t> x(67);
  for (int64_t i = 0; i < 67; ++i)
    x[i] = i * i;
  REQUIRE(host.run({{{67}, x}}) == 0);
  CHECK(host.outputs[1].values == x);
  CHECK(host.outputs[0].values[66] == 66 * 66 + 2);
  CHECK(host.outputs[2].values[66] == 66 * 66 + 1);
  CHECK(host.outputs[3].values == std::vector<int64_t>{7, 9});
  CHECK(host.outputs[4] == host.outputs[0]);
  CHECK(host.launches == 2);
  // No elements: no tiles, but outputs all the same.
  REQUIRE(host.run({{{0}, {}}}) == 0);
  CHECK(host.outputs[0].dims == std::vector<int64_t>{0});
}

TEST_CASE("an empty constant hides none at its place", "[Plan]") {
  TestHost host("func.func @main() -> (tensor<0xi64>, tensor<2xi64>) {\n"
                "%e = tn.constant dense<> : tensor<0xi64>\n"
                "%c = tn.constant dense<[7, 9]> : tensor<2xi64>\n"
                "return %e, %c : tensor<0xi64>, tensor<2xi64> }");
  REQUIRE(host.run({}) == 0);
  CHECK(host.outputs[0] == Numbers{{0}, {}});
  CHECK(host.outputs[1] == Numbers{{2}, {7, 9}});
}

TEST_CASE("a failed launch ends the run with its status", "[Plan]") {
  std::string text = vectorTypes + "func.func @main(%x: !n) -> !n {\n" +
                     launch("%0", 0, "%x", "(!n) -> !n", "n") +
                     launch("%1", 0, "%0", "(!n) -> !n", "n") +
                     "return %1 : !n\n}";
  TestHost host(text, {increment});
  host.failAtLaunch = 0;
  CHECK(host.run({{{2}, {1, 2}}}) == 7);
  CHECK(host.launches == 1);
}

TEST_CASE("expressions are values and tensors", "[Plan]") {
  std::string text =
      "!t = tensor<9xi64>\n!nm = tensor<?x?xi64, #tn.shape<[n, m]>>\n"
      "func.func @main(%x: !nm) -> (!t, tensor<1xi32>) {\n"
      "%0 = tn.expr <[n+m, 3*n*m+1, floordiv(n-7, 3), ceildiv(n-7, 3), "
      "mod(n-7, 3), min(n, m), max(n, 2*m), floordiv(n, m), mod(n-9, m)]> : "
      "!t\n"
      "%1 = tn.expr <[n-m]> : tensor<1xi32>\n"
      "return %0, %1 : !t, tensor<1xi32>\n}";
  TestHost host(text);
  for (int64_t n : {0, 1, 5, 12})
    for (int64_t m : {1, 2, 7}) {
      REQUIRE(host.run({{{n, m}, std::vector<int64_t>(n * m)}}) == 0);
      auto floored = [](int64_t a, int64_t b) {
        return a >= 0 ? a / b : -((-a + b - 1) / b);
      };
      int64_t f = floored(n - 7, 3), c = -floored(7 - n, 3);
      CHECK(host.outputs[0].values ==
            std::vector<int64_t>{n + m, 3 * n * m + 1, f, c, n - 7 - 3 * f,
                                 std::min(n, m), std::max(n, 2 * m), n / m,
                                 n - 9 - m * floored(n - 9, m)});
      CHECK(int32_t(host.outputs[1].values[0]) == n - m);
    }
}

TEST_CASE("data-dependent sizes", "[Plan]") {
  std::string text =
      "!k = tensor<?xi64, #tn.shape<[k]>>\n"
      "func.func @main(%x: tensor<1xi32>) -> !k {\n"
      "tn.bind %x [\"k\"] : tensor<1xi32> loc(\"a 100% node\")\n" +
      launch("%0", 0, "", "() -> !k", "k") +
      launch("%1", 1, "%0", "(!k) -> !k", "k") + "return %1 : !k\n}";
  Kernel count = [](void *const *slots) {
    for (int64_t i = 0; i < scalar(slots, 1); ++i)
      numbers(slots, 0)[i] = i;
  };
  TestHost host(text, {count, increment});
  REQUIRE(host.run({{{1}, {4}}}) == 0);
  CHECK(host.outputs[0].values == std::vector<int64_t>{1, 2, 3, 4});
  CHECK(host.leaked == 0);
  CHECK(host.allocations == 1);
  CHECK(host.run({{{1}, {-3}}}) == 5);
  CHECK_THAT(host.message, Contains("node \"a 100%% node\": size \"k\" is -3"));
}

TEST_CASE("sizes that overflow are refused", "[Plan]") {
  std::string text = "!k = tensor<?x?x8xi64, #tn.shape<[k, k, 8]>>\n"
                     "func.func @main(%x: tensor<1xi64>) -> !k {\n"
                     "tn.bind %x [\"k\"] : tensor<1xi64>\n" +
                     launch("%0", 0, "", "() -> !k", "k") +
                     launch("%1", 0, "%0", "(!k) -> !k", "k") +
                     "return %1 : !k\n}";
  TestHost host(text, {[](void *const *) {}});
  CHECK(host.run({{{1}, {0}}}) == 0);
  // k * k * 64 is 0 modulo 2^64.
  CHECK(host.run({{{1}, {int64_t(1) << 32}}}) == 12);
  CHECK(host.launches == 0);
}

TEST_CASE("what cannot be proved is checked", "[Plan]") {
  std::string types = "!x = tensor<?x?xi64, #tn.shape<[n, m]>>\n"
                      "!b = tensor<?xi64, #tn.shape<[broadcast(m, n)]>>\n"
                      "!s = tensor<?xi64, #tn.shape<[n-2]>>\n"
                      "!r = tensor<?x3xi64, #tn.shape<[m, 3]>>\n"
                      "!n = tensor<?xi64, #tn.shape<[n]>>\n";
  SECTION("broadcasts") {
    TestHost host(types + "func.func @main(%x: !x) -> !b {\n" +
                      launch("%0", 0, "", "() -> !b") + "return %0 : !b\n}",
                  {[](void *const *) {}});
    CHECK(host.run({{{1, 4}, {}}}) == 0);
    CHECK(host.outputs[0].dims == std::vector<int64_t>{4});
    CHECK(host.run({{{3, 4}, {}}}) == 5);
    CHECK_THAT(host.message, Contains("= 4 and n = 3 do not broadcast"));
  }
  SECTION("operands that do not fit together") {
    TestHost host(
        types +
            "!l = tensor<?x?xi64, #tn.shape<[n, m]>>\n"
            "!c = tensor<?x?xi64, #tn.shape<[p, q]>>\n"
            "!o = tensor<?x?xi64, #tn.shape<[n, q]>>\n"
            "func.func @main(%x: !l, %y: !c) -> !o {\n"
            "%0 = tn.fusion(%x, %y) attributes {index = 0 : i64,"
            " args = #tn.shape<[]>, tiles = #tn.expr<1>, grain = 1 : i64,"
            " flops = #tn.expr<0>, bytes = #tn.expr<0>} : (!l, !c) -> !o {\n"
            "^bb0(%a: !l, %b: !c):\n"
            "%r = tn.matmul %a, %b : (!l, !c) -> !o\ntn.yield %r : !o\n}\n"
            "return %0 : !o\n}",
        {[](void *const *) {}});
    CHECK(host.run({{{2, 3}, {}}, {{3, 5}, {}}}) == 0);
    CHECK(host.run({{{2, 3}, {}}, {{4, 5}, {}}}) == 5);
    CHECK_THAT(host.message, Contains("size m = 3 differs from p = 4"));
  }
  SECTION("negative sizes") {
    TestHost host(types + "func.func @main(%x: !x) -> !s {\n" +
                      launch("%0", 0, "", "() -> !s") +
                      launch("%1", 0, "%0", "(!s) -> !s") + "return %1 : !s\n}",
                  {[](void *const *) {}});
    CHECK(host.run({{{2, 1}, {}}}) == 0);
    CHECK(host.run({{{1, 1}, {}}}) == 5);
    CHECK_THAT(host.message, Contains("size n-2 is -1"));
  }
  SECTION("reshapes") {
    TestHost host(types + "func.func @main(%x: !x) -> !r {\n" +
                      launch("%0", 0, "", "() -> !n") +
                      "%1 = tn.reshape %0 : (!n) -> !r\nreturn %1 : !r\n}",
                  {[](void *const *) {}});
    CHECK(host.run({{{6, 2}, {}}}) == 0);
    CHECK(host.run({{{7, 2}, {}}}) == 5);
    CHECK_THAT(
        host.message,
        Contains("7 elements cannot be reshaped to [m, 3], which has 6"));
  }
}
