//===- InPlace.h - Whether a kernel may overwrite its input -----*- C++ -*-===//

#ifndef TENON_PASSES_PLAN_INPLACE_H
#define TENON_PASSES_PLAN_INPLACE_H

#include "tenon/Dialect/Tn/TnOps.h"

namespace tenon::plan {

/// True if the only result of `fusion` may be written over input `input`: each
/// element of the input is read only to compute the same element of the result,
/// which takes the same bytes. Conservative.
bool mayOverwrite(tn::FusionOp fusion, unsigned input);

} // namespace tenon::plan

#endif // TENON_PASSES_PLAN_INPLACE_H
