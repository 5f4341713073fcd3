//===- file_type.cpp - Tells the type of files with a compiled model ------===//
//
// Links a model that `tenon compile -o magika.o` wrote and the Tenon runtime;
// nothing else. What the model wants (bytes of both ends of a file, whitespace
// stripped) and when to believe it is as in the Python package magika 1.0.3.
//
//   file-type TYPES FILE...   TYPES: what model_types.py wrote
//
// One line per file: path, type, score, microseconds of the model (median of
// five runs on one thread; 0 if the file is too short for it), by tabs.
//
//===----------------------------------------------------------------------===//

#include "magika.h"

#include "tenon/runtime.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

constexpr size_t kBlock = 4096; // bytes read at each end
constexpr size_t kSide = 1024;  // of them given to the model
constexpr size_t kLeast = 8;    // fewer bytes are not worth asking
constexpr int32_t kPadding = 256;
constexpr std::string_view kSpace = " \t\n\r\v\f";

/// One output of the model: reported as `name` from `threshold` on, else as
/// `fallback`.
struct Type {
  float threshold;
  std::string name, fallback;
};

struct Ends {
  std::string first, last;
  uint64_t size = 0;
};

std::vector<Type> readTypes(const char *path) {
  std::ifstream in(path);
  std::vector<Type> types;
  Type type;
  while (in >> type.threshold >> type.name >> type.fallback)
    types.push_back(type);
  return types;
}

bool readEnds(const char *path, Ends &ends) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  std::streamoff size = in ? std::streamoff(in.tellg()) : -1;
  if (size < 0)
    return false;
  ends.size = uint64_t(size);
  std::streamoff count = std::min<std::streamoff>(size, kBlock);
  ends.first.resize(count);
  ends.last.resize(count);
  in.seekg(0).read(ends.first.data(), count);
  in.seekg(size - count).read(ends.last.data(), count);
  return bool(in);
}

/// The model's input; false if too little is left to ask.
bool makeFeatures(const Ends &ends, std::array<int32_t, 2 * kSide> &features) {
  features.fill(kPadding);
  size_t start =
      std::min(ends.first.find_first_not_of(kSpace), ends.first.size());
  size_t stop = ends.last.find_last_not_of(kSpace) + 1; // npos + 1 is 0
  size_t head = std::min(ends.first.size() - start, kSide);
  size_t tail = std::min(stop, kSide);
  for (size_t i = 0; i < head; ++i)
    features[i] = uint8_t(ends.first[start + i]);
  for (size_t i = 0; i < tail; ++i)
    features[2 * kSide - tail + i] = uint8_t(ends.last[stop - tail + i]);
  return head >= kLeast;
}

/// Well-formed but for overlong forms and surrogates.
bool isUtf8(const std::string &text) {
  int following = 0;
  for (char c : text) {
    int ones = std::countl_one(uint8_t(c));
    if (following > 0 ? ones != 1 : ones == 1 || ones > 4)
      return false;
    following = following > 0 ? following - 1 : std::max(ones - 1, 0);
  }
  return following == 0;
}

} // namespace

int main(int argc, char **argv) try {
  if (argc < 3) {
    std::fprintf(stderr, "usage: %s TYPES FILE...\n", argv[0]);
    return 2;
  }
  std::vector<Type> types = readTypes(argv[1]);
  tenon::runtime::Module module(magika_tn_module_query);
  tn_options options = {};
  options.threads = 1;
  tenon::runtime::Session session(module, options);

  int status = 0;
  std::array<int32_t, 2 * kSide> features;
  for (int i = 2; i < argc; ++i) {
    Ends ends;
    if (!readEnds(argv[i], ends)) {
      std::fprintf(stderr, "error: cannot read %s\n", argv[i]);
      status = 1;
      continue;
    }
    if (ends.size < kLeast || !makeFeatures(ends, features)) {
      const char *name = ends.size == 0       ? "empty"
                         : isUtf8(ends.first) ? "txt"
                                              : "unknown";
      std::printf("%s\t%s\t1.000\t0\n", argv[i], name);
      continue;
    }
    std::array<double, 5> times;
    std::vector<tenon::runtime::Tensor> outputs;
    for (double &time : times) {
      auto start = std::chrono::steady_clock::now();
      outputs =
          session.run({tenon::runtime::view(features.data(), {1, 2 * kSide})});
      std::chrono::duration<double, std::micro> spent =
          std::chrono::steady_clock::now() - start;
      time = spent.count();
    }
    std::sort(times.begin(), times.end());

    const float *scores = outputs[0].data<float>();
    size_t count = size_t(outputs[0].dims().back());
    if (count != types.size()) {
      std::fprintf(stderr, "error: %s names %zu types, the model has %zu\n",
                   argv[1], types.size(), count);
      return 1;
    }
    size_t best = size_t(std::max_element(scores, scores + count) - scores);
    const Type &type = types[best];
    const std::string &name =
        scores[best] >= type.threshold ? type.name : type.fallback;
    std::printf("%s\t%s\t%.3f\t%.0f\n", argv[i], name.c_str(), scores[best],
                times[times.size() / 2]);
  }
  return status;
} catch (const tenon::runtime::Error &error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
