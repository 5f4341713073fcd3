//===- Collector.h - Watches a compilation to report on it ------*- C++ -*-===//
//
// Nodes are followed by their names, which locations carry through all passes.
// Nodes of equal names are followed together. Nodes in bodies of model-local
// functions count as the node that calls the function.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_EXPLAIN_COLLECTOR_H
#define TENON_EXPLAIN_COLLECTOR_H

#include "tenon/Driver/Compiler.h"
#include "tenon/Explain/Report.h"
#include "llvm/ADT/StringSet.h"

namespace tenon::explain {

struct PlannedProgram;

class Collector {
public:
  Collector();
  ~Collector();

  /// Watches what `compiler` does with `options` from now on. The collector
  /// must live as long as they are used.
  void attach(Compiler &compiler, CompileOptions &options);

  /// Of the compilation, which was for one target: all but times. Sizes of
  /// symbols give numbers where there would be expressions.
  Report report(const onnx::Graph &graph,
                const llvm::StringMap<int64_t> &sizes) const;

private:
  void addResults(const onnx::Node &node, llvm::ArrayRef<mlir::Value> results);
  void compareNames(llvm::StringRef pass, mlir::ModuleOp module);
  void addNodes(const onnx::Graph &graph, int parent, int &graphs,
                Report &report) const;
  void judge(const onnx::Node &onnxNode, Node &node) const;

  llvm::DenseMap<const onnx::Node *, std::vector<std::string>> resultTypes;
  llvm::StringSet<> imported, sizes; ///< names of nodes, those of sizes apart
  /// Of nodes that are left and depend on an input.
  llvm::StringSet<> names;
  llvm::StringMap<std::string> lostIn; ///< the pass after which a name was gone
  std::vector<Remark> remarks;
  std::string target;
  std::vector<Kernel> kernels;
  std::unique_ptr<PlannedProgram> program;
  llvm::StringMap<std::vector<int>> stepsOf; ///< by name of a node
};

} // namespace tenon::explain

#endif // TENON_EXPLAIN_COLLECTOR_H
