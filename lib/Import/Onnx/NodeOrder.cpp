//===- NodeOrder.cpp - Puts nodes behind what they depend on -------------===//
//
// Kahn's algorithm with the smallest position first, so a file that is in order
// already stays as it is. A name that no node of this list produces comes from
// elsewhere and does not matter here.
//
//===----------------------------------------------------------------------===//

#include "GraphImporter.h"
#include <queue>

using namespace mlir;

namespace tenon::onnx {

std::string nodeLabel(const Node &node, size_t index) {
  if (!node.name.empty())
    return node.name.str();
  return (node.opType + "#" + Twine(index)).str();
}

static llvm::StringSet<> namesDefinedIn(const Graph &graph) {
  llvm::StringSet<> names;
  for (const ValueInfo &input : graph.inputs)
    names.insert(input.name);
  for (const Tensor &initializer : graph.initializers)
    names.insert(initializer.name);
  for (const Node &node : graph.nodes)
    names.insert_range(node.outputs);
  return names;
}

/// Calls `visit` with each name that a node uses, also those that its subgraphs
/// take from outside.
static void forEachUse(const Node &node,
                       llvm::function_ref<void(StringRef)> visit) {
  llvm::for_each(node.inputs, visit);
  for (const Attribute &attribute : node.attributes)
    for (const Graph &graph : attribute.graphs) {
      llvm::StringSet<> own = namesDefinedIn(graph);
      auto visitOuter = [&](StringRef name) {
        if (!own.contains(name))
          visit(name);
      };
      for (const Node &inner : graph.nodes)
        forEachUse(inner, visitOuter);
      for (const ValueInfo &output : graph.outputs)
        visitOuter(output.name);
    }
}

namespace {
class Orderer {
public:
  Orderer(llvm::ArrayRef<Node> nodes,
          llvm::function_ref<InFlightDiagnostic()> error)
      : nodes(nodes), error(error), users(nodes.size()),
        waitsFor(nodes.size(), 0) {}

  FailureOr<SmallVector<size_t>> run() {
    if (failed(collectProducers()))
      return failure();
    for (size_t i = 0; i < nodes.size(); ++i)
      forEachUse(nodes[i], [&](StringRef name) { addUse(i, name); });
    SmallVector<size_t> order = kahn();
    if (order.size() < nodes.size())
      return reportCycle();
    return order;
  }

private:
  LogicalResult collectProducers() {
    for (size_t i = 0; i < nodes.size(); ++i)
      for (StringRef output : nodes[i].outputs) {
        if (output.empty())
          continue;
        auto [it, isNew] = producers.try_emplace(output, i);
        if (!isNew)
          return error() << "nodes \""
                         << nodeLabel(nodes[it->second], it->second)
                         << "\" and \"" << nodeLabel(nodes[i], i)
                         << "\" both produce \"" << output << "\"";
      }
    return success();
  }

  void addUse(size_t user, StringRef name) {
    auto it = producers.find(name);
    if (it == producers.end())
      return;
    users[it->second].push_back(user);
    ++waitsFor[user];
  }

  SmallVector<size_t> kahn() {
    std::priority_queue<size_t, std::vector<size_t>, std::greater<>> ready;
    for (size_t i = 0; i < nodes.size(); ++i)
      if (waitsFor[i] == 0)
        ready.push(i);
    SmallVector<size_t> order;
    while (!ready.empty()) {
      size_t next = ready.top();
      ready.pop();
      order.push_back(next);
      for (size_t user : users[next])
        if (--waitsFor[user] == 0)
          ready.push(user);
    }
    return order;
  }

  /// Walks backwards among the nodes that never became ready; each of them
  /// waits for another one, so the walk must come back to where it was.
  LogicalResult reportCycle() {
    SmallVector<int64_t> stepOf(nodes.size(), -1);
    SmallVector<size_t> path;
    size_t at = llvm::find_if(waitsFor, [](size_t n) { return n > 0; }) -
                waitsFor.begin();
    while (stepOf[at] < 0) {
      stepOf[at] = path.size();
      path.push_back(at);
      at = stuckProducerOf(at);
    }
    InFlightDiagnostic diagnostic = error() << "the graph has a cycle: ";
    for (size_t i : llvm::reverse(ArrayRef(path).drop_front(stepOf[at])))
      diagnostic << "\"" << nodeLabel(nodes[i], i) << "\" -> ";
    return diagnostic << "\"" << nodeLabel(nodes[path.back()], path.back())
                      << "\"";
  }

  size_t stuckProducerOf(size_t node) {
    size_t found = node;
    forEachUse(nodes[node], [&](StringRef name) {
      auto it = producers.find(name);
      if (it != producers.end() && waitsFor[it->second] > 0)
        found = it->second;
    });
    return found;
  }

  ArrayRef<Node> nodes;
  llvm::function_ref<InFlightDiagnostic()> error;
  llvm::StringMap<size_t> producers;
  std::vector<SmallVector<size_t, 2>> users;
  SmallVector<size_t> waitsFor;
};
} // namespace

FailureOr<SmallVector<size_t>>
dependencyOrder(ArrayRef<Node> nodes,
                llvm::function_ref<InFlightDiagnostic()> error) {
  return Orderer(nodes, error).run();
}

} // namespace tenon::onnx
