//===- HeroWalk.h - Steps that several heroes share -------------*- C++ -*-===//

#ifndef TENON_PASSES_CODEGEN_EMIT_HEROWALK_H
#define TENON_PASSES_CODEGEN_EMIT_HEROWALK_H

#include "passes/Codegen/Emit/ElementEmitter.h"

namespace tenon::codegen {

/// The only op of type Op in a fusion's region.
template <typename Op> Op heroOp(tn::FusionOp fusion) {
  auto ops = fusion.getBody().getOps<Op>();
  assert(!ops.empty() && "the schedule names a hero that is not there");
  return *ops.begin();
}

/// The output that holds `value`, or nothing if it is not yielded.
std::optional<Buffer> outputOf(KernelBuilder &k, tn::FusionOp fusion,
                               mlir::Value value);

/// Lanes at consecutive positions from `base`.
LaneIndex consecutive(KernelBuilder &k, mlir::Value base);

/// Coordinates, alike in all lanes.
ElementIndex uniformIndex(ElementEmitter &e,
                          llvm::ArrayRef<mlir::Value> coordinates);

/// The elements of `value` (always a vector, if lanes are) from row-major
/// position `first` on, under `mask`.
mlir::Value emitRun(ElementEmitter &e, mlir::Value value, mlir::Value first,
                    mlir::Value mask);

} // namespace tenon::codegen

#endif // TENON_PASSES_CODEGEN_EMIT_HEROWALK_H
