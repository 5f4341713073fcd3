//===- DLPack.h - The part of DLPack's ABI that the runtime speaks --------===//
//
// Same layout and struct tags as dlpack.h, declared here so that neither the
// runtime nor its users need that package. Never include both in one file.
//
//===----------------------------------------------------------------------===//
#ifndef TENON_RUNTIME_CORE_DLPACK_H
#define TENON_RUNTIME_CORE_DLPACK_H

#include "tenon_abi.h"

inline constexpr int32_t kDLCPU = 1;
inline constexpr int32_t kDLCUDAHost = 3; ///< Pinned host memory.
inline constexpr int32_t kDLROCMHost = 11;

struct DLDevice {
  int32_t device_type;
  int32_t device_id;
};

struct DLTensor {
  void *data;
  DLDevice device;
  int32_t ndim;
  tn_dtype dtype;
  int64_t *shape;
  int64_t *strides; ///< In elements; null if dense row-major.
  uint64_t byte_offset;
};

struct DLManagedTensor {
  DLTensor dl_tensor;
  void *manager_ctx;
  void (*deleter)(DLManagedTensor *self);
};

static_assert(sizeof(DLManagedTensor) == 64, "DLPack ABI");

#endif // TENON_RUNTIME_CORE_DLPACK_H
