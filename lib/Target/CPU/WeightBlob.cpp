//===- WeightBlob.cpp - The pieces of a blob and their sizes --------------===//

#include "runtime/abi/tenon_abi.h"
#include "tenon/Target/CPU/WeightFile.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"

using namespace llvm;

namespace tenon::cpu {

uint64_t WeightBlob::append(WeightSource source) {
  source.position = alignTo(bytes, TN_BUFFER_ALIGNMENT);
  bytes = source.position + source.blobBytes();
  sources.push_back(std::move(source));
  return sources.back().position;
}

static Error verifySource(const WeightSource &source) {
  if (source.position % TN_BUFFER_ALIGNMENT)
    return createStringError("weight at " + Twine(source.position) +
                             " of the blob is not aligned");
  if (source.packing) {
    if (Error error = source.packing->verify())
      return error;
    if (uint64_t(source.packing->sourceBytes()) != source.sourceBytes())
      return createStringError("weight at " + Twine(source.position) +
                               " of the blob: packing wants " +
                               Twine(source.packing->sourceBytes()) +
                               " bytes, the source has " +
                               Twine(source.sourceBytes()));
  }
  if (source.path.empty() || source.bytes == 0)
    return Error::success();
  uint64_t fileBytes = 0;
  if (std::error_code code = sys::fs::file_size(source.path, fileBytes))
    return createStringError(code, "weights file '" + source.path +
                                       "': " + code.message());
  if (source.offset > fileBytes || fileBytes - source.offset < source.bytes)
    return createStringError("weights file '" + source.path + "' has " +
                             Twine(fileBytes) + " bytes, a weight needs " +
                             Twine(source.bytes) + " at " +
                             Twine(source.offset));
  return Error::success();
}

Error WeightBlob::verify() const {
  SmallVector<std::pair<uint64_t, uint64_t>> ranges;
  for (const WeightSource &source : sources) {
    if (Error error = verifySource(source))
      return error;
    if (source.blobBytes() != 0)
      ranges.push_back({source.position, source.blobBytes()});
  }
  llvm::sort(ranges);
  uint64_t end = 0;
  for (auto [position, size] : ranges) {
    if (position < end || size > bytes || position > bytes - size)
      return createStringError("weight at " + Twine(position) +
                               " of the blob overlaps another or its end");
    end = position + size;
  }
  return Error::success();
}

} // namespace tenon::cpu
