//===- Choice.h - What is decided at run time -------------------*- C++ -*-===//
//
// An integer input that says how an op works, such as its axes, may be known at
// run time only. If few values are legal, the op is imported once for each, and
// the host program chooses. If the axes only say what sizes are for, they are
// data like any other.
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

/// One element per dim of a tensor of this rank, i64: that of `values` at the
/// dims that `axes` names (both 1-D, of one length), that of `otherwise` at
/// others. Axes that are out of range or repeated end the run with an error.
mlir::Value perAxis(TnBuilder &b, mlir::Value values, mlir::Value axes,
                    int64_t rank, mlir::Value otherwise);

} // namespace tenon::onnx

#endif // TENON_LIB_IMPORT_ONNX_CHOICE_H
