//===- Module.h - A loaded artifact ---------------------------------------===//
//
// Invariant: `desc` was validated, so its indices and pointers can be followed.
//
//===----------------------------------------------------------------------===//
#ifndef TENON_RUNTIME_CORE_MODULE_H
#define TENON_RUNTIME_CORE_MODULE_H

#include "tenon/runtime.h"

#include <atomic>

struct tn_module {
  std::atomic<int32_t> references;
  const tn_module_desc *desc;
  void *library; ///< Of dlopen, or null.
};

namespace tenon::runtime {

void retainModule(tn_module *module);

/// The first variant that needs nothing but `features`.
tn_status chooseVariant(const tn_module_desc &desc, uint64_t features,
                        const tn_variant_desc **outVariant);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CORE_MODULE_H
