//===- ProfileFile.h - What a profiler recorded, as files -----------------===//
#ifndef TENON_RUNTIME_CORE_PROFILEFILE_H
#define TENON_RUNTIME_CORE_PROFILEFILE_H

#include "Profiler.h"

namespace tenon::runtime {

/// The sums, as JSON that the compiler reads (tenon/Profile).
tn_status writeProfile(const Profiler &profiler, const tn_module_desc &module,
                       const tn_variant_desc &variant, const char *path);

/// The events, as a Chrome trace.
tn_status writeTrace(const Profiler &profiler, const tn_module_desc &module,
                     const tn_variant_desc &variant, const char *path);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CORE_PROFILEFILE_H
