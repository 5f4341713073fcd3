//===- SingleLaneStores.h - Masked stores of one lane -----------*- C++ -*-===//

#ifndef TENON_LIB_TARGET_CPU_SINGLELANESTORES_H
#define TENON_LIB_TARGET_CPU_SINGLELANESTORES_H

namespace llvm {
class Module;
}

namespace tenon::cpu {

/// A masked store of one lane, which a constant mask tells, becomes the store
/// of an element.
void storeSingleLanes(llvm::Module &module);

} // namespace tenon::cpu

#endif // TENON_LIB_TARGET_CPU_SINGLELANESTORES_H
