//===- CpuFeatures.h - What this CPU can execute --------------------------===//
//
// A feature counts only if the operating system saves its registers.
//
//===----------------------------------------------------------------------===//
#ifndef TENON_RUNTIME_CPU_CPUFEATURES_H
#define TENON_RUNTIME_CPU_CPUFEATURES_H

#include "tenon_abi.h"

namespace tenon::runtime {

/// Bits of enum tn_cpu_feature; 0 on CPUs other than x86-64.
uint64_t detectFeatures();

/// Asks the operating system for what it gives on request only (AMX state);
/// false if it refuses. Call before code that uses `features` runs.
bool enableFeatures(uint64_t features);

/// The richest base level within `features`: "x86-64-v4", ...
const char *baseTargetName(uint64_t features);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CPU_CPUFEATURES_H
