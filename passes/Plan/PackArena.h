//===- PackArena.h - Offsets of slots of static sizes -----------*- C++ -*-===//

#ifndef TENON_PASSES_PLAN_PACKARENA_H
#define TENON_PASSES_PLAN_PACKARENA_H

#include "passes/Plan/Placement.h"

namespace tenon::plan {

/// Sets offsets so that slots that live at the same time do not overlap, and
/// the arena's bytes. Does nothing if a size is not a constant, or too large
/// for 63 bits together: the runtime packs then.
void packArena(Arena &arena);

} // namespace tenon::plan

#endif // TENON_PASSES_PLAN_PACKARENA_H
