//===- Attention.cpp - Attention and RotaryEmbedding ----------------------===//

#include "Attention.h"
#include "Families.h"
#include "tenon/Import/Onnx/NodeReader.h"
#include "tenon/Import/Onnx/OpTable.h"
#include <cmath>

using namespace mlir;

namespace tenon::onnx {

using tn::Combiner;

static constexpr double kInfinity = std::numeric_limits<double>::infinity();

//===--- Parts
//-------------------------------------------------------------===//

Value splitHeads(TnBuilder &b, Value x, int64_t heads) {
  Exprs dims = dimsOf(x);
  Value split = b.reshape(
      x, {dims[0], dims[1], b.size(heads), tn::floorDivExpr(dims[2], heads)});
  return b.transpose(split, {0, 2, 1, 3});
}

Value mergeHeads(TnBuilder &b, Value x) {
  return b.collapse(b.transpose(x, {0, 2, 1, 3}), 2, 4);
}

Value maskToBias(TnBuilder &b, Value allowed, double masked,
                 mlir::Type element) {
  return b.select(allowed, b.scalar(0, element), b.scalar(masked, element));
}

Value causalMask(TnBuilder &b, tn::ExprAttr queries, tn::ExprAttr keys,
                 Value offset) {
  Value row = b.add(b.iota({queries, b.size(1)}, 0, b.getI64Type()), offset);
  Value column = b.iota({b.size(1), keys}, 1, b.getI64Type());
  return b.compare(tn::ComparePredicate::le, column, row);
}

/// With fewer heads of keys than of queries: [B, G*R, S, H] * [B, G, H, T].
static Value groupedMatmul(TnBuilder &b, Value lhs, Value rhs) {
  Exprs left = dimsOf(lhs), right = dimsOf(rhs);
  if (left[1] == right[1])
    return b.matmul(lhs, rhs);
  Value grouped =
      b.reshape(lhs, {left[0], right[1], tn::floorDivExpr(left[1], right[1]),
                      left[2], left[3]});
  Value product = b.matmul(grouped, b.unsqueeze(rhs, 2));
  return b.reshape(product, {left[0], left[1], left[2], right[3]});
}

/// As one op; null if that does not serve.
static Value attendAtOnce(TnBuilder &b, const AttentionInputs &in) {
  mlir::Type f32 = b.getF32Type();
  auto isF32 = [&](Value v) { return elementOf(v) == f32; };
  Exprs q = dimsOf(in.query), k = dimsOf(in.key), v = dimsOf(in.value);
  if (in.wantsScores || !isF32(in.query) || !isF32(in.key) ||
      !isF32(in.value) || (in.softmaxType && in.softmaxType != f32) ||
      !tn::AttentionOp::serves(q, k, v) || !tn::mayBeEqual(q[0], k[0]))
    return {};
  if (in.bias) {
    Exprs bias = dimsOf(in.bias), scores{q[0], q[1], q[2], k[2]};
    if (!isF32(in.bias) || bias.size() > 4)
      return {};
    for (auto [size, to] :
         llvm::zip(llvm::reverse(bias), llvm::reverse(scores)))
      if (!size.isConstant(1) && !tn::mayBeEqual(size, to))
        return {};
  }
  auto order = b.getDenseI64ArrayAttr({0, 1, 2, 3});
  return tn::AttentionOp::create(
      b, tn::tensorOf({q[0], q[1], q[2], v[3]}, f32), in.query, in.key,
      in.value, in.bias, b.getF32FloatAttr(in.scale), order, order, order,
      order, b.getF32FloatAttr(in.softcap),
      in.zeroMaskedRows ? b.getUnitAttr() : UnitAttr(), tn::ShapeAttr());
}

AttentionResult attend(TnBuilder &b, const AttentionInputs &in) {
  AttentionResult r;
  if ((r.output = attendAtOnce(b, in)))
    return r;
  Value keys = b.transpose(in.key, {0, 1, 3, 2});
  if (elementOf(in.query).getIntOrFloatBitWidth() < 32) {
    // Half of the scale on each side keeps products within a narrow type.
    double root = std::sqrt(in.scale);
    r.scores = groupedMatmul(b, b.mul(in.query, root), b.mul(keys, root));
  } else {
    r.scores = groupedMatmul(b, b.mul(in.query, in.scale), keys);
  }
  r.capped = r.scores;
  if (in.softcap > 0)
    r.capped = b.mul(b.tanh(b.div(r.scores, in.softcap)), in.softcap);
  r.biased = in.bias ? b.add(r.capped, in.bias) : r.capped;

  mlir::Type element = elementOf(in.query);
  Value x = b.cast(r.biased, in.softmaxType ? in.softmaxType : element);
  Value power = b.exp(b.sub(x, b.reduce(Combiner::max, x, 3)));
  r.weights = b.cast(b.div(power, b.sum(power, 3)), element);
  if (in.bias && in.zeroMaskedRows) {
    Value best = b.reduce(Combiner::max, in.bias, rankOf(in.bias) - 1);
    Value isMasked = b.compare(tn::ComparePredicate::eq, best, -kInfinity);
    r.weights = b.select(isMasked, b.scalarLike(0, r.weights), r.weights);
  }
  r.output = groupedMatmul(b, r.weights, in.value);
  return r;
}

Value rotate(TnBuilder &b, Value x, Value cosine, Value sine, int64_t rotated,
             bool interleaved) {
  int64_t last = rankOf(x) - 1;
  tn::ExprAttr zero = b.size(0), size = b.size(rotated),
               half = b.size(rotated / 2), all = dimsOf(x)[last];
  Value turned = b.slice(x, last, zero, size);
  Exprs dims = dimsOf(turned);
  // The pair is a dim of its own: the last one if interleaved.
  int64_t pair = interleaved ? last + 1 : last;
  Exprs paired = llvm::to_vector(ArrayRef(dims).drop_back());
  paired.push_back(interleaved ? half : b.size(2));
  paired.push_back(interleaved ? b.size(2) : half);
  Value pairs = b.reshape(turned, paired);
  auto part = [&](int64_t i) {
    return b.squeeze(b.slice(pairs, pair, b.size(i), b.size(1)), pair);
  };
  Value first = part(0), second = part(1);
  Value real = b.sub(b.mul(first, cosine), b.mul(second, sine));
  Value imaginary = b.add(b.mul(first, sine), b.mul(second, cosine));
  Value both =
      b.concat({b.unsqueeze(real, pair), b.unsqueeze(imaginary, pair)}, pair);
  Value result = b.reshape(both, dims);
  if (all == size)
    return result;
  tn::ExprAttr rest = tn::subExpr(all, size);
  return b.concat({result, b.slice(x, last, size, rest)}, last);
}

//===--- Attention
//----------------------------------------------------------===//

/// The mask as a bias over all keys: those beyond it are masked.
static Value biasOfMask(TnBuilder &b, Value mask, tn::ExprAttr keys,
                        mlir::Type element) {
  int64_t last = rankOf(mask) - 1;
  if (elementOf(mask).isInteger(1))
    mask = maskToBias(b, mask, -kInfinity, element);
  tn::ExprAttr present = dimsOf(mask)[last];
  if (present == keys)
    return mask;
  Exprs low(last + 1, b.size(0)), high = low;
  high[last] = tn::subExpr(keys, present);
  return b.pad(mask, b.scalar(-kInfinity, element), low, high);
}

/// Which keys a query sees by its position: causality, windows and lengths.
/// Null: all.
static Value visibleKeys(NodeReader &n, TnBuilder &b, tn::ExprAttr queries,
                         tn::ExprAttr keys, Value past, Value lengths,
                         bool isCausal) {
  int64_t left = n.intAttr("left_window_size", -1);
  int64_t right = n.intAttr("right_window_size", -1);
  Value offset = b.intScalar(past ? dimsOf(past)[2] : b.size(0)), visible;
  auto restrict = [&](Value allowed) {
    visible = visible ? b.binary<tn::AndOp>(visible, allowed) : allowed;
  };
  if (lengths) {
    lengths = b.reshape(b.cast(lengths, b.getI64Type()),
                        {dimsOf(lengths)[0], b.size(1), b.size(1), b.size(1)});
    if (!past)
      offset = b.sub(lengths, b.intScalar(queries));
    restrict(b.compare(tn::ComparePredicate::lt,
                       b.iota({b.size(1), keys}, 1, b.getI64Type()), lengths));
  }
  if (isCausal)
    restrict(causalMask(b, queries, keys, offset));
  if (right >= 0)
    restrict(causalMask(b, queries, keys, b.add(offset, double(right))));
  if (left >= 0) // not j <= i + offset - left - 1
    restrict(b.unary<tn::NotOp>(
        causalMask(b, queries, keys, b.sub(offset, double(left + 1)))));
  return visible;
}

/// Q, K, V as heads; those of rank 3 are split.
static LogicalResult readHeads(NodeReader &n, TnBuilder &b,
                               AttentionInputs &in) {
  int64_t rank = rankOf(n.input(0));
  if (rank != 3 && rank != 4)
    return n.error() << "the query has rank " << rank << ", expected 3 or 4";
  Value *heads[] = {&in.query, &in.key, &in.value};
  int64_t queryHeads = n.intAttr("q_num_heads", 0);
  int64_t keyHeads = n.intAttr("kv_num_heads", 0);
  if (rank == 3 && (queryHeads < 1 || keyHeads < 1))
    return n.error() << "needs the attributes \"q_num_heads\" and "
                        "\"kv_num_heads\" for inputs of rank 3";
  for (unsigned i = 0; i < 3; ++i) {
    if (failed(n.requireRank(i, rank)) || failed(n.requireFloat(i)))
      return failure();
    *heads[i] = rank == 4
                    ? n.input(i)
                    : splitHeads(b, n.input(i), i == 0 ? queryHeads : keyHeads);
  }
  return success();
}

static LogicalResult importAttention(NodeReader &n, TnBuilder &b) {
  AttentionInputs in;
  if (failed(readHeads(n, b, in)))
    return failure();
  Value mask = n.optionalInput(3), pastKey = n.optionalInput(4),
        pastValue = n.optionalInput(5), lengths = n.optionalInput(6);
  if (!pastKey != !pastValue)
    return n.error() << "has one of past_key and past_value; needs both";
  if (pastKey && (failed(n.requireRank(4, 4)) || failed(n.requireRank(5, 4))))
    return failure();
  if (lengths && failed(n.requireRank(6, 1)))
    return failure();
  if (mask && failed(n.requireRankAtLeast(3, 1)))
    return failure();
  if (pastKey) {
    in.key = b.concat({pastKey, in.key}, 2);
    in.value = b.concat({pastValue, in.value}, 2);
  }
  mlir::Type element = elementOf(in.query);
  Exprs query = dimsOf(in.query);
  tn::ExprAttr queries = query[2], keys = dimsOf(in.key)[2];
  bool isCausal = n.flagAttr("is_causal", false);
  Value visible = visibleKeys(n, b, queries, keys, pastKey, lengths, isCausal);
  if (mask)
    in.bias = biasOfMask(b, mask, keys, element);
  if (visible) {
    Value bias = maskToBias(b, visible, -kInfinity, element);
    in.bias = in.bias ? b.add(in.bias, bias) : bias;
  }
  in.zeroMaskedRows = mask || lengths;
  in.softcap = n.floatAttr("softcap", 0);
  in.softmaxType = n.typeAttr("softmax_precision");
  int64_t mode = n.intAttr("qk_matmul_output_mode", 0);
  if (n.hasAttr("scale"))
    in.scale = n.floatAttr("scale");
  else if (query[3].isConstant())
    in.scale = 1 / std::sqrt(double(query[3].getValue()));
  else
    in.query = b.div(in.query, b.sqrt(b.sizeAs(query[3], element)));
  if (mode < 0 || mode > 3)
    return n.error() << "attribute \"qk_matmul_output_mode\" is " << mode
                     << ", expected 0 to 3";
  if (n.failed())
    return failure();
  in.wantsScores = n.wantsOutput(3);
  AttentionResult r = attend(b, in);
  Value shown[] = {r.scores, r.capped, r.biased, r.weights};
  Value y = rankOf(n.input(0)) == 3 ? mergeHeads(b, r.output) : r.output;
  return n.finish({y, in.key, in.value, shown[mode]});
}

//===--- RotaryEmbedding
//----------------------------------------------------===//

namespace {
/// Where the two domains have the inputs.
struct RotaryInputs {
  Value x, cosine, sine, positions;
};
} // namespace

static LogicalResult importRotary(NodeReader &n, TnBuilder &b,
                                  RotaryInputs in) {
  int64_t rank = rankOf(in.x), heads = n.intAttr("num_heads", 0);
  int64_t rotated = n.intAttr("rotary_embedding_dim", 0);
  bool interleaved = n.flagAttr("interleaved", false);
  if (rank != 3 && rank != 4)
    return n.error() << "its input has rank " << rank << ", expected 3 or 4";
  Exprs dims = dimsOf(in.x);
  if (in.positions) {
    in.cosine = b.createOrFold<tn::GatherOp>(in.cosine, in.positions, 0);
    in.sine = b.createOrFold<tn::GatherOp>(in.sine, in.positions, 0);
  }
  if (rankOf(in.cosine) != 3 || rankOf(in.sine) != 3)
    return n.error() << "needs one cosine and sine per batch and position";
  tn::ExprAttr half = dimsOf(in.cosine)[2];
  if (rotated == 0 && half.isConstant())
    rotated = 2 * half.getValue();
  if (rotated == 0 && rank == 4 && dims[3].isConstant())
    rotated = dims[3].getValue();
  if (rotated < 2 || rotated % 2)
    return n.error() << "the number of rotated features must be known and "
                        "even; it is that of the cosines, twice";
  Value x = in.x;
  int64_t headAxis = 1;
  if (rank == 3) {
    tn::ExprAttr size =
        heads ? tn::floorDivExpr(dims[2], heads) : b.size(rotated);
    tn::ExprAttr count =
        heads ? b.size(heads) : tn::floorDivExpr(dims[2], rotated);
    x = b.reshape(x, {dims[0], dims[1], count, size});
    headAxis = 2;
  }
  if (n.failed())
    return failure();
  Value y = rotate(b, x, b.unsqueeze(in.cosine, headAxis),
                   b.unsqueeze(in.sine, headAxis), rotated, interleaved);
  return n.finish(b.reshape(y, dims));
}

static LogicalResult importRotaryEmbedding(NodeReader &n, TnBuilder &b) {
  return importRotary(n, b,
                      {n.input(0), n.input(1), n.input(2), n.optionalInput(3)});
}

static LogicalResult importMicrosoftRotaryEmbedding(NodeReader &n,
                                                    TnBuilder &b) {
  if (failed(n.requireRank(1, 2)))
    return failure();
  if (n.floatAttr("scale", 1) != 1 || n.flagAttr("is_packed_batching", false))
    return n.error() << "scaled and packed rotation are not supported";
  return importRotary(n, b, {n.input(0), n.input(2), n.input(3), n.input(1)});
}

void registerAttention(OpTable &t) {
  t.on("Attention", 23, {3, 7}, importAttention);
  t.on("RotaryEmbedding", 23, {3, 4}, importRotaryEmbedding);
  t.on("com.microsoft", "RotaryEmbedding", 1, 4,
       importMicrosoftRotaryEmbedding);
}

} // namespace tenon::onnx
