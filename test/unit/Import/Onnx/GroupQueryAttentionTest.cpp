//===- GroupQueryAttentionTest.cpp - Numbers of attention with a cache ----===//

#include "Import.h"
#include "test/unit/passes/Codegen/Emit/ModuleRun.h"
#include <catch2/catch.hpp>
#include <cmath>

using namespace tenon::onnx::test;
using tenon::test::expect;

namespace {

/// One new position for each of two sequences, which hold 4 and 2 keys in a
/// buffer of 4; queries of four heads share keys of two.
constexpr int kBatch = 2, kHeads = 4, kKeyHeads = 2, kPast = 4, kSize = 4;
constexpr int kHeld[kBatch] = {4, 2};

struct Case {
  bool rotates = false;
  int window = 0; ///< 0: none
  bool isPacked = false;
};

std::vector<float> wave(int count, float step) {
  std::vector<float> values;
  for (int i = 0; i < count; ++i)
    values.push_back(std::sin(step * float(i + 1)));
  return values;
}

/// Halves of a head are turned by the angles of a position.
void turn(float *head, const std::vector<float> &cosines,
          const std::vector<float> &sines, int position) {
  constexpr int half = kSize / 2;
  for (int i = 0; i < half; ++i) {
    float c = cosines[position * half + i], s = sines[position * half + i];
    float a = head[i], b = head[half + i];
    head[i] = a * c - b * s;
    head[half + i] = a * s + b * c;
  }
}

} // namespace

static void check(const Case &c) {
  CAPTURE(c.rotates, c.window, c.isPacked);
  std::vector<float> q = wave(kBatch * kHeads * kSize, 0.3f);
  std::vector<float> k = wave(kBatch * kKeyHeads * kSize, 0.7f);
  std::vector<float> v = wave(kBatch * kKeyHeads * kSize, 1.1f);
  int cache = kBatch * kKeyHeads * kPast * kSize;
  std::vector<float> pastKeys = wave(cache, 0.4f),
                     pastValues = wave(cache, 0.9f);
  std::vector<float> cosines = wave(8 * kSize / 2, 0.2f),
                     sines = wave(8 * kSize / 2, 0.6f);

  std::vector<float> turnedQ = q, turnedK = k, want;
  for (int b = 0; b < kBatch && c.rotates; ++b) {
    for (int h = 0; h < kHeads; ++h)
      turn(&turnedQ[(b * kHeads + h) * kSize], cosines, sines, kHeld[b]);
    for (int h = 0; h < kKeyHeads; ++h)
      turn(&turnedK[(b * kKeyHeads + h) * kSize], cosines, sines, kHeld[b]);
  }
  for (int b = 0; b < kBatch; ++b)
    for (int h = 0; h < kHeads; ++h) {
      int shared = h / (kHeads / kKeyHeads), count = kHeld[b] + 1;
      int first = c.window ? std::max(0, count - c.window) : 0;
      auto row = [&](const std::vector<float> &past,
                     const std::vector<float> &added, int i) {
        int head = b * kKeyHeads + shared;
        return i < kHeld[b] ? &past[(head * kPast + i) * kSize]
                            : &added[head * kSize];
      };
      std::vector<double> weights;
      double total = 0;
      for (int i = first; i < count; ++i) {
        double score = 0;
        for (int d = 0; d < kSize; ++d)
          score += double(turnedQ[(b * kHeads + h) * kSize + d]) *
                   row(pastKeys, turnedK, i)[d];
        weights.push_back(std::exp(score / std::sqrt(double(kSize))));
        total += weights.back();
      }
      for (int d = 0; d < kSize; ++d) {
        double sum = 0;
        for (int i = first; i < count; ++i)
          sum += weights[i - first] / total * row(pastValues, v, i)[d];
        want.push_back(float(sum));
      }
    }

  std::vector<float> x = q;
  std::string key = c.isPacked ? "" : "k", value = c.isPacked ? "" : "v";
  if (c.isPacked) {
    x.clear();
    auto append = [&](const std::vector<float> &from, int b, int heads) {
      auto begin = from.begin() + b * heads * kSize;
      x.insert(x.end(), begin, begin + heads * kSize);
    };
    for (int b = 0; b < kBatch; ++b) {
      append(q, b, kHeads);
      append(k, b, kKeyHeads);
      append(v, b, kKeyHeads);
    }
  }
  std::vector<std::string> inputs{"x", key, value, "pk", "pv", "last", "total"};
  if (c.rotates)
    inputs.insert(inputs.end(), {"cos", "sin"});
  Message call =
      node("n", "GroupQueryAttention", inputs, {"y"}).bytes(7, "com.microsoft");
  call.sub(5, intAttribute("num_heads", kHeads))
      .sub(5, intAttribute("kv_num_heads", kKeyHeads))
      .sub(5, intAttribute("do_rotary", c.rotates));
  if (c.window)
    call.sub(5, intAttribute("local_window_size", c.window));
  auto floats = [](const std::string &name, const std::vector<int64_t> &dims,
                   const std::vector<float> &values) {
    return tensor(name, 1, dims).f32s(4, values);
  };
  auto i32s = [](const std::string &name, const std::vector<int64_t> &dims,
                 const std::vector<int64_t> &values) {
    return tensor(name, 6, dims).nums(5, values);
  };
  Message graph = graphOf(
      floatValue("x", {"2", "1", std::to_string(x.size() / kBatch)}), {call},
      {floats("k", {kBatch, 1, kKeyHeads * kSize}, k),
       floats("v", {kBatch, 1, kKeyHeads * kSize}, v),
       floats("pk", {kBatch, kKeyHeads, kPast, kSize}, pastKeys),
       floats("pv", {kBatch, kKeyHeads, kPast, kSize}, pastValues),
       i32s("last", {kBatch}, {kHeld[0], kHeld[1]}), i32s("total", {}, {5}),
       floats("cos", {8, kSize / 2}, cosines),
       floats("sin", {8, kSize / 2}, sines)});
  Imported imported(
      model(graph).sub(8, Message().bytes(1, "com.microsoft").num(2, 1)));
  REQUIRE(imported.error() == "");
  CHECK(imported.has("tn.attention"));
  std::string text;
  llvm::raw_string_ostream(text) << *imported.module->lookupSymbol("main");
  llvm::StringRef body = text;
  REQUIRE(body.consume_front("func.func @main"));
  expect(body, {x}, want);
}

TEST_CASE("new keys come behind those that a sequence holds", "[microsoft]") {
  check({});
  check({/*rotates=*/true});
  check({/*rotates=*/true, /*window=*/2});
  check({/*rotates=*/true, /*window=*/0, /*isPacked=*/true});
}

TEST_CASE("forms of grouped queries that are refused", "[microsoft]") {
  Message call = node("n", "GroupQueryAttention",
                      {"x", "", "", "", "", "last", "total"}, {"y"})
                     .bytes(7, "com.microsoft")
                     .sub(5, intAttribute("num_heads", 2))
                     .sub(5, intAttribute("kv_num_heads", 1))
                     .sub(5, intAttribute("smooth_softmax", 1));
  Imported imported(model(graphOf(floatValue("x", {"1", "1", "32"}), {call},
                                  {tensor("last", 6, {1}).nums(5, {0}),
                                   tensor("total", 6, {}).nums(5, {1})}))
                        .sub(8, Message().bytes(1, "com.microsoft").num(2, 1)));
  CHECK_THAT(imported.error(),
             Catch::Contains("\"smooth_softmax\" is not supported"));
}
