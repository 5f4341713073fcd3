//===- HostApi.cpp - The services of tn_host_api --------------------------===//
//
// The first failure decides the run's status, even if the host program ignores
// what the call returned.
//
//===----------------------------------------------------------------------===//
#include "HostApi.h"

#include "Clock.h"
#include "Module.h"
#include "Session.h"
#include "Status.h"
#include "cpu/ThreadPool.h"

#include <stdio.h>

using namespace tenon::runtime;

namespace {

/// Before the memory that `alloc` gives; members of a ring.
struct alignas(TN_BUFFER_ALIGNMENT) Allocation {
  Allocation *previous;
  Allocation *next;
};

} // namespace

/// One running call.
struct tn_exec {
  tn_session &session;
  tn_output *outputs;
  Allocation ring; ///< Of those not released yet.
  tn_status failure = TN_OK;

  const tn_module_desc &module() const { return *session.module->desc; }

  int32_t finish(tn_status status) {
    if (status && !failure)
      failure = status;
    return status;
  }
};

/// Threads worth using for a launch: one, if it takes less time than waking
/// others and waiting for them. A core does some 50 operations and moves some 10
/// bytes in a nanosecond. A launch that states no work is taken for a large one.
static int32_t usefulThreads(const tn_launch &launch, int32_t threads) {
  constexpr int64_t kHandOverNanoseconds = 10000;
  bool unknown = launch.flops == 0 && launch.bytes == 0;
  int64_t nanoseconds = launch.flops / 50 + launch.bytes / 10;
  return unknown || nanoseconds >= kHandOverNanoseconds ? threads : 1;
}

static int32_t launch(tn_exec *exec, const tn_launch *launch) {
  tn_session &session = exec->session;
  const tn_variant_desc &variant = *session.variant;
  if (launch->kernel < 0 || launch->kernel >= variant.kernel_count)
    return exec->finish(fail(TN_RUN_FAILED,
                             "broken artifact: it launches kernel %lld of %lld",
                             static_cast<long long>(launch->kernel),
                             static_cast<long long>(variant.kernel_count)));
  if (launch->tiles <= 0)
    return TN_OK;
  Work work{variant.kernels[launch->kernel].fn, launch->args, launch->tiles,
            launch->grain};
  int32_t threads = usefulThreads(*launch, session.threads);
  if (!session.profiler.enabled()) {
    parallelFor(threads, work);
    return TN_OK;
  }
  int64_t start = now();
  parallelFor(threads, work);
  session.profiler.recordLaunch(*launch, start, now());
  return TN_OK;
}

static int32_t plan(tn_exec *exec, int64_t planId, int64_t count,
                    const tn_interval *lives, const int64_t *sizes,
                    void **addresses) {
  return exec->finish(
      exec->session.arena.plan(planId, count, lives, sizes, addresses));
}

static int32_t alloc(tn_exec *exec, int64_t bytes, void **outAddress) {
  *outAddress = nullptr;
  void *memory = nullptr;
  if (bytes >= 0 && bytes < kMaxBytes)
    memory = allocateAligned(bytes + int64_t(sizeof(Allocation)));
  if (!memory)
    return exec->finish(failOutOfMemory("a temporary of the model", bytes));
  Allocation &ring = exec->ring;
  auto *allocation = new (memory) Allocation{&ring, ring.next};
  ring.next->previous = allocation;
  ring.next = allocation;
  *outAddress = allocation + 1;
  return TN_OK;
}

static void release(tn_exec *, void *address) {
  if (!address)
    return;
  Allocation *allocation = static_cast<Allocation *>(address) - 1;
  allocation->previous->next = allocation->next;
  allocation->next->previous = allocation->previous;
  free(allocation);
}

