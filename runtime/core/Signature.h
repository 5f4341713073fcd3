//===- Signature.h - Do these tensors fit the model? ----------------------===//
//
// The first input dim that is exactly a symbol binds it; every later use must
// agree. Dims that are formulas are the host program's to check.
//
//===----------------------------------------------------------------------===//
#ifndef TENON_RUNTIME_CORE_SIGNATURE_H
#define TENON_RUNTIME_CORE_SIGNATURE_H

#include "tenon/runtime.h"

namespace tenon::runtime {

/// The value of a symbol that no input binds.
inline constexpr int64_t kUnbound = -1;

/// The value of a symbol and the input that bound it (null: unbound).
struct Binding {
  const char *input;
  int64_t value;
};

/// Checks count, dtypes, ranks and dims, and sets `symbols` (one per symbol of
/// the module).
tn_status bindInputs(const tn_module_desc &desc, const tn_view *inputs,
                     int32_t count, Binding *symbols);

/// Checks the count, and whatever of the outputs with memory of the caller can
/// be known before the run.
tn_status checkOutputs(const tn_module_desc &desc, const tn_output *outputs,
                       int32_t count, const Binding *symbols);

/// Checks the caller's output against the sizes that the model computed.
tn_status checkOutputDims(const tn_tensor_desc &desc, const tn_view &given,
                          const int64_t *dims);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CORE_SIGNATURE_H
