//===- GroupQueryAttention.cpp - com.microsoft's attention with a cache ---===//
//
// Past and present keys may be buffers that are longer than what they hold:
// sequence b holds P(b) keys before the new ones, which come right behind them.
//
//===----------------------------------------------------------------------===//

#include "Attention.h"
#include "Families.h"
#include "tenon/Import/Onnx/NodeReader.h"
#include "tenon/Import/Onnx/OpTable.h"
#include <cmath>

using namespace mlir;

namespace tenon::onnx {

using tn::ComparePredicate;

namespace {

enum Input {
  Query,
  Key,
  ValueInput,
  PastKey,
  PastValue,
  LastIndex, ///< of the keys of a sequence, with the new ones
  Total,     ///< keys of the longest sequence
  Cosine,
  Sine,
  Positions,
  Bias,
  FirstUnsupported,
};

/// Queries and what comes with them are [batch, position, head, feature].
class GroupedQueries {
public:
  GroupedQueries(NodeReader &n, TnBuilder &b) : n(n), b(b) {}
  LogicalResult import();

private:
  LogicalResult readHeads();
  void readPast();
  LogicalResult rotateHeads();
  Value present(Value past, Value added);
  Value mask();

  /// 0, 1, ... along `axis` of four dims.
  Value places(tn::ExprAttr count, int64_t axis) {
    Exprs dims(4, b.size(1));
    dims[axis] = count;
    return b.iota(dims, axis, b.getI64Type());
  }

