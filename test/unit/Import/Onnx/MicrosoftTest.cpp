//===- MicrosoftTest.cpp - Numbers of operators of com.microsoft ----------===//

#include "test/unit/Import/Onnx/Import.h"
#include "test/unit/passes/Codegen/Emit/ModuleRun.h"

using namespace tenon::onnx::test;
using namespace tenon::test;

namespace {
struct Constant {
  std::string name;
  std::vector<int64_t> dims;
  std::vector<float> values;
};
} // namespace

/// The result of one node that reads x, of `dims`, and constants by name.
static void expectNode(const std::string &op,
                       const std::vector<std::string> &inputs,
                       const std::vector<std::string> &dims,
                       const std::vector<float> &x,
                       const std::vector<Constant> &constants,
                       const std::vector<float> &want,
                       const std::vector<Message> &attributes = {}) {
  CAPTURE(op);
  Message call = node("n", op, inputs, {"y"}).bytes(7, "com.microsoft");
  for (const Message &attribute : attributes)
    call.sub(5, attribute);
  std::vector<Message> initializers;
  for (const Constant &c : constants)
    initializers.push_back(tensor(c.name, 1, c.dims).f32s(4, c.values));
  Message graph = graphOf(floatValue("x", dims), {call}, initializers);
  Imported imported(
      model(graph).sub(8, Message().bytes(1, "com.microsoft").num(2, 1)));
  REQUIRE(imported.error() == "");
  std::string text;
  llvm::raw_string_ostream(text) << *imported.module->lookupSymbol("main");
  llvm::StringRef body = text;
  REQUIRE(body.consume_front("func.func @main"));
  expect(body, {x}, want);
}

static double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

TEST_CASE("four forms of GELU", "[microsoft]") {
  std::vector<float> x = ramp(21, 0.5f, -5), bias = ramp(7, -0.25f, 1);
  auto all = [&](bool hasBias, auto fn) {
    std::vector<float> want;
    for (int i = 0; i < 21; ++i)
      want.push_back(float(fn(double(x[i]) + (hasBias ? bias[i % 7] : 0))));
    return want;
  };
  auto exact = [](double v) {
    return v * 0.5 * (1 + std::erf(v / std::sqrt(2)));
  };
  auto byTanh = [](double v) {
    return 0.5 * v *
           (1 + std::tanh(std::sqrt(2 / M_PI) * (v + 0.044715 * v * v * v)));
  };
  std::vector<Constant> constants{{"b", {7}, bias}};
  expectNode("Gelu", {"x"}, {"3", "7"}, x, {}, all(false, exact));
  expectNode("BiasGelu", {"x", "b"}, {"3", "7"}, x, constants,
             all(true, exact));
  expectNode("FastGelu", {"x"}, {"3", "7"}, x, {}, all(false, byTanh));
  expectNode("FastGelu", {"x", "b"}, {"3", "7"}, x, constants,
             all(true, byTanh));
  expectNode("QuickGelu", {"x"}, {"3", "7"}, x, {},
             all(false, [](double v) { return v * sigmoid(1.702 * v); }));
}

TEST_CASE("normalization of a sum", "[microsoft]") {
  constexpr int rows = 2, n = 9;
  std::vector<float> x = ramp(rows * n, 0.5f, -2), skip, want, wantRms;
  for (int i = 0; i < rows * n; ++i)
    skip.push_back(std::cos(float(i)));
  std::vector<float> scale = ramp(n, 0.25f, 0.5f), shift = ramp(n, -0.5f, 1),
                     bias = ramp(n, 0.125f);
  for (int row = 0; row < rows; ++row) {
    double sum[n], mean = 0, variance = 0, square = 0;
    for (int i = 0; i < n; ++i) {
      sum[i] = double(x[row * n + i]) + skip[row * n + i] + bias[i];
      mean += sum[i] / n;
      square += sum[i] * sum[i] / n;
    }
    for (double v : sum)
      variance += (v - mean) * (v - mean) / n;
    for (int i = 0; i < n; ++i) {
      want.push_back(float(
          (sum[i] - mean) / std::sqrt(variance + 1e-12) * scale[i] + shift[i]));
      wantRms.push_back(float(sum[i] / std::sqrt(square + 1e-12) * scale[i]));
    }
  }
  std::vector<Constant> constants{{"s", {1, rows, n}, skip},
                                  {"g", {n}, scale},
                                  {"h", {n}, shift},
                                  {"b", {n}, bias}};
  std::vector<std::string> dims{"1", "2", "9"};
  expectNode("SkipLayerNormalization", {"x", "s", "g", "h", "b"}, dims, x,
             constants, want);
  expectNode("SkipSimplifiedLayerNormalization", {"x", "s", "g", "b"}, dims, x,
             constants, wantRms);
}

TEST_CASE("attention of two heads", "[microsoft]") {
  constexpr int queries = 2, keys = 3, heads = 2, size = 4, n = heads * size;
  std::vector<float> q = ramp(queries * n, 0.1f, -0.5f), k, v, want;
  for (int i = 0; i < keys * n; ++i) {
    k.push_back(std::sin(float(i)));
    v.push_back(std::cos(0.5f * float(i)));
  }
  for (int row = 0; row < queries; ++row)
    for (int head = 0; head < heads; ++head) {
      double weights[keys], total = 0;
      for (int key = 0; key < keys; ++key) {
        double score = 0;
        for (int i = head * size; i < (head + 1) * size; ++i)
          score += double(q[row * n + i]) * k[key * n + i];
        total += weights[key] = std::exp(score / std::sqrt(double(size)));
      }
      for (int i = head * size; i < (head + 1) * size; ++i) {
        double sum = 0;
        for (int key = 0; key < keys; ++key)
          sum += weights[key] / total * v[key * n + i];
        want.push_back(float(sum));
      }
    }
  expectNode("MultiHeadAttention", {"x", "k", "v"}, {"1", "2", "8"}, q,
             {{"k", {1, keys, n}, k}, {"v", {1, keys, n}, v}}, want,
             {intAttribute("num_heads", heads)});
}
