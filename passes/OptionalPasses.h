//===- OptionalPasses.h - What a compilation can do without -----*- C++ -*-===//
//
// Optimizations that can be left out by name, to see what each is worth and to
// compare optimized with unoptimized code. The result is slower, never wrong.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_OPTIONALPASSES_H
#define TENON_PASSES_OPTIONALPASSES_H

#include "mlir/Pass/Pass.h"
#include "mlir/Pass/PassManager.h"
#include "llvm/ADT/StringSet.h"

namespace tenon {

/// All of them, by their names in tenon-opt. Without tn-form-fusions each op is
/// a kernel of its own, without tn-inline-hot-functions each call is one.
inline constexpr llvm::StringLiteral kOptionalPasses[] = {
    "cse",
    "tn-batch-fusions",
    "tn-collapse-dims",
    "tn-eliminate-dead-nodes",
    "tn-fold-affine",
    "tn-fold-constants",
    "tn-fold-weight-layouts",
    "tn-form-fusions",
    "tn-form-integer-products",
    "tn-inline-hot-functions",
    "tn-keep-weights-narrow",
    "tn-recognize-attention",
    "tn-sink-transposes",
    "tn-unfold-conv-transpose",
    "tn-unroll-hot-loops",
};

/// Adds a pass unless `disabled` has its name.
inline void addOptional(mlir::OpPassManager &pm,
                        std::unique_ptr<mlir::Pass> pass,
                        const llvm::StringSet<> &disabled) {
  assert(llvm::is_contained(kOptionalPasses, pass->getArgument()) &&
         "not listed as optional");
  if (!disabled.contains(pass->getArgument()))
    pm.addPass(std::move(pass));
}

} // namespace tenon

#endif // TENON_PASSES_OPTIONALPASSES_H
