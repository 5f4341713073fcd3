//===- TnInterfaces.h - What passes may ask of an op ------------*- C++ -*-===//

#ifndef TENON_DIALECT_TN_TNINTERFACES_H
#define TENON_DIALECT_TN_TNINTERFACES_H

#include "tenon/Dialect/Tn/TnAttrs.h"
#include "mlir/IR/OpDefinition.h"

namespace tenon {
namespace tn {
class BodyBuilder;
} // namespace tn
namespace codegen {
class ElementEmitter;
struct LaneIndex;
} // namespace codegen
} // namespace tenon

#include "tenon/Dialect/Tn/TnInterfaces.h.inc"

#endif // TENON_DIALECT_TN_TNINTERFACES_H