  NodeReader &n;
  TnBuilder &b;
  Value query, key, value;
  Value before;        ///< P(b), as [batch, 1, 1, 1]
  tn::ExprAttr added;  ///< new keys
  tn::ExprAttr length; ///< keys of a present buffer
};

} // namespace

LogicalResult GroupedQueries::readHeads() {
  int64_t heads = n.intAttr("num_heads"), keyHeads = n.intAttr("kv_num_heads");
  if (n.failed() || failed(n.requireRank(Query, 3)) ||
      failed(n.requireFloat(Query)))
    return failure();
  if (heads < 1 || keyHeads < 1)
    return n.error() << "needs positive \"num_heads\" and \"kv_num_heads\"";
  key = n.optionalInput(Key);
  value = n.optionalInput(ValueInput);
  query = n.input(Query);
  if (!key != !value)
    return n.error() << "has one of key and value; needs both or neither";
  if (!key) { // all in one
    tn::ExprAttr size =
        tn::floorDivExpr(dimsOf(query)[2], heads + 2 * keyHeads);
    tn::ExprAttr own = tn::mulExpr(size, heads),
                 other = tn::mulExpr(size, keyHeads);
    Value all = query;
    query = b.slice(all, 2, b.size(0), own);
    key = b.slice(all, 2, own, other);
    value = b.slice(all, 2, tn::addExpr(own, other), other);
  } else if (failed(n.requireRank(Key, 3)) ||
             failed(n.requireRank(ValueInput, 3))) {
    return failure();
  }
  auto split = [&](Value x, int64_t count) {
    Exprs dims = dimsOf(x);
    return b.reshape(
        x, {dims[0], dims[1], b.size(count), tn::floorDivExpr(dims[2], count)});
  };
  query = split(query, heads);
  key = split(key, keyHeads);
  value = split(value, keyHeads);
  added = dimsOf(key)[1];
  return success();
}

void GroupedQueries::readPast() {
  mlir::Type i64 = b.getI64Type();
  // With padding at its end, a first prompt has fewer keys than positions.
  Value held = b.add(b.cast(n.input(LastIndex), i64), 1);
  held = b.max(b.sub(held, b.intScalar(added)), 0);
  tn::ExprAttr batch = dimsOf(query)[0], one = b.size(1);
  before = b.reshape(held, {batch, one, one, one});
  length = added;
  if (!n.optionalInput(PastKey))
    return;
  std::optional<Exprs> known = n.symbolicInts(Total);
  tn::ExprAttr total =
      known ? known->front()
            : n.bind(b.reshape(b.cast(n.input(Total), i64), one)).front();
  length = tn::maxExpr(dimsOf(n.input(PastKey))[2], total);
}

/// Turns queries and keys by their positions.
LogicalResult GroupedQueries::rotateHeads() {
  bool interleaved = n.flagAttr("rotary_interleaved", false);
  if (!n.flagAttr("do_rotary", false))
    return success();
  if (!n.optionalInput(Cosine) || !n.optionalInput(Sine))
    return n.error() << "rotates, but has no cosines and sines";
  tn::ExprAttr half = dimsOf(n.input(Cosine)).back();
  if (failed(n.requireRank(Cosine, 2)) || failed(n.requireRank(Sine, 2)))
    return failure();
  if (!half.isConstant())
    return n.error() << "the number of rotated features must be known";
  Value positions = n.optionalInput(Positions);
  if (!positions) {
    Exprs dims = dimsOf(query);
    positions =
        b.reshape(b.add(before, places(dims[1], 1)), {dims[0], dims[1]});
  }
  auto angles = [&](Input table) {
    Value picked = b.createOrFold<tn::GatherOp>(n.input(table), positions, 0);
    return b.unsqueeze(picked, 2);
  };
  Value cosine = angles(Cosine), sine = angles(Sine);
  for (Value *heads : {&query, &key})
    *heads = rotate(b, *heads, cosine, sine, 2 * half.getValue(), interleaved);
  return success();
}

/// What was before and what was added, as heads; 0 behind it.
Value GroupedQueries::present(Value past, Value added) {
  if (!past)
    return b.transpose(added, {0, 2, 1, 3});
  Exprs low(4, b.size(0)), high = low;
  high[2] = tn::subExpr(length, dimsOf(past)[2]);
  Value old = b.pad(past, b.scalarLike(0, past), low, high);
  Value at = b.sub(places(length, 2), before); // [batch, 1, present, 1]
  Exprs dims = dimsOf(added);
  dims[0] = dimsOf(at)[0];
  dims[1] = length;
  Value rows = b.createOrFold<tn::GatherNdOp>(
      tn::tensorOf(dims, elementOf(added)), added,
      b.reshape(at, {dims[0], length, b.size(1)}), /*batch_dims=*/1);
  rows = b.transpose(rows, {0, 2, 1, 3});
  Value isHeld = b.compare(ComparePredicate::lt, at, b.intScalar(this->added));
  Value isOld = b.compare(ComparePredicate::lt, at, 0);
  return b.select(isOld, old, b.select(isHeld, rows, b.scalarLike(0, past)));
}

/// Which keys a query sees, and biases.
Value GroupedQueries::mask() {
  int64_t window = n.intAttr("local_window_size", -1);
  Value place = b.add(before, places(dimsOf(query)[1], 2));
  Value keys = places(length, 3);
  Value seen = b.compare(ComparePredicate::le, keys, place);
  if (window >= 0)
    seen = b.binary<tn::AndOp>(seen, b.compare(ComparePredicate::gt, keys,
                                               b.sub(place, double(window))));
  Value mask = maskToBias(b, seen, -std::numeric_limits<double>::infinity(),
                          elementOf(query));
  Value bias = n.optionalInput(Bias);
  return bias ? b.add(mask, bias) : mask;
}

LogicalResult GroupedQueries::import() {
  for (unsigned i = FirstUnsupported; i < n.numInputs(); ++i)
    if (n.optionalInput(i))
      return n.error() << "input #" << i
                       << " (sinks, scales of a cache, normalization) is not "
                          "supported";
  for (StringRef off : {"smooth_softmax", "qk_output", "kv_cache_bit_width",
                        "sliding_window_cache"})
    if (n.intAttr(off, 0) > 0)
      return n.error() << "attribute \"" << off << "\" is not supported";
  for (StringRef kind : {"k_quant_type", "v_quant_type"})
    if (n.stringAttr(kind, "NONE") != "NONE")
      return n.error() << "attribute \"" << kind << "\" is not supported";
  if (!n.flagAttr("causal", true))
    return n.error() << "only the causal form is supported";
  for (StringRef unused :
       {"qk_norm_epsilon", "q_norm_epsilon", "k_norm_epsilon"})
    n.ignoreAttr(unused);
  Value pastKey = n.optionalInput(PastKey),
        pastValue = n.optionalInput(PastValue);
  if (!pastKey != !pastValue)
    return n.error() << "has one of past_key and past_value; needs both";
  if (!n.optionalInput(LastIndex) || !n.optionalInput(Total))
    return n.error() << "needs seqlens_k and total_sequence_length";
  if (pastKey && (failed(n.requireRank(PastKey, 4)) ||
                  failed(n.requireRank(PastValue, 4))))
    return failure();
  if (failed(readHeads()))
    return failure();
  readPast();
  if (failed(rotateHeads()))
    return failure();
  AttentionInputs in;
  in.query = b.transpose(query, {0, 2, 1, 3});
  in.key = present(pastKey, key);
  in.value = present(pastValue, value);
  in.bias = mask();
  in.softcap = n.floatAttr("softcap", 0);
  in.scale = n.floatAttr("scale", 0);
  tn::ExprAttr size = dimsOf(query)[3];
  if (in.scale == 0 && !size.isConstant())
    return n.error() << "the size of a head must be known";
  if (in.scale == 0)
    in.scale = 1 / std::sqrt(double(size.getValue()));
  if (n.failed())
    return failure();
  return n.finish({mergeHeads(b, attend(b, in).output), in.key, in.value});
}

void registerGroupQueryAttention(OpTable &t) {
  t.on("com.microsoft", "GroupQueryAttention", 1, {1, 17},
       [](NodeReader &n, TnBuilder &b) {
         return GroupedQueries(n, b).import();
       });
}

} // namespace tenon::onnx
