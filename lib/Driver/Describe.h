//===- Describe.h - What an artifact says about itself ----------*- C++ -*-===//

#ifndef TENON_LIB_DRIVER_DESCRIBE_H
#define TENON_LIB_DRIVER_DESCRIBE_H

#include "passes/Plan/HostProgram.h"
#include "tenon/Dialect/Tn/ShapeFacts.h"
#include "tenon/Target/CPU/ModuleTable.h"

namespace tenon {

/// The element type in the runtime's terms.
tn_dtype dtypeOf(mlir::Type element);

/// Symbols, inputs and outputs of a host program.
void describe(const plan::HostProgram &program, const tn::ShapeFacts &facts,
              cpu::ModuleTable &table);

} // namespace tenon

#endif // TENON_LIB_DRIVER_DESCRIBE_H
