//===- CpuFeatures.cpp - Tests of the CPU detection -----------------------===//
#include "cpu/CpuFeatures.h"

#include "tenon/runtime.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <sstream>
#include <string>

using namespace tenon::runtime;

TEST_CASE("levels contain each other", "[cpu-features]") {
  uint64_t features = detectFeatures();
  CHECK(tn_cpu_features() == features);
  if (features & ~uint64_t(TN_CPU_X86_64_V3))
    CHECK((features & TN_CPU_X86_64_V3) != 0);
  if (features & ~uint64_t(TN_CPU_X86_64_V3 | TN_CPU_X86_64_V4))
    CHECK((features & TN_CPU_X86_64_V4) != 0);
}

#if defined(__x86_64__)
TEST_CASE("the detection agrees with the kernel", "[cpu-features]") {
  std::ifstream file("/proc/cpuinfo");
  std::string line;
  while (std::getline(file, line) && line.rfind("flags", 0) != 0)
    ;
  if (line.empty())
    return;
  auto has = [flags = line + " "](const std::string &flag) {
    return flags.find(" " + flag + " ") != std::string::npos;
  };
  uint64_t features = detectFeatures();
  bool v3 = has("avx2") && has("bmi2") && has("fma") && has("f16c") &&
            has("movbe") && has("abm");
  bool v4 = v3 && has("avx512f") && has("avx512bw") && has("avx512cd") &&
            has("avx512dq") && has("avx512vl");
  CHECK(bool(features & TN_CPU_X86_64_V3) == v3);
  CHECK(bool(features & TN_CPU_X86_64_V4) == v4);
  CHECK(bool(features & TN_CPU_AVX512_VNNI) == (v4 && has("avx512_vnni")));
  CHECK(bool(features & TN_CPU_AVX512_BF16) == (v4 && has("avx512_bf16")));
  CHECK(bool(features & TN_CPU_AVX512_FP16) == (v4 && has("avx512_fp16")));
  CHECK(bool(features & TN_CPU_AMX_INT8) == (v4 && has("amx_int8")));
}
#endif

TEST_CASE("names of base levels", "[cpu-features]") {
#if defined(__x86_64__)
  CHECK(std::string(baseTargetName(0)) == "x86-64");
  CHECK(std::string(baseTargetName(TN_CPU_X86_64_V3)) == "x86-64-v3");
  CHECK(std::string(baseTargetName(TN_CPU_X86_64_V3 | TN_CPU_X86_64_V4 |
                                   TN_CPU_AVX512_VNNI)) == "x86-64-v4");
#endif
  CHECK(enableFeatures(0));
}
