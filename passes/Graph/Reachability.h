//===- Reachability.h - What results depend on ------------------*- C++ -*-===//
//
// Backwards from the results of public functions and from checks. Ops with
// regions and calls are followed value by value: a result of tn.if needs what
// both branches yield for it, a carried value of tn.loop is needed if its
// result or its argument is, a scan output if its result is, an argument of a
// private function if its body needs it, a result if some call does. Linear in
// the number of ops and operands.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_GRAPH_REACHABILITY_H
#define TENON_PASSES_GRAPH_REACHABILITY_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/BuiltinOps.h"
#include "tenon/Dialect/Tn/TnOps.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/StringMap.h"

namespace tenon::graph {

class Reachability {
public:
  explicit Reachability(mlir::Operation *root);

  bool isLive(mlir::Operation *op) const { return liveOps.contains(op); }
  /// Of results of tn.if, tn.loop and calls, and of block arguments; results of
  /// other ops are live if their op is.
  bool isLive(mlir::Value v) const { return liveValues.contains(v); }
  /// True if nothing outside of the module sees its arguments and results.
  bool isPrivate(mlir::func::FuncOp function) const {
    return functions.contains(function);
  }
  llvm::ArrayRef<mlir::func::CallOp>
  callsOf(mlir::func::FuncOp function) const {
    return functions.find(function)->second;
  }

private:
  /// The function that a call calls, if it is private.
  mlir::func::FuncOp calleeOf(mlir::func::CallOp call) const;
  void collect(mlir::Operation *op);
  bool isRoot(mlir::Operation *op) const;
  void mark(mlir::Operation *op);
  void mark(mlir::Value v);
  void markRegion(mlir::Region &region);
  void markBinders(llvm::StringRef symbol);
  void visit(mlir::Operation *op);
  void visit(mlir::Value v);
  void visitResult(mlir::OpResult result);
  void visitArgument(mlir::BlockArgument argument);
  void visitCarried(tn::LoopOp loop, unsigned i);

  llvm::DenseSet<mlir::Operation *> liveOps;
  llvm::DenseSet<mlir::Value> liveValues;
  llvm::SmallVector<mlir::Operation *> ops; ///< to visit
  llvm::SmallVector<mlir::Value> values;    ///< to visit
  /// The calls of private functions.
  llvm::DenseMap<mlir::Operation *, llvm::SmallVector<mlir::func::CallOp, 1>>
      functions;
  llvm::DenseMap<mlir::Block *, llvm::SmallVector<mlir::Operation *, 1>> checks;
  llvm::StringMap<mlir::func::FuncOp> privateNames;
  llvm::StringMap<llvm::SmallVector<mlir::Operation *, 1>> binders;
  mlir::AttrTypeWalker walker;
};

} // namespace tenon::graph

#endif // TENON_PASSES_GRAPH_REACHABILITY_H
