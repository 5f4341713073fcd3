//===- Flow.h - How memory leaves a region ----------------------*- C++ -*-===//
//
// A region's results are pointers, not copies, wherever that is safe. For each
// yielded value that becomes a result of tn.if or a carried value of tn.loop:
//
//   Move    the region hands over the memory, and the duty to release it
//   Borrow  the memory is owned outside of the region and outlives the result
//   Copy    into new memory on the heap, which is handed over
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_PLAN_FLOW_H
#define TENON_PASSES_PLAN_FLOW_H

#include "tenon/Dialect/Tn/TnOps.h"

namespace tenon::plan {

enum class Flow { Move, Borrow, Copy };

/// The value whose memory `v` is, before any reshape.
mlir::Value rootOf(mlir::Value v);

/// A constant or weight: its memory is there for ever.
bool isStored(mlir::Value root);

/// The yielded values that become results (tn.if) or carried values (tn.loop).
mlir::OperandRange joinedOperands(tn::YieldOp yield);

/// One per joined operand of a yield in a tn.if or tn.loop.
llvm::SmallVector<Flow> flowsOf(tn::YieldOp yield);

} // namespace tenon::plan

#endif // TENON_PASSES_PLAN_FLOW_H
