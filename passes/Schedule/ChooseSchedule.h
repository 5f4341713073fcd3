//===- ChooseSchedule.h - How a fusion becomes a kernel ---------*- C++ -*-===//

#ifndef TENON_PASSES_SCHEDULE_CHOOSESCHEDULE_H
#define TENON_PASSES_SCHEDULE_CHOOSESCHEDULE_H

#include "tenon/Dialect/Tn/TnOps.h"
#include "tenon/Target/TargetDesc.h"

namespace tenon::schedule {

/// The schedule of a fusion for a target: pure, a function of the region's
/// ops, shapes and the target.
tn::ScheduleAttr chooseSchedule(tn::FusionOp fusion, const TargetDesc &target);

} // namespace tenon::schedule

#endif // TENON_PASSES_SCHEDULE_CHOOSESCHEDULE_H
