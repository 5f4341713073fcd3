//===- Packing.h - Places temporaries so that no two living ones overlap --===//
//
// Offline dynamic storage allocation. Deterministic: the same lives and sizes
// give the same offsets. The compiler uses it too, for sizes that it knows.
//
//===----------------------------------------------------------------------===//
#ifndef TENON_RUNTIME_CORE_PACKING_H
#define TENON_RUNTIME_CORE_PACKING_H

#include "tenon/runtime.h"

namespace tenon::runtime {

/// Sets `offsets` (aligned) and the bytes that all of them span.
tn_status packIntervals(int64_t count, const tn_interval *lives,
                        const int64_t *sizes, int64_t *offsets,
                        int64_t *outBytes);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CORE_PACKING_H
