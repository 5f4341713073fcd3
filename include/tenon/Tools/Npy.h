//===- Npy.h - numpy's array files ------------------------------*- C++ -*-===//
//
// Format 1.0 to 3.0 of numpy.lib.format: little-endian, C order. Types that
// numpy lacks (bf16, 8-bit floats) are written as raw bytes of their width,
// `|V2` and `|V1`, as numpy does with the types of ml_dtypes; they cannot be
// read back, as nothing says what they are.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TOOLS_NPY_H
#define TENON_TOOLS_NPY_H

#include "tenon/runtime.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"
#include <vector>

namespace tenon {

struct NpyArray {
  tn_dtype dtype = {};
  std::vector<int64_t> dims;
  std::vector<char> bytes;
};

/// The array in `bytes`, the contents of file `name`. Errors name the file.
llvm::Expected<NpyArray> parseNpy(llvm::StringRef bytes, llvm::StringRef name);
llvm::Expected<NpyArray> readNpy(llvm::StringRef path);

/// Writes format 1.0.
void writeNpy(llvm::raw_ostream &os, const tn_view &view);

} // namespace tenon

#endif // TENON_TOOLS_NPY_H
