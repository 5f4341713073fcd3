//===- TestHost.h - Runs host programs against C++ kernels ------*- C++ -*-===//
//
// A tn_host_api that checks what the host program does: temporaries are placed
// by their lives only and poisoned, released memory is poisoned, and what was
// not released is counted.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_UNIT_PASSES_PLAN_TESTHOST_H
#define TENON_TEST_UNIT_PASSES_PLAN_TESTHOST_H

#include "passes/Plan/HostProgram.h"
#include "tenon/Target/CPU/Jit.h"
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace tenon::plan::test {

/// A tensor of i64 (or of bytes, one per element).
struct Numbers {
  std::vector<int64_t> dims;
  std::vector<int64_t> values;
  bool operator==(const Numbers &) const = default;
};

/// A kernel: `slot[i]` is a buffer or, cast to an integer, a scalar.
using Kernel = std::function<void(void *const *slots)>;

inline int64_t *numbers(void *const *slots, int i) {
  return static_cast<int64_t *>(slots[i]);
}
inline int64_t scalar(void *const *slots, int i) {
  return reinterpret_cast<int64_t>(slots[i]);
}

/// The text of a tn.fusion whose results, never computed by its own body, come
/// from kernel `index`. `types` is a function type.
std::string launch(const std::string &results, int index,
                   const std::string &operands, const std::string &types,
                   const std::string &scalars = "",
                   const std::string &tiles = "1");

class TestHost {
public:
  /// Plans, emits, compiles and loads the public function of `text`.
  explicit TestHost(const std::string &text, std::vector<Kernel> kernels = {});
  ~TestHost();

  /// Returns the status; outputs, messages and counts are in the fields.
  int32_t run(const std::vector<Numbers> &inputs);

  std::vector<Numbers> outputs;
  std::string message;     ///< of the last failure
  int64_t launches = 0;    ///< of the last run
  int64_t allocations = 0; ///< of the last run
  int64_t mostAlive = 0;   ///< allocations at once
  int64_t leaked = 0;      ///< allocations that were not released
  std::map<std::string, int64_t> entered; ///< regions, in the last run
  int64_t open = 0;                       ///< regions that were not left
  int64_t failAtLaunch = -1;
  HostProgram program;
  std::string plannedText;

private:
  struct Services;
  std::vector<Kernel> kernels;
  mlir::MLIRContext context; ///< of the types in `program`
  std::unique_ptr<cpu::Jit> jit;
  std::unique_ptr<cpu::JitModule> module;
  tn_host_fn entry = nullptr;
  std::vector<char> weights;
  std::map<int64_t, std::vector<char>> arenas; ///< by plan
  std::map<char *, std::vector<char>> heap;
  std::vector<std::vector<char>> outputBytes;
};

} // namespace tenon::plan::test

#endif // TENON_TEST_UNIT_PASSES_PLAN_TESTHOST_H
