//===- Passes.h - The passes of the graph phase -----------------*- C++ -*-===//

#ifndef TENON_PASSES_GRAPH_PASSES_H
#define TENON_PASSES_GRAPH_PASSES_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/Pass/Pass.h"
#include "tenon/Profile/ExecutionProfile.h"
#include "llvm/ADT/StringSet.h"
#include <functional>

namespace tenon::graph {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/Graph/Passes.h.inc"

/// Compiles and runs a module whose `main` has no arguments; its results.
using ConstantEvaluator =
    std::function<llvm::FailureOr<llvm::SmallVector<mlir::ElementsAttr>>(
        mlir::ModuleOp)>;

/// tn-fold-constants with something that can run code.
std::unique_ptr<mlir::Pass> createFoldConstants(ConstantEvaluator evaluator);

struct InlineOptions {
  /// Without one frequencies are estimated. It must outlive the pass.
  const profile::ExecutionProfile *profile = nullptr;
  bool onlyNecessary = false; ///< keep every call that can be one
};
/// tn-inline-hot-functions with a profile that is in memory.
std::unique_ptr<mlir::Pass> createInlineHotFunctions(InlineOptions options);

/// tn-unroll-hot-loops with a profile, which must outlive it.
std::unique_ptr<mlir::Pass>
createUnrollHotLoops(const profile::ExecutionProfile *profile);

/// An imported module -> a normalized one: no calls but those that inlining
/// left, no dead nodes, no constant subgraphs, transposes at the borders.
/// Without an evaluator constant subgraphs stay; passes named in `disabled` are
/// left out.
void buildNormalizePipeline(mlir::OpPassManager &pm,
                            ConstantEvaluator evaluator = {},
                            const llvm::StringSet<> &disabled = {},
                            const profile::ExecutionProfile *profile = nullptr);
/// Registers the passes and the pipeline `tn-normalize`.
void registerGraphPasses();

} // namespace tenon::graph

#endif // TENON_PASSES_GRAPH_PASSES_H
