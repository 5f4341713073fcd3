//===- Memory.h - Allocation that reports exhaustion instead of throwing --===//
//
// The runtime links no C++ library, so there is no operator new here; every
// function returns null or false when memory is exhausted.
//
//===----------------------------------------------------------------------===//
#ifndef TENON_RUNTIME_CORE_MEMORY_H
#define TENON_RUNTIME_CORE_MEMORY_H

#include "tenon_abi.h"

#include <new>
#include <stdint.h>
#include <stdlib.h>
#include <type_traits>
#include <utility>

namespace tenon::runtime {

/// More than any machine has; sizes up to here add without overflow.
inline constexpr int64_t kMaxBytes = int64_t(1) << 47;

/// Rounds up to TN_BUFFER_ALIGNMENT; `bytes` is at most kMaxBytes.
constexpr int64_t alignBytes(int64_t bytes) {
  return (bytes + TN_BUFFER_ALIGNMENT - 1) & -int64_t(TN_BUFFER_ALIGNMENT);
}

/// Aligned memory for free(), distinct and not null also for 0 bytes.
inline void *allocateAligned(int64_t bytes) {
  if (bytes < 0 || bytes > kMaxBytes)
    return nullptr;
  void *address = nullptr;
  size_t size = alignBytes(bytes ? bytes : 1);
  return posix_memalign(&address, TN_BUFFER_ALIGNMENT, size) ? nullptr
                                                             : address;
}

template <typename T, typename... Args> T *create(Args &&...args) {
  void *memory = allocateAligned(sizeof(T));
  return memory ? new (memory) T(std::forward<Args>(args)...) : nullptr;
}

template <typename T> void destroy(T *object) {
  object->~T();
  free(object);
}

/// A growing array of plain values.
template <typename T> class Array {
  static_assert(std::is_trivially_copyable_v<T>, "moved with realloc");

public:
  Array() = default;
  Array(const Array &) = delete;
  Array &operator=(const Array &) = delete;
  ~Array() { free(values); }

  int64_t size() const { return count; }
  T *data() { return values; }
  const T *data() const { return values; }
  T *begin() { return values; }
  T *end() { return values + count; }
  const T *begin() const { return values; }
  const T *end() const { return values + count; }
  T &operator[](int64_t index) { return values[index]; }
  const T &operator[](int64_t index) const { return values[index]; }
  void clear() { count = 0; }

  /// Elements beyond the old size are copies of `value`.
  bool resize(int64_t size, const T &value = T{}) {
    if (size > capacity && !grow(size))
      return false;
    for (; count < size; ++count)
      values[count] = value;
    count = size;
    return true;
  }

  bool append(const T &value) {
    T copy = value; // It may be an element of this array.
    if (count == capacity && !grow(capacity ? 2 * capacity : 8))
      return false;
    values[count++] = copy;
    return true;
  }

private:
  bool grow(int64_t size) {
    if (size > kMaxBytes / int64_t(sizeof(T)))
      return false;
    void *memory = realloc(static_cast<void *>(values), size * sizeof(T));
    if (!memory)
      return false;
    values = static_cast<T *>(memory);
    capacity = size;
    return true;
  }

  T *values = nullptr;
  int64_t count = 0;
  int64_t capacity = 0;
};

} // namespace tenon::runtime

#endif // TENON_RUNTIME_CORE_MEMORY_H
