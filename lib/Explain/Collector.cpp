//===- Collector.cpp - Watches a compilation to report on it --------------===//

#include "tenon/Explain/Collector.h"
#include "lib/Explain/NodeOwners.h"
#include "lib/Explain/PlannedProgram.h"
#include "passes/Graph/Reachability.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::explain;

Collector::Collector() = default;
Collector::~Collector() = default;

void Collector::attach(Compiler &compiler, CompileOptions &options) {
  compiler.onRemark(
      [this](const Remark &remark) { remarks.push_back(remark); });
  options.import.onNode = [this](const onnx::Node &node,
                                 ArrayRef<Value> results) {
    addResults(node, results);
  };
  options.onPass = [this](StringRef pass, ModuleOp module) {
    compareNames(pass, module);
  };
  options.onVariant = [this](ModuleOp planned,
                             const cpu::ModuleTable::Variant &variant) {
    target = variant.target;
    for (const cpu::ModuleTable::Kernel &kernel : variant.kernels)
      kernels.push_back({kernel.name, kernel.launches});
    program = std::make_unique<PlannedProgram>(
        PlannedProgram::read(planned.lookupSymbol<func::FuncOp>("main")));
    for (auto [i, step] : llvm::enumerate(program->steps))
      for (StringRef name : step.nodes)
        stepsOf[name].push_back(i);
  };
}

void Collector::addResults(const onnx::Node &node, ArrayRef<Value> results) {
  std::vector<std::string> &types = resultTypes[&node];
  types.clear();
  for (Value result : results)
    types.push_back(result ? typeText(result.getType()) : "");
}

/// Names of the nodes that compute something from an input, which some output
/// depends on if `isLive`. What is left of others computes constants.
static llvm::StringSet<> namesOnInputs(ModuleOp module, bool isLive) {
  llvm::StringSet<> names;
  graph::Reachability reached(module);
  llvm::DenseSet<Operation *> onInputs;
  NodeOwners owners(module);
  module.walk<WalkOrder::PreOrder>([&](Operation *op) {
    bool isOnInput = llvm::any_of(op->getOperands(), [&](Value operand) {
      return isa<BlockArgument>(operand) ||
             onInputs.contains(operand.getDefiningOp());
    });
    if (!isOnInput)
      return;
    onInputs.insert(op);
    if (isLive && !reached.isLive(op))
      return;
    names.insert_range(owners.of(op));
  });
  return names;
}

/// Finds the names that `pass` left nowhere.
void Collector::compareNames(StringRef pass, ModuleOp module) {
  bool isImport = pass == "import";
  llvm::StringSet<> left = namesOnInputs(module, /*isLive=*/!isImport);
  if (isImport) {
    NodeOwners owners(module);
    module.walk([&](Operation *op) {
      (isa<tn::ExprOp>(op) ? sizes : imported).insert_range(owners.of(op));
    });
  }
  for (const auto &entry : names)
    if (!left.contains(entry.first()))
      lostIn[entry.first()] = pass.str();
  names = std::move(left);
}

//===----------------------------------------------------------------------===//
// Nodes
//===----------------------------------------------------------------------===//

static StringRef reasonOf(StringRef pass) {
  return llvm::StringSwitch<StringRef>(pass)
      .Cases({"canonicalize", "tn-inline-hot-functions", "tn-unroll-hot-loops"},
             "simplified away")
      .Case("cse", "another node computes the same")
      .Case("tn-eliminate-dead-nodes", "no output depends on it")
      .Case("tn-infer-symbolic-shapes", "a size that follows from shapes")
      .Case("tn-sink-transposes", "a change of layout that cancels another one")
      .Case("tn-fold-affine", "part of the weights of a neighbour")
      .Case("tn-keep-weights-narrow",
            "part of a product that reads quantized weights")
      .Case("tn-recognize-attention", "part of attention, which is one op")
      .Case("tn-fold-weight-layouts", "a layout that a weight is stored in")
      .Default("gone after this pass");
}

/// What became of a node that no kernel has.
void Collector::judge(const onnx::Node &onnxNode, Node &node) const {
  auto host = program->onHost.find(node.name);
  auto lost = lostIn.find(node.name);
  if (host != program->onHost.end()) {
    node.fate = Fate::host;
    node.why = host->second.str();
  } else if (lost != lostIn.end()) {
    node.pass = lost->second;
    node.why = reasonOf(node.pass).str();
  } else if (sizes.contains(node.name)) {
    node.fate = Fate::host;
    node.why = "a size: it follows from shapes of inputs";
  } else if (!resultTypes.contains(&onnxNode)) {
    node.pass = "import";
    node.why = "in a branch that this model never takes";
  } else if (node.op == "Constant") {
    node.fate = Fate::constant;
    node.why = "its value is in the model";
  } else if (imported.contains(node.name)) {
    node.fate = Fate::constant;
    node.why = "computed while compiling: it depends on no input";
  } else {
    node.pass = "import";
    node.why = "nothing to compute: the value is there already";
  }
}

/// `graphs`: how many there were before this one.
void Collector::addNodes(const onnx::Graph &graph, int parent, int &graphs,
                         Report &report) const {
  int number = graphs++;
  for (auto [i, onnxNode] : llvm::enumerate(graph.nodes)) {
    int index = report.nodes.size();
    Node node;
    node.name = onnx::nodeLabel(onnxNode, i);
    node.op = onnxNode.opType.str();
    node.parent = parent;
    node.graph = number;
    for (StringRef input : onnxNode.inputs)
      node.inputs.push_back(input.str());
    auto types = resultTypes.find(&onnxNode);
    for (auto [k, output] : llvm::enumerate(onnxNode.outputs)) {
      bool isTyped = types != resultTypes.end() && k < types->second.size();
      node.outputs.push_back({output.str(), isTyped ? types->second[k] : ""});
    }
    for (int step : stepsOf.lookup(node.name)) {
      node.steps.push_back(step);
      report.steps[step].nodes.push_back(index);
      if (report.steps[step].kernel >= 0)
        node.fate = Fate::kernel;
    }
    if (node.steps.empty()) {
      judge(onnxNode, node);
    } else if (node.fate != Fate::kernel) {
      node.fate = Fate::host;
      node.why = "control flow of the host program";
    }
    report.nodes.push_back(std::move(node));
    for (const onnx::Attribute &attribute : onnxNode.attributes)
      for (const onnx::Graph &subgraph : attribute.graphs)
        addNodes(subgraph, index, graphs, report);
  }
}

Report Collector::report(const onnx::Graph &graph,
                         const llvm::StringMap<int64_t> &sizes) const {
  Report report;
  report.target = target;
  report.remarks = remarks;
  report.kernels = kernels;
  for (const auto &entry : sizes)
    report.sizes.emplace_back(entry.first().str(), entry.second);
  llvm::sort(report.sizes);
  program->describe(sizes, report);
  int graphs = 0;
  addNodes(graph, -1, graphs, report);
  return report;
}
