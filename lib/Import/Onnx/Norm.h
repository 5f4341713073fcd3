//===- Norm.h - Normalization by statistics of the data --------*- C++ -*-===//

#ifndef TENON_LIB_IMPORT_ONNX_NORM_H
#define TENON_LIB_IMPORT_ONNX_NORM_H

#include "tenon/Import/Onnx/TnBuilder.h"

namespace tenon::onnx {

struct Normalized {
  mlir::Value y, mean, inverseDeviation; // reduced dims stay
};

/// (x - mean) / sqrt(variance + epsilon) over `axes`.
Normalized standardize(TnBuilder &b, mlir::Value x,
                       llvm::ArrayRef<int64_t> axes, double epsilon);

/// x / sqrt(mean(x^2) + epsilon) over `axes`; has no mean.
Normalized normalizeByRms(TnBuilder &b, mlir::Value x,
                          llvm::ArrayRef<int64_t> axes, double epsilon);

} // namespace tenon::onnx

#endif // TENON_LIB_IMPORT_ONNX_NORM_H
