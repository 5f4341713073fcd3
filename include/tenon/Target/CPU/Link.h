//===- Link.h - Objects and weights become one artifact ---------*- C++ -*-===//
//
// Both forms are self-contained (an undefined symbol is an error that names
// it), have the same bytes for the same inputs, and appear at their path whole
// or not at all.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TARGET_CPU_LINK_H
#define TENON_TARGET_CPU_LINK_H

#include "tenon/Target/CPU/NativeCode.h"
#include "tenon/Target/CPU/WeightFile.h"

namespace tenon::cpu {

/// Writes a shared library that exports tn_module_query and nothing else.
llvm::Error linkShared(llvm::ArrayRef<ObjectCode> objects,
                       const WeightBlob &weights, llvm::StringRef outputPath);

/// Writes one relocatable object, whose only global symbol is
/// `<prefix>_tn_module_query`, and a C header that declares it beside the
/// object (same name, extension .h).
llvm::Error writeObject(llvm::ArrayRef<ObjectCode> objects,
                        const WeightBlob &weights, llvm::StringRef outputPath,
                        llvm::StringRef prefix);

} // namespace tenon::cpu

#endif // TENON_TARGET_CPU_LINK_H
