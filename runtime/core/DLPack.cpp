//===- DLPack.cpp - Tensors from and to DLPack without copies -------------===//
//
// Each side keeps the other alive: a tensor made from DLPack owns the managed
// tensor, a managed tensor made here owns one reference to the tensor.
//
//===----------------------------------------------------------------------===//
#include "DLPack.h"

#include "Memory.h"
#include "Status.h"
#include "Tensor.h"

using namespace tenon::runtime;

/// The first dim whose stride is not that of a dense row-major tensor, or -1.
static int32_t findStridedDim(const DLTensor &tensor) {
  if (!tensor.strides)
    return -1;
  int64_t expected = 1;
  for (int32_t i = tensor.ndim; i-- > 0;) {
    if (tensor.shape[i] != 1 && tensor.strides[i] != expected)
      return i;
    expected *= tensor.shape[i];
  }
  return -1;
}

static tn_status checkImport(const DLTensor &tensor) {
  int32_t device = tensor.device.device_type;
  if (device != kDLCPU && device != kDLCUDAHost && device != kDLROCMHost)
    return fail(TN_INVALID_ARGUMENT,
                "DLPack tensor is on device type %d; copy it to the host first",
                device);
  if (tensor.dtype.lanes != 1 || !tensor.dtype.bits)
    return fail(TN_INVALID_ARGUMENT,
                "DLPack tensor has %d lanes of %d bits; only one lane is "
                "supported",
                tensor.dtype.lanes, tensor.dtype.bits);
  if (tensor.ndim < 0 || (tensor.ndim > 0 && !tensor.shape))
    return fail(TN_INVALID_ARGUMENT,
                "DLPack tensor of rank %d has no valid shape", tensor.ndim);
  tn_view view = {tensor.data, tensor.shape, tensor.ndim, tensor.dtype};
  int64_t bytes = tn_view_bytes(&view);
  if (bytes < 0)
    return fail(TN_INVALID_ARGUMENT,
                "DLPack tensor has a negative or too large size");
  if (bytes == 0)
    return TN_OK;
  if (!tensor.data)
    return fail(TN_INVALID_ARGUMENT, "DLPack tensor has no data");
  int32_t dim = findStridedDim(tensor);
  if (dim >= 0)
    return fail(TN_INVALID_ARGUMENT,
                "DLPack tensor is not dense row-major: dim %d has stride %lld; "
                "make it contiguous first",
                dim, static_cast<long long>(tensor.strides[dim]));
  return TN_OK;
}

static void deleteManaged(tn_tensor *tensor) {
  auto *managed = static_cast<DLManagedTensor *>(tensor->owner);
  if (managed->deleter)
    managed->deleter(managed);
}

static void deleteExport(DLManagedTensor *managed) {
  tn_tensor_release(static_cast<tn_tensor *>(managed->manager_ctx));
  destroy(managed);
}

tn_status tn_tensor_from_dlpack(DLManagedTensor *managed,
                                tn_tensor **outTensor) {
  *outTensor = nullptr;
  if (!managed)
    return fail(TN_INVALID_ARGUMENT, "the DLPack tensor is NULL");
  const DLTensor &tensor = managed->dl_tensor;
  if (tn_status status = checkImport(tensor))
    return status;
  void *data = tensor.data
                   ? static_cast<char *>(tensor.data) + tensor.byte_offset
                   : nullptr;
  return wrapTensor(tensor.dtype, tensor.ndim, tensor.shape, data,
                    deleteManaged, managed, outTensor);
}

tn_status tn_tensor_to_dlpack(tn_tensor *tensor, DLManagedTensor **outManaged) {
  *outManaged = nullptr;
  const tn_view &view = tensor->view;
  if (view.dtype.code == TN_FLOAT4_E2M1FN && view.dtype.bits == 8)
    return fail(TN_UNSUPPORTED,
                "a tensor of 4-bit floats has one per byte, which DLPack "
                "tensors without a version cannot say");
  auto *dims = const_cast<int64_t *>(view.dims);
  auto *managed = create<DLManagedTensor>(
      DLTensor{view.data, {kDLCPU, 0}, view.rank, view.dtype, dims, nullptr, 0},
      tensor, deleteExport);
  if (!managed)
    return failOutOfMemory("a DLPack tensor", sizeof(DLManagedTensor));
  tn_tensor_retain(tensor);
  *outManaged = managed;
  return TN_OK;
}
