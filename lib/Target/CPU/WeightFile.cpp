//===- WeightFile.cpp - Moves weights from their files into an artifact ---===//
//
// Plain pieces go file to file inside the kernel where it can; packed ones are
// read through a mapping and written in chunks of whole slices.
//
//===----------------------------------------------------------------------===//

#include "tenon/Target/CPU/WeightFile.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/Twine.h"
#include "llvm/Support/Errno.h"
#include "llvm/Support/MemoryBuffer.h"
#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

using namespace llvm;

namespace tenon::cpu {
namespace {

constexpr int64_t chunkBytes = 8 << 20;

Error systemError(const Twine &what) {
  std::error_code code(errno, std::generic_category());
  return createStringError(code, what + ": " + code.message());
}

Error writeAt(int fd, ArrayRef<char> bytes, uint64_t at) {
  while (!bytes.empty()) {
    ssize_t n = sys::RetryAfterSignal(-1, ::pwrite, fd, bytes.data(),
                                      bytes.size(), off_t(at));
    if (n <= 0)
      return systemError("writing weights");
    bytes = bytes.drop_front(n);
    at += n;
  }
  return Error::success();
}

Error readAt(int fd, MutableArrayRef<char> bytes, uint64_t at, StringRef path) {
  while (!bytes.empty()) {
    ssize_t n = sys::RetryAfterSignal(-1, ::pread, fd, bytes.data(),
                                      bytes.size(), off_t(at));
    if (n < 0)
      return systemError("weights file '" + path + "'");
    if (n == 0)
      return createStringError("weights file '" + path +
                               "' became shorter while it was read");
    bytes = bytes.drop_front(n);
    at += n;
  }
  return Error::success();
}

/// Files that sources share are opened once: consecutive sources mostly name
/// the same one.
class SourceFiles {
public:
  ~SourceFiles() { close(); }
  Expected<int> open(StringRef name) {
    if (fd >= 0 && name == path)
      return fd;
    close();
    path = name.str();
    fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
      return systemError("weights file '" + name + "'");
    return fd;
  }

private:
  void close() {
    if (fd >= 0)
      ::close(fd);
    fd = -1;
  }
  std::string path;
  int fd = -1;
};

Error copyThroughMemory(int from, uint64_t offset, uint64_t bytes, int to,
                        uint64_t at, StringRef path) {
  std::vector<char> buffer(std::min<uint64_t>(bytes, chunkBytes));
  while (bytes > 0) {
    auto chunk = MutableArrayRef<char>(buffer).take_front(bytes);
    if (Error error = readAt(from, chunk, offset, path))
      return error;
    if (Error error = writeAt(to, chunk, at))
      return error;
    offset += chunk.size();
    at += chunk.size();
    bytes -= chunk.size();
  }
  return Error::success();
}

/// copy_file_range does not work between all file systems: what it refuses is
/// copied through memory.
Error copyRange(int from, uint64_t offset, uint64_t bytes, int to, uint64_t at,
                StringRef path) {
  off_t in = off_t(offset), out = off_t(at);
  while (bytes > 0) {
    ssize_t n = sys::RetryAfterSignal(-1, ::copy_file_range, from, &in, to,
                                      &out, bytes, 0u);
    if (n <= 0)
      return copyThroughMemory(from, uint64_t(in), bytes, to, uint64_t(out),
                               path);
    bytes -= uint64_t(n);
  }
  return Error::success();
}

/// The bytes of a source to read from: its data, or a mapping of its file.
struct SourceBytes {
  std::unique_ptr<MemoryBuffer> mapping;
  const char *bytes = nullptr;

  static Expected<SourceBytes> get(const WeightSource &source) {
    SourceBytes result;
    if (source.path.empty()) {
      result.bytes = source.data.data();
      return result;
    }
    auto mapping = MemoryBuffer::getFileSlice(source.path, source.bytes,
                                              int64_t(source.offset));
    if (!mapping)
      return createStringError(mapping.getError(),
                               "weights file '" + source.path +
                                   "': " + mapping.getError().message());
    result.mapping = std::move(*mapping);
    result.bytes = result.mapping->getBufferStart();
    return result;
  }
};

Error writePacked(const WeightSource &source, int fd, uint64_t at) {
  const WeightPacking &packing = *source.packing;
  Expected<SourceBytes> src = SourceBytes::get(source);
  if (!src)
    return src.takeError();
  auto dims = packing.packedDims();
  int64_t slices = dims.empty() ? 1 : dims.front();
  int64_t sliceBytes = packing.packedBytes() / slices;
  int64_t step = std::clamp<int64_t>(chunkBytes / sliceBytes, 1, slices);
  std::vector<char> buffer(step * sliceBytes);
  for (int64_t first = 0; first < slices; first += step) {
    int64_t last = std::min(first + step, slices);
    packWeightSlices(packing, src->bytes, first, last, buffer.data());
    ArrayRef<char> chunk(buffer.data(), (last - first) * sliceBytes);
    if (Error error = writeAt(fd, chunk, at + first * sliceBytes))
      return error;
  }
  return Error::success();
}

} // namespace

Error writeWeights(const WeightBlob &blob, int fd, uint64_t at) {
  if (Error error = blob.verify())
    return error;
  SourceFiles files;
  for (const WeightSource &source : blob.sources) {
    if (source.blobBytes() == 0)
      continue;
    uint64_t position = at + source.position;
    if (source.packing) {
      if (Error error = writePacked(source, fd, position))
        return error;
      continue;
    }
    if (source.path.empty()) {
      if (Error error = writeAt(fd, source.data, position))
        return error;
      continue;
    }
    Expected<int> from = files.open(source.path);
    if (!from)
      return from.takeError();
    if (Error error = copyRange(*from, source.offset, source.bytes, fd,
                                position, source.path))
      return error;
  }
  return Error::success();
}

Error loadWeights(const WeightBlob &blob, char *memory) {
  if (Error error = blob.verify())
    return error;
  if (blob.bytes == 0)
    return Error::success();
  SourceFiles files;
  std::memset(memory, 0, blob.bytes);
  for (const WeightSource &source : blob.sources) {
    if (source.blobBytes() == 0)
      continue;
    char *dst = memory + source.position;
    if (source.packing) {
      Expected<SourceBytes> src = SourceBytes::get(source);
      if (!src)
        return src.takeError();
      packWeight(*source.packing, src->bytes, dst);
      continue;
    }
    if (source.path.empty()) {
      std::memcpy(dst, source.data.data(), source.data.size());
      continue;
    }
    Expected<int> from = files.open(source.path);
    if (!from)
      return from.takeError();
    if (Error error =
            readAt(*from, {dst, source.bytes}, source.offset, source.path))
      return error;
  }
  return Error::success();
}

} // namespace tenon::cpu
