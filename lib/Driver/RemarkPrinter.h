//===- RemarkPrinter.h - Remarks as lines of text ---------------*- C++ -*-===//

#ifndef TENON_LIB_DRIVER_REMARKPRINTER_H
#define TENON_LIB_DRIVER_REMARKPRINTER_H

#include "mlir/IR/MLIRContext.h"

namespace tenon {

/// Prints each remark of `context` to `os`, which must outlive it.
void enableRemarks(mlir::MLIRContext &context, llvm::raw_ostream &os);

} // namespace tenon

#endif // TENON_LIB_DRIVER_REMARKPRINTER_H
