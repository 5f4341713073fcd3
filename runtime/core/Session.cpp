//===- Session.cpp - Makes sessions and runs models -----------------------===//
//
// tn_run checks everything that the caller gave before native code runs.
//
//===----------------------------------------------------------------------===//
#include "Session.h"

#include "HostApi.h"
#include "Module.h"
#include "ProfileFile.h"
#include "Status.h"
#include "cpu/ThreadPool.h"

using namespace tenon::runtime;

static tn_status checkOptions(const tn_options *options) {
  if (!options)
    return TN_OK;
  if (options->struct_bytes != sizeof(tn_options))
    return fail(TN_INVALID_ARGUMENT,
                "options.struct_bytes is %u, this runtime expects %zu "
                "(sizeof(tn_options))",
                options->struct_bytes, sizeof(tn_options));
  if (options->threads < 0 || options->threads > ThreadPool::kMaxThreads)
    return fail(TN_INVALID_ARGUMENT,
                "options.threads is %d, it must be 0 to %d", options->threads,
                ThreadPool::kMaxThreads);
  return TN_OK;
}

static tn_status setUp(tn_session &session, const tn_options &options) {
  const tn_module_desc &desc = *session.module->desc;
  uint64_t features = tn_cpu_features();
  if (options.cpu_features)
    features &= options.cpu_features;
  if (tn_status status = chooseVariant(desc, features, &session.variant))
    return status;
  if (!session.bindings.resize(desc.symbol_count) ||
      !session.symbols.resize(desc.symbol_count) ||
      !session.outputStates.resize(desc.output_count))
    return failOutOfMemory("a session", sizeof(tn_session));
  if (options.profile)
    if (tn_status status = session.profiler.enable(*session.variant))
      return status;
  session.threads = options.threads ? options.threads : usableCpus();
  if (session.threads == 1)
    return TN_OK;
  return ThreadPool::get().reserve(session.threads - 1, options.pin_threads);
}

tn_status tn_session_create(tn_module *module, const tn_options *options,
                            tn_session **outSession) {
  *outSession = nullptr;
  if (!module)
    return fail(TN_INVALID_ARGUMENT, "the module is NULL");
  if (tn_status status = checkOptions(options))
    return status;
  auto *session = create<tn_session>();
  if (!session)
    return failOutOfMemory("a session", sizeof(tn_session));
  session->module = module;
  retainModule(module);
  if (tn_status status = setUp(*session, options ? *options : tn_options{})) {
    tn_session_release(session);
    return status;
  }
  *outSession = session;
  return TN_OK;
}

void tn_session_release(tn_session *session) {
  if (!session)
    return;
  tn_module *module = session->module;
  destroy(session);
  tn_module_release(module);
}

/// Before any check, so that outputs are well-defined after each failure.
static void clearOutputs(tn_output *outputs, int32_t count) {
  for (int32_t i = 0; i < count; ++i)
    if (!outputs[i].view.data)
      outputs[i] = {};
}

static tn_status runChecked(tn_session &session, const tn_view *inputs,
                            int32_t inputCount, tn_output *outputs,
                            int32_t outputCount) {
  const tn_module_desc &desc = *session.module->desc;
  if ((inputCount > 0 && !inputs) || (outputCount > 0 && !outputs))
    return fail(TN_INVALID_ARGUMENT, "%s are NULL",
                inputCount > 0 && !inputs ? "the inputs" : "the outputs");
  clearOutputs(outputs, outputCount);
  if (tn_status status =
          bindInputs(desc, inputs, inputCount, session.bindings.data()))
    return status;
  if (tn_status status =
          checkOutputs(desc, outputs, outputCount, session.bindings.data()))
    return status;
  for (int32_t i = 0; i < desc.symbol_count; ++i)
    session.symbols[i] = session.bindings[i].value;
  return runHost(session, inputs, outputs);
}

tn_status tn_run(tn_session *session, const tn_view *inputs, int32_t inputCount,
                 tn_output *outputs, int32_t outputCount) {
  if (!session)
    return fail(TN_INVALID_ARGUMENT, "the session is NULL");
  if (session->isRunning.exchange(true, std::memory_order_acquire))
    return fail(TN_INVALID_ARGUMENT,
                "the session is running in another thread; make one session "
                "per thread");
  tn_status status =
      runChecked(*session, inputs, inputCount, outputs, outputCount);
  session->isRunning.store(false, std::memory_order_release);
  return status;
}

const tn_variant_desc *tn_session_variant(const tn_session *session) {
  return session->variant;
}

int32_t tn_session_threads(const tn_session *session) {
  return session->threads;
}

int64_t tn_session_arena_bytes(const tn_session *session) {
  return session->arena.bytes();
}

int64_t tn_session_profile(const tn_session *session, tn_kernel_profile *rows,
                           int64_t capacity) {
  const auto &kernels = session->profiler.kernels();
  for (int64_t i = 0; i < kernels.size() && i < capacity; ++i)
    rows[i] = kernels[i];
  return kernels.size();
}

void tn_session_profile_reset(tn_session *session) {
  session->profiler.reset();
}

static tn_status checkProfiled(const tn_session &session) {
  return session.profiler.enabled()
             ? TN_OK
             : fail(TN_INVALID_ARGUMENT,
                    "the session records no profile; set options.profile");
}

tn_status tn_session_write_profile(const tn_session *session,
                                   const char *path) {
  if (tn_status status = checkProfiled(*session))
    return status;
  return writeProfile(session->profiler, *session->module->desc,
                      *session->variant, path);
}

tn_status tn_session_write_trace(const tn_session *session, const char *path) {
  if (tn_status status = checkProfiled(*session))
    return status;
  return writeTrace(session->profiler, *session->module->desc,
                    *session->variant, path);
}
