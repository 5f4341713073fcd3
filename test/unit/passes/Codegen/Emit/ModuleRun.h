//===- ModuleRun.h - Runs a module of tn ops in this process ----*- C++ -*-===//
//
// Through the whole compiler and the runtime, on each target that this machine
// can run.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_UNIT_PASSES_CODEGEN_EMIT_MODULERUN_H
#define TENON_TEST_UNIT_PASSES_CODEGEN_EMIT_MODULERUN_H

#include "runtime/abi/tenon_abi.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include <catch2/catch.hpp>
#include <cstring>
#include <string>
#include <vector>

namespace tenon::test {

/// A static tensor's bytes.
struct Data {
  std::vector<char> bytes;

  Data() = default;
  template <typename T> Data(const std::vector<T> &values) {
    bytes.resize(values.size() * sizeof(T));
    if (!values.empty())
      memcpy(bytes.data(), values.data(), bytes.size());
  }
  template <typename T> std::vector<T> as() const {
    std::vector<T> values(bytes.size() / sizeof(T));
    if (!values.empty())
      memcpy(values.data(), bytes.data(), bytes.size());
    return values;
  }
};

/// The targets whose code this machine can run.
std::vector<std::string> runnableTargets();

/// The results of `main` in `body`, a function signature and region such as
/// `(%x: tensor<2xf32>) -> tensor<2xf32> { ... return ... }`, whose types are
/// static. Empty if something failed or wrote beyond a result.
std::vector<Data> run(llvm::StringRef target, llvm::StringRef body,
                      std::vector<Data> inputs);

/// On every target, result `index` is `want`, floats to 1e-5 of the value.
template <typename T>
void expect(llvm::StringRef body, const std::vector<Data> &inputs,
            const std::vector<T> &want, size_t index = 0) {
  for (const std::string &target : runnableTargets()) {
    CAPTURE(target);
    std::vector<Data> results = run(target, body, inputs);
    REQUIRE(index < results.size());
    std::vector<T> got = results[index].template as<T>();
    REQUIRE(got.size() == want.size());
    for (size_t i = 0; i < want.size(); ++i) {
      CAPTURE(i);
      if constexpr (std::is_floating_point_v<T>)
        CHECK(got[i] == Approx(want[i]).epsilon(1e-5).margin(1e-6));
      else
        CHECK(got[i] == want[i]);
    }
  }
}

/// 0, 1, 2... times `scale` plus `offset`.
std::vector<float> ramp(int64_t count, float scale = 1, float offset = 0);

} // namespace tenon::test

#endif // TENON_TEST_UNIT_PASSES_CODEGEN_EMIT_MODULERUN_H
