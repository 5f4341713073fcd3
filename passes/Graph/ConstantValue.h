//===- ConstantValue.h - What will be known when constants are folded -----===//

#ifndef TENON_PASSES_GRAPH_CONSTANTVALUE_H
#define TENON_PASSES_GRAPH_CONSTANTVALUE_H

#include "tenon/Dialect/Tn/TnOps.h"

namespace tenon::graph {

/// Whether `v` is computed from constants and weights only, by few ops.
bool isConstantValue(mlir::Value v);

/// (integers - zero) * scale, as three ops.
struct QuantizedValue {
  mlir::Value integers, zero, scale; ///< zero may be null
};
/// What `v` is if it stands for small integers.
std::optional<QuantizedValue> matchQuantized(mlir::Value v);
/// The same for v, or for what it is a view or transpose of.
bool isQuantized(mlir::Value v);

/// Whether elements are integers of 2 to 8 bits.
bool hasNarrowElements(mlir::Value v);

} // namespace tenon::graph

#endif // TENON_PASSES_GRAPH_CONSTANTVALUE_H
