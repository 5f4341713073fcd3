//===- ModelFile.cpp - A mapped ONNX model and its external data ----------===//

#include "tenon/Import/Onnx/ModelFile.h"
#include "Quoted.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include <cassert>

using namespace tenon::onnx;
using llvm::Error;
using llvm::Expected;
using llvm::MemoryBuffer;
using llvm::StringRef;
using llvm::Twine;

namespace path = llvm::sys::path;
namespace fs = llvm::sys::fs;

static Error makeError(const Twine &message) {
  return llvm::createStringError(message);
}

static llvm::ErrorOr<std::unique_ptr<MemoryBuffer>> mapFile(StringRef file) {
  return MemoryBuffer::getFile(file, /*IsText=*/false,
                               /*RequiresNullTerminator=*/false);
}

Expected<std::unique_ptr<ModelFile>> ModelFile::open(StringRef file) {
  auto buffer = mapFile(file);
  if (!buffer)
    return makeError("cannot read model " + quoted(file) + ": " +
                     buffer.getError().message());
  StringRef directory = path::parent_path(file);
  return fromBuffer(std::move(*buffer), directory.empty() ? "." : directory);
}

Expected<std::unique_ptr<ModelFile>>
ModelFile::fromBuffer(std::unique_ptr<MemoryBuffer> buffer,
                      StringRef directory) {
  std::unique_ptr<ModelFile> file(new ModelFile(std::move(buffer), directory));
  Expected<Model> model = decodeModel(file->contents(), file->path());
  if (!model)
    return model.takeError();
  file->decoded = std::move(*model);
  return file;
}

/// Whether `location` names something below the directory by its text alone.
static Error checkLocation(StringRef location) {
  if (location.contains('\0'))
    return makeError("it contains a NUL byte");
  if (path::is_absolute(location))
    return makeError("it must be relative to the model's directory");
  if (llvm::is_contained(
          llvm::make_range(path::begin(location), path::end(location)), ".."))
    return makeError("it must not contain '..'");
  return Error::success();
}

/// The file at `location` in `directory`, links followed, if that is a regular
/// file inside the directory.
static Expected<std::string> findExternalFile(StringRef directory,
                                              StringRef location) {
  if (directory.empty())
    return makeError("a model in memory has no directory to look it up in");
  if (Error error = checkLocation(location))
    return error;
  llvm::SmallString<256> realDirectory, joined(directory), realFile;
  path::append(joined, location);
  if (std::error_code error = fs::real_path(directory, realDirectory))
    return makeError(quoted(directory) + ": " + error.message());
  if (std::error_code error = fs::real_path(joined, realFile))
    return makeError(error.message());
  if (!fs::is_regular_file(realFile))
    return makeError("it is not a regular file");
  StringRef below = realFile;
  if (!below.consume_front(realDirectory) ||
      !(realDirectory.ends_with("/") || below.starts_with("/")))
    return makeError("it is a link to " + quoted(realFile) +
                     ", outside the model's directory; put the file itself "
                     "beside the model");
  return std::string(realFile);
}

Expected<const MemoryBuffer *>
ModelFile::externalFile(StringRef location) const {
  Expected<std::string> file = findExternalFile(directory, location);
  if (!file)
    return file.takeError();
  std::lock_guard<std::mutex> lock(mutex);
  std::unique_ptr<MemoryBuffer> &mapped = externalFiles[*file];
  if (!mapped) {
    auto buffer = mapFile(*file);
    if (!buffer)
      return makeError(buffer.getError().message());
    mapped = std::move(*buffer);
  }
  return mapped.get();
}

Expected<TensorBytes> ModelFile::resolve(const Tensor &tensor) const {
  TensorBytes result;
  result.bytes = tensor.bytes();
  switch (tensor.storage) {
  case Tensor::Storage::Strings:
    return makeError(path() + ": tensor " + quoted(tensor.name) +
                     " holds strings, which have no fixed-width bytes");
  case Tensor::Storage::Decoded:
    return result;
  case Tensor::Storage::Mapped:
    result.origin = TensorBytes::Origin::Model;
    result.file = path();
    if (!result.bytes.empty())
      result.offset = uint64_t(result.bytes.data() - contents().data());
    assert(result.offset + result.bytes.size() <= contents().size() &&
           "the tensor belongs to another file");
    return result;
  case Tensor::Storage::External:
    break;
  }

  const Tensor::External &external = tensor.external;
  auto inTensor = [&](const Twine &reason) {
    return makeError(path() + ": tensor " + quoted(tensor.name) +
                     ": external data " + quoted(external.location) + ": " +
                     reason);
  };
  Expected<const MemoryBuffer *> file = externalFile(external.location);
  if (!file)
    return inTensor(llvm::toString(file.takeError()));
  uint64_t size = (*file)->getBufferSize();
  if (external.offset > size || external.length > size - external.offset)
    return inTensor(Twine(external.length) + " bytes at offset " +
                    Twine(external.offset) + " do not fit the file of " +
                    Twine(size) + " bytes");
  result.origin = TensorBytes::Origin::External;
  result.file = (*file)->getBufferIdentifier();
  result.offset = external.offset;
  result.bytes = {(*file)->getBufferStart() + external.offset,
                  size_t(external.length)};
  return result;
}
