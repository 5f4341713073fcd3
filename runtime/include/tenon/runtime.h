/*===- runtime.h - C API to load and run compiled models -------------------===*
 *
 *   tn_module *module;
 *   tn_session *session;
 *   if (tn_module_load("model.so", &module) ||
 *       tn_session_create(module, NULL, &session))
 *     die(tn_last_message());
 *   int64_t dims[] = {1, 3};
 *   tn_view x = {pixels, dims, 2, TN_F32};
 *   tn_output y = {0};                        // the runtime allocates it
 *   if (tn_run(session, &x, 1, &y, 1))
 *     die(tn_last_message());
 *   use(y.view.data, y.view.dims);
 *   tn_tensor_release(y.tensor);
 *
 * The contract
 *
 * Ownership. `..._create`, `..._load`, `..._from_...` give the caller a
 *   reference; the matching `..._release` gives it back and accepts NULL. A
 *   session keeps its module, so the module may be released first. Strings and
 *   descriptions that a module returns live as long as it does. A `tn_view`
 *   borrows: nobody frees through it.
 * Threads. A module is immutable: any number of threads may use it. A session
 *   serves one call at a time (a second one at the same time is refused, not
 *   queued); make one session per thread. A tensor's reference count is atomic,
 *   its contents are the caller's to guard. All sessions share one pool of
 *   worker threads.
 * Errors. Every fallible call returns a `tn_status`, TN_OK (0) on success.
 *   After a failure `tn_last_message()` says, for the calling thread, what was
 *   wrong, where, and what to do; it stays until that thread's next failure.
 *   A failed call changes nothing but buffers that the caller gave as outputs,
 *   whose contents are then unspecified. Nothing throws, exits or prints.
 * Memory. Tensors are dense and row-major in host memory. Addresses may have
 *   any alignment that the C type of the element has; what the runtime
 *   allocates is aligned to TN_BUFFER_ALIGNMENT. Outputs must not overlap
 *   inputs or each other. A tensor of size 0 may have a NULL address; a scalar
 *   has rank 0 and may have NULL `dims`; where a model wants one, a tensor of
 *   one element and any rank will do, as in onnxruntime.
 * Narrow types. Elements of fewer than 8 bits in ONNX have a byte each: INT4 and
 *   INT2 are i8, UINT4 and UINT2 are u8.
 * Versions. An artifact carries the ABI version it was compiled for; another
 *   one is refused at load. Options start with their own size: they may grow.
 *
 *===----------------------------------------------------------------------===*/
#ifndef TENON_RUNTIME_H
#define TENON_RUNTIME_H

#include "tenon_abi.h"

#include <stddef.h>

#if defined(TENON_RUNTIME_STATIC)
#define TN_API
#else
#define TN_API __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/*===--- Status -----------------------------------------------------------===*/

typedef enum tn_status {
  TN_OK = 0,
  TN_INVALID_ARGUMENT = 1, /* what the caller gave does not fit the model */
  TN_LOAD_FAILED = 2,      /* no such file, not a Tenon artifact, broken */
  TN_VERSION_MISMATCH = 3, /* artifact and runtime speak different ABIs */
  TN_UNSUPPORTED = 4,      /* this machine cannot run it */
  TN_OUT_OF_MEMORY = 5,    /* memory or threads */
  TN_RUN_FAILED = 6,       /* the model itself failed, e.g. bad index */
  TN_IO_FAILED = 7         /* a file could not be written */
} tn_status;

/* Of the calling thread's last failure; "" before the first. Never NULL. */
TN_API const char *tn_last_message(void);

/* "invalid argument"; "unknown status" for others. */
TN_API const char *tn_status_name(tn_status status);

/* "0.1.0" */
TN_API const char *tn_runtime_version(void);

/*===--- Types and views --------------------------------------------------===*/

#ifdef __cplusplus
#define TN_DTYPE_INIT(code, bits) (tn_dtype{code, bits, 1})
#else
#define TN_DTYPE_INIT(code, bits) ((tn_dtype){code, bits, 1})
#endif
#define TN_F64 TN_DTYPE_INIT(TN_FLOAT, 64)
#define TN_F32 TN_DTYPE_INIT(TN_FLOAT, 32)
#define TN_F16 TN_DTYPE_INIT(TN_FLOAT, 16)
#define TN_BF16 TN_DTYPE_INIT(TN_BFLOAT, 16)
#define TN_I64 TN_DTYPE_INIT(TN_INT, 64)
#define TN_I32 TN_DTYPE_INIT(TN_INT, 32)
#define TN_I16 TN_DTYPE_INIT(TN_INT, 16)
#define TN_I8 TN_DTYPE_INIT(TN_INT, 8)
#define TN_U64 TN_DTYPE_INIT(TN_UINT, 64)
#define TN_U32 TN_DTYPE_INIT(TN_UINT, 32)
#define TN_U16 TN_DTYPE_INIT(TN_UINT, 16)
#define TN_U8 TN_DTYPE_INIT(TN_UINT, 8)
#define TN_BOOL8 TN_DTYPE_INIT(TN_BOOL, 8)

/* "f32", "i64", "bool", "bf16", "f8E4M3FN"; "unknown" for other types. */
TN_API const char *tn_dtype_name(tn_dtype dtype);

/* Elements of a tensor, and bytes (4-bit elements are packed, rounded up to a
 * byte); -1 if a size is negative or the product does not fit. */
TN_API int64_t tn_view_elements(const tn_view *view);
TN_API int64_t tn_view_bytes(const tn_view *view);

/*===--- Tensors: memory with an owner ------------------------------------===*/

