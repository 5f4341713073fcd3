//===- Choice.h - What is decided at run time -------------------*- C++ -*-===//
//
// An integer input that says how an op works, such as its axes, may be known at
// run time only. If few values are legal, the op is imported once for each, and
// the host program chooses.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_IMPORT_ONNX_CHOICE_H
#define TENON_LIB_IMPORT_ONNX_CHOICE_H

#include "tenon/Import/Onnx/NodeReader.h"

namespace tenon::onnx {

/// One of two values of the same rank and element type; dims that differ are
/// fresh symbols. Null after an error.
mlir::Value importChoice(NodeReader &n, TnBuilder &b, mlir::Value condition,
                         llvm::function_ref<mlir::Value()> then,
                         llvm::function_ref<mlir::Value()> otherwise);

/// What `build` makes of the axes, sorted, that input `i` holds. They are of a
/// tensor of this rank; at run time only those for which `isLegal` holds are
/// possible, and any others end the run with an error.
llvm::FailureOr<mlir::Value> overAxes(
    NodeReader &n, TnBuilder &b, unsigned i, int64_t rank,
    llvm::function_ref<mlir::Value(llvm::ArrayRef<int64_t>)> build,
    llvm::function_ref<bool(int64_t)> isLegal = [](int64_t) { return true; });

} // namespace tenon::onnx

#endif // TENON_LIB_IMPORT_ONNX_CHOICE_H
