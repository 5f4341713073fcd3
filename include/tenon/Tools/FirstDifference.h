//===- FirstDifference.h - Where results begin to differ --------*- C++ -*-===//

#ifndef TENON_TOOLS_FIRSTDIFFERENCE_H
#define TENON_TOOLS_FIRSTDIFFERENCE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/STLFunctionalExtras.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/Support/LogicalResult.h"
#include <optional>

namespace tenon {

/// A value that differs although all values that it is made of agree: `start`,
/// or one that `start` depends on. None if `start` agrees. `reads[v]` are the
/// values, all before v, that v is made of. Bisects: asks about as few values
/// as it can, and fails if asking does.
llvm::FailureOr<std::optional<unsigned>>
findFirstDifference(llvm::ArrayRef<llvm::SmallVector<unsigned>> reads,
                    unsigned start,
                    llvm::function_ref<llvm::FailureOr<bool>(unsigned)> agrees);

} // namespace tenon

#endif // TENON_TOOLS_FIRSTDIFFERENCE_H
