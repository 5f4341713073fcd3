//===- BodyFeatures.h - Instructions that bodies may use --------*- C++ -*-===//

#ifndef TENON_TARGET_CPU_BODYFEATURES_H
#define TENON_TARGET_CPU_BODYFEATURES_H

#include "tenon/Dialect/Tn/BodyBuilder.h"
#include "tenon/Target/TargetDesc.h"

namespace tenon::cpu {

/// What `target` offers beyond arith, math and vector.
tn::BodyFeatures bodyFeatures(const TargetDesc &target);

} // namespace tenon::cpu

#endif // TENON_TARGET_CPU_BODYFEATURES_H
