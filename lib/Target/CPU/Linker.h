//===- Linker.h - lld in this process ---------------------------*- C++ -*-===//

#ifndef TENON_LIB_TARGET_CPU_LINKER_H
#define TENON_LIB_TARGET_CPU_LINKER_H

#include "lib/Target/CPU/WeightSection.h"
#include "tenon/Target/CPU/NativeCode.h"

namespace tenon::cpu {

/// Links `objects`, and an empty section for `weightBytes` of weights if there
/// are any, to the file `output`.
llvm::Error runLinker(llvm::ArrayRef<ObjectCode> objects, uint64_t weightBytes,
                      ArtifactForm form, llvm::ArrayRef<std::string> options,
                      llvm::StringRef output);

} // namespace tenon::cpu

#endif // TENON_LIB_TARGET_CPU_LINKER_H
