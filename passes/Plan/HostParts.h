//===- HostParts.h - Long host programs in several functions ----*- C++ -*-===//
//
// The time LLVM takes for a function grows with the square of its blocks. A
// program of thousands of launches is cut at the top level into parts, each a
// function that the program calls in turn:
//
//   host(api, exec, inputs, symbols, weights)
//     ...; part1(api, ..., weights, frame); part2(...); ...
//
// Values that a part takes from another one go through `frame`, memory of the
// program; constants are made anew.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_PLAN_HOSTPARTS_H
#define TENON_PASSES_PLAN_HOSTPARTS_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

namespace tenon::plan {

/// Moves the blocks from each of `starts` up to the next one, and those from
/// the last one on, into functions of their own. `exit` returns its argument, a
/// status; a start is entered by one branch, the last op of what is before it.
void splitIntoParts(mlir::LLVM::LLVMFuncOp program, mlir::Block *exit,
                    llvm::ArrayRef<mlir::Block *> starts);

} // namespace tenon::plan

#endif // TENON_PASSES_PLAN_HOSTPARTS_H
