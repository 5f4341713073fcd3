//===- MachineLimits.cpp - What this machine can do at most ---------------===//

#include "tools/tenon/MachineLimits.h"
#include "tenon/runtime.h"
#include <chrono>
#include <cstring>
#include <functional>
#include <thread>
#include <vector>

using namespace tenon::tool;

/// Independent sums: at least latency times throughput of any CPU, and so few
/// that they and both factors fit into 16 registers.
static constexpr int kChains = 12;
static constexpr long kSteps = 4'000'000;
static constexpr size_t kCopyBytes = 64 << 20;
static constexpr size_t kCachedBytes = 64 << 10;

// g++ ignores the attribute in an alias template.
template <int Lanes> struct VectorOf {
  typedef float Type __attribute__((vector_size(4 * Lanes)));
};
template <int Lanes> using Vector = typename VectorOf<Lanes>::Type;

/// What is read at once; memory from malloc is aligned to 16 bytes.
typedef long Sum __attribute__((vector_size(16)));

/// A function that returns how many floating-point operations it did.
#define TENON_MULTIPLY_ADDS(NAME, LANES, TARGET)                               \
  __attribute__((target(TARGET), noinline)) static double NAME(float *sink) {  \
    Vector<LANES> sums[kChains] = {}, x = {}, y = {};                          \
    x += sink[0];                                                              \
    y += sink[1];                                                              \
    for (long i = 0; i < kSteps; ++i)                                          \
      for (int c = 0; c < kChains; ++c)                                        \
        sums[c] = sums[c] * x + y;                                             \
    for (int c = 0; c < kChains; ++c)                                          \
      sink[0] += sums[c][0];                                                   \
    return 2.0 * LANES * kChains * kSteps;                                     \
  }
TENON_MULTIPLY_ADDS(multiplyAdds512, 16, "avx512f,fma")
TENON_MULTIPLY_ADDS(multiplyAdds256, 8, "avx2,fma")
TENON_MULTIPLY_ADDS(multiplyAdds128, 4, "sse2")
#undef TENON_MULTIPLY_ADDS

/// The best of five rounds of `work`, which returns what it did, in 1e9/s.
static double rate(int threads, const std::function<double(int)> &work) {
  double best = 0;
  for (int round = 0; round < 5; ++round) {
    std::vector<std::thread> pool;
    std::vector<double> done(threads);
    auto start = std::chrono::steady_clock::now();
    for (int t = 0; t < threads; ++t)
      pool.emplace_back([&, t] { done[t] = work(t); });
    double total = 0;
    for (int t = 0; t < threads; ++t) {
      pool[t].join();
      total += done[t];
    }
    double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
            .count();
    best = std::max(best, total / seconds * 1e-9);
  }
  return best;
}

MachineLimits MachineLimits::measure(int threads) {
  uint64_t features = tn_cpu_features();
  auto *multiplyAdds = features & TN_CPU_X86_64_V4   ? multiplyAdds512
                       : features & TN_CPU_X86_64_V3 ? multiplyAdds256
                                                     : multiplyAdds128;
  MachineLimits limits;
  limits.gflops = rate(threads, [&](int) {
    float sink[2] = {0.5f, 0.25f};
    return multiplyAdds(sink);
  });
  std::vector<std::vector<char>> from(threads,
                                      std::vector<char>(kCopyBytes, 1)),
      to(from);
  auto copyRate = [&](size_t bytes) {
    return rate(threads, [&, bytes](int t) {
      for (size_t done = 0; done < kCopyBytes; done += bytes) {
        memcpy(to[t].data(), from[t].data(), bytes);
        asm volatile("" : : "r"(to[t].data()) : "memory");
      }
      return 2.0 * kCopyBytes;
    });
  };
  limits.gbs = copyRate(kCopyBytes);
  limits.cacheGbs = copyRate(kCachedBytes);
  limits.readGbs = rate(threads, [&](int t) {
    const auto *vectors = reinterpret_cast<const Sum *>(from[t].data());
    Sum sums[8] = {};
    for (size_t i = 0; i < kCopyBytes / sizeof(Sum); i += 8)
      for (size_t k = 0; k < 8; ++k)
        sums[k] += vectors[i + k];
    for (Sum &sum : sums)
      asm volatile("" : : "r"(&sum) : "memory");
    return double(kCopyBytes);
  });
  return limits;
}
