//===- GraphImporter.cpp - Imports the nodes of one graph -----------------===//

#include "GraphImporter.h"
#include "tenon/Import/Onnx/OpTable.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace tenon::onnx {

void GraphImporter::bind(StringRef name, Value value) {
  values[name] = {NamedValue::State::Present, value};
}

void GraphImporter::bindOmitted(StringRef name) {
  values[name] = {NamedValue::State::Omitted, Value()};
}

InFlightDiagnostic GraphImporter::error() {
  return emitError(UnknownLoc::get(model.context()))
         << model.modelFile().path() << ": ";
}

//===--- Names
//-------------------------------------------------------------===//

const NamedValue *GraphImporter::find(StringRef name) {
  for (GraphImporter *scope = this; scope; scope = scope->parent) {
    if (auto it = scope->values.find(name); it != scope->values.end())
      return &it->second;
    if (auto it = scope->initializers.find(name);
        it != scope->initializers.end())
      return scope->materialize(*it->second);
  }
  return nullptr;
}

/// Initializers become ops when first used, before all nodes of their graph.
const NamedValue *GraphImporter::materialize(const Tensor &initializer) {
  OpBuilder b(&block, block.begin());
  if (lastInitializer)
    b.setInsertionPointAfter(lastInitializer);
  auto loc = NameLoc::get(b.getStringAttr(initializer.name));
  FailureOr<Value> value = model.constant(initializer, b, loc, [&] {
    return error() << "initializer \"" << initializer.name << "\": ";
  });
  NamedValue &named = values[initializer.name];
  if (succeeded(value)) {
    named = {NamedValue::State::Present, *value};
    lastInitializer = value->getDefiningOp();
  }
  return &named;
}

//===--- Graphs
//------------------------------------------------------------===//

LogicalResult GraphImporter::importGraph(const Graph &graph) {
  if (!graph.sparseInitializers.empty())
    return error() << "initializer \""
                   << graph.sparseInitializers.front().values.name
                   << "\" is sparse; store it as a dense tensor";
  for (const Tensor &initializer : graph.initializers)
    initializers[initializer.name] = &initializer;
  return importNodes(graph.nodes);
}

LogicalResult GraphImporter::importNodes(ArrayRef<Node> nodes) {
  FailureOr<SmallVector<size_t>> order =
      dependencyOrder(nodes, [&] { return error(); });
  if (failed(order))
    return failure();
  bool ok = true;
  for (size_t i : *order)
    ok &= succeeded(importNode(nodes[i], nodeLabel(nodes[i], i)));
  return success(ok);
}

FailureOr<SmallVector<Value>>
GraphImporter::outputs(ArrayRef<StringRef> names) {
  SmallVector<Value> results;
  for (StringRef name : names) {
    const NamedValue *named = find(name);
    if (!named)
      return error() << "output \"" << name << "\" is produced by no node",
             failure();
    if (named->state == NamedValue::State::Omitted)
      return error() << "output \"" << name
                     << "\" is an input that the caller omitted",
             failure();
    if (named->state == NamedValue::State::Failed)
      return failure();
    results.push_back(named->value);
  }
  return results;
}

FailureOr<SmallVector<Value>>
GraphImporter::importSubgraph(const Graph &graph, Block &into,
                              ArrayRef<Value> inputs, NodeErrors &errors) {
  if (inputs.size() != graph.inputs.size())
    return errors.report() << "its graph \"" << graph.name << "\" has "
                           << graph.inputs.size() << " inputs, expected "
                           << inputs.size(),
           failure();
  GraphImporter importer(model, environment, into, this);
  for (auto [info, value] : llvm::zip_equal(graph.inputs, inputs))
    importer.bind(info.name, value);
  SmallVector<StringRef> names;
  for (const ValueInfo &output : graph.outputs)
    names.push_back(output.name);
  // The nodes inside have reported what is wrong; the node outside must only
  // know that it cannot be imported.
  if (failed(importer.importGraph(graph)))
    return failure();
  return importer.outputs(names);
}

//===--- Nodes
//-------------------------------------------------------------===//

LogicalResult GraphImporter::importNode(const Node &node, StringRef label) {
  for (StringRef output : node.outputs)
    if (!output.empty())
      values[output] = {};

  StringRef domain = canonicalDomain(node.domain);
  std::optional<int64_t> opset = environment.opset(domain);
  std::string subject = llvm::formatv(
      "{0}: {1} node \"{2}\" ({3}, opset {4})", model.modelFile().path(),
      node.opType, label, domainForPeople(domain), opset.value_or(0));
  auto loc = NameLoc::get(StringAttr::get(model.context(), label));
  NodeErrors errors(loc, std::move(subject));

  SmallVector<Value> inputs;
  for (StringRef name : node.inputs) {
    Value value;
    if (!name.empty()) {
      const NamedValue *named = find(name);
      if (!named)
        return errors.report() << "its input \"" << name
                               << "\" is neither a graph input, an initializer "
                                  "nor the output of a node";
      if (named->state == NamedValue::State::Failed)
        return failure();
      value = named->value;
    }
    inputs.push_back(value);
  }
  return runHandler(node, label, inputs, errors);
}

static LogicalResult checkArity(Arity arity, ArrayRef<Value> inputs,
                                NodeErrors &errors) {
  if (inputs.size() > arity.max)
    return errors.report() << "has " << inputs.size()
                           << " inputs, the operator takes at most "
                           << arity.max;
  for (unsigned i = 0; i < arity.min; ++i)
    if (i >= inputs.size() || !inputs[i])
      return errors.report() << "input #" << i << " is missing, the first "
                             << arity.min << " are required";
  return success();
}

LogicalResult GraphImporter::runHandler(const Node &node, StringRef label,
                                        ArrayRef<Value> inputs,
                                        NodeErrors &errors) {
  StringRef domain = canonicalDomain(node.domain);
  int64_t opset = environment.opset(domain).value_or(0);
  auto loc = NameLoc::get(StringAttr::get(model.context(), label));
  TnBuilder builder(loc, &block, errors);

  const OpEntry *entry = OpTable::get().lookup(domain, node.opType, opset);
  if (!entry) {
    const Function *function = findFunction(model.model(), node);
    assert(function && "checkOperators finds all operators");
    if (inputs.size() > function->inputs.size())
      return errors.report()
             << "has " << inputs.size() << " inputs, the function takes "
             << function->inputs.size();
    FailureOr<SmallVector<Value>> results =
        model.call(*function, node, environment, inputs, builder, loc);
    return succeeded(results) ? bindResults(node, *results) : failure();
  }

  while (!inputs.empty() && !inputs.back())
    inputs = inputs.drop_back();
  if (failed(checkArity(entry->inputs, inputs, errors)))
    return failure();
  NodeReader reader(*this, node, label, errors, builder, inputs, opset);
  if (failed(entry->handler(reader, builder)) || errors.any())
    return failure();
  return bindResults(node, reader.results());
}

LogicalResult GraphImporter::bindResults(const Node &node,
                                         ArrayRef<Value> results) {
  for (auto [i, name] : llvm::enumerate(node.outputs))
    if (!name.empty() && i < results.size() && results[i])
      bind(name, results[i]);
  if (model.importOptions().onNode)
    model.importOptions().onNode(node, results);
  return success();
}

} // namespace tenon::onnx
