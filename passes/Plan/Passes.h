//===- Passes.h - The plan phase --------------------------------*- C++ -*-===//

#ifndef TENON_PASSES_PLAN_PASSES_H
#define TENON_PASSES_PLAN_PASSES_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Pass/Pass.h"
#include "tenon/Dialect/Tn/TnAttrs.h"

namespace tenon::plan {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "passes/Plan/Passes.h.inc"

} // namespace tenon::plan

#endif // TENON_PASSES_PLAN_PASSES_H
