//===- Profiler.cpp - Sums per kernel and the Chrome trace ----------------===//
//
// Sums are always complete; the list of events stops at kMaxEvents.
//
//===----------------------------------------------------------------------===//
#include "Profiler.h"

#include "Status.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

using namespace tenon::runtime;

tn_status Profiler::enable(const tn_variant_desc &variant) {
  for (int64_t i = 0; i < variant.kernel_count; ++i)
    if (!rows.append({variant.kernels[i].name, 0, 0, 0, 0}))
      return failOutOfMemory("the profile",
                             variant.kernel_count * sizeof(tn_kernel_profile));
  isEnabled = true;
  return TN_OK;
}

void Profiler::append(const Event &event) {
  if (events.size() >= kMaxEvents || !events.append(event))
    ++droppedEvents;
}

void Profiler::recordLaunch(const tn_launch &launch, int64_t start,
                            int64_t end) {
  tn_kernel_profile &row = rows[launch.kernel];
  ++row.calls;
  row.nanoseconds += end - start;
  row.flops += launch.flops;
  row.bytes += launch.bytes;
  append({launch.kernel, start, end, launch.tiles, launch.flops, launch.bytes});
}

void Profiler::recordRun(int64_t start, int64_t end) {
  append({-1, start, end, 0, 0, 0});
}

void Profiler::reset() {
  for (tn_kernel_profile &row : rows)
    row = {row.name, 0, 0, 0, 0};
  events.clear();
  droppedEvents = 0;
}

static void writeString(FILE *file, const char *text) {
  fputc('"', file);
  for (; *text; ++text) {
    unsigned char c = *text;
    if (c == '"' || c == '\\')
      fprintf(file, "\\%c", c);
    else if (c < 0x20)
      fprintf(file, "\\u%04x", c);
    else
      fputc(c, file);
  }
  fputc('"', file);
}

/// Nanoseconds as microseconds, which traces count in.
static void writeTime(FILE *file, const char *key, int64_t nanoseconds) {
  fprintf(file, ",\"%s\":%lld.%03d", key,
          static_cast<long long>(nanoseconds / 1000),
          static_cast<int>(nanoseconds % 1000));
}

tn_status Profiler::writeTrace(const tn_module_desc &module,
                               const tn_variant_desc &variant,
                               const char *path) const {
  FILE *file = fopen(path, "w");
  if (!file)
    return fail(TN_IO_FAILED, "%s: %s", path, strerror(errno));
  fputs("{\"displayTimeUnit\":\"ns\",\"otherData\":{\"module\":", file);
  writeString(file, module.name);
  fputs(",\"target\":", file);
  writeString(file, variant.target);
  fprintf(file, ",\"missing_events\":%lld},\"traceEvents\":[",
          static_cast<long long>(droppedEvents));
  int64_t origin = INT64_MAX;
  for (const Event &event : events)
    origin = event.start < origin ? event.start : origin;
  const char *separator = "\n";
  for (const Event &event : events) {
    fprintf(file, "%s{\"ph\":\"X\",\"pid\":1,\"tid\":1,\"name\":", separator);
    separator = ",\n";
    bool isRun = event.kernel < 0;
    writeString(file, isRun ? module.name : rows[event.kernel].name);
    fputs(isRun ? ",\"cat\":\"run\"" : ",\"cat\":\"kernel\"", file);
    writeTime(file, "ts", event.start - origin);
    writeTime(file, "dur", event.end - event.start);
    if (!isRun)
      fprintf(file, ",\"args\":{\"tiles\":%lld,\"flops\":%lld,\"bytes\":%lld}",
              static_cast<long long>(event.tiles),
              static_cast<long long>(event.flops),
              static_cast<long long>(event.bytes));
    fputc('}', file);
  }
  fputs("\n]}\n", file);
  bool failed = ferror(file);
  failed |= fclose(file) != 0;
  return failed ? fail(TN_IO_FAILED, "%s: cannot write the trace: %s", path,
                       strerror(errno))
                : TN_OK;
}
