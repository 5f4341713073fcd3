//===- Case.h - One case of a conformance suite -----------------*- C++ -*-===//

#ifndef TENON_TEST_CONFORMANCE_CASE_H
#define TENON_TEST_CONFORMANCE_CASE_H

#include "tenon/Driver/Compiler.h"
#include "tenon/Tools/Compare.h"
#include "llvm/Support/JSON.h"

namespace tenon::conformance {

struct Case {
  std::string name, variant;
  std::string model;                        ///< a file
  std::vector<std::string> inputs, outputs; ///< files, in the model's order
  Tolerance tolerance;
};

bool fromJSON(const llvm::json::Value &value, Case &result,
              llvm::json::Path path);

/// How a case is compiled.
struct Build {
  cpu::OptLevel optLevel = cpu::OptLevel::none;
  /// Passes that a second build is without, and without LLVM's; empty: there is
  /// no second one.
  std::vector<std::string> disabled;
};

/// `differs` is what two builds of a case do. `crash` and `timeout` are what
/// only another process can see.
enum class Status { pass, wrong, unsupported, error, differs, crash, timeout };
llvm::StringRef statusName(Status status);

struct Outcome {
  Status status = Status::pass;
  std::string reason;
};

/// Imports, compiles and runs the case in this process, and compares with what
/// is expected, and with what a second build gives.
Outcome run(const Case &testCase, const Build &build);

} // namespace tenon::conformance

#endif // TENON_TEST_CONFORMANCE_CASE_H
