//===- LayoutTest.cpp - Layers, orders and places -------------------------===//

#include "tenon/Explain/Layout.h"
#include <catch2/catch.hpp>
#include <map>
#include <random>

using namespace tenon::explain;

/// Edges lead down, and nodes of a layer are a width apart.
static void check(const Layout &layout, const std::vector<Edge> &edges) {
  for (const Edge &edge : edges)
    CHECK(layout.nodes[edge.from].y < layout.nodes[edge.to].y);
  std::map<double, std::vector<double>> layers;
  for (const Layout::Point &node : layout.nodes) {
    layers[node.y].push_back(node.x);
    CHECK(node.x > 0.499);
    CHECK(node.x < layout.width - 0.499);
    CHECK(node.y < layout.height);
  }
  for (auto &[y, places] : layers) {
    std::sort(places.begin(), places.end());
    for (size_t i = 1; i < places.size(); ++i)
      CHECK(places[i] - places[i - 1] > 0.999);
  }
}

TEST_CASE("a chain is a straight line", "[explain]") {
  std::vector<Edge> edges = {{0, 1}, {1, 2}, {2, 3}};
  Layout layout = layoutGraph(4, edges);
  check(layout, edges);
  CHECK(layout.height == 4);
  CHECK(layout.width == Approx(1));
  for (const Layout::Point &node : layout.nodes)
    CHECK(node.x == Approx(0.5));
}

TEST_CASE("an edge has a bend in each layer that it passes", "[explain]") {
  std::vector<Edge> edges = {{0, 1}, {1, 2}, {2, 3}, {0, 3}};
  Layout layout = layoutGraph(4, edges);
  check(layout, edges);
  REQUIRE(layout.bends[3].size() == 2);
  CHECK(layout.bends[3][0].y == 1);
  CHECK(layout.bends[3][1].y == 2);
  // Beside the nodes of these layers, not on them.
  CHECK(std::abs(layout.bends[3][0].x - layout.nodes[1].x) > 0.6);
}

TEST_CASE("orders of layers avoid crossings", "[explain]") {
  // 0 -> 3 and 1 -> 2, however they are numbered.
  std::vector<Edge> edges = {{0, 3}, {1, 2}, {0, 4}, {4, 5}, {3, 5}};
  Layout layout = layoutGraph(6, edges);
  check(layout, edges);
  CHECK((layout.nodes[0].x < layout.nodes[1].x) ==
        (layout.nodes[3].x < layout.nodes[2].x));
}

TEST_CASE("nodes are as low as those that read them let them be", "[explain]") {
  std::vector<Edge> edges = {{0, 1}, {1, 2}, {2, 3}, {4, 3}};
  Layout layout = layoutGraph(5, edges);
  check(layout, edges);
  CHECK(layout.nodes[4].y == 2);
}

TEST_CASE("graphs without edges or nodes, edges that are there twice",
          "[explain]") {
  CHECK(layoutGraph(0, {}).nodes.empty());
  check(layoutGraph(3, {}), {});
  std::vector<Edge> twice = {{0, 1}, {0, 1}};
  check(layoutGraph(2, twice), twice);
}

TEST_CASE("random graphs have no overlaps", "[explain]") {
  std::mt19937 random(1);
  for (int nodes : {5, 40, 2000}) {
    std::vector<Edge> edges;
    for (int to = 1; to < nodes; ++to)
      for (int k = random() % 3; k >= 0; --k) {
        int from = std::max<int>(0, to - 1 - int(random() % 30));
        edges.push_back({from, to});
      }
    check(layoutGraph(nodes, edges), edges);
  }
}
