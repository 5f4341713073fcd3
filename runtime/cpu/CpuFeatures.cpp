//===- CpuFeatures.cpp - CPUID and XGETBV ---------------------------------===//
//
// Levels are those of the x86-64 psABI; a level counts only as a whole.
//
//===----------------------------------------------------------------------===//
#include "CpuFeatures.h"

#include "tenon/runtime.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

struct Registers {
  uint32_t eax, ebx, ecx, edx;
};

} // namespace

static Registers cpuid(uint32_t leaf, uint32_t subleaf) {
  Registers r = {0, 0, 0, 0};
  __get_cpuid_count(leaf, subleaf, &r.eax, &r.ebx, &r.ecx, &r.edx);
  return r;
}

static constexpr bool hasAll(uint64_t value, uint64_t bits) {
  return (value & bits) == bits;
}

static constexpr uint64_t bit(int index) { return uint64_t(1) << index; }

/// Register state that the operating system saves (XCR0).
static uint64_t savedState() {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return uint64_t(high) << 32 | low;
}

static constexpr uint64_t kAvxState = bit(1) | bit(2);
static constexpr uint64_t kAvx512State = kAvxState | bit(5) | bit(6) | bit(7);
static constexpr uint64_t kAmxState = bit(17) | bit(18);

uint64_t tenon::runtime::detectFeatures() {
  Registers basic = cpuid(1, 0), extended = cpuid(7, 0);
  Registers extended1 = cpuid(7, 1), amd = cpuid(0x80000001, 0);
  // SSE3, SSSE3, FMA, CX16, SSE4.1, SSE4.2, MOVBE, POPCNT, OSXSAVE, AVX, F16C.
  uint64_t v3Basic = bit(0) | bit(9) | bit(12) | bit(13) | bit(19) | bit(20) |
                     bit(22) | bit(23) | bit(27) | bit(28) | bit(29);
  uint64_t v3Extended = bit(3) | bit(5) | bit(8); // BMI1, AVX2, BMI2
  uint64_t v3Amd = bit(0) | bit(5);               // LAHF-SAHF, LZCNT
  if (!hasAll(basic.ecx, v3Basic) || !hasAll(extended.ebx, v3Extended) ||
      !hasAll(amd.ecx, v3Amd))
    return 0;
  uint64_t saved = savedState();
  if (!hasAll(saved, kAvxState))
    return 0;
  uint64_t features = TN_CPU_X86_64_V3;

  // AVX-512 F, DQ, CD, BW, VL.
  uint64_t v4 = bit(16) | bit(17) | bit(28) | bit(30) | bit(31);
  if (!hasAll(saved, kAvx512State) || !hasAll(extended.ebx, v4))
    return features;
  features |= TN_CPU_X86_64_V4;
  if (extended.ecx & bit(11))
    features |= TN_CPU_AVX512_VNNI;
  if (extended1.eax & bit(5))
    features |= TN_CPU_AVX512_BF16;
  if (extended.edx & bit(23))
    features |= TN_CPU_AVX512_FP16;

  if (!hasAll(saved, kAmxState) || !(extended.edx & bit(24)))
    return features;
  if (extended.edx & bit(25))
    features |= TN_CPU_AMX_INT8;
  if (extended.edx & bit(22))
    features |= TN_CPU_AMX_BF16;
  return features;
}

bool tenon::runtime::enableFeatures(uint64_t features) {
  if (!(features & (TN_CPU_AMX_INT8 | TN_CPU_AMX_BF16)))
    return true;
  constexpr int kRequestPermission = 0x1023; // ARCH_REQ_XCOMP_PERM
  constexpr int kTileData = 18;
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

const char *tenon::runtime::baseTargetName(uint64_t features) {
  return features & TN_CPU_X86_64_V4   ? "x86-64-v4"
         : features & TN_CPU_X86_64_V3 ? "x86-64-v3"
                                       : "x86-64";
}

#else

uint64_t tenon::runtime::detectFeatures() { return 0; }

bool tenon::runtime::enableFeatures(uint64_t features) { return !features; }

const char *tenon::runtime::baseTargetName(uint64_t) {
  return "another instruction set than x86-64";
}

#endif

uint64_t tn_cpu_features(void) { return tenon::runtime::detectFeatures(); }
