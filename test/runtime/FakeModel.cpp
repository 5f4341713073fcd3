//===- FakeModel.cpp - The table, host program and kernels by hand --------===//
//
// Written the way compiled code behaves: no allocation, args in 8-byte slots.
//
//===----------------------------------------------------------------------===//
#include "FakeModel.h"

#include <cmath>
#include <cstdlib>

static int64_t slot(void *const *args, int index) {
  return reinterpret_cast<int64_t>(args[index]);
}

static void *slotOf(int64_t value) { return reinterpret_cast<void *>(value); }

/// scaled = scale * x; a tile is a batch.
static void scaleRows(void *const *args, int64_t first, int64_t last) {
  auto *x = static_cast<const float *>(args[0]);
  auto *scale = static_cast<const float *>(args[1]);
  auto *scaled = static_cast<float *>(args[2]);
  int64_t row = slot(args, 3);
  for (int64_t i = first * row; i < last * row; ++i)
    scaled[i] = *scale * x[i];
}

/// y = scaled + ids, partial[batch] = sum(y[batch]).
static void addIds(void *const *args, int64_t first, int64_t last) {
  auto *scaled = static_cast<const float *>(args[0]);
  auto *ids = static_cast<const int64_t *>(args[1]);
  auto *y = static_cast<float *>(args[2]);
  auto *partial = static_cast<float *>(args[3]);
  int64_t row = slot(args, 4);
  for (int64_t tile = first; tile < last; ++tile) {
    partial[tile] = 0;
    for (int64_t i = tile * row; i < (tile + 1) * row; ++i)
      partial[tile] += y[i] = scaled[i] + static_cast<float>(ids[i / 4]);
  }
}

static void sumPartials(void *const *args, int64_t, int64_t) {
  auto *partial = static_cast<const float *>(args[0]);
  auto *sum = static_cast<float *>(args[1]);
  *sum = 0;
  for (int64_t i = 0; i < slot(args, 2); ++i)
    *sum += partial[i];
}

static int32_t computeY(const tn_host_api *api, tn_exec *exec,
                        const tn_view *inputs, const int64_t *symbols) {
  int64_t batch = symbols[0], seq = symbols[1], row = 4 * seq;
  tn_interval lives[] = {{0, 1}, {1, 2}};
  int64_t sizes[] = {batch * row * 4, batch * 4};
  void *temporaries[2], *y, *sum;
  if (int32_t status = api->plan(exec, 0, 2, lives, sizes, temporaries))
    return status;
  int64_t yDims[] = {batch, seq, 4};
  if (int32_t status = api->output(exec, 0, yDims, &y))
    return status;
  if (int32_t status = api->output(exec, 1, nullptr, &sum))
    return status;
  void *scaleArgs[] = {inputs[1].data, inputs[2].data, temporaries[0],
                       slotOf(row)};
  tn_launch scale = {scaleArgs, 0, batch, 1, batch * row, batch * row * 8};
  if (int32_t status = api->launch(exec, &scale))
    return status;
  void *addArgs[] = {temporaries[0], inputs[0].data, y, temporaries[1],
                     slotOf(row)};
  tn_launch add = {addArgs, 1, batch, 1, 2 * batch * row, batch * row * 10};
  if (int32_t status = api->launch(exec, &add))
    return status;
  void *sumArgs[] = {temporaries[1], sum, slotOf(batch)};
  tn_launch total = {sumArgs, 2, 1, 1, batch, batch * 4};
  return api->launch(exec, &total);
}

static int32_t keepIds(const tn_host_api *api, tn_exec *exec,
                       const tn_view &input, int64_t count) {
  auto *ids = static_cast<const int64_t *>(input.data);
  void *memory, *kept;
  if (int32_t status = api->alloc(exec, count * 8, &memory))
    return status;
  auto *found = static_cast<int64_t *>(memory);
  int64_t keptCount = 0;
  for (int64_t i = 0; i < count; ++i)
    if (ids[i] >= 0)
      found[keptCount++] = ids[i];
  if (int32_t status = api->output(exec, 2, &keptCount, &kept))
    return status;
  for (int64_t i = 0; i < keptCount; ++i)
    static_cast<int64_t *>(kept)[i] = found[i];
  api->release(exec, memory);
  return 0;
}

