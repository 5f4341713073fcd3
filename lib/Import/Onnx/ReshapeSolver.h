//===- ReshapeSolver.h - The dims that ONNX Reshape asks for ---*- C++ -*-===//

#ifndef TENON_LIB_IMPORT_ONNX_RESHAPESOLVER_H
#define TENON_LIB_IMPORT_ONNX_RESHAPESOLVER_H

#include "tenon/Import/Onnx/NodeReader.h"

namespace tenon::onnx {

/// What the shape in input 1 makes of input 0: a 0 copies a dim (unless
/// `zeroIsSize`), a -1 is what is left. Dims that depend on data are bound to
/// symbols.
llvm::FailureOr<Exprs> reshapedDims(NodeReader &n, TnBuilder &b,
                                    bool zeroIsSize);

/// The product of `whole` divided by that of `parts`, where factors that occur
/// in both cancel. (If one of those is 0, every quotient is right.)
tn::ExprAttr quotientOfProducts(llvm::ArrayRef<tn::ExprAttr> whole,
                                llvm::ArrayRef<tn::ExprAttr> parts,
                                mlir::MLIRContext *context);

} // namespace tenon::onnx

#endif // TENON_LIB_IMPORT_ONNX_RESHAPESOLVER_H
