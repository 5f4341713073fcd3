//===- LoadedTensor.h - A tensor file in memory -----------------*- C++ -*-===//
//
// A file of ONNX test data or a .npy, as the runtime takes it. Elements of
// fewer than 8 bits are packed in files and take a byte each in memory, as in
// the inputs and outputs of artifacts.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_LOADEDTENSOR_H
#define TENON_TOOLS_LOADEDTENSOR_H

#include "runtime/abi/tenon_abi.h"
#include "tenon/Import/Onnx/DataType.h"
#include "llvm/Support/Error.h"
#include <vector>

namespace tenon {

struct LoadedTensor {
  static llvm::Expected<LoadedTensor> read(llvm::StringRef path);
  tn_view view() {
    return {storage.data(), dims.data(), int32_t(dims.size()), dtype};
  }

  std::vector<char> storage;
  std::vector<int64_t> dims;
  tn_dtype dtype = {};
};

std::vector<tn_view> viewsOf(std::vector<LoadedTensor> &tensors);

/// The type that tensors of an ONNX type have in memory; 0 bits: none.
tn_dtype dtypeOf(onnx::DataType type);
/// The type that ONNX files of a dtype have.
onnx::DataType dataTypeOf(tn_dtype dtype);

} // namespace tenon

#endif // TENON_TOOLS_LOADEDTENSOR_H
