//===- AttentionEmitterTest.cpp - Numbers of attention kernels ------------===//

#include "test/unit/passes/Codegen/Emit/ModuleRun.h"
#include <cmath>
#include <limits>
#include <random>

using namespace tenon::test;

namespace {

constexpr float kInf = std::numeric_limits<float>::infinity();

/// Sizes of an attention; the mask's dims are [1 or B, 1, 1 or Sq, Sk].
struct Case {
  int64_t batches, heads, keyHeads, rows, keys, width, valueWidth;
  bool isTransposed = false; ///< stored [B, S, H, D]
  bool hasMask = false, masksRows = false;
  float softcap = 0;
};

struct Tensor {
  int64_t batches, heads, rows, width;
  bool isTransposed;
  std::vector<float> data;

  Tensor(int64_t batches, int64_t heads, int64_t rows, int64_t width,
         bool isTransposed, std::mt19937 &random)
      : batches(batches), heads(heads), rows(rows), width(width),
        isTransposed(isTransposed), data(batches * heads * rows * width) {
    for (float &x : data)
      x = float(int32_t(random())) * 0x1p-32f;
  }
  float &at(int64_t b, int64_t h, int64_t r, int64_t d) {
    int64_t row = isTransposed ? (b * rows + r) * heads + h
                               : (b * heads + h) * rows + r;
    return data[row * width + d];
  }
  std::string type() const {
    std::string a = std::to_string(heads), c = std::to_string(rows);
    if (isTransposed)
      std::swap(a, c);
    return "tensor<" + std::to_string(batches) + "x" + a + "x" + c + "x" +
           std::to_string(width) + "xf32>";
  }
};

} // namespace

static void check(const Case &c) {
  std::mt19937 random(7);
  const float scale = 0.25f;
  Tensor q(c.batches, c.heads, c.rows, c.width, c.isTransposed, random);
  Tensor k(c.batches, c.keyHeads, c.keys, c.width, c.isTransposed, random);
  Tensor v(c.batches, c.keyHeads, c.keys, c.valueWidth, c.isTransposed, random);
  Tensor want(c.batches, c.heads, c.rows, c.valueWidth, c.isTransposed, random);
  Tensor mask(c.batches, 1, c.masksRows ? c.rows : 1, c.keys, false, random);
  for (int64_t b = 0; b < c.batches; ++b)
    for (int64_t r = 0; r < mask.rows; ++r)
      for (int64_t j = 0; j < c.keys; ++j)
        if ((b + r + j) % 3 == 0 && j != r)
          mask.at(b, 0, r, j) = -kInf;
  for (int64_t b = 0; b < c.batches; ++b)
    for (int64_t h = 0; h < c.heads; ++h)
      for (int64_t r = 0; r < c.rows; ++r) {
        int64_t kh = h / (c.heads / c.keyHeads);
        std::vector<double> p(c.keys);
        double most = -kInf, total = 0;
        for (int64_t j = 0; j < c.keys; ++j) {
          for (int64_t d = 0; d < c.width; ++d)
            p[j] += double(q.at(b, h, r, d)) * k.at(b, kh, j, d);
          p[j] *= scale;
          if (c.softcap != 0)
            p[j] = c.softcap * std::tanh(p[j] / c.softcap);
          if (c.hasMask)
            p[j] += mask.at(b, 0, c.masksRows ? r : 0, j);
          most = std::max(most, p[j]);
        }
        for (double &x : p)
          total += x = std::exp(x - most);
        for (int64_t d = 0; d < c.valueWidth; ++d) {
          double sum = 0;
          for (int64_t j = 0; j < c.keys; ++j)
            sum += p[j] * v.at(b, kh, j, d);
          want.at(b, h, r, d) = float(sum / total);
        }
      }
  std::string order = c.isTransposed ? "array<i64: 0, 2, 1, 3>"
                                     : "array<i64: 0, 1, 2, 3>";
  std::string types = q.type() + ", " + k.type() + ", " + v.type();
  std::string arguments = "%q: " + q.type() + ", %k: " + k.type() +
                          ", %v: " + v.type();
  if (c.hasMask) {
    types += ", " + mask.type();
    arguments += ", %m: " + mask.type();
  }
  std::string body =
      "(" + arguments + ") -> " + want.type() + " {\n  %0 = tn.attention %q, %k, %v" +
      (c.hasMask ? ", %m" : "") + " {scale = 0.25 : f32, q_order = " + order +
      ", k_order = " + order + ", v_order = " + order +
      ", result_order = " + order +
      (c.softcap != 0 ? ", softcap = " + std::to_string(c.softcap) + " : f32"
                      : "") +
      "} : (" + types + ") -> " + want.type() +
      "\n  return %0 : " + want.type() + " }";
  std::vector<Data> inputs{q.data, k.data, v.data};
  if (c.hasMask)
    inputs.emplace_back(mask.data);
  expect(body, inputs, want.data);
}