typedef struct tn_tensor tn_tensor;

/* New memory with unspecified contents. */
TN_API tn_status tn_tensor_create(tn_dtype dtype, int32_t rank,
                                  const int64_t *dims, tn_tensor **out_tensor);
/* Valid, with its `dims`, until the last reference is released. */
TN_API tn_view tn_tensor_view(const tn_tensor *tensor);
TN_API void tn_tensor_retain(tn_tensor *tensor);
TN_API void tn_tensor_release(tn_tensor *tensor);

/* DLPack (DLManagedTensor of dlpack.h, any version since 0.2), without copies.
 * From: takes over `managed` on success and calls its deleter once, when the
 * last reference goes; on failure it stays the caller's. Refused: memory that
 * the host cannot read, lanes other than 1, strides that are not dense
 * row-major (make the tensor contiguous first).
 * To: the result keeps a reference to the tensor until its deleter runs. */
struct DLManagedTensor;
TN_API tn_status tn_tensor_from_dlpack(struct DLManagedTensor *managed,
                                       tn_tensor **out_tensor);
TN_API tn_status tn_tensor_to_dlpack(tn_tensor *tensor,
                                     struct DLManagedTensor **out_managed);

/*===--- Modules: compiled models -----------------------------------------===*/

typedef struct tn_module tn_module;

/* Opens an artifact file (any CPU's: that is checked when a session is made).*/
TN_API tn_status tn_module_load(const char *path, tn_module **out_module);

/* A model that is linked in (object form: `<name>_tn_module_query`) or that was
 * compiled in memory. What `query` returns must outlive the module. */
TN_API tn_status tn_module_from_query(tn_module_query_fn query,
                                      tn_module **out_module);
TN_API void tn_module_release(tn_module *module);

/* Everything there is to know: names, inputs, outputs, symbols, variants with
 * their kernels, weights. Checked at load: indices and pointers are good. */
TN_API const tn_module_desc *tn_module_describe(const tn_module *module);

/* Index of the input or output of that name, or -1. */
TN_API int32_t tn_module_find_input(const tn_module *module, const char *name);
TN_API int32_t tn_module_find_output(const tn_module *module, const char *name);

/*===--- Sessions: what one thread needs to run a module ------------------===*/

/* Zero means the default everywhere but in `struct_bytes`. */
typedef struct tn_options {
  uint32_t struct_bytes; /* sizeof(tn_options) */
  int32_t threads;       /* that one run may use; 0: one per usable CPU */
  int32_t pin_threads;   /* 1: bind each worker thread to one CPU; it stays */
  int32_t profile;       /* 1: record every kernel launch */
  /* Of enum tn_cpu_feature: act as if the CPU had no others; 0: all it has. */
  uint64_t cpu_features;
} tn_options;

typedef struct tn_session tn_session;

/* Picks the first variant whose features the CPU and the OS have; none is an
 * error. `options` may be NULL. Threads start here, not in the first run. */
TN_API tn_status tn_session_create(tn_module *module, const tn_options *options,
                                   tn_session **out_session);
TN_API void tn_session_release(tn_session *session);

TN_API const tn_variant_desc *tn_session_variant(const tn_session *session);
TN_API int32_t tn_session_threads(const tn_session *session);
/* Bytes that the session holds for temporaries now. */
TN_API int64_t tn_session_arena_bytes(const tn_session *session);

/* One output of a run.
 * view.data given: the caller's memory; dtype, rank and dims must be exactly
 *   those of the result. `tensor` is left as it is, so the outputs of one run
 *   may be passed to the next, which writes into the same memory.
 * view.data NULL: the runtime allocates; it sets `tensor`, which the caller
 *   releases, and `view`, which shows it. After a failure both are zero. */
typedef struct tn_output {
  tn_view view;
  tn_tensor *tensor;
} tn_output;

/* Runs the model once, in the order of its inputs and outputs, and returns when
 * the outputs are there. Inputs are not written to. */
TN_API tn_status tn_run(tn_session *session, const tn_view *inputs,
                        int32_t input_count, tn_output *outputs,
                        int32_t output_count);

/* Features of this CPU that the OS supports, of enum tn_cpu_feature. */
TN_API uint64_t tn_cpu_features(void);

/*===--- Profile (of a session with `profile`) ----------------------------===*/

typedef struct tn_kernel_profile {
  const char *name; /* lives as long as the session */
  int64_t calls;
  int64_t nanoseconds; /* wall time, all calls */
  int64_t flops;       /* all calls */
  int64_t bytes;       /* all calls */
} tn_kernel_profile;

/* Fills up to `capacity` rows, one per kernel of the variant in its order, also
 * those never called; returns how many kernels there are (0 without profile).
 * `rows` may be NULL if `capacity` is 0. */
TN_API int64_t tn_session_profile(const tn_session *session,
                                  tn_kernel_profile *rows, int64_t capacity);
/* Forgets everything recorded. */
TN_API void tn_session_profile_reset(tn_session *session);
/* Writes the sums since the last reset as JSON, for `tenon compile
 * --profile-use`: runs of the model, and how often and how long each region
 * (call, round of a loop, branch), function and kernel ran. */
TN_API tn_status tn_session_write_profile(const tn_session *session,
                                          const char *path);
/* Writes the events since the last reset as Chrome trace JSON
 * (chrome://tracing, ui.perfetto.dev). After the first million events only the
 * rows go on; the trace then says how many are missing. */
TN_API tn_status tn_session_write_trace(const tn_session *session,
                                        const char *path);

#ifdef __cplusplus
}
#endif

#endif /* TENON_RUNTIME_H */
