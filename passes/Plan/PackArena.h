//===- PackArena.h - Offsets of slots of static sizes -----------*- C++ -*-===//

#ifndef TENON_PASSES_PLAN_PACKARENA_H
#define TENON_PASSES_PLAN_PACKARENA_H

#include "passes/Plan/Placement.h"

namespace tenon::plan {

/// Sets offsets so that slots that live at the same time do not overlap, and
/// the arena's bytes, as the runtime does for sizes that it knows first. Does
/// nothing if a size is not a constant, or all together are absurd: the runtime
/// packs then, or says so.
void packArena(Arena &arena);

/// The least that any packing needs: the most bytes that live at one step. Of
/// an arena of constant sizes.
int64_t mostLiveBytes(const Arena &arena);

} // namespace tenon::plan

#endif // TENON_PASSES_PLAN_PACKARENA_H
