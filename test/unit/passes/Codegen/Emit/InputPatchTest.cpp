//===- InputPatchTest.cpp - Convolutions at and over the edges ------------===//
//
// The kernel of each convolution is all ones, so each output is the sum of what
// its window holds: a position that the copy misplaces, or does not clear,
// changes it.
//
//===----------------------------------------------------------------------===//

#include "test/unit/passes/Codegen/Emit/ModuleRun.h"

using namespace tenon::test;

namespace {
struct Edges {
  int64_t stride, dilation, low, high;
};
} // namespace

static std::string numbers(int64_t a) {
  return std::to_string(a) + ", " + std::to_string(a);
}

/// Of an image of height H and width W; its channels are in front in memory,
/// and each element is one more, if `isPlanar`.
static void checkSums(const Edges &w, int64_t H, int64_t W, int64_t channels,
                      bool isPlanar = false) {
  constexpr int64_t K = 3, N = 16;
  auto outSize = [&](int64_t size) {
    return (size + w.low + w.high - (K - 1) * w.dilation - 1) / w.stride + 1;
  };
  int64_t oh = outSize(H), ow = outSize(W);
  std::vector<float> x = ramp(H * W * channels, 1, 1), want;
  std::vector<float> ones(K * K * channels * N, 1);
  for (int64_t row = 0; row < oh; ++row)
    for (int64_t column = 0; column < ow; ++column) {
      double sum = 0;
      for (int64_t a = 0; a < K; ++a)
        for (int64_t b = 0; b < K; ++b) {
          int64_t y = row * w.stride + a * w.dilation - w.low;
          int64_t at = column * w.stride + b * w.dilation - w.low;
          if (y < 0 || y >= H || at < 0 || at >= W)
            continue;
          for (int64_t c = 0; c < channels; ++c)
            sum += isPlanar ? x[(c * H + y) * W + at] + 1
                            : x[(y * W + at) * channels + c];
        }
      want.insert(want.end(), N, float(sum));
    }
  std::string C = std::to_string(channels),
              size = std::to_string(H) + "x" + std::to_string(W);
  std::string last = "tensor<1x" + size + "x" + C + "xf32>",
              planes = "tensor<1x" + C + "x" + size + "xf32>",
              in = isPlanar ? planes : last,
              kernel = "tensor<3x3x" + C + "x16xf32>";
  std::string out =
      "tensor<1x" + std::to_string(oh) + "x" + std::to_string(ow) + "x16xf32>";
  std::string text = "(%x: " + in + ", %w: " + kernel + ") -> " + out + " {\n";
  if (isPlanar)
    text += "%one = tn.constant dense<1.0> : tensor<f32>\n"
            "%more = tn.add %x, %one : (" +
            in + ", tensor<f32>) -> " + in +
            "\n%last = tn.transpose %more {permutation = array<i64: 0, 2, 3, 1>} : (" + in + ") -> " +
            last + "\n";
  text += std::string("%0 = tn.conv ") + (isPlanar ? "%last" : "%x") +
          ", %w {strides = array<i64: " + numbers(w.stride) +
          ">, dilations = array<i64: " + numbers(w.dilation) +
          ">, low = #tn.shape<[" + numbers(w.low) +
          "]>, groups = 1 : i64} : (" + last + ", " + kernel + ") -> " + out +
          "\n return %0 : " + out + " }";
  expect(text, {x, ones}, want);
}

TEST_CASE("windows that lie inside, across and outside", "[InputPatch]") {
  Edges w = GENERATE(Edges{1, 1, 0, 0}, Edges{1, 1, 1, 1}, Edges{1, 1, 4, 0},
                     Edges{1, 1, 0, 5}, Edges{2, 1, 1, 1}, Edges{1, 2, 2, 2},
                     Edges{2, 2, 3, 0}, Edges{3, 1, 2, 2});
  int64_t channels = GENERATE(1, 3, 16);
  CAPTURE(w.stride, w.dilation, w.low, w.high, channels);
  checkSums(w, 6, 9, channels);
}