TEST_CASE("many rows, several blocks of rows and keys", "[AttentionEmitter]") {
  check({2, 2, 2, 37, 70, 64, 64});
  check({1, 1, 1, 64, 64, 16, 16});
}

TEST_CASE("widths that are no whole vectors", "[AttentionEmitter]") {
  check({1, 2, 2, 33, 130, 20, 9});
  check({1, 2, 2, 1, 130, 20, 9});
}

TEST_CASE("rows by themselves", "[AttentionEmitter]") {
  check({2, 3, 3, 1, 200, 64, 64});
  check({1, 2, 2, 3, 5, 8, 8});
  check({1, 1, 1, 1, 1, 4, 4});
}

TEST_CASE("heads that share keys, stored by position", "[AttentionEmitter]") {
  check({2, 6, 2, 40, 20, 32, 32, /*isTransposed=*/true});
  check({2, 6, 2, 2, 20, 32, 32, /*isTransposed=*/true});
}

TEST_CASE("masks of keys and of rows, with infinities", "[AttentionEmitter]") {
  for (bool masksRows : {false, true})
    for (int64_t rows : {1, 2, 35})
      check({2, 2, 1, rows, 67, 16, 16, false, /*hasMask=*/true, masksRows});
}

TEST_CASE("scores that are bounded", "[AttentionEmitter]") {
  for (int64_t rows : {1, 35}) {
    Case c{1, 2, 2, rows, 20, 8, 8, false, /*hasMask=*/true};
    c.softcap = 0.125f;
    check(c);
  }
}

TEST_CASE("a row of which all is masked is NaN, as softmax says, or 0",
          "[AttentionEmitter]") {
  for (bool isZero : {false, true})
    for (int64_t rows : {1, 40}) {
      std::string r = std::to_string(rows);
      std::string q = "tensor<1x1x" + r + "x4xf32>";
      std::string types = "(" + q + ", tensor<1x1x3x4xf32>, " +
                          "tensor<1x1x3x4xf32>, tensor<1x3xf32>) -> " + q;
      std::string order = "_order = array<i64: 0, 1, 2, 3>, ";
      std::string body =
          "(%q: " + q + ", %k: tensor<1x1x3x4xf32>, %m: tensor<1x3xf32>) -> " +
          q + " {\n    %0 = tn.attention %q, %k, %k, %m {q" + order + "k" +
          order + "v" + order + "result" + order + "scale = 1.0 : f32" +
          (isZero ? ", zero_masked_rows" : "") + "} : " + types +
          "\n    return %0 : " + q + " }";
      for (const std::string &target : runnableTargets()) {
        std::vector<Data> results =
            run(target, body,
                {ramp(rows * 4), ramp(12), std::vector<float>(3, -kInf)});
        REQUIRE(results.size() == 1);
        for (float x : results[0].as<float>())
          CHECK((isZero ? x == 0 : std::isnan(x)));
      }
    }
}

TEST_CASE("a row of keys and values that stands for all",
          "[AttentionEmitter]") {
  for (int64_t rows : {1, 40}) {
    std::string r = std::to_string(rows);
    std::string q = "tensor<1x1x" + r + "x4xf32>";
    std::string order = "_order = array<i64: 0, 1, 2, 3>, ";
    std::string body =
        "(%q: " + q + ", %k: tensor<1x1x1x4xf32>, %m: tensor<3xf32>) -> " + q +
        " {\n    %0 = tn.attention %q, %k, %k, %m {q" + order + "k" + order +
        "v" + order + "result" + order +
        "scale = 1.0 : f32, length = #tn.shape<[3]>} : (" + q +
        ", tensor<1x1x1x4xf32>, tensor<1x1x1x4xf32>, tensor<3xf32>) -> " + q +
        "\n    return %0 : " + q + " }";
    std::vector<float> row{1, -2, 3, 0.5f}, want;
    for (int64_t i = 0; i < rows; ++i)
      want.insert(want.end(), row.begin(), row.end());
    expect(body, {ramp(rows * 4), row, std::vector<float>{0, 5, -1}}, want);
  }
}
