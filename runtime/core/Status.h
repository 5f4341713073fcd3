//===- Status.h - How runtime code reports a failure ----------------------===//
//
// Invariant: whoever returns something else than TN_OK has called fail() first,
// or passes on the status of a callee that did.
//
//===----------------------------------------------------------------------===//
#ifndef TENON_RUNTIME_CORE_STATUS_H
#define TENON_RUNTIME_CORE_STATUS_H

#include "tenon/runtime.h"

namespace tenon::runtime {

/// Records the message for the calling thread and returns `status`.
[[gnu::format(printf, 2, 3)]] tn_status fail(tn_status status,
                                             const char *format, ...);

/// The failure of an allocation of `bytes` for `what`.
tn_status failOutOfMemory(const char *what, int64_t bytes);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CORE_STATUS_H
