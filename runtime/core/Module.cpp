//===- Module.cpp - Opens artifacts and refuses what cannot be trusted ----===//
//
// Validation follows every pointer and index of the tables once, so that no
// later code has to.
//
//===----------------------------------------------------------------------===//
#include "Module.h"

#include "Memory.h"
#include "Status.h"
#include "cpu/CpuFeatures.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

using namespace tenon::runtime;

namespace {

/// Closes the library unless the module took it over.
struct LibraryGuard {
  void *library;
  ~LibraryGuard() {
    if (library)
      dlclose(library);
  }
};

} // namespace

static tn_status broken(const char *origin, const char *what) {
  return fail(TN_LOAD_FAILED,
              "%s: broken module table: %s; compile the model again", origin,
              what);
}

static bool validTensor(const tn_tensor_desc &tensor, int32_t symbolCount) {
  if (!tensor.name || tensor.rank < 0 || (tensor.rank && !tensor.dims) ||
      tensor.dtype.lanes != 1 || !tensor.dtype.bits)
    return false;
  for (int32_t i = 0; i < tensor.rank; ++i) {
    const tn_dim_desc &dim = tensor.dims[i];
    if (!dim.text || dim.size < -1 || dim.symbol < -1 ||
        dim.symbol >= symbolCount)
      return false;
  }
  return true;
}

static bool validVariant(const tn_variant_desc &variant) {
  if (!variant.target || !variant.run || variant.kernel_count < 0 ||
      (variant.kernel_count && !variant.kernels) ||
      variant.region_count < 0 || (variant.region_count && !variant.regions))
    return false;
  for (int64_t i = 0; i < variant.kernel_count; ++i)
    if (!variant.kernels[i].name || !variant.kernels[i].fn)
      return false;
  for (int64_t i = 0; i < variant.region_count; ++i)
    if (!variant.regions[i].name)
      return false;
  return true;
}

static tn_status validate(const char *origin, const tn_module_desc &desc) {
  if (!desc.name || !desc.producer)
    return broken(origin, "name or producer is missing");
  if (desc.symbol_count < 0 || desc.input_count < 0 || desc.output_count < 0 ||
      desc.variant_count < 1)
    return broken(origin, "a count is negative or there is no variant");
  if ((desc.symbol_count && !desc.symbols) ||
      (desc.input_count && !desc.inputs) ||
      (desc.output_count && !desc.outputs) || !desc.variants ||
      (desc.weights_bytes && !desc.weights))
    return broken(origin, "a table is missing");
  for (int32_t i = 0; i < desc.symbol_count; ++i)
    if (!desc.symbols[i].name)
      return broken(origin, "a symbol has no name");
  for (int32_t i = 0; i < desc.input_count; ++i)
    if (!validTensor(desc.inputs[i], desc.symbol_count))
      return broken(origin, "an input's type is invalid");
  for (int32_t i = 0; i < desc.output_count; ++i)
    if (!validTensor(desc.outputs[i], desc.symbol_count))
      return broken(origin, "an output's type is invalid");
  for (int32_t i = 0; i < desc.variant_count; ++i)
    if (!validVariant(desc.variants[i]))
      return broken(origin, "a variant has no code");
  return TN_OK;
}

static tn_status makeModule(const char *origin, tn_module_query_fn query,
                            void *library, tn_module **outModule) {
  LibraryGuard guard{library};
  const tn_module_desc *desc = query(TN_ABI_VERSION);
  if (!desc)
    return fail(TN_VERSION_MISMATCH,
                "%s: it does not speak ABI version %u of this runtime (%s); "
                "compile the model with the same release",
                origin, TN_ABI_VERSION, tn_runtime_version());
  if (desc->abi_version != TN_ABI_VERSION ||
      desc->struct_bytes != sizeof(tn_module_desc))
    return fail(TN_VERSION_MISMATCH,
                "%s: it was compiled for ABI version %u (table of %u bytes), "
                "this runtime (%s) speaks version %u (%zu bytes); compile the "
                "model with the same release",
                origin, desc->abi_version, desc->struct_bytes,
                tn_runtime_version(), TN_ABI_VERSION, sizeof(tn_module_desc));
  if (tn_status status = validate(origin, *desc))
    return status;
  auto *module = create<tn_module>(1, desc, library);
  if (!module)
    return failOutOfMemory("a module", sizeof(tn_module));
  guard.library = nullptr;
  *outModule = module;
  return TN_OK;
}

