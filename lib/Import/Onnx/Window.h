//===- Window.h - The geometry of convolutions and pools -------*- C++ -*-===//

#ifndef TENON_LIB_IMPORT_ONNX_WINDOW_H
#define TENON_LIB_IMPORT_ONNX_WINDOW_H

#include "tenon/Import/Onnx/NodeReader.h"

namespace tenon::onnx {

/// A sliding window over the spatial dims, as attributes of a node say. All
/// lists have one element per spatial dim.
struct Window {
  llvm::SmallVector<int64_t> kernel, strides, dilations;
  Exprs low, high; // padding
  Exprs output;    // spatial dims of the result

  bool isPadded() const;
};

/// Reads strides, dilations, pads, auto_pad and ceil_mode. `spatial` are the
/// dims of the operand. `kernel` is that of the weight, if there is one.
llvm::FailureOr<Window> readWindow(NodeReader &n, TnBuilder &b,
                                   llvm::ArrayRef<tn::ExprAttr> spatial,
                                   llvm::ArrayRef<int64_t> kernel);

/// How a node asks for padding that follows from the sizes.
enum class AutoPad : uint8_t { NotSet, SameUpper, SameLower, Valid };
AutoPad autoPadAttr(NodeReader &n);

/// The sizes of `weight`'s dims from `first` on, which must be known; checked
/// against the attribute kernel_shape.
llvm::FailureOr<llvm::SmallVector<int64_t>>
kernelOfWeight(NodeReader &n, mlir::Value weight, int64_t first);

/// The dims of an operand [N, C, X...].
inline llvm::ArrayRef<tn::ExprAttr> spatialOf(llvm::ArrayRef<tn::ExprAttr> d) {
  return d.drop_front(2);
}
/// Reports an operand that is not [N, C, X...] with one to three spatial dims.
llvm::LogicalResult requireSpatial(NodeReader &n, unsigned input);

} // namespace tenon::onnx

#endif // TENON_LIB_IMPORT_ONNX_WINDOW_H
