//===- RecurrentEmitterTest.cpp - Numbers of recurrent kernels ------------===//

#include "test/unit/passes/Codegen/Emit/ModuleRun.h"

using namespace tenon::test;

namespace {
/// 4 steps of 3 sequences of 4, 1 and 3 steps, by the formulas of ONNX.
struct Layer {
  static constexpr int64_t T = 4, B = 3;
  std::string kind;
  int64_t gates, hidden;
  bool reverse = false, linearBeforeReset = false;
  std::vector<int32_t> lengths{4, 1, 3};
  std::vector<float> projected, weight, bias, initial, cell;
  std::vector<float> all, last, lastCell;

  Layer(std::string kind, int64_t gates, int64_t hidden)
      : kind(std::move(kind)), gates(gates), hidden(hidden) {
    auto wave = [](int64_t count, float scale, float phase) {
      std::vector<float> values(count);
      for (int64_t i = 0; i < count; ++i)
        values[i] = scale * std::sin(float(i) * 0.7f + phase);
      return values;
    };
    projected = wave(T * B * gates * hidden, 1, 0);
    weight = wave(hidden * gates * hidden, 0.4f, 1);
    bias = wave(gates * hidden, 0.3f, 2);
    initial = wave(B * hidden, 0.5f, 3);
    cell = wave(B * hidden, 0.6f, 4);
  }

  static double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

  void compute() {
    all.assign(T * B * hidden, 0);
    last = initial;
    lastCell = cell;
    for (int64_t b = 0; b < B; ++b)
      for (int64_t i = 0; i < lengths[b]; ++i)
        step(b, reverse ? lengths[b] - 1 - i : i);
  }

  void step(int64_t b, int64_t t) {
    std::vector<double> h(last.begin() + b * hidden,
                          last.begin() + (b + 1) * hidden);
    auto input = [&](int64_t gate, int64_t unit) {
      return projected[((t * B + b) * gates + gate) * hidden + unit];
    };
    auto recurrent = [&](const std::vector<double> &state, int64_t gate,
                         int64_t unit) {
      double sum = bias[gate * hidden + unit];
      for (int64_t i = 0; i < hidden; ++i)
        sum += state[i] * weight[(i * gates + gate) * hidden + unit];
      return sum;
    };
    auto gate = [&](int64_t g, int64_t unit) {
      return input(g, unit) + recurrent(h, g, unit);
    };
    std::vector<double> masked(hidden);
    for (int64_t u = 0; u < hidden && kind == "gru"; ++u)
      masked[u] = sigmoid(gate(1, u)) * h[u];
    for (int64_t u = 0; u < hidden; ++u) {
      double value;
      if (kind == "rnn") {
        value = std::tanh(gate(0, u));
      } else if (kind == "gru") {
        double z = sigmoid(gate(0, u));
        double reset = linearBeforeReset
                           ? sigmoid(gate(1, u)) * recurrent(h, 2, u)
                           : recurrent(masked, 2, u);
        value = (1 - z) * std::tanh(input(2, u) + reset) + z * h[u];
      } else {
        float &c = lastCell[b * hidden + u];
        c = float(sigmoid(gate(2, u)) * c +
                  sigmoid(gate(0, u)) * std::tanh(gate(3, u)));
        value = sigmoid(gate(1, u)) * std::tanh(double(c));
      }
      last[b * hidden + u] = all[(t * B + b) * hidden + u] = float(value);
    }
  }

  void check() {
    compute();
    bool isLstm = kind == "lstm";
    auto n = [](int64_t v) { return std::to_string(v); };
    std::string wide = n(gates * hidden);
    std::string p = "tensor<4x3x" + wide + "xf32>";
    std::string r = "tensor<" + n(hidden) + "x" + wide + "xf32>";
    std::string b = "tensor<" + wide + "xf32>";
    std::string h = "tensor<3x" + n(hidden) + "xf32>";
    std::string y = "tensor<4x3x" + n(hidden) + "xf32>";
    auto flag = [](bool v) { return v ? "true" : "false"; };
    std::string acts = kind == "rnn" ? "1" : isLstm ? "0, 1, 1" : "0, 1";
    std::string zeros = kind == "rnn" ? "0.0"
                        : isLstm      ? "0.0, 0.0, 0.0"
                                      : "0.0, 0.0";
    std::string results = "(" + y + ", " + h + ", " + h + ")";
    std::string body =
        "(%p: " + p + ", %r: " + r + ", %b: " + b + ", %h: " + h +
        ", %c: " + h + ", %l: tensor<3xi32>) -> " + results +
        " {\n %0:3 = tn.recurrent %p, %r, %b, %h, " + (isLstm ? "%c, " : "") +
        "%l {operandSegmentSizes = array<i32: 1, 1, 1, 1, " +
        (isLstm ? "1" : "0") + ", 0, 1>, kind = #tn.cell<" + kind +
        ">, reverse = " + flag(reverse) +
        ", linear_before_reset = " + flag(linearBeforeReset) +
        ", input_forget = false, clip = 0.0 : f32, activations = array<i32: " +
        acts + ">, alphas = array<f32: " + zeros +
        ">, betas = array<f32: " + zeros + ">} : (" + p + ", " + r + ", " + b +
        ", " + h + ", " + (isLstm ? h + ", " : "") + "tensor<3xi32>) -> " +
        results + "\n return %0#0, %0#1, %0#2 : " + y + ", " + h + ", " + h +
        " }";
    std::vector<Data> inputs{projected, weight, bias, initial, cell, lengths};
    expect(body, inputs, all, 0);
    expect(body, inputs, last, 1);
    expect(body, inputs, isLstm ? lastCell : last, 2);
  }
};
} // namespace

TEST_CASE("sequences of several lengths, in both directions",
          "[RecurrentEmitter]") {
  auto [kind, gates] = GENERATE(
      table<std::string, int64_t>({{"rnn", 1}, {"gru", 3}, {"lstm", 4}}));
  int64_t hidden = GENERATE(1, 16, 21);
  bool reverse = GENERATE(false, true);
  CAPTURE(kind, hidden, reverse);
  Layer layer(kind, gates, hidden);
  layer.reverse = reverse;
  layer.check();
}

TEST_CASE("a GRU that resets after its product", "[RecurrentEmitter]") {
  Layer layer("gru", 3, 21);
  layer.linearBeforeReset = true;
  layer.check();
}

TEST_CASE("an empty sequence keeps its state", "[RecurrentEmitter]") {
  Layer layer("lstm", 4, 5);
  layer.lengths = {0, 4, 2};
  layer.check();
}
