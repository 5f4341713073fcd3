//===- DrawingsTest.cpp - What of a report is drawn -----------------------===//

#include "lib/Explain/Drawings.h"
#include <catch2/catch.hpp>

using namespace tenon::explain;

static Node node(std::vector<std::string> inputs, std::string output,
                 Fate fate = Fate::kernel) {
  Node result;
  result.inputs = std::move(inputs);
  result.outputs = {{std::move(output), ""}};
  result.fate = fate;
  return result;
}

static bool has(const Drawing &drawing, int from, int to) {
  for (const Edge &edge : drawing.edges)
    if (edge.from == from && edge.to == to)
      return true;
  return false;
}

TEST_CASE("values make edges between inputs, nodes and outputs", "[explain]") {
  Report report;
  report.inputs = {{"x", ""}};
  report.outputs = {{"y", ""}};
  report.nodes = {node({"x", "x", "w"}, "a"), node({"a", ""}, "y")};
  Drawing drawing = drawNodes(report);
  REQUIRE(drawing.items.size() == 4);
  CHECK(drawing.edges.size() == 3); // x is read twice by one node
  CHECK(has(drawing, 0, 1));
  CHECK(has(drawing, 1, 2));
  CHECK(has(drawing, 2, 3));
  for (const auto &item : drawing.items)
    CHECK(item.has_value());
}

TEST_CASE("nodes of constants are not drawn, removed nodes are", "[explain]") {
  Report report;
  report.inputs = {{"x", ""}};
  report.outputs = {{"y", ""}};
  report.nodes = {node({}, "c", Fate::constant),
                  node({"c"}, "d", Fate::constant),
                  node({"x", "d"}, "a", Fate::removed), node({"a"}, "y")};
  Drawing drawing = drawNodes(report);
  CHECK(!drawing.items[1]);
  CHECK(!drawing.items[2]);
  CHECK(drawing.items[3]);
  CHECK(has(drawing, 3, 4));
  CHECK(drawing.edges.size() == 3);
}

TEST_CASE("a subgraph leads to its node and reads values around it",
          "[explain]") {
  Report report;
  report.inputs = {{"x", ""}};
  report.outputs = {{"y", ""}};
  report.nodes = {node({"x"}, "a"), node({"x"}, "y"), node({"a"}, "t"),
                  node({"t"}, "u"), node({"a"}, "t")};
  for (int inner : {2, 3, 4})
    report.nodes[inner].parent = 1;
  report.nodes[2].graph = report.nodes[3].graph = 1;
  report.nodes[4].graph = 2; // another branch, with equal names
  Drawing drawing = drawNodes(report);
  CHECK(has(drawing, 1, 3));
  CHECK(has(drawing, 3, 4));
  CHECK(has(drawing, 4, 2));
  CHECK(!has(drawing, 3, 2));
  CHECK(has(drawing, 1, 5));
  CHECK(has(drawing, 5, 2));
}

TEST_CASE("steps read from steps and inputs", "[explain]") {
  Report report;
  report.inputs = {{"x", ""}};
  report.outputs = {{"y", ""}, {"z", ""}};
  report.steps.resize(2);
  report.steps[0].operands = {{-1, 0, ""}, {-1, -1, ""}};
  report.steps[1].operands = {{0, -1, ""}};
  report.outputSteps = {1, -1};
  Drawing drawing = drawSteps(report);
  CHECK(drawing.items.size() == 5);
  CHECK(drawing.edges.size() == 3);
  CHECK(has(drawing, 0, 1));
  CHECK(has(drawing, 1, 2));
  CHECK(has(drawing, 2, 3));
}