void tenon::runtime::retainModule(tn_module *module) {
  module->references.fetch_add(1, std::memory_order_relaxed);
}

tn_status tenon::runtime::chooseVariant(const tn_module_desc &desc,
                                        uint64_t features,
                                        const tn_variant_desc **outVariant) {
  for (int32_t i = 0; i < desc.variant_count; ++i) {
    uint64_t needed = desc.variants[i].requires_features;
    if ((needed & ~features) == 0 && enableFeatures(needed)) {
      *outVariant = &desc.variants[i];
      return TN_OK;
    }
  }
  char targets[256];
  size_t length = 0;
  for (int32_t i = 0; i < desc.variant_count && length < sizeof(targets); ++i)
    length += snprintf(targets + length, sizeof(targets) - length, "%s%s",
                       i ? ", " : "", desc.variants[i].target);
  return fail(
      TN_UNSUPPORTED,
      "model \"%s\" is compiled for %s, but this CPU offers %s; compile "
      "it for this CPU",
      desc.name, targets, baseTargetName(features));
}

tn_status tn_module_load(const char *path, tn_module **outModule) {
  *outModule = nullptr;
  if (!path || !*path)
    return fail(TN_INVALID_ARGUMENT, "the path of the artifact is empty");
  if (access(path, R_OK))
    return fail(TN_LOAD_FAILED, "%s: %s", path, strerror(errno));
  // dlopen searches the library path for names without a slash.
  Array<char> local;
  if (!strchr(path, '/')) {
    if (!local.resize(strlen(path) + 3))
      return failOutOfMemory("a path", strlen(path) + 3);
    snprintf(local.data(), local.size(), "./%s", path);
  }
  void *library =
      dlopen(local.size() ? local.data() : path, RTLD_NOW | RTLD_LOCAL);
  if (!library)
    return fail(TN_LOAD_FAILED, "cannot open the artifact: %s", dlerror());
  auto query = reinterpret_cast<tn_module_query_fn>(
      dlsym(library, TN_MODULE_QUERY_SYMBOL));
  if (!query) {
    dlclose(library);
    return fail(TN_LOAD_FAILED,
                "%s: not a Tenon artifact (it does not export %s)", path,
                TN_MODULE_QUERY_SYMBOL);
  }
  return makeModule(path, query, library, outModule);
}

tn_status tn_module_from_query(tn_module_query_fn query,
                               tn_module **outModule) {
  *outModule = nullptr;
  if (!query)
    return fail(TN_INVALID_ARGUMENT, "the module's query function is NULL");
  return makeModule("linked module", query, nullptr, outModule);
}

void tn_module_release(tn_module *module) {
  if (!module ||
      module->references.fetch_sub(1, std::memory_order_acq_rel) != 1)
    return;
  if (module->library)
    dlclose(module->library);
  destroy(module);
}

const tn_module_desc *tn_module_describe(const tn_module *module) {
  return module->desc;
}

static int32_t findTensor(const tn_tensor_desc *tensors, int32_t count,
                          const char *name) {
  for (int32_t i = 0; i < count; ++i)
    if (!strcmp(tensors[i].name, name))
      return i;
  return -1;
}

int32_t tn_module_find_input(const tn_module *module, const char *name) {
  return findTensor(module->desc->inputs, module->desc->input_count, name);
}

int32_t tn_module_find_output(const tn_module *module, const char *name) {
  return findTensor(module->desc->outputs, module->desc->output_count, name);
}
