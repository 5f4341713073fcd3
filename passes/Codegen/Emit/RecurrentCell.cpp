//===- RecurrentCell.cpp - The gates of RNN, GRU and LSTM -----------------===//

#include "passes/Codegen/Emit/RecurrentCell.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;
using tn::Activation;

int64_t RecurrentCell::gates() {
  switch (op.getKind()) {
  case tn::CellKind::rnn:
    return 1;
  case tn::CellKind::gru:
    return 3;
  case tn::CellKind::lstm:
    return 4;
  }
  llvm_unreachable("all cells are handled");
}

Value RecurrentCell::gate(int64_t role, Value x) {
  tn::BodyBuilder &body = k.body();
  double clip = op.getClip().convertToFloat();
  if (clip > 0)
    x = body.min(body.max(x, body.constant(x, -clip)), body.constant(x, clip));
  return activate(role, x);
}

Value RecurrentCell::activate(int64_t role, Value x) {
  ImplicitLocOpBuilder &b = k.builder();
  tn::BodyBuilder &body = k.body();
  double alpha = op.getAlphas()[role], beta = op.getBetas()[role];
  auto constant = [&](double value) { return body.constant(x, value); };
  auto scaled = [&](Value v, double by) -> Value {
    return arith::MulFOp::create(b, v, constant(by));
  };
  auto plus = [&](Value v, double by) -> Value {
    return arith::AddFOp::create(b, v, constant(by));
  };
  auto isNotNegative = [&]() -> Value {
    return arith::CmpFOp::create(b, arith::CmpFPredicate::OGE, x, constant(0));
  };
  switch (static_cast<Activation>(op.getActivations()[role])) {
  case Activation::sigmoid:
    return body.sigmoid(x);
  case Activation::tanh:
    return body.tanh(x);
  case Activation::relu:
    return body.max(x, constant(0));
  case Activation::leaky_relu:
    return arith::SelectOp::create(b, isNotNegative(), x, scaled(x, alpha));
  case Activation::thresholded_relu:
    return arith::SelectOp::create(
        b,
        arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, x,
                              constant(alpha)),
        x, constant(0));
  case Activation::affine:
    return plus(scaled(x, alpha), beta);
  case Activation::scaled_tanh:
    return scaled(body.tanh(scaled(x, beta)), alpha);
  case Activation::hard_sigmoid:
    return body.min(body.max(plus(scaled(x, alpha), beta), constant(0)),
                    constant(1));
  case Activation::elu:
    return arith::SelectOp::create(b, isNotNegative(), x,
                                   scaled(plus(body.exp(x), -1), alpha));
  case Activation::softsign:
    return arith::DivFOp::create(b, x, plus(math::AbsFOp::create(b, x), 1));
  case Activation::softplus: {
    // max(x, 0) + log(1 + exp(-|x|)) does not overflow.
    Value e = body.exp(scaled(math::AbsFOp::create(b, x), -1));
    return arith::AddFOp::create(b, body.max(x, constant(0)),
                                 body.log(plus(e, 1)));
  }
  }
  llvm_unreachable("all activations are handled");
}

std::pair<Value, Value> RecurrentCell::emitLstm(const Lstm &lstm) {
  ImplicitLocOpBuilder &b = k.builder();
  enum { i, o, f, c };
  auto input = [&](int g, Value cell) -> Value {
    if (!lstm.peepholes[0])
      return lstm.inputs[g];
    Value seen = arith::MulFOp::create(b, lstm.peepholes[g], cell);
    return arith::AddFOp::create(b, lstm.inputs[g], seen);
  };
  Value in = gate(0, input(i, lstm.cell));
  Value forget;
  if (op.getInputForget())
    forget = arith::SubFOp::create(b, k.body().constant(in, 1), in);
  else
    forget = gate(0, input(f, lstm.cell));
  Value candidate = gate(1, lstm.inputs[c]);
  Value cell = arith::AddFOp::create(
      b, arith::MulFOp::create(b, forget, lstm.cell),
      arith::MulFOp::create(b, in, candidate));
  Value out = gate(0, input(o, cell));
  return {arith::MulFOp::create(b, out, activate(2, cell)), cell};
}
