//===- NodeOwners.h - The ONNX nodes that ops come from ---------*- C++ -*-===//
//
// Locations name nodes. What is in a model-local function, inlined or not,
// belongs to the nodes of the main graph that call it.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_EXPLAIN_NODEOWNERS_H
#define TENON_LIB_EXPLAIN_NODEOWNERS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SetVector.h"

namespace tenon::explain {

class NodeOwners {
public:
  explicit NodeOwners(mlir::ModuleOp module);

  /// Names of nodes, each once.
  llvm::ArrayRef<llvm::StringRef> of(mlir::Operation *op);

private:
  using Names = llvm::SmallSetVector<llvm::StringRef, 2>;
  const Names &ofFunction(mlir::func::FuncOp function);

  llvm::DenseMap<mlir::Operation *, std::vector<mlir::func::CallOp>> calls;
  llvm::DenseMap<mlir::Operation *, std::unique_ptr<Names>> known;
  Names names; ///< of the op that was asked for last
};

} // namespace tenon::explain

#endif // TENON_LIB_EXPLAIN_NODEOWNERS_H
