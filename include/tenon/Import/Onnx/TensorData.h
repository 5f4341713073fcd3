//===- TensorData.h - Files that hold one TensorProto ----------*- C++ -*-===//
//
// The format of ONNX test data (`test_data_set_0/input_0.pb`): a bare
// TensorProto without magic or type tag.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORT_ONNX_TENSORDATA_H
#define TENON_IMPORT_ONNX_TENSORDATA_H

#include "tenon/Import/Onnx/Proto.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"
#include <memory>

namespace tenon::onnx {

/// A tensor with the mapping it points into. Its storage is never External.
class TensorFile {
public:
  /// Maps and decodes the file at `path`. Files that hold a SequenceProto, an
  /// OptionalProto or a MapProto are refused by name.
  static llvm::Expected<TensorFile> open(llvm::StringRef path);

  const Tensor &tensor() const { return decoded; }
  llvm::StringRef path() const { return buffer->getBufferIdentifier(); }

private:
  TensorFile(std::unique_ptr<llvm::MemoryBuffer> buffer, Tensor decoded)
      : buffer(std::move(buffer)), decoded(std::move(decoded)) {}

  std::unique_ptr<llvm::MemoryBuffer> buffer;
  Tensor decoded;
};

/// Writes a TensorProto with raw_data. `bytes` has the size that `type` and
/// `dims` ask for; `type` is neither Undefined nor String.
void encodeTensor(llvm::raw_ostream &os, llvm::StringRef name, DataType type,
                  llvm::ArrayRef<int64_t> dims, llvm::ArrayRef<char> bytes);

/// Writes a TensorProto of type STRING; one string per element.
void encodeStringTensor(llvm::raw_ostream &os, llvm::StringRef name,
                        llvm::ArrayRef<int64_t> dims,
                        llvm::ArrayRef<llvm::StringRef> strings);

} // namespace tenon::onnx

#endif // TENON_IMPORT_ONNX_TENSORDATA_H
