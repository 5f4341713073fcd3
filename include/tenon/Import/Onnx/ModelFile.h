//===- ModelFile.h - A mapped ONNX model and its external data -*- C++ -*-===//
//
// Weights stay where they are: `resolve` says in which file and at which byte a
// tensor lies and gives the mapped bytes. External data is untrusted: only a
// regular file inside the model's directory, links followed, is opened.
//
// The files must not be truncated while they are mapped.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORT_ONNX_MODELFILE_H
#define TENON_IMPORT_ONNX_MODELFILE_H

#include "tenon/Import/Onnx/Proto.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/MemoryBuffer.h"
#include <memory>
#include <mutex>

namespace tenon::onnx {

/// Where the bytes of a tensor lie. Valid as long as the ModelFile.
struct TensorBytes {
  enum class Origin : uint8_t {
    Model,    // in the model file, at `offset`
    External, // in the external file `file`, at `offset`
    Decoded,  // in memory only: the file has them in another encoding
  };
  Origin origin = Origin::Decoded;
  llvm::StringRef file; // path; empty for Decoded
  uint64_t offset = 0;
  llvm::ArrayRef<char> bytes; // `Tensor::numBytes` of them, not aligned
};

class ModelFile {
public:
  /// Maps and decodes the file at `path`.
  static llvm::Expected<std::unique_ptr<ModelFile>> open(llvm::StringRef path);

  /// Decodes a model in memory, named by the buffer's identifier in messages
  /// and positions. External data is looked up in `directory`; if that is
  /// empty, it is an error.
  static llvm::Expected<std::unique_ptr<ModelFile>>
  fromBuffer(std::unique_ptr<llvm::MemoryBuffer> buffer,
             llvm::StringRef directory = {});

  const Model &model() const { return decoded; }
  llvm::StringRef path() const { return buffer->getBufferIdentifier(); }
  llvm::StringRef contents() const { return buffer->getBuffer(); }

  /// The bytes of a tensor of this model; an error for STRING tensors, whose
  /// elements are in `Tensor::strings`. Each external file is mapped once.
  /// Safe to call from several threads.
  llvm::Expected<TensorBytes> resolve(const Tensor &tensor) const;

private:
  ModelFile(std::unique_ptr<llvm::MemoryBuffer> buffer,
            llvm::StringRef directory)
      : buffer(std::move(buffer)), directory(directory.str()) {}

  llvm::Expected<const llvm::MemoryBuffer *>
  externalFile(llvm::StringRef location) const;

  std::unique_ptr<llvm::MemoryBuffer> buffer;
  std::string directory;
  Model decoded;
  mutable std::mutex mutex;
  mutable llvm::StringMap<std::unique_ptr<llvm::MemoryBuffer>> externalFiles;
};

} // namespace tenon::onnx

#endif // TENON_IMPORT_ONNX_MODELFILE_H
