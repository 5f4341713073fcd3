//===- Tensor.h - Reference-counted host memory with a shape --------------===//
//
// Invariant: dims and data do not change while the tensor lives.
//
//===----------------------------------------------------------------------===//
#ifndef TENON_RUNTIME_CORE_TENSOR_H
#define TENON_RUNTIME_CORE_TENSOR_H

#include "tenon/runtime.h"

#include <atomic>

struct tn_tensor {
  std::atomic<int32_t> references;
  tn_view view; ///< Its dims follow this object in the same allocation.
  void (*freeData)(tn_tensor *);
  void *owner; ///< What freeData needs.
};

namespace tenon::runtime {

/// A tensor around `data`. `freeData` runs when the last reference goes, before
/// the tensor's own memory does. `dims` are copied.
tn_status wrapTensor(tn_dtype dtype, int32_t rank, const int64_t *dims,
                     void *data, void (*freeData)(tn_tensor *), void *owner,
                     tn_tensor **outTensor);

bool sameType(tn_dtype a, tn_dtype b);

/// Bytes of `elements` of a type; `elements` is at most kMaxBytes.
int64_t bytesOf(tn_dtype dtype, int64_t elements);

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CORE_TENSOR_H
