//===- TnAttrs.h - Attributes and enums of the tn dialect -------*- C++ -*-===//

#ifndef TENON_DIALECT_TN_TNATTRS_H
#define TENON_DIALECT_TN_TNATTRS_H

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/Dialect.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/IR/TensorEncoding.h"

namespace tenon::tn {
enum class ExprKind : uint8_t {
  Constant,  ///< `value`
  Symbol,    ///< `name`
  Add,       ///< sum of `args` plus `value`
  Mul,       ///< product of `args` times `value`
  FloorDiv,  ///< args[0], args[1]; so are the following
  CeilDiv,
  Mod,
  Min,
  Max,
  Broadcast
};

/// How an op takes part in a fusion; see FusionRoleOpInterface.
enum class FusionRole : uint8_t {
  elementwise,
  movement,
  view,
  reduction,
  contraction,
  window,
  opaque,
  host
};
} // namespace tenon::tn

#include "tenon/Dialect/Tn/TnDialect.h.inc"
#include "tenon/Dialect/Tn/TnEnums.h.inc"
#define GET_ATTRDEF_CLASSES
#include "tenon/Dialect/Tn/TnAttrs.h.inc"

#endif // TENON_DIALECT_TN_TNATTRS_H
