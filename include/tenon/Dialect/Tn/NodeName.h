//===- NodeName.h - Which node of the model an op comes from ----*- C++ -*-===//

#ifndef TENON_DIALECT_TN_NODENAME_H
#define TENON_DIALECT_TN_NODENAME_H

#include "mlir/IR/Location.h"

namespace tenon::tn {

/// The name of a node in a location, empty if there is none: the first one; of
/// what was inlined, that in the function.
llvm::StringRef nodeName(mlir::Location location);

} // namespace tenon::tn

#endif // TENON_DIALECT_TN_NODENAME_H
