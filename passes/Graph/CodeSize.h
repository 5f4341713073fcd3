//===- CodeSize.h - How much code ops become --------------------*- C++ -*-===//

#ifndef TENON_PASSES_GRAPH_CODESIZE_H
#define TENON_PASSES_GRAPH_CODESIZE_H

#include "tenon/Dialect/Tn/TnOps.h"

namespace tenon::graph {

/// The ops of a region that become code, those of inner regions too.
inline int64_t opsOfCode(mlir::Region &region) {
  int64_t ops = 0;
  region.walk([&](mlir::Operation *op) {
    ops += !mlir::isa<tn::ConstantOp, tn::WeightOp, tn::ExprOp>(op) &&
           !op->hasTrait<mlir::OpTrait::IsTerminator>();
  });
  return ops;
}

} // namespace tenon::graph

#endif // TENON_PASSES_GRAPH_CODESIZE_H
