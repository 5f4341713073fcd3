//===- ReportJsonTest.cpp - A report as JSON ------------------------------===//

#include "tenon/Explain/Report.h"
#include <catch2/catch.hpp>

using namespace llvm;
using namespace tenon::explain;

static json::Object jsonOf(const Report &report) {
  std::string text;
  raw_string_ostream os(text);
  writeJson(report, os);
  Expected<json::Value> value = json::parse(text);
  REQUIRE(bool(value));
  return std::move(*value->getAsObject());
}

TEST_CASE("what is not known is not there", "[explain]") {
  Report report;
  report.unmeasured = "no sizes";
  report.kernels = {{"loop a", 1}};
  report.steps.resize(2);
  report.steps[0].kernel = 0;
  report.steps[0].flopsText = "3*batch";
  report.steps[1].hero = "if";
  report.memory.slots.resize(1);
  report.memory.slots[0].bytesText = "4*batch";
  json::Object json = jsonOf(report);
  for (StringRef absent : {"latency_ms", "machine"})
    CHECK(!json.get(absent));
  CHECK(json.getString("unmeasured") == StringRef("no sizes"));
  const json::Object &kernel = *json.getArray("kernels")->front().getAsObject();
  for (StringRef absent : {"calls", "us", "predicted_us", "flops", "bound"})
    CHECK(!kernel.get(absent));
  const json::Array &steps = *json.getArray("steps");
  CHECK(steps[0].getAsObject()->getString("flops_text") ==
        StringRef("3*batch"));
  CHECK(!steps[0].getAsObject()->get("flops"));
  CHECK(!steps[1].getAsObject()->get("kernel"));
  const json::Object &memory = *json.getObject("memory");
  CHECK(!memory.get("arena_bytes"));
  CHECK(!memory.getArray("slots")->front().getAsObject()->get("offset"));
}

TEST_CASE("numbers, references and the limiting side", "[explain]") {
  Report report;
  report.inputs = {{"x", "f32[2]"}};
  report.machine = Machine{100, 10, 20, 50, 1000};
  report.latency = Latency{2, 3, 1, 7};
  report.sizes = {{"batch", 4}};
  report.kernels = {{"loop a", 2}, {"matmul b", 1}};
  for (Kernel &kernel : report.kernels)
    kernel.predicted = 1;
  report.kernels[0].isMemoryBound = true;
  report.nodes.resize(2);
  report.nodes[1].parent = 0;
  report.nodes[1].fate = Fate::removed;
  report.nodes[1].why = "no output depends on it";
  json::Object json = jsonOf(report);
  CHECK(json.getObject("sizes")->getInteger("batch") == 4);
  CHECK(json.getObject("latency_ms")->getInteger("runs") == 7);
  const json::Array &kernels = *json.getArray("kernels");
  CHECK(kernels[0].getAsObject()->getString("bound") == StringRef("memory"));
  CHECK(kernels[1].getAsObject()->getString("bound") == StringRef("compute"));
  const json::Array &nodes = *json.getArray("nodes");
  CHECK(!nodes[0].getAsObject()->get("parent"));
  CHECK(nodes[1].getAsObject()->getInteger("parent") == 0);
  CHECK(nodes[1].getAsObject()->getString("fate") == StringRef("removed"));
  const json::Object &before = *json.getObject("before");
  CHECK(before.getArray("items")->size() == 3);
  // Removed nodes that nothing leads to are not drawn.
  CHECK((*before.getArray("items"))[1].kind() == json::Value::Null);
}
