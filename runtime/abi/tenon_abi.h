/*===- tenon_abi.h - What a compiled artifact and the runtime agree on ------===*
 *
 * The only header that compiler and runtime share. It depends on nothing but
 * <stdint.h>. A change here is a schema change: raise TN_ABI_VERSION.
 *
 * An artifact exports one symbol, `tn_module_query` (in object form
 * `<name>_tn_module_query`). The runtime calls it with the version it speaks
 * and gets the module table, or NULL if the artifact speaks another version.
 *
 *   query -> tn_module_desc -> variants (one per instruction set)
 *                                 -> run(): the host program, native code
 *                                      -> api->launch(): kernels over tiles
 *
 *===----------------------------------------------------------------------===*/
#ifndef TENON_ABI_H
#define TENON_ABI_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TN_ABI_VERSION 3u

/* Alignment, in bytes, of weights, of the arena and of every buffer in it. */
#define TN_BUFFER_ALIGNMENT 64

/* Element type; the layout and the codes are DLPack's DLDataType. */
typedef struct tn_dtype {
  uint8_t code; /* enum tn_dtype_code */
  uint8_t bits;
  uint16_t lanes; /* always 1 */
} tn_dtype;

enum tn_dtype_code {
  TN_INT = 0,
  TN_UINT = 1,
  TN_FLOAT = 2,
  TN_BFLOAT = 4,
  TN_BOOL = 6, /* 8 bits, 0 or 1 */
  TN_FLOAT8_E4M3FN = 10,
  TN_FLOAT8_E4M3FNUZ = 11,
  TN_FLOAT8_E5M2 = 12,
  TN_FLOAT8_E5M2FNUZ = 13,
  TN_FLOAT8_E8M0FNU = 14,
  TN_FLOAT4_E2M1FN = 17 /* one per byte: bits is 8 */
};

/* A dense row-major tensor in host memory; borrowed, never owned. */
typedef struct tn_view {
  void *data;
  const int64_t *dims; /* `rank` sizes */
  int32_t rank;
  tn_dtype dtype;
} tn_view;

/* A named dimension. A value outside [min, max] or not a multiple of
 * `multiple` is refused before the host program runs. */
typedef struct tn_symbol_desc {
  const char *name;
  int64_t min;
  int64_t max;
  int64_t multiple;
} tn_symbol_desc;

/* One dimension of an input or output: a size, or a formula of symbols. */
typedef struct tn_dim_desc {
  int64_t size;     /* >= 0 if static, else -1 */
  int32_t symbol;   /* index into the symbols if it is exactly one, else -1 */
  int32_t reserved; /* 0 */
  const char *text; /* how people write it: "batch", "2*seq+1", "64" */
} tn_dim_desc;

typedef struct tn_tensor_desc {
  const char *name;
  const tn_dim_desc *dims;
  int32_t rank;
  tn_dtype dtype;
} tn_tensor_desc;

/* A kernel computes tiles [first, last) of its launch. `args` holds 8-byte
 * slots: buffer addresses, then the values of the symbols it needs. Tiles are
 * independent, so ranges may run on different threads at once. */
typedef void (*tn_kernel_fn)(void *const *args, int64_t first, int64_t last);

typedef struct tn_kernel_desc {
  const char *name; /* hero and the names of the graph nodes in it */
  tn_kernel_fn fn;
  int64_t launches; /* places in the host program that launch it */
} tn_kernel_desc;

/* A part of the host program that runs any number of times in one run of the
 * model: a round of a loop, a branch, the call of a function. */
typedef struct tn_region_desc {
  /* The graph node. Calls around it that the compiler inlined come first, the
   * outermost one first: "block1 > loop". */
  const char *name;
  const char *function; /* that the node calls, else NULL */
} tn_region_desc;

typedef struct tn_launch {
  void *const *args;
  int64_t kernel; /* index into the variant's kernels */
  int64_t tiles;
  int64_t grain; /* least tiles worth a thread of their own, >= 1 */
  int64_t flops; /* of the whole launch */
  int64_t bytes; /* read and written by the whole launch, each tensor once */
} tn_launch;

/* A temporary's life: steps of the host program, both ends included. */
typedef struct tn_interval {
  int32_t first;
  int32_t last;
} tn_interval;

typedef struct tn_exec tn_exec; /* one running call; owned by the runtime */

