//===- Tensor.cpp - Element types, views and tensors ----------------------===//
//
// A tensor is one allocation (header and dims) plus its data.
//
//===----------------------------------------------------------------------===//
#include "Tensor.h"

#include "Memory.h"
#include "Status.h"

#include <string.h>

using namespace tenon::runtime;

static constexpr struct {
  tn_dtype dtype;
  const char *name;
} dtypeNames[] = {
    {{TN_FLOAT, 32, 1}, "f32"},
    {{TN_FLOAT, 64, 1}, "f64"},
    {{TN_FLOAT, 16, 1}, "f16"},
    {{TN_BFLOAT, 16, 1}, "bf16"},
    {{TN_INT, 64, 1}, "i64"},
    {{TN_INT, 32, 1}, "i32"},
    {{TN_INT, 16, 1}, "i16"},
    {{TN_INT, 8, 1}, "i8"},
    {{TN_INT, 4, 1}, "i4"},
    {{TN_UINT, 64, 1}, "u64"},
    {{TN_UINT, 32, 1}, "u32"},
    {{TN_UINT, 16, 1}, "u16"},
    {{TN_UINT, 8, 1}, "u8"},
    {{TN_UINT, 4, 1}, "u4"},
    {{TN_BOOL, 8, 1}, "bool"},
    {{TN_FLOAT8_E4M3FN, 8, 1}, "f8E4M3FN"},
    {{TN_FLOAT8_E4M3FNUZ, 8, 1}, "f8E4M3FNUZ"},
    {{TN_FLOAT8_E5M2, 8, 1}, "f8E5M2"},
    {{TN_FLOAT8_E5M2FNUZ, 8, 1}, "f8E5M2FNUZ"},
    {{TN_FLOAT8_E8M0FNU, 8, 1}, "f8E8M0FNU"},
    {{TN_FLOAT4_E2M1FN, 8, 1}, "f4E2M1FN"},
};

bool tenon::runtime::sameType(tn_dtype a, tn_dtype b) {
  return a.code == b.code && a.bits == b.bits && a.lanes == b.lanes;
}

int64_t tenon::runtime::bytesOf(tn_dtype dtype, int64_t elements) {
  return (elements * dtype.bits + 7) / 8;
}

tn_status tenon::runtime::wrapTensor(tn_dtype dtype, int32_t rank,
                                     const int64_t *dims, void *data,
                                     void (*freeData)(tn_tensor *), void *owner,
                                     tn_tensor **outTensor) {
  int64_t bytes = sizeof(tn_tensor) + int64_t(rank) * sizeof(int64_t);
  void *memory = allocateAligned(bytes);
  if (!memory)
    return failOutOfMemory("a tensor's header", bytes);
  auto *ownDims = reinterpret_cast<int64_t *>(static_cast<char *>(memory) +
                                              sizeof(tn_tensor));
  if (rank)
    memcpy(ownDims, dims, rank * sizeof(int64_t));
  *outTensor = new (memory)
      tn_tensor{{1}, {data, ownDims, rank, dtype}, freeData, owner};
  return TN_OK;
}

const char *tn_dtype_name(tn_dtype dtype) {
  for (const auto &entry : dtypeNames)
    if (sameType(entry.dtype, dtype))
      return entry.name;
  return "unknown";
}

int64_t tn_view_elements(const tn_view *view) {
  int64_t elements = 1;
  bool empty = false, overflow = false;
  for (int32_t i = 0; i < view->rank; ++i) {
    int64_t size = view->dims[i];
    if (size < 0)
      return -1;
    empty |= size == 0;
    overflow |= __builtin_mul_overflow(elements, size, &elements);
  }
  if (empty)
    return 0;
  return overflow ? -1 : elements;
}

int64_t tn_view_bytes(const tn_view *view) {
  int64_t elements = tn_view_elements(view);
  return elements > kMaxBytes ? -1
         : elements < 0       ? -1
                              : bytesOf(view->dtype, elements);
}

tn_status tn_tensor_create(tn_dtype dtype, int32_t rank, const int64_t *dims,
                           tn_tensor **outTensor) {
  *outTensor = nullptr;
  if (rank < 0 || (rank > 0 && !dims))
    return fail(TN_INVALID_ARGUMENT, "a tensor of rank %d needs %s", rank,
                rank < 0 ? "a rank of 0 or more" : "dims");
  if (!dtype.bits || dtype.lanes != 1)
    return fail(TN_INVALID_ARGUMENT,
                "a tensor's elements have 1 lane and at least 1 bit, got %d "
                "lanes of %d bits",
                dtype.lanes, dtype.bits);
  tn_view view = {nullptr, dims, rank, dtype};
  int64_t bytes = tn_view_bytes(&view);
  if (bytes < 0)
    return fail(TN_INVALID_ARGUMENT,
                "a tensor's size is negative or does not fit into memory");
  void *data = allocateAligned(bytes);
  if (!data)
    return failOutOfMemory("a tensor", bytes);
  auto freeData = [](tn_tensor *tensor) { free(tensor->view.data); };
  tn_status status =
      wrapTensor(dtype, rank, dims, data, freeData, nullptr, outTensor);
  if (status)
    free(data);
  return status;
}

tn_view tn_tensor_view(const tn_tensor *tensor) { return tensor->view; }

void tn_tensor_retain(tn_tensor *tensor) {
  tensor->references.fetch_add(1, std::memory_order_relaxed);
}

void tn_tensor_release(tn_tensor *tensor) {
  if (!tensor ||
      tensor->references.fetch_sub(1, std::memory_order_acq_rel) != 1)
    return;
  tensor->freeData(tensor);
  destroy(tensor);
}
