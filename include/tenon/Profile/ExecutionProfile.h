//===- ExecutionProfile.h - How often a model's regions ran -----*- C++ -*-===//
//
// What `tenon run --profile` wrote (runtime/core/ProfileFile.cpp).
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PROFILE_EXECUTIONPROFILE_H
#define TENON_PROFILE_EXECUTIONPROFILE_H

#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"

namespace tenon::profile {

class ExecutionProfile {
public:
  static llvm::Expected<ExecutionProfile> read(llvm::StringRef path);
  static llvm::Expected<ExecutionProfile> parse(llvm::StringRef text);

  /// How often the region ran per run of the model; "" is the model.
  double callsPerRun(llvm::StringRef path) const;

private:
  double runs = 1;
  llvm::StringMap<double> calls; ///< of all runs
};

} // namespace tenon::profile

#endif // TENON_PROFILE_EXECUTIONPROFILE_H
