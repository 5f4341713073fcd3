//===- Recurrent.cpp - RNN, GRU and LSTM ----------------------------------===//
//
// The products of the input with its weights are one matmul before the
// recurrence; each direction is one tn.recurrent, sequence first.
//
//===----------------------------------------------------------------------===//

#include "Families.h"
#include "tenon/Import/Onnx/NodeReader.h"
#include "tenon/Import/Onnx/OpTable.h"

using namespace mlir;

namespace tenon::onnx {

using tn::Activation;
using tn::CellKind;

namespace {
struct ActivationRow {
  StringRef name;
  Activation kind;
  bool hasAlpha, hasBeta;
  float alpha, beta; // defaults
};

struct Activations {
  SmallVector<int32_t> kinds;
  SmallVector<float> alphas, betas;
};

enum class Direction : uint8_t { Forward, Reverse, Both };

/// What a node says, sequence first.
struct Layer {
  CellKind kind;
  int64_t gates;
  int64_t directions;
  bool batchFirst, linearBeforeReset, inputForget;
  float clip;
  Activations activations; // of all directions
  Value x, lengths;
};

/// The results of one direction.
struct Pass {
  Value all, last, lastCell;
};
} // namespace

static constexpr ActivationRow kActivations[] = {
    {"sigmoid", Activation::sigmoid, false, false, 0, 0},
    {"tanh", Activation::tanh, false, false, 0, 0},
    {"relu", Activation::relu, false, false, 0, 0},
    {"leakyrelu", Activation::leaky_relu, true, false, 0.01f, 0},
    {"thresholdedrelu", Activation::thresholded_relu, true, false, 1, 0},
    {"affine", Activation::affine, true, true, 1, 0},
    {"scaledtanh", Activation::scaled_tanh, true, true, 1, 1},
    {"hardsigmoid", Activation::hard_sigmoid, true, true, 0.2f, 0.5f},
    {"elu", Activation::elu, true, false, 1, 0},
    {"softsign", Activation::softsign, false, false, 0, 0},
    {"softplus", Activation::softplus, false, false, 0, 0},
};

/// Alphas and betas are listed for those activations only that have one.
static Activations readActivations(NodeReader &n, ArrayRef<StringRef> usual,
                                   int64_t directions) {
  SmallVector<StringRef> names;
  for (int64_t i = 0; i < directions; ++i)
    names.append(usual.begin(), usual.end());
  size_t wanted = names.size();
  names = n.stringsAttr("activations").value_or(names);
  SmallVector<float> none;
  SmallVector<float> alphas = n.floatsAttr("activation_alpha").value_or(none);
  SmallVector<float> betas = n.floatsAttr("activation_beta").value_or(none);
  if (names.size() != wanted)
    n.error() << "attribute \"activations\" has " << names.size()
              << " elements, expected " << wanted;
  Activations all;
  size_t nextAlpha = 0, nextBeta = 0;
  for (StringRef name : names) {
    const ActivationRow *row = llvm::find_if(
        kActivations, [&](auto &r) { return name.equals_insensitive(r.name); });
    if (row == std::end(kActivations)) {
      n.error() << "unknown activation \"" << name << "\"";
      return all;
    }
    all.kinds.push_back(int32_t(row->kind));
    all.alphas.push_back(row->hasAlpha && nextAlpha < alphas.size()
                             ? alphas[nextAlpha++]
                             : row->alpha);
    all.betas.push_back(row->hasBeta && nextBeta < betas.size()
                            ? betas[nextBeta++]
                            : row->beta);
  }
  return all;
}

/// Element `direction` of the first dim.
static Value ofDirection(TnBuilder &b, Value x, int64_t direction) {
  return b.squeeze(b.slice(x, 0, b.size(direction), b.size(1)), 0);
}

/// An initial state, [directions, batch, hidden]; zeros if it is omitted.
static Value initialState(TnBuilder &b, const Layer &layer, Value given,
                          int64_t direction, ArrayRef<tn::ExprAttr> dims) {
  if (!given)
    return b.full(dims, b.scalarLike(0, layer.x));
  return ofDirection(
      b, layer.batchFirst ? b.transpose(given, {1, 0, 2}) : given, direction);
}

static Pass buildPass(NodeReader &n, TnBuilder &b, const Layer &layer,
                      int64_t direction, bool reverse) {
  Exprs dims = dimsOf(layer.x);
  tn::ExprAttr hidden = dimsOf(n.input(2))[2];
  tn::ExprAttr width = tn::mulExpr(hidden, layer.gates);
  Exprs state{dims[1], hidden};
  Value weight = b.transpose(ofDirection(b, n.input(1), direction), {1, 0});
  Value recurrence = b.transpose(ofDirection(b, n.input(2), direction), {1, 0});
  Value projected = b.matmul(layer.x, weight);
  Value bias = b.full(width, b.scalarLike(0, layer.x));
  if (Value both = n.optionalInput(3)) {
    both = ofDirection(b, both, direction);
    projected = b.add(projected, b.slice(both, 0, b.size(0), width));
    bias = b.slice(both, 0, width, width);
  }
  bool isLstm = layer.kind == CellKind::lstm;
  Value initial = initialState(b, layer, n.optionalInput(5), direction, state);
  Value cell, peephole;
  if (isLstm) {
    cell = initialState(b, layer, n.optionalInput(6), direction, state);
    if (Value given = n.optionalInput(7))
      peephole = ofDirection(b, given, direction);
  }
  size_t perDirection = layer.activations.kinds.size() / layer.directions;
  auto mine = [&](auto &list) {
    return ArrayRef(list).slice(direction * perDirection, perDirection);
  };
  mlir::Type element = elementOf(layer.x);
  mlir::Type last = tn::tensorOf(state, element);
  auto op = tn::RecurrentOp::create(
      b, tn::tensorOf({dims[0], dims[1], hidden}, element), last, last,
      projected, recurrence, bias, initial, cell, peephole, layer.lengths,
      layer.kind, reverse, layer.linearBeforeReset, layer.inputForget,
      llvm::APFloat(layer.clip), mine(layer.activations.kinds),
      mine(layer.activations.alphas), mine(layer.activations.betas));
  return {op.getAll(), op.getLast(), op.getLastCell()};
}

/// The results of the directions side by side: `all` as [T, D, B, H] or
/// [B, T, D, H], the last states as [D, B, H] or [B, D, H].
static LogicalResult finishLayer(NodeReader &n, TnBuilder &b,
                                 const Layer &layer, ArrayRef<Pass> passes) {
  SmallVector<Value> all, last, lastCell;
  for (const Pass &pass : passes) {
    all.push_back(b.unsqueeze(pass.all, 1));
    last.push_back(b.unsqueeze(pass.last, 0));
    lastCell.push_back(b.unsqueeze(pass.lastCell, 0));
  }
  Value y = b.concat(all, 1), h = b.concat(last, 0);
  Value c = layer.kind == CellKind::lstm ? b.concat(lastCell, 0) : Value();
  if (layer.batchFirst) {
    y = b.transpose(y, {2, 0, 1, 3});
    h = b.transpose(h, {1, 0, 2});
    c = c ? b.transpose(c, {1, 0, 2}) : c;
  }
  return n.finish({y, h, c});
}

/// Ranks of the inputs X, W, R, B, sequence_lens, initial_h, initial_c, P.
static LogicalResult checkInputs(NodeReader &n, int64_t directions,
                                 int64_t gates) {
  constexpr int64_t ranks[] = {3, 3, 3, 2, 1, 3, 3, 2};
  for (unsigned i = 0; i < std::size(ranks); ++i)
    if (n.optionalInput(i) && failed(n.requireRank(i, ranks[i])))
      return failure();
  for (unsigned i : {1, 2, 3, 7})
    if (Value given = n.optionalInput(i))
      if (tn::ExprAttr dim = dimsOf(given)[0];
          dim.isConstant() && !dim.isConstant(directions))
        return n.error() << "input #" << i << " is for " << dim.str()
                         << " directions, expected " << directions;
  tn::ExprAttr rows = dimsOf(n.input(2))[1];
  tn::ExprAttr expected = tn::mulExpr(dimsOf(n.input(2))[2], gates);
  if (rows.isConstant() && expected.isConstant() && rows != expected)
    return n.error() << "the recurrence weight has " << rows.str()
                     << " rows, expected " << expected.str();
  return success();
}

template <CellKind kind>
static LogicalResult importRecurrent(NodeReader &n, TnBuilder &b) {
  Layer layer{};
  layer.kind = kind;
  layer.gates = kind == CellKind::lstm ? 4 : kind == CellKind::gru ? 3 : 1;
  auto direction = n.choiceAttr<Direction>("direction",
                                           {{"forward", Direction::Forward},
                                            {"reverse", Direction::Reverse},
                                            {"bidirectional", Direction::Both}},
                                           "forward");
  layer.directions = direction == Direction::Both ? 2 : 1;
  layer.batchFirst = n.flagAttr("layout", false);
  layer.clip = n.floatAttr("clip", 0);
  if (kind == CellKind::gru)
    layer.linearBeforeReset = n.flagAttr("linear_before_reset", false);
  if (kind == CellKind::lstm)
    layer.inputForget = n.flagAttr("input_forget", false);
  n.ignoreAttr("hidden_size"); // the weights say it
  static constexpr StringRef usual[][3] = {
      {"Tanh"}, {"Sigmoid", "Tanh"}, {"Sigmoid", "Tanh", "Tanh"}};
  constexpr size_t counts[] = {1, 2, 3};
  layer.activations = readActivations(
      n, ArrayRef(usual[size_t(kind)]).take_front(counts[size_t(kind)]),
      layer.directions);
  if (n.failed() || failed(checkInputs(n, layer.directions, layer.gates)))
    return failure();
  layer.x = layer.batchFirst ? b.transpose(n.input(0), {1, 0, 2}) : n.input(0);
  if (Value lengths = n.optionalInput(4))
    layer.lengths = b.cast(lengths, b.getI32Type());
  SmallVector<Pass> passes;
  for (int64_t i = 0; i < layer.directions; ++i)
    passes.push_back(
        buildPass(n, b, layer, i, i == 1 || direction == Direction::Reverse));
  return finishLayer(n, b, layer, passes);
}

void registerRecurrent(OpTable &t) {
  t.on("RNN", 7, {3, 6}, importRecurrent<CellKind::rnn>);
  t.on("GRU", 7, {3, 6}, importRecurrent<CellKind::gru>);
  t.on("LSTM", 7, {3, 8}, importRecurrent<CellKind::lstm>);
}

} // namespace tenon::onnx
