//===- RecurrentCellTest.cpp - The activations of a gate ------------------===//

#include "test/unit/passes/Codegen/Emit/ModuleRun.h"

using namespace tenon::test;

namespace {
struct Activation {
  int number;
  float alpha, beta;
  std::function<double(double)> want;
};
} // namespace

// Numbers are those of Activation in TnBase.td.
static const Activation activations[] = {
    {0, 0, 0, [](double x) { return 1 / (1 + std::exp(-x)); }},
    {1, 0, 0, [](double x) { return std::tanh(x); }},
    {2, 0, 0, [](double x) { return std::max(x, 0.0); }},
    {3, 0.25f, 0, [](double x) { return x < 0 ? 0.25 * x : x; }},
    {4, 0.5f, 0, [](double x) { return x > 0.5 ? x : 0; }},
    {5, 2, 0.75f, [](double x) { return 2 * x + 0.75; }},
    {6, 1.5f, 0.5f, [](double x) { return 1.5 * std::tanh(0.5 * x); }},
    {7, 0.25f, 0.5f,
     [](double x) { return std::clamp(0.25 * x + 0.5, 0.0, 1.0); }},
    {8, 0.5f, 0, [](double x) { return x < 0 ? 0.5 * std::expm1(x) : x; }},
    {9, 0, 0, [](double x) { return x / (1 + std::abs(x)); }},
    {10, 0, 0, [](double x) { return std::log1p(std::exp(x)); }},
};

/// One step of an RNN with no weights: its result is the activation's.
static void expectStep(const Activation &a, double clip,
                       const std::vector<float> &x) {
  std::string n = std::to_string(x.size());
  std::string row = "tensor<1x" + n + "xf32>";
  std::vector<float> want;
  for (float v : x)
    want.push_back(float(
        a.want(clip > 0 ? std::clamp(double(v), -clip, clip) : double(v))));
  expect(
      "(%p: tensor<1x1x" + n + "xf32>, %r: tensor<" + n + "x" + n +
          "xf32>, %b: tensor<" + n + "xf32>, %h: " + row + ") -> " + row +
          " {\n %0:3 = tn.recurrent %p, %r, %b, %h {operandSegmentSizes = "
          "array<i32: 1, 1, 1, 1, 0, 0, 0>, kind = #tn.cell<rnn>, reverse = "
          "false, linear_before_reset = false, input_forget = false, clip = " +
          std::to_string(clip) +
          " : f32, activations = array<i32: " + std::to_string(a.number) +
          ">, alphas = array<f32: " + std::to_string(a.alpha) +
          ">, betas = array<f32: " + std::to_string(a.beta) +
          ">} : (tensor<1x1x" + n + "xf32>, tensor<" + n + "x" + n +
          "xf32>, tensor<" + n + "xf32>, " + row + ") -> (tensor<1x1x" + n +
          "xf32>, " + row + ", " + row + ")\n return %0#1 : " + row + " }",
      {x, std::vector<float>(x.size() * x.size(), 0),
       std::vector<float>(x.size(), 0), std::vector<float>(x.size(), 0)},
      want);
}

TEST_CASE("activations, with and without clipping", "[RecurrentCell]") {
  size_t i = GENERATE(range(size_t(0), std::size(activations)));
  double clip = GENERATE(0.0, 1.25);
  CAPTURE(activations[i].number, clip);
  // A vector and a tail, of both signs, with a zero.
  expectStep(activations[i], clip, ramp(19, 0.5f, -4));
}
