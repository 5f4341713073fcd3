//===- Import.h - From an ONNX model to a tn module ------------*- C++ -*-===//
//
// The module holds one public function `main` whose arguments and results carry
// the names of the graph's inputs and outputs in the attribute `tn.name`.
// Weights are `tn.data` symbols: places in the model file or its external data,
// so the files must still be there when the module is compiled.
//
// Nothing of the model is trusted: whatever is wrong with it becomes errors of
// the context's diagnostic engine, which name the model file, the node and what
// to do.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORT_ONNX_IMPORT_H
#define TENON_IMPORT_ONNX_IMPORT_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "tenon/Dialect/Tn/ShapeFacts.h"
#include "tenon/Import/Onnx/ModelFile.h"
#include "llvm/ADT/StringMap.h"
#include <functional>

namespace tenon::onnx {

struct ImportOptions {
  /// Sizes of symbolic dims, by `dim_param` or by the name that an unnamed dim
  /// gets (`input.dim0`).
  llvm::StringMap<int64_t> dims;
  /// What sizes of symbolic dims may be, by the same names. The artifact
  /// relies on it and refuses inputs of other sizes.
  llvm::StringMap<tn::SymbolFact> facts;
  /// Shapes of graph inputs, by name; these win over what the model declares.
  /// A negative size leaves the dim as declared.
  llvm::StringMap<llvm::SmallVector<int64_t>> shapes;
  /// Names of values of the main graph to return in place of its outputs.
  std::vector<std::string> outputs;
  /// Shown each node that was imported, after the nodes of its subgraphs, with
  /// its results (null: omitted). Again if the import starts over.
  std::function<void(const Node &node, llvm::ArrayRef<mlir::Value> results)>
      onNode;
};

/// The name of a node in messages and locations: its own, or "OpType#index".
std::string nodeLabel(const Node &node, size_t index);

/// The first and the last version of the default operator set that importModel
/// understands.
inline constexpr int64_t kOldestOpset = 7;
inline constexpr int64_t kNewestOpset = 28;

llvm::FailureOr<mlir::OwningOpRef<mlir::ModuleOp>>
importModel(const ModelFile &file, mlir::MLIRContext &context,
            const ImportOptions &options = {});

} // namespace tenon::onnx

#endif // TENON_IMPORT_ONNX_IMPORT_H
