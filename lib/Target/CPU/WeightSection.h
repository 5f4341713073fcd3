//===- WeightSection.h - The section that holds the weights -----*- C++ -*-===//
//
// The linker never sees the weights: it links a section of their size without
// contents (NOBITS). Afterwards the weights are appended to the file, and the
// headers are changed to say that the section is there.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_TARGET_CPU_WEIGHTSECTION_H
#define TENON_LIB_TARGET_CPU_WEIGHTSECTION_H

#include "tenon/Target/CPU/WeightFile.h"

namespace tenon::cpu {

enum class ArtifactForm { shared, relocatable };

/// An object that defines the symbol of the weights in an empty section.
std::string makeWeightStub(uint64_t bytes, ArtifactForm form);

/// Fills the section in the linked file `path`.
llvm::Error fillWeightSection(llvm::StringRef path, const WeightBlob &weights,
                              ArtifactForm form);

} // namespace tenon::cpu

#endif // TENON_LIB_TARGET_CPU_WEIGHTSECTION_H
