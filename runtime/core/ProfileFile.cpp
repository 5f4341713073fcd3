//===- ProfileFile.cpp - Profiles and Chrome traces -----------------------===//
//
// A file is written beside its path and renamed when it is complete.
//
//===----------------------------------------------------------------------===//
#include "ProfileFile.h"

#include "Status.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

using namespace tenon::runtime;

namespace {

/// A JSON file that is written in order.
class JsonFile {
public:
  explicit JsonFile(const char *path) : path(path) {
    int length = snprintf(temporary, sizeof(temporary), "%s.tmp", path);
    if (length < int(sizeof(temporary)))
      file = fopen(temporary, "w");
    else
      errno = ENAMETOOLONG;
  }
  JsonFile(const JsonFile &) = delete;
  ~JsonFile() {
    if (file)
      fclose(file), remove(temporary);
  }

  explicit operator bool() const { return file; }

  /// Text as it is.
  JsonFile &operator<<(const char *text) {
    fputs(text, file);
    return *this;
  }
  JsonFile &operator<<(int64_t number) {
    fprintf(file, "%lld", static_cast<long long>(number));
    return *this;
  }
  /// The inside of a string.
  void escape(const char *text) {
    for (; *text; ++text) {
      unsigned char c = *text;
      if (c == '"' || c == '\\')
        fprintf(file, "\\%c", c);
      else if (c < 0x20)
        fprintf(file, "\\u%04x", c);
      else
        fputc(c, file);
    }
  }
  void string(const char *text) {
    *this << "\"";
    escape(text);
    *this << "\"";
  }
  /// ,"key":number
  void member(const char *key, int64_t number) {
    *this << ",\"" << key << "\":" << number;
  }
  /// Nanoseconds as microseconds, which traces count in.
  void time(const char *key, int64_t nanoseconds) {
    fprintf(file, ",\"%s\":%lld.%03d", key,
            static_cast<long long>(nanoseconds / 1000),
            static_cast<int>(nanoseconds % 1000));
  }

  tn_status failed(const char *what) const {
    return fail(TN_IO_FAILED, "%s: cannot write the %s: %s", path, what,
                strerror(errno));
  }
  tn_status finish(const char *what) {
    bool isBad = ferror(file);
    isBad |= fclose(file) != 0;
    file = nullptr;
    isBad = isBad || rename(temporary, path) != 0;
    if (!isBad)
      return TN_OK;
    tn_status status = failed(what);
    remove(temporary);
    return status;
  }

private:
  const char *path;
  char temporary[4096];
  FILE *file = nullptr;
};

/// Ends each item of a list but the last.
class Separator {
public:
  const char *next() {
    const char *text = current;
    current = ",\n";
    return text;
  }

private:
  const char *current = "\n";
};

void writeHead(JsonFile &json, const tn_module_desc &module,
               const tn_variant_desc &variant) {
  json << "\"module\":";
  json.string(module.name);
  json << ",\"target\":";
  json.string(variant.target);
}

//===----------------------------------------------------------------------===//
// Profiles
//===----------------------------------------------------------------------===//

/// "call > loop > branch"
void writePath(JsonFile &json, const Profiler &profiler,
               const tn_variant_desc &variant, int64_t node) {
  const Profiler::Node &entry = profiler.nodes()[node];
  if (entry.parent != 0) {
    writePath(json, profiler, variant, entry.parent);
    json << " > ";
  }
  json.escape(variant.regions[entry.region].name);
}

void writeRegions(JsonFile &json, const Profiler &profiler,
                  const tn_variant_desc &variant) {
  Separator separator;
  for (int64_t i = 1; i < profiler.nodes().size(); ++i) {
    const Profiler::Node &node = profiler.nodes()[i];
    json << separator.next() << "{\"path\":\"";
    writePath(json, profiler, variant, i);
    json << "\"";
    if (const char *function = variant.regions[node.region].function) {
      json << ",\"function\":";
      json.string(function);
    }
    json.member("calls", node.calls);
    json.member("nanoseconds", node.nanoseconds);
    json << "}";
  }
}

/// One row per function that is called: the first region that calls it stands
/// for all.
void writeFunctions(JsonFile &json, const Profiler &profiler,
                    const tn_variant_desc &variant) {
  Separator separator;
  for (int64_t i = 0; i < variant.region_count; ++i) {
    const char *function = variant.regions[i].function;
    bool isFirst = function;
    for (int64_t before = 0; before < i && isFirst; ++before)
      isFirst = !variant.regions[before].function ||
                strcmp(variant.regions[before].function, function);
    if (!isFirst)
      continue;
    int64_t calls = 0, nanoseconds = 0;
    for (const Profiler::Node &node : profiler.nodes()) {
      const char *called =
          node.region < 0 ? nullptr : variant.regions[node.region].function;
      if (!called || strcmp(called, function))
        continue;
      calls += node.calls;
      nanoseconds += node.nanoseconds;
    }
    json << separator.next() << "{\"name\":";
    json.string(function);
    json.member("calls", calls);
    json.member("nanoseconds", nanoseconds);
    json << "}";
  }
}

void writeKernels(JsonFile &json, const Profiler &profiler) {
  Separator separator;
  for (const tn_kernel_profile &row : profiler.kernels()) {
    json << separator.next() << "{\"name\":";
    json.string(row.name);
    json.member("calls", row.calls);
    json.member("nanoseconds", row.nanoseconds);
    json.member("flops", row.flops);
    json.member("bytes", row.bytes);
    json << "}";
  }
}

} // namespace

