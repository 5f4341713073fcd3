//===- StoredValues.h - Constants and weights in the artifact ---*- C++ -*-===//
//
// Both have a place in the blob of weights. Equal ones share it.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_PLAN_STOREDVALUES_H
#define TENON_PASSES_PLAN_STOREDVALUES_H

#include "tenon/Dialect/Tn/TnOps.h"
#include "tenon/Target/CPU/WeightFile.h"

namespace tenon::plan {

/// What identifies the bytes of a tn.constant or tn.weight.
mlir::FailureOr<mlir::Attribute> storedIdentity(mlir::Operation *op);

/// Bytes in the blob, packing included.
mlir::FailureOr<int64_t> storedBytes(mlir::Operation *op);

/// Where the bytes come from, at `position` of the blob.
mlir::FailureOr<cpu::WeightSource> storedSource(mlir::Operation *op,
                                                uint64_t position);

} // namespace tenon::plan

#endif // TENON_PASSES_PLAN_STOREDVALUES_H