/* Services the runtime lends to a host program for one call. Functions that
 * return int32_t return 0, or a status that the host program must return. */
typedef struct tn_host_api {
  int32_t (*launch)(tn_exec *, const tn_launch *);
  /* Packs `count` temporaries of `sizes` bytes whose lives are `lives`, so that
   * no two living ones overlap; fills `addresses`. Cached per distinct sizes. */
  int32_t (*plan)(tn_exec *, int64_t plan_id, int64_t count,
                  const tn_interval *lives, const int64_t *sizes,
                  void **addresses);
  /* Memory of a data-dependent size; released by `release` or when the call
   * ends. NULL may be released. */
  int32_t (*alloc)(tn_exec *, int64_t bytes, void **out_address);
  void (*release)(tn_exec *, void *address);
  /* The buffer of output `index`, whose sizes are `dims` (rank of its desc). */
  int32_t (*output)(tn_exec *, int32_t index, const int64_t *dims,
                    void **out_address);
  /* Records a failure with a message (printf-like: only %lld with int64_t, in
   * `values`); returns the status to return. */
  int32_t (*fail)(tn_exec *, const char *format, const int64_t *values,
                  int32_t count);
  /* Around each run of a region (index into the variant's regions), nested.
   * Both are NULL unless the run is profiled. A failed run may leave regions
   * open. */
  void (*enter)(tn_exec *, int64_t region);
  void (*leave)(tn_exec *);
} tn_host_api;

/* The host program: computes sizes, launches kernels, fills the outputs.
 * `inputs` are checked (dtype, rank, static sizes), `symbols` bound. */
typedef int32_t (*tn_host_fn)(const tn_host_api *api, tn_exec *exec,
                              const tn_view *inputs, const int64_t *symbols,
                              const void *weights);

/* Instruction sets; a variant runs where all bits of `requires` are there. */
enum tn_cpu_feature {
  TN_CPU_X86_64_V3 = 1 << 0,
  TN_CPU_X86_64_V4 = 1 << 1,
  TN_CPU_AVX512_VNNI = 1 << 2,
  TN_CPU_AVX512_BF16 = 1 << 3,
  TN_CPU_AVX512_FP16 = 1 << 4,
  TN_CPU_AMX_INT8 = 1 << 5,
  TN_CPU_AMX_BF16 = 1 << 6
};

typedef struct tn_variant_desc {
  const char *target;       /* "x86-64-v4" */
  uint64_t requires_features; /* of enum tn_cpu_feature */
  tn_host_fn run;
  const tn_kernel_desc *kernels;
  int64_t kernel_count;
  int64_t arena_bytes; /* of the temporaries if all are static, else -1 */
  const tn_region_desc *regions;
  int64_t region_count;
} tn_variant_desc;

typedef struct tn_module_desc {
  uint32_t abi_version;
  uint32_t struct_bytes; /* sizeof(tn_module_desc) */
  const char *name;
  const char *producer; /* "tenon 0.1.0" */
  const tn_symbol_desc *symbols;
  const tn_tensor_desc *inputs;
  const tn_tensor_desc *outputs;
  const tn_variant_desc *variants; /* best first */
  const void *weights;
  uint64_t weights_bytes;
  int32_t symbol_count; /* those bound by inputs come first */
  int32_t input_count;
  int32_t output_count;
  int32_t variant_count;
} tn_module_desc;

typedef const tn_module_desc *(*tn_module_query_fn)(uint32_t abi_version);

#define TN_MODULE_QUERY_SYMBOL "tn_module_query"

#ifdef __cplusplus
}

static_assert(sizeof(tn_dtype) == 4, "ABI");
static_assert(sizeof(tn_view) == 24, "ABI");
static_assert(sizeof(tn_symbol_desc) == 32, "ABI");
static_assert(sizeof(tn_dim_desc) == 24, "ABI");
static_assert(sizeof(tn_tensor_desc) == 24, "ABI");
static_assert(sizeof(tn_kernel_desc) == 24, "ABI");
static_assert(sizeof(tn_region_desc) == 16, "ABI");
static_assert(sizeof(tn_launch) == 48, "ABI");
static_assert(sizeof(tn_interval) == 8, "ABI");
static_assert(sizeof(tn_variant_desc) == 64, "ABI");
static_assert(sizeof(tn_module_desc) == 88, "ABI");
#endif

#endif /* TENON_ABI_H */
