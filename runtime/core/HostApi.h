//===- HostApi.h - Runs a host program and serves its calls ---------------===//
//
// Invariant: when the run ends, nothing that it allocated is left but outputs
// that succeeded.
//
//===----------------------------------------------------------------------===//
#ifndef TENON_RUNTIME_CORE_HOSTAPI_H
#define TENON_RUNTIME_CORE_HOSTAPI_H

#include "tenon/runtime.h"

namespace tenon::runtime {

/// Runs the session's variant on checked inputs, with the symbols bound.
tn_status runHost(tn_session &session, const tn_view *inputs,
                  tn_output *outputs);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CORE_HOSTAPI_H
