//===- CollectorTest.cpp - Reports of small compilations ------------------===//

#include "tenon/Explain/Collector.h"
#include "mlir/Parser/Parser.h"
#include <catch2/catch.hpp>

using namespace mlir;
using namespace tenon;
using namespace tenon::explain;

namespace {

/// A report of a module whose locations name the nodes of `graph`.
struct Explained {
  Explained(StringRef text, std::vector<onnx::Node> nodes,
            const llvm::StringMap<int64_t> &sizes = {},
            std::vector<std::string> disabled = {}) {
    onnx::Graph graph;
    graph.nodes = std::move(nodes);
    CompileOptions options;
    options.targets = {llvm::cantFail(TargetDesc::lookup("x86-64-v3"))};
    options.disabled = std::move(disabled);
    Compiler compiler;
    Collector collector;
    collector.attach(compiler, options);
    OwningOpRef<ModuleOp> module =
        parseSourceString<ModuleOp>(text, &compiler.context());
    REQUIRE(module);
    for (const onnx::Node &node : graph.nodes)
      options.import.onNode(node, {});
    options.onPass("import", *module);
    auto compiled = compiler.compile(*module, options);
    REQUIRE(succeeded(compiled));
    variant = compiled->table.variants.front();
    report = collector.report(graph, sizes);
  }

  const explain::Node &node(StringRef name) const {
    auto it = llvm::find_if(
        report.nodes, [&](const explain::Node &n) { return n.name == name; });
    REQUIRE(it != report.nodes.end());
    return *it;
  }

  Report report;
  cpu::ModuleTable::Variant variant;
};

onnx::Node node(StringRef name, StringRef op,
                std::vector<StringRef> inputs = {},
                std::vector<StringRef> outputs = {}) {
  onnx::Node result;
  result.name = name;
  result.opType = op;
  result.inputs = std::move(inputs);
  result.outputs = std::move(outputs);
  return result;
}

} // namespace

TEST_CASE("nodes that are fused share a step, dead and constant ones say why",
          "[explain]") {
  Explained explained(R"(
    func.func @main(%x: tensor<4xf32> {tn.name = "x"}) -> (tensor<4xf32> {tn.name = "y"}) {
      %c = tn.constant dense<2.0> : tensor<4xf32> loc("two")
      %r = tn.sqrt %c : (tensor<4xf32>) -> tensor<4xf32> loc("root")
      %0 = tn.exp %x : (tensor<4xf32>) -> tensor<4xf32> loc("first")
      %1 = tn.mul %0, %r : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> loc("second")
      %2 = tn.tanh %1 : (tensor<4xf32>) -> tensor<4xf32> loc("unused")
      return %1 : tensor<4xf32>
    })",
                      {node("first", "Exp"), node("two", "Constant"),
                       node("root", "Sqrt"), node("second", "Mul"),
                       node("unused", "Tanh"), node("same", "Identity")});
  const Report &report = explained.report;
  REQUIRE(report.nodes.size() == 6);
  REQUIRE(report.steps.size() == 1);
  CHECK(explained.node("first").steps == std::vector<int>{0});
  CHECK(explained.node("second").steps == std::vector<int>{0});
  CHECK(explained.node("second").fate == Fate::kernel);
  CHECK(report.steps[0].nodes == std::vector<int>{0, 3});
  CHECK(report.steps[0].hero == "loop");
  CHECK(*report.steps[0].bytes == 2 * 16);
  CHECK(explained.node("unused").fate == Fate::removed);
  CHECK(explained.node("unused").pass == "tn-eliminate-dead-nodes");
  CHECK(explained.node("root").fate == Fate::constant);
  CHECK(explained.node("two").fate == Fate::constant);
  CHECK(explained.node("same").fate == Fate::removed);
  CHECK(explained.node("same").pass == "import");
  // Kernels are those of the artifact.
  REQUIRE(report.kernels.size() == explained.variant.kernels.size());
  CHECK(report.kernels[0].name == explained.variant.kernels[0].name);
  CHECK(report.kernels[0].launches == 1);
  CHECK(report.target == "x86-64-v3");
  CHECK(llvm::any_of(report.remarks, [](const Remark &remark) {
    return remark.name == "Fused" && remark.nodes[0] == "second";
  }));
}

