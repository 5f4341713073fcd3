//===- Session.h - What one thread needs to run a module ------------------===//
//
// Everything that a run reuses: arena, plan cache, bindings, profile.
//
//===----------------------------------------------------------------------===//
#ifndef TENON_RUNTIME_CORE_SESSION_H
#define TENON_RUNTIME_CORE_SESSION_H

#include "Arena.h"
#include "Profiler.h"
#include "Signature.h"
#include "tenon/runtime.h"

#include <atomic>

namespace tenon::runtime {

/// What a run knows of one output.
struct OutputState {
  bool isGiven; ///< The caller's memory.
  bool isProduced;
};

} // namespace tenon::runtime

struct tn_session {
  tn_module *module;
  const tn_variant_desc *variant;
  int32_t threads;
  std::atomic<bool> isRunning;
  tenon::runtime::Arena arena;
  tenon::runtime::Profiler profiler;
  tenon::runtime::Array<tenon::runtime::Binding> bindings;
  tenon::runtime::Array<int64_t> symbols; ///< The values of `bindings`.
  tenon::runtime::Array<tenon::runtime::OutputState> outputStates;
};

#endif // TENON_RUNTIME_CORE_SESSION_H