static tn_status makeOutput(tn_exec &exec, int32_t index, const int64_t *dims) {
  const tn_tensor_desc &desc = exec.module().outputs[index];
  tn_output &output = exec.outputs[index];
  exec.session.outputStates[index].isProduced = true;
  // A given output, or one that the host program asks for again.
  if (output.view.data)
    return checkOutputDims(desc, output.view, dims);
  if (tn_tensor_create(desc.dtype, desc.rank, dims, &output.tensor))
    return fail(TN_OUT_OF_MEMORY, "output \"%s\": %s", desc.name,
                tn_last_message());
  output.view = tn_tensor_view(output.tensor);
  return TN_OK;
}

static int32_t output(tn_exec *exec, int32_t index, const int64_t *dims,
                      void **outAddress) {
  *outAddress = nullptr;
  if (index < 0 || index >= exec->module().output_count)
    return exec->finish(fail(TN_RUN_FAILED,
                             "broken artifact: it asks for output %d of %d",
                             index, exec->module().output_count));
  tn_status status = makeOutput(*exec, index, dims);
  if (!status)
    *outAddress = exec->outputs[index].view.data;
  return exec->finish(status);
}

/// Expands %lld and %%.
static int32_t failRun(tn_exec *exec, const char *format, const int64_t *values,
                       int32_t count) {
  char text[768];
  size_t length = 0;
  int32_t next = 0;
  while (*format && length < sizeof(text) - 24) {
    if (!__builtin_strncmp(format, "%lld", 4) && next < count) {
      length += snprintf(text + length, sizeof(text) - length, "%lld",
                         static_cast<long long>(values[next++]));
      format += 4;
      continue;
    }
    format += format[0] == '%' && format[1] == '%';
    text[length++] = *format++;
  }
  text[length] = '\0';
  return exec->finish(
      fail(TN_RUN_FAILED, "model \"%s\": %s", exec->module().name, text));
}

static void enter(tn_exec *exec, int64_t region) {
  exec->session.profiler.enter(region, now());
}

static void leave(tn_exec *exec) { exec->session.profiler.leave(now()); }

static constexpr tn_host_api hostApi = {
    launch, plan, alloc, release, output, failRun, nullptr, nullptr};
static constexpr tn_host_api profiledApi = {
    launch, plan, alloc, release, output, failRun, enter, leave};

/// Whether the host program kept its side.
static tn_status conclude(const tn_exec &exec, int32_t returned) {
  const tn_module_desc &module = exec.module();
  if (exec.failure)
    return exec.failure;
  if (returned)
    return fail(TN_RUN_FAILED,
                "broken artifact: model \"%s\" returned status %d without a "
                "message",
                module.name, returned);
  for (int32_t i = 0; i < module.output_count; ++i)
    if (!exec.session.outputStates[i].isProduced)
      return fail(TN_RUN_FAILED,
                  "broken artifact: model \"%s\" did not produce output \"%s\"",
                  module.name, module.outputs[i].name);
  return TN_OK;
}

static void dropOutputs(const tn_exec &exec) {
  for (int32_t i = 0; i < exec.module().output_count; ++i) {
    if (exec.session.outputStates[i].isGiven)
      continue;
    tn_tensor_release(exec.outputs[i].tensor);
    exec.outputs[i] = {};
  }
}

tn_status tenon::runtime::runHost(tn_session &session, const tn_view *inputs,
                                  tn_output *outputs) {
  tn_exec exec{session, outputs, {}};
  exec.ring = {&exec.ring, &exec.ring};
  const tn_module_desc &module = exec.module();
  for (int32_t i = 0; i < module.output_count; ++i)
    session.outputStates[i] = {outputs[i].view.data != nullptr, false};
  bool isProfiled = session.profiler.enabled();
  int64_t start = isProfiled ? now() : 0;
  int32_t returned =
      session.variant->run(isProfiled ? &profiledApi : &hostApi, &exec, inputs,
                           session.symbols.data(), module.weights);
  if (isProfiled)
    session.profiler.recordRun(start, now());
  tn_status status = conclude(exec, returned);
  while (exec.ring.next != &exec.ring)
    release(&exec, exec.ring.next + 1);
  session.arena.endRun();
  if (status)
    dropOutputs(exec);
  return status;
}
