//===- GraphImporter.h - Imports the nodes of one graph --------*- C++ -*-===//
//
// A graph importer is one level of the scope chain of value names. Nodes are
// imported in dependency order whatever their order in the file. When a node
// fails, the values it should have made are unusable; nodes that need them are
// skipped silently, the others still report what is wrong with them.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_IMPORT_ONNX_GRAPHIMPORTER_H
#define TENON_LIB_IMPORT_ONNX_GRAPHIMPORTER_H

#include "ModelImporter.h"
#include "tenon/Import/Onnx/NodeReader.h"
#include "llvm/ADT/DenseMap.h"

namespace tenon::onnx {

/// What a name stands for.
struct NamedValue {
  enum class State : uint8_t {
    Present,
    Omitted, // an optional input that a function's caller left out
    Failed,  // its node reported an error
  };
  State state = State::Failed;
  mlir::Value value;
};

class GraphImporter {
public:
  /// Ops go to the end of `block`. `parent` is the importer of the enclosing
  /// graph, whose names are visible; null for a main graph or a function.
  GraphImporter(ModelImporter &model, const Environment &environment,
                mlir::Block &block, GraphImporter *parent = nullptr)
      : model(model), environment(environment), block(block), parent(parent) {}

  void bind(llvm::StringRef name, mlir::Value value);
  void bindOmitted(llvm::StringRef name);

  /// Imports a graph; its inputs are bound already, where not initializers.
  llvm::LogicalResult importGraph(const Graph &graph);
  /// Imports the nodes of a graph or of a function body.
  llvm::LogicalResult importNodes(llvm::ArrayRef<Node> nodes);
  /// The values of the outputs of this graph or function.
  llvm::FailureOr<llvm::SmallVector<mlir::Value>>
  outputs(llvm::ArrayRef<llvm::StringRef> names);

  /// A graph attribute of one of this graph's nodes.
  llvm::FailureOr<llvm::SmallVector<mlir::Value>>
  importSubgraph(const Graph &graph, mlir::Block &into,
                 llvm::ArrayRef<mlir::Value> inputs, NodeErrors &errors);

  ModelImporter &model;
  const Environment &environment;

private:
  /// Searches outwards. Null if there is no such name.
  const NamedValue *find(llvm::StringRef name);
  const NamedValue *materialize(const Tensor &initializer);
  llvm::LogicalResult importNode(const Node &node, llvm::StringRef label);
  llvm::LogicalResult runHandler(const Node &node, llvm::StringRef label,
                                 llvm::ArrayRef<mlir::Value> inputs,
                                 NodeErrors &errors);
  llvm::LogicalResult bindResults(const Node &node,
                                  llvm::ArrayRef<mlir::Value> results);
  mlir::InFlightDiagnostic error();

  mlir::Block &block;
  GraphImporter *parent;
  llvm::StringMap<NamedValue> values;
  llvm::StringMap<const Tensor *> initializers; // not materialized yet
  mlir::Operation *lastInitializer = nullptr;
};

/// The positions of `nodes` so that each comes after those whose outputs it
/// needs, also from within its subgraphs; otherwise in the given order. Reports
/// cycles and values that two nodes produce.
llvm::FailureOr<llvm::SmallVector<size_t>>
dependencyOrder(llvm::ArrayRef<Node> nodes,
                llvm::function_ref<mlir::InFlightDiagnostic()> error);

} // namespace tenon::onnx

#endif // TENON_LIB_IMPORT_ONNX_GRAPHIMPORTER_H
