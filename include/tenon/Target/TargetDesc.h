//===- TargetDesc.h - What a target is, as a plain value --------*- C++ -*-===//
//
// Passes ask this value and never compare architecture names. Printable and
// loadable from a file of `key = value` lines, so that a test can name one and
// a user can describe a machine that is not here.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TARGET_TARGETDESC_H
#define TENON_TARGET_TARGETDESC_H

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdint>
#include <string>
#include <vector>

namespace tenon {

struct TargetDesc {
  std::string name;         ///< "x86-64-v4"; part of symbol names
  std::string triple;       ///< LLVM target triple
  std::string cpu;          ///< LLVM -mcpu
  std::string features;     ///< LLVM -mattr, may be empty
  int64_t vectorBits = 128; ///< widest vector register
  int64_t vectorRegisters = 16;
  int64_t l1Bytes = 32 << 10; ///< data cache of one core
  int64_t l2Bytes = 1 << 20;  ///< per core
  bool scalef = false;        ///< x * 2^n in one instruction
  /// LLVM intrinsic of two vectors of i16: each lane of 32 bits is the sum of two
  /// products. Without it bytes are multiplied one by one.
  std::string pairProduct;
  /// LLVM intrinsic, (sums, unsigned bytes, signed bytes): each lane of 32 bits
  /// adds four products; may be empty. A target that has one is among several
  /// only for models with such products.
  std::string byteProduct;
  uint64_t requiredFeatures = 0; ///< enum tn_cpu_feature of the runtime ABI

  /// Lanes of 32 bits in one vector register.
  int64_t lanes() const { return vectorBits / 32; }

  /// One of the targets that come with Tenon, or a file of that name.
  static llvm::Expected<TargetDesc> lookup(llvm::StringRef nameOrPath);
  static llvm::Expected<TargetDesc> parse(llvm::StringRef text);
  /// The names `lookup` knows, best first.
  static llvm::ArrayRef<llvm::StringLiteral> names();
  void print(llvm::raw_ostream &os) const;
};

} // namespace tenon

#endif // TENON_TARGET_TARGETDESC_H