TEST_CASE("blocks that start within the image", "[InputPatch]") {
  Edges w = GENERATE(Edges{1, 1, 1, 1}, Edges{2, 1, 1, 1}, Edges{2, 2, 2, 1});
  CAPTURE(w.stride, w.dilation);
  checkSums(w, 60, 100, 32);
}

TEST_CASE("channels in front", "[InputPatch]") {
  Edges w = GENERATE(Edges{1, 1, 0, 0}, Edges{1, 1, 1, 1}, Edges{1, 1, 4, 0},
                     Edges{2, 1, 1, 1}, Edges{1, 2, 2, 2}, Edges{3, 1, 2, 2});
  int64_t channels = GENERATE(1, 3, 16);
  CAPTURE(w.stride, w.dilation, w.low, channels);
  checkSums(w, 40, 53, channels, /*isPlanar=*/true);
}

TEST_CASE("narrow elements are widened on the way", "[InputPatch]") {
  int64_t groups = GENERATE(1, 20);
  CAPTURE(groups);
  std::vector<uint8_t> x(4 * 5 * 20);
  for (size_t i = 0; i < x.size(); ++i)
    x[i] = uint8_t(i * 7 % 251);
  std::vector<float> ones(9 * (20 / groups) * 20, 1), want;
  for (int row = 0; row < 4; ++row)
    for (int column = 0; column < 5; ++column)
      for (int out = 0; out < 20; ++out) {
        double sum = 0;
        for (int tap = 0; tap < 9; ++tap) {
          int r = row + tap / 3 - 1, c = column + tap % 3 - 1;
          if (r < 0 || r > 3 || c < 0 || c > 4)
            continue;
          for (int in = 0; in < 20; ++in)
            if (groups == 1 || in == out)
              sum += (x[(r * 5 + c) * 20 + in] - 128.0) * 0.5;
        }
        want.push_back(float(sum));
      }
  std::string t = "tensor<1x4x5x20xf32>", narrow = "tensor<1x4x5x20xui8>",
              kernel =
                  "tensor<3x3x" + std::to_string(20 / groups) + "x20xf32>";
  expect("(%x: " + narrow + ", %w: " + kernel + ") -> " + t +
             " {\n%zero = tn.constant dense<128.0> : tensor<f32>\n"
             "%scale = tn.constant dense<0.5> : tensor<f32>\n"
             "%0 = tn.cast %x : (" +
             narrow + ") -> " + t + "\n%1 = tn.sub %0, %zero : (" + t +
             ", tensor<f32>) -> " + t + "\n%2 = tn.mul %1, %scale : (" + t +
             ", tensor<f32>) -> " + t +
             "\n%3 = tn.conv %2, %w {strides = array<i64: 1, 1>, dilations = "
             "array<i64: 1, 1>, low = #tn.shape<[1, 1]>, groups = " +
             std::to_string(groups) + " : i64} : (" + t + ", " + kernel +
             ") -> " + t + "\nreturn %3 : " + t + " }",
         {x, ones}, want);
}

// 9, 6 and 4 taps of one, in halves.
TEST_CASE("the copy is in the type of the sums", "[InputPatch]") {
  std::vector<uint16_t> x(4 * 4, 0x3c00), ones(9, 0x3c00), want; // 1.0
  for (int row = 0; row < 4; ++row)
    for (int column = 0; column < 4; ++column) {
      int edges = (row == 0 || row == 3) + (column == 0 || column == 3);
      want.push_back(edges == 0 ? 0x4880 : edges == 1 ? 0x4600 : 0x4400);
    } // 9, 6, 4
  expect(
      R"((%x: tensor<1x4x4x1xf16>, %w: tensor<3x3x1x1xf16>) -> tensor<1x4x4x1xf16> {
    %0 = tn.conv %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, low = #tn.shape<[1, 1]>, groups = 1 : i64} : (tensor<1x4x4x1xf16>, tensor<3x3x1x1xf16>) -> tensor<1x4x4x1xf16>
    return %0 : tensor<1x4x4x1xf16> })",
      {x, ones}, want);
}
