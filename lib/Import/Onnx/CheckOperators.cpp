//===- CheckOperators.cpp - Whether all operators of a model are known ----===//
//
// Walks everything that an import would visit: the graph, subgraphs, functions
// that are called. All that is missing becomes one error.
//
//===----------------------------------------------------------------------===//

#include "GraphImporter.h"
#include "tenon/Import/Onnx/OpTable.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace tenon::onnx {

namespace {
class OperatorCheck {
public:
  OperatorCheck(const ModelFile &file, Location loc)
      : file(file), model(file.model()), loc(loc) {}

  LogicalResult run() {
    Environment environment = environmentOf(model);
    if (failed(checkOpset(environment)))
      return failure();
    visit(model.graph.nodes, environment);
    reportMissing();
    return success(ok);
  }

private:
  struct Missing {
    std::string example;
    unsigned count = 0;
  };

  InFlightDiagnostic error() {
    ok = false;
    return emitError(loc) << file.path() << ": ";
  }

  LogicalResult checkOpset(const Environment &environment) {
    std::optional<int64_t> opset = environment.opset("");
    if (!opset || (*opset >= kOldestOpset && *opset <= kNewestOpset))
      return success();
    return error() << "the model uses opset " << *opset
                   << "; Tenon reads opsets " << kOldestOpset << " to "
                   << kNewestOpset
                   << " (onnx.version_converter can convert a model)";
  }

  void visit(ArrayRef<Node> nodes, const Environment &environment) {
    for (auto [i, node] : llvm::enumerate(nodes)) {
      visitNode(node, nodeLabel(node, i), environment);
      for (const Attribute &attribute : node.attributes)
        for (const Graph &graph : attribute.graphs)
          visit(graph.nodes, environment);
    }
  }

  void visitNode(const Node &node, const std::string &label,
                 const Environment &environment) {
    StringRef domain = canonicalDomain(node.domain);
    int64_t opset = environment.opset(domain).value_or(0);
    if (OpTable::get().lookup(domain, node.opType, opset))
      return;
    if (const Function *function = findFunction(model, node))
      return visitFunction(*function);
    std::string key = llvm::formatv("{0} ({1}, opset {2})", node.opType,
                                    domainForPeople(domain), opset);
    Missing &entry = missing[key];
    if (entry.count++ == 0)
      entry.example = label;
  }

  void visitFunction(const Function &function) {
    if (llvm::is_contained(active, &function)) {
      error() << "function \"" << function.name << "\" ("
              << domainForPeople(function.domain)
              << ") calls itself, directly or through others";
      return;
    }
    if (!visited.insert(&function).second)
      return;
    active.push_back(&function);
    visit(function.nodes, environmentOf(model, function));
    active.pop_back();
  }

  void reportMissing() {
    if (missing.empty())
      return;
    InFlightDiagnostic diagnostic = error();
    diagnostic << (missing.size() == 1 ? "an operator is"
                                       : "some operators are")
               << " not supported:";
    for (const auto &[op, entry] : missing)
      diagnostic << "\n  " << op << ": " << entry.count
                 << (entry.count == 1 ? " node" : " nodes") << ", "
                 << (entry.count == 1 ? "" : "first ") << "\"" << entry.example
                 << "\"";
  }

  const ModelFile &file;
  const Model &model;
  Location loc;
  bool ok = true;
  llvm::MapVector<std::string, Missing, std::map<std::string, unsigned>>
      missing;
  SmallVector<const Function *> active;
  llvm::SmallPtrSet<const Function *, 8> visited;
};
} // namespace

LogicalResult checkOperators(const ModelFile &file, Location loc) {
  return OperatorCheck(file, loc).run();
}

} // namespace tenon::onnx
