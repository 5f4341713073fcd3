//===- ExecutionProfile.cpp - Reads profiles ------------------------------===//

#include "tenon/Profile/ExecutionProfile.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"

using namespace llvm;
using namespace tenon::profile;

static Error malformed(const Twine &what) {
  return createStringError("is no profile of tenon run --profile: " + what);
}

Expected<ExecutionProfile> ExecutionProfile::parse(StringRef text) {
  Expected<json::Value> value = json::parse(text);
  if (!value)
    return malformed(toString(value.takeError()));
  const json::Object *object = value->getAsObject();
  std::optional<int64_t> runs =
      object ? object->getInteger("runs") : std::nullopt;
  const json::Array *regions = object ? object->getArray("regions") : nullptr;
  if (!runs || !regions)
    return malformed("it has no \"runs\" or no \"regions\"");
  if (*runs < 1)
    return malformed("it counts no run");
  ExecutionProfile profile;
  profile.runs = double(*runs);
  for (const json::Value &entry : *regions) {
    const json::Object *region = entry.getAsObject();
    std::optional<StringRef> path =
        region ? region->getString("path") : std::nullopt;
    std::optional<int64_t> calls =
        region ? region->getInteger("calls") : std::nullopt;
    if (!path || !calls || *calls < 0)
      return malformed("a region has no \"path\" or no \"calls\"");
    profile.calls[*path] += double(*calls);
  }
  return profile;
}

Expected<ExecutionProfile> ExecutionProfile::read(StringRef path) {
  ErrorOr<std::unique_ptr<MemoryBuffer>> file = MemoryBuffer::getFile(path);
  if (!file)
    return createStringError(path + ": " + file.getError().message());
  Expected<ExecutionProfile> profile = parse((*file)->getBuffer());
  if (!profile)
    return createStringError(path + ": " + toString(profile.takeError()));
  return profile;
}

double ExecutionProfile::callsPerRun(StringRef path) const {
  return path.empty() ? 1 : calls.lookup(path) / runs;
}
