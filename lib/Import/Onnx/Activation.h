//===- Activation.h - Activations that several domains have ----*- C++ -*-===//

#ifndef TENON_LIB_IMPORT_ONNX_ACTIVATION_H
#define TENON_LIB_IMPORT_ONNX_ACTIVATION_H

#include "tenon/Import/Onnx/TnBuilder.h"

namespace tenon::onnx {

/// x times the normal distribution function of x; its approximation by tanh.
mlir::Value gelu(TnBuilder &b, mlir::Value x, bool byTanh);

} // namespace tenon::onnx

#endif // TENON_LIB_IMPORT_ONNX_ACTIVATION_H