static const char *reductions = R"(
    func.func @main(%x: tensor<?x8xf32, #tn.shape<[n, 8]>> {tn.name = "x"})
        -> (tensor<?x1xf32, #tn.shape<[n, 1]>> {tn.name = "y"}) {
      %0 = tn.reduce %x {axes = array<i64: 1>, combiner = #tn.combiner<sum>} : (tensor<?x8xf32, #tn.shape<[n, 8]>>) -> tensor<?x1xf32, #tn.shape<[n, 1]>> loc("sums")
      %1 = tn.reduce %0 {axes = array<i64: 0>, combiner = #tn.combiner<max>} : (tensor<?x1xf32, #tn.shape<[n, 1]>>) -> tensor<1x1xf32> loc("most")
      %2 = tn.reshape %1 : (tensor<1x1xf32>) -> tensor<1xf32> loc("view")
      %3 = tn.div %0, %2 : (tensor<?x1xf32, #tn.shape<[n, 1]>>, tensor<1xf32>) -> tensor<?x1xf32, #tn.shape<[n, 1]>> loc("scale")
      return %3 : tensor<?x1xf32, #tn.shape<[n, 1]>>
    })";

TEST_CASE("sizes turn expressions into numbers and places", "[explain]") {
  std::vector<onnx::Node> nodes = {node("sums", "ReduceSum", {"x"}, {"s"}),
                                   node("most", "ReduceMax", {"s"}, {"m"}),
                                   node("view", "Reshape", {"m"}, {"v"}),
                                   node("scale", "Div", {"s", "v"})};
  Explained open(reductions, nodes);
  CHECK(!open.report.memory.arenaBytes);
  CHECK(llvm::any_of(open.report.steps, [](const Step &step) {
    return !step.bytes && StringRef(step.bytesText).contains("n");
  }));

  Explained closed(reductions, nodes, {{"n", 100}});
  const Memory &memory = closed.report.memory;
  REQUIRE(memory.arenaBytes);
  CHECK(*memory.leastBytes <= *memory.arenaBytes);
  CHECK(*memory.arenaBytes <= *memory.apartBytes);
  int steps = closed.report.steps.size();
  for (const Slot &slot : memory.slots) {
    CHECK(*slot.offset + *slot.bytes <= *memory.arenaBytes);
    CHECK(0 <= slot.first);
    CHECK(slot.first <= slot.last);
    CHECK(slot.last < steps);
    for (const auto &[step, type] : slot.values)
      CHECK(step >= slot.first);
  }
  for (const Step &step : closed.report.steps) {
    CHECK(step.flops);
    CHECK(step.bytes);
    for (const Operand &operand : step.operands)
      CHECK(operand.step < steps);
  }
  CHECK(closed.report.inputs[0].type == "f32[n, 8]");
  CHECK(closed.node("view").steps.empty());
  CHECK(closed.node("view").fate == Fate::host);
}

TEST_CASE("control flow is a step that reads what its regions yield",
          "[explain]") {
  Explained explained(R"(
    func.func @main(%c: tensor<i1> {tn.name = "c"}, %x: tensor<4xf32> {tn.name = "x"}) -> (tensor<4xf32> {tn.name = "y"}) {
      %0 = tn.if %c : (tensor<i1>) -> tensor<4xf32> {
        %1 = tn.exp %x : (tensor<4xf32>) -> tensor<4xf32> loc("inner")
        tn.yield %1 : tensor<4xf32>
      } else {
        tn.yield %x : tensor<4xf32>
      } loc("choose")
      return %0 : tensor<4xf32>
    })",
                      {node("inner", "Exp"), node("choose", "If")});
  const Report &report = explained.report;
  REQUIRE(report.steps.size() == 2);
  CHECK(report.steps[0].kernel == 0);
  CHECK(report.steps[1].hero == "if");
  CHECK(report.steps[1].kernel == -1);
  CHECK(llvm::any_of(report.steps[1].operands,
                     [](const Operand &operand) { return operand.step == 0; }));
  CHECK(explained.node("choose").fate == Fate::host);
  CHECK(explained.node("inner").fate == Fate::kernel);
  CHECK(report.outputSteps == std::vector<int>{1});
}

TEST_CASE("nodes of subgraphs follow the node that has them", "[explain]") {
  onnx::Node choose = node("choose", "If");
  choose.attributes.resize(2);
  for (onnx::Attribute &attribute : choose.attributes) {
    attribute.graphs.resize(1);
    attribute.graphs[0].nodes = {node("", "Exp", {"x"}, {"t"})};
  }
  Explained explained(R"(
    func.func @main(%x: tensor<4xf32> {tn.name = "x"}) -> (tensor<4xf32> {tn.name = "y"}) {
      %1 = tn.exp %x : (tensor<4xf32>) -> tensor<4xf32> loc("last")
      return %1 : tensor<4xf32>
    })",
                      {choose, node("last", "Exp")});
  const Report &report = explained.report;
  REQUIRE(report.nodes.size() == 4);
  CHECK(report.nodes[1].name == "Exp#0");
  CHECK(report.nodes[1].parent == 0);
  CHECK(report.nodes[1].graph == 1);
  CHECK(report.nodes[2].graph == 2);
  CHECK(report.nodes[1].why == "in a branch that this model never takes");
  CHECK(report.nodes[3].parent == -1);
  CHECK(report.nodes[3].graph == 0);
}

TEST_CASE("what is in a function belongs to the nodes that call it",
          "[explain]") {
  const char *text = R"(
    func.func private @f(%a: tensor<4x4xf32>) -> tensor<4x4xf32> {
      %0 = tn.reduce %a {axes = array<i64: 1>, combiner = #tn.combiner<sum>} : (tensor<4x4xf32>) -> tensor<4x1xf32> loc("other")
      %1 = tn.div %a, %0 : (tensor<4x4xf32>, tensor<4x1xf32>) -> tensor<4x4xf32> loc("Div#1")
      return %1 : tensor<4x4xf32>
    }
    func.func @main(%x: tensor<4x4xf32> {tn.name = "x"}) -> (tensor<4x4xf32> {tn.name = "y"}) {
      %0 = func.call @f(%x) : (tensor<4x4xf32>) -> tensor<4x4xf32> loc("one")
      %1 = tn.transpose %0 {permutation = array<i64: 1, 0>} : (tensor<4x4xf32>) -> tensor<4x4xf32> loc("other")
      %2 = func.call @f(%1) : (tensor<4x4xf32>) -> tensor<4x4xf32> loc("two")
      return %2 : tensor<4x4xf32>
    })";
  std::vector<onnx::Node> nodes = {node("one", "F"), node("other", "Transpose"),
                                   node("two", "F")};
  Explained kept(text, nodes, {}, {"tn-inline-hot-functions"});
  const std::vector<Step> &steps = kept.report.steps;
  std::vector<std::string> heroes;
  for (const Step &step : steps)
    heroes.push_back(step.hero);
  REQUIRE(llvm::count(heroes, "call") == 2);
  REQUIRE(llvm::is_contained(heroes, "reduction"));
  for (const Step &step : steps)
    if (step.hero == "reduction")
      CHECK(step.nodes == std::vector<int>{0, 2});
  // Before the first call comes what is in it; steps read earlier ones only.
  CHECK(heroes.back() == "call");
  for (auto [i, step] : llvm::enumerate(steps))
    for (const Operand &operand : step.operands)
      CHECK(operand.step < int(i));
  CHECK(steps.front().operands.front().input == 0);
  CHECK(kept.node("other").steps.size() == 1);
  CHECK(kept.report.memory.arenaBytes == kept.variant.arenaBytes);

  Explained inlined(text, nodes);
  CHECK(llvm::none_of(inlined.report.steps,
                      [](const Step &step) { return step.hero == "call"; }));
  CHECK(inlined.node("one").fate == Fate::kernel);
  CHECK(inlined.node("two").fate == Fate::kernel);
}
