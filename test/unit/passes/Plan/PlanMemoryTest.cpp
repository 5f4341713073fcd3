//===- PlanMemoryTest.cpp - Random graphs keep their values ---------------===//
//
// Kernels of a random graph either add elementwise (which may be in place) or
// reverse; the outputs are those of a direct evaluation, whatever the plan did.
//
//===----------------------------------------------------------------------===//

#include "test/unit/passes/Plan/TestHost.h"
#include <catch2/catch.hpp>
#include <random>

using namespace tenon::plan::test;
using Values = std::vector<int64_t>;

namespace {
struct Node {
  bool isReverse;
  int a, b; ///< earlier values; 0 is the input
};
} // namespace

static std::vector<Node> randomNodes(std::mt19937 &random, int count) {
  std::vector<Node> nodes;
  for (int i = 1; i <= count; ++i) {
    auto pick = [&] { return std::max(0, i - 1 - int(random() % 4)); };
    nodes.push_back({random() % 3 == 0, pick(), pick()});
  }
  return nodes;
}

static std::string textOf(const std::vector<Node> &nodes,
                          const std::vector<int> &results,
                          const std::string &type) {
  std::string t = "!t",
              text = "!t = " + type + "\nfunc.func @main(%v0: !t) -> (";
  for (size_t i = 0; i < results.size(); ++i)
    text += i ? ", !t" : "!t";
  text += ") {\n";
  int index = 1;
  for (const Node &node : nodes) {
    std::string operands =
        "%v" + std::to_string(node.a) + ", %v" + std::to_string(node.b);
    text += "%v" + std::to_string(index++) + " = tn.fusion(" + operands +
            ") schedule <loop, lanes = 1, tile = [1, 1]> attributes {index = " +
            (node.isReverse ? "1" : "0") +
            " : i64, args = #tn.shape<[]>, tiles = #tn.expr<1>, grain = 1 : "
            "i64, flops = #tn.expr<0>, bytes = #tn.expr<0>} : (!t, !t) -> !t "
            "{\n^bb0(%a: !t, %b: !t):\n";
    if (node.isReverse)
      text += "%s = tn.transpose %a {permutation = array<i64: 1, 0>} : (!t) -> "
              "!t\n%r = tn.add %s, %b : (!t, !t) -> !t\n";
    else
      text += "%r = tn.add %a, %b : (!t, !t) -> !t\n";
    text += "tn.yield %r : !t\n}\n";
  }
  text += "return ";
  for (auto [i, result] : llvm::enumerate(results))
    text += (i ? ", %v" : "%v") + std::to_string(result);
  text += " : !t";
  for (size_t i = 1; i < results.size(); ++i)
    text += ", !t";
  return text + "\n}";
}

static constexpr int64_t side = 4, elements = side * side;

static int64_t transposed(int64_t i) { return i % side * side + i / side; }

static Values evaluate(const Node &node, const Values &a, const Values &b) {
  Values result(elements);
  for (int64_t i = 0; i < elements; ++i)
    result[i] = a[node.isReverse ? transposed(i) : i] + b[i];
  return result;
}

TEST_CASE("random graphs keep their values", "[Plan]") {
  Kernel add = [](void *const *slots) {
    for (int64_t i = 0; i < elements; ++i)
      numbers(slots, 2)[i] = numbers(slots, 0)[i] + numbers(slots, 1)[i];
  };
  Kernel reverse = [](void *const *slots) {
    for (int64_t i = 0; i < elements; ++i)
      numbers(slots, 2)[i] =
          numbers(slots, 0)[transposed(i)] + numbers(slots, 1)[i];
  };
  std::mt19937 random(1);
  bool reused = false;
  for (int trial = 0; trial < 40; ++trial) {
    std::vector<Node> nodes = randomNodes(random, 4 + random() % 40);
    std::vector<int> results = {int(nodes.size())};
    for (int i = random() % 3; i > 0; --i)
      results.push_back(random() % (nodes.size() + 1));
    std::string type =
        trial % 2 ? "tensor<4x4xi64>" : "tensor<?x?xi64, #tn.shape<[n, n]>>";
    TestHost host(textOf(nodes, results, type), {add, reverse});
    Values input(elements);
    for (int64_t &value : input)
      value = random() % 1000;
    std::vector<Values> values = {input};
    for (const Node &node : nodes)
      values.push_back(evaluate(node, values[node.a], values[node.b]));
    REQUIRE(host.run({{{side, side}, input}}) == 0);
    for (auto [output, result] : llvm::zip(host.outputs, results))
      REQUIRE(output.values == values[result]);
    CHECK(host.program.arenaBytes.has_value() == (trial % 2 == 1));
    if (host.program.arenaBytes)
      reused |= *host.program.arenaBytes < int64_t(nodes.size()) * 128 / 2;
  }
  CHECK(reused);
}