tn_status tenon::runtime::writeProfile(const Profiler &profiler,
                                       const tn_module_desc &module,
                                       const tn_variant_desc &variant,
                                       const char *path) {
  JsonFile json(path);
  if (!json)
    return json.failed("profile");
  json << "{";
  writeHead(json, module, variant);
  json.member("runs", profiler.nodes()[0].calls);
  json.member("nanoseconds", profiler.nodes()[0].nanoseconds);
  json << ",\"regions\":[";
  writeRegions(json, profiler, variant);
  json << "],\n\"functions\":[";
  writeFunctions(json, profiler, variant);
  json << "],\n\"kernels\":[";
  writeKernels(json, profiler);
  json << "]}\n";
  return json.finish("profile");
}

//===----------------------------------------------------------------------===//
// Traces
//===----------------------------------------------------------------------===//

tn_status tenon::runtime::writeTrace(const Profiler &profiler,
                                     const tn_module_desc &module,
                                     const tn_variant_desc &variant,
                                     const char *path) {
  JsonFile json(path);
  if (!json)
    return json.failed("trace");
  json << "{\"displayTimeUnit\":\"ns\",\"otherData\":{";
  writeHead(json, module, variant);
  json.member("missing_events", profiler.missingEvents());
  json << "},\"traceEvents\":[";
  int64_t origin = INT64_MAX;
  for (const Profiler::Event &event : profiler.events())
    origin = event.start < origin ? event.start : origin;
  Separator separator;
  for (const Profiler::Event &event : profiler.events()) {
    bool isRun = event.kernel < 0;
    json << separator.next() << "{\"ph\":\"X\",\"pid\":1,\"tid\":1,\"name\":";
    json.string(isRun ? module.name : profiler.kernels()[event.kernel].name);
    json << (isRun ? ",\"cat\":\"run\"" : ",\"cat\":\"kernel\"");
    json.time("ts", event.start - origin);
    json.time("dur", event.end - event.start);
    if (!isRun) {
      json << ",\"args\":{\"tiles\":" << event.tiles;
      json.member("flops", event.flops);
      json.member("bytes", event.bytes);
      json << "}";
    }
    json << "}";
  }
  json << "\n]}\n";
  return json.finish("trace");
}
