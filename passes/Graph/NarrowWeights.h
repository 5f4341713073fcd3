//===- NarrowWeights.h - Weights that stay small integers -------*- C++ -*-===//

#ifndef TENON_PASSES_GRAPH_NARROWWEIGHTS_H
#define TENON_PASSES_GRAPH_NARROWWEIGHTS_H

#include "tenon/Dialect/Tn/TnOps.h"

namespace tenon::graph {

/// Whether the integers of `op` are to be what the artifact has: constants, and
/// many, that only products read.
bool staysNarrow(tn::DequantizeOp op);

} // namespace tenon::graph

#endif // TENON_PASSES_GRAPH_NARROWWEIGHTS_H
