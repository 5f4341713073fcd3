//===- Symbols.h - Which sizes are known when -------------------*- C++ -*-===//
//
// Symbols that are a dim of an input by themselves are bound before the host
// program runs. Others are bound by tn.bind, tn.if and tn.loop inside of it.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_PLAN_SYMBOLS_H
#define TENON_PASSES_PLAN_SYMBOLS_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "tenon/Dialect/Tn/ShapeFacts.h"
#include "tenon/Dialect/Tn/TnOps.h"
#include "llvm/ADT/SetVector.h"

namespace tenon::plan {

/// In the order in which the runtime passes their values.
llvm::SetVector<tn::ExprAttr> inputSymbols(mlir::func::FuncOp function);

/// Those that a call passes to a private function: all that it uses and does not
/// bind itself. Of the model's function, inputSymbols.
llvm::SetVector<tn::ExprAttr> entrySymbols(mlir::func::FuncOp function);

/// True if `e` depends on symbols of `known` only.
bool dependsOnlyOn(tn::ExprAttr e, const llvm::SetVector<tn::ExprAttr> &known);

/// True if a size may come out negative for allowed values of its symbols.
bool mayBeNegative(tn::ExprAttr size, const tn::ShapeFacts &facts);

/// Bytes of a tensor; a dim that comes out negative counts as 0.
tn::ExprAttr bytesOf(mlir::Type tensor, const tn::ShapeFacts &facts);

} // namespace tenon::plan

#endif // TENON_PASSES_PLAN_SYMBOLS_H
