//===- Workers.h - Cases in child processes ---------------------*- C++ -*-===//
//
// Each child runs many cases, one after the other. If one of them brings it
// down or takes too long, only that case is lost: another child goes on after
// it.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_CONFORMANCE_WORKERS_H
#define TENON_TEST_CONFORMANCE_WORKERS_H

#include "test/conformance/Case.h"
#include "llvm/ADT/STLFunctionalExtras.h"

namespace tenon::conformance {

struct WorkerOptions {
  unsigned jobs = 2;     ///< children at once
  unsigned batch = 64;   ///< cases that one child runs
  unsigned timeout = 10; ///< seconds for one case
};

/// The outcomes of `runCase(0)` to `runCase(count - 1)`. No thread may run in
/// this process.
std::vector<Outcome> runAll(size_t count, const WorkerOptions &options,
                            llvm::function_ref<Outcome(size_t)> runCase);

} // namespace tenon::conformance

#endif // TENON_TEST_CONFORMANCE_WORKERS_H
