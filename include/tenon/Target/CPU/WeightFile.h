//===- WeightFile.h - The weights of an artifact ----------------*- C++ -*-===//
//
// A compiled module has one blob of weights. It is described here by where its
// bytes come from and is never in memory as a whole (except for a JIT): bytes
// go from file to file, and what must be packed goes through a small buffer.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TARGET_CPU_WEIGHTFILE_H
#define TENON_TARGET_CPU_WEIGHTFILE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tenon::cpu {

/// How a weight is rearranged on its way into the artifact: the meaning of
/// `permutation` and `pack` of tn.weight.
struct WeightPacking {
  llvm::SmallVector<int64_t> dims;        ///< of the source
  int64_t elementBytes = 1;               ///< in memory
  llvm::SmallVector<int64_t> permutation; ///< of the source; empty: none
  llvm::SmallVector<int64_t> axes;        ///< split, after the permutation
  llvm::SmallVector<int64_t> blocks;      ///< block of each of `axes`
  llvm::SmallVector<int64_t> order;       ///< of the packed dims; empty: as is
  /// The elements, one a byte, have 4 bits: a packed row of 2n becomes n bytes,
  /// with element i in the low and element n + i in the high bits of byte i.
  bool pairs = false;
  /// The same elements lie two in a byte in the source, in row-major order, the
  /// first in the low bits.
  enum class Nibbles { none, zeroExtended, signExtended };
  Nibbles nibbles = Nibbles::none;

  /// What is wrong with it, if anything.
  llvm::Error verify() const;
  int64_t sourceBytes() const;
  /// The dims of the packed tensor, padding included.
  llvm::SmallVector<int64_t> packedDims() const;
  int64_t packedBytes() const;
};

/// Packs slices [first, last) of the packed tensor's outermost dim into `dst`,
/// which holds just those.
void packWeightSlices(const WeightPacking &packing, const char *src,
                      int64_t first, int64_t last, char *dst);
/// Packs a whole weight.
void packWeight(const WeightPacking &packing, const char *src, char *dst);

/// One piece of the blob.
struct WeightSource {
  uint64_t position = 0; ///< in the blob; a multiple of TN_BUFFER_ALIGNMENT

  // The bytes: `bytes` at `offset` of the file `path`, or `data`.
  std::string path;
  uint64_t offset = 0;
  uint64_t bytes = 0;
  llvm::ArrayRef<char> data; ///< if `path` is empty; borrowed, or in `storage`
  std::shared_ptr<const std::vector<char>> storage;

  std::optional<WeightPacking> packing;

  uint64_t sourceBytes() const { return path.empty() ? data.size() : bytes; }
  /// Bytes it takes in the blob.
  uint64_t blobBytes() const {
    return packing ? uint64_t(packing->packedBytes()) : sourceBytes();
  }
};

/// All pieces, disjoint; what is between them is zero.
struct WeightBlob {
  std::vector<WeightSource> sources;
  uint64_t bytes = 0;

  /// Appends a piece at the next aligned position, which it returns.
  uint64_t append(WeightSource source);
  /// Positions, sizes, packings and the sizes of the files.
  llvm::Error verify() const;
};

/// Writes the blob into the open file `fd` from `at` on. What is there must be
/// a hole (or zero).
llvm::Error writeWeights(const WeightBlob &blob, int fd, uint64_t at);
/// The same into memory of `blob.bytes` bytes.
llvm::Error loadWeights(const WeightBlob &blob, char *memory);

/// The symbol of the blob; modules that use it are linked with a WeightBlob.
inline constexpr llvm::StringLiteral weightsSymbol = "tn_weights";

} // namespace tenon::cpu

#endif // TENON_TARGET_CPU_WEIGHTFILE_H