static int32_t run(const tn_host_api *api, tn_exec *exec, const tn_view *inputs,
                   const int64_t *symbols, const void *) {
  if (std::isnan(*static_cast<const float *>(inputs[2].data)))
    return api->fail(exec, "scale is NaN for %lld x %lld (100%%)", symbols, 2);
  if (int32_t status = computeY(api, exec, inputs, symbols))
    return status;
  return keepIds(api, exec, inputs[0], symbols[0] * symbols[1]);
}

static const tn_symbol_desc symbols[] = {{"batch", 1, 64, 1},
                                         {"seq", 0, int64_t(1) << 40, 1},
                                         {"kept", 0, INT64_MAX, 1}};
static const tn_dim_desc idDims[] = {{-1, 0, 0, "batch"}, {-1, 1, 0, "seq"}};
static const tn_dim_desc xDims[] = {
    {-1, 0, 0, "batch"}, {-1, 1, 0, "seq"}, {4, -1, 0, "4"}};
static const tn_dim_desc keptDims[] = {{-1, 2, 0, "kept"}};
static const tn_tensor_desc inputs[] = {{"ids", idDims, 2, TN_I64},
                                        {"x", xDims, 3, TN_F32},
                                        {"scale", nullptr, 0, TN_F32}};
static const tn_tensor_desc outputs[] = {{"y", xDims, 3, TN_F32},
                                         {"sum", nullptr, 0, TN_F32},
                                         {"kept", keptDims, 1, TN_I64}};
static const tn_kernel_desc kernels[] = {
    {"scale \"x\"", scaleRows}, {"add\\ids", addIds}, {"sum", sumPartials}};
static const tn_variant_desc variants[] = {
    {"x86-64-v4", TN_CPU_X86_64_V3 | TN_CPU_X86_64_V4, run, kernels, 3, -1},
    {"x86-64-v3", TN_CPU_X86_64_V3, run, kernels, 3, -1}};

const tn_module_desc fake::model = {TN_ABI_VERSION,
                                    sizeof(tn_module_desc),
                                    "fake",
                                    "tenon test",
                                    symbols,
                                    inputs,
                                    outputs,
                                    variants,
                                    nullptr,
                                    0,
                                    3,
                                    3,
                                    3,
                                    2};

const tn_module_desc *fake::query(uint32_t abiVersion) {
  return abiVersion == TN_ABI_VERSION ? &model : nullptr;
}

static thread_local const tn_module_desc *loadedDesc;

tn_status fake::load(const tn_module_desc &desc, tn_module **outModule) {
  loadedDesc = &desc;
  return tn_module_from_query([](uint32_t) { return loadedDesc; }, outModule);
}

fake::Program::Program(tn_host_fn host, std::vector<tn_kernel_desc> list)
    : kernels(std::move(list)),
      variant{"any", 0, host, kernels.data(), int64_t(kernels.size()), -1},
      desc{} {
  desc.abi_version = TN_ABI_VERSION;
  desc.struct_bytes = sizeof(tn_module_desc);
  desc.name = "program";
  desc.producer = "tenon test";
  desc.variants = &variant;
  desc.variant_count = 1;
}

fake::Inputs::Inputs(int64_t batch, int64_t seq)
    : idDims{batch, seq}, xDims{batch, seq, 4}, ids(batch * seq),
      x(batch * seq * 4, 1.0f) {
  for (size_t i = 0; i < ids.size(); ++i)
    ids[i] = int64_t(i) - 1;
  views = {{ids.data(), idDims.data(), 2, TN_I64},
           {x.data(), xDims.data(), 3, TN_F32},
           {&scale, nullptr, 0, TN_F32}};
}

fake::Loaded::Loaded(const tn_module_desc &desc, tn_options options) {
  options.struct_bytes = sizeof(options);
  if (!options.threads)
    options.threads = 1;
  if (load(desc, &module) || tn_session_create(module, &options, &session))
    std::abort();
}

fake::Loaded::~Loaded() {
  tn_session_release(session);
  tn_module_release(module);
}

fake::Outputs::~Outputs() {
  for (tn_output &output : list)
    tn_tensor_release(output.tensor);
}
