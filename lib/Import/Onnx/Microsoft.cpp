//===- Microsoft.cpp - Operators of the domain com.microsoft --------------===//
//
// What onnxruntime's transformer optimizer writes. Masks follow onnxruntime: a
// masked score gets the finite `mask_filter_value`, so that a row that is
// masked as a whole has equal weights.
//
//===----------------------------------------------------------------------===//

#include "Activation.h"
#include "Attention.h"
#include "Families.h"
#include "Norm.h"
#include "tenon/Import/Onnx/NodeReader.h"
#include "tenon/Import/Onnx/OpTable.h"
#include <cmath>

using namespace mlir;

namespace tenon::onnx {

static constexpr StringLiteral kDomain = "com.microsoft";

static Value addIf(TnBuilder &b, Value x, Value bias) {
  return bias ? b.add(x, bias) : x;
}

//===--- Normalization
//------------------------------------------------------===//

/// Normalizes input 0 + input 1 + `bias` over the last axis, by `normalize`;
/// scales by input 2 and adds `shift`. Result 3 is the sum.
static LogicalResult
importSkipNormalization(NodeReader &n, TnBuilder &b, Value bias, Value shift,
                        decltype(standardize) &normalize) {
  Value x = n.input(0);
  if (failed(n.requireRankAtLeast(0, 2)))
    return failure();
  Value sum = addIf(b, b.add(x, n.input(1)), bias);
  Normalized r = normalize(b, b.cast(sum, b.getF32Type()), rankOf(x) - 1,
                           n.floatAttr("epsilon", 1e-12f));
  Value y = addIf(b, b.mul(b.cast(r.y, elementOf(x)), n.input(2)), shift);
  return n.finish({y, r.mean, r.inverseDeviation, sum});
}

static LogicalResult importSkipLayerNormalization(NodeReader &n, TnBuilder &b) {
  return importSkipNormalization(n, b, n.optionalInput(4), n.optionalInput(3),
                                 standardize);
}

static LogicalResult importSkipRmsNormalization(NodeReader &n, TnBuilder &b) {
  return importSkipNormalization(n, b, n.optionalInput(3), {}, normalizeByRms);
}

/// The sum of embeddings by word, position and segment, normalized.
static LogicalResult importEmbedLayerNormalization(NodeReader &n,
                                                   TnBuilder &b) {
  Value ids = n.input(0), segments = n.optionalInput(1),
        segmentTable = n.optionalInput(4), mask = n.optionalInput(7),
        positions = n.optionalInput(8);
  if (failed(n.requireRank(0, 2)))
    return failure();
  for (unsigned i : {2, 3, 5, 6})
    if (!n.optionalInput(i))
      return n.error() << "input #" << i << " is missing";
  if (!segments != !segmentTable)
    return n.error() << "has one of segment_ids and segment_embedding; needs "
                        "both";
  n.ignoreAttr("mask_index_type");
  double epsilon = n.floatAttr("epsilon", 1e-12f);
  Exprs dims = dimsOf(ids);
  if (!positions)
    positions = b.iota({b.size(1), dims[1]}, 1, b.getI64Type());
  auto embed = [&](Value table, Value indices) {
    return b.createOrFold<tn::GatherOp>(table, indices, 0);
  };
  Value sum = b.add(embed(n.input(2), ids), embed(n.input(3), positions));
  if (segments)
    sum = b.add(sum, embed(segmentTable, segments));
  Normalized r = standardize(b, b.cast(sum, b.getF32Type()), 2, epsilon);
  Value y = b.add(b.mul(b.cast(r.y, elementOf(sum)), n.input(5)), n.input(6));
  mlir::Type i32 = b.getI32Type();
  Value lengths = mask ? b.squeeze(b.sum(b.cast(mask, i32), 1), 1)
                       : b.full(dims[0], b.scalar(0, i32));
  return n.finish({y, lengths, sum});
}

//===--- Activations
//--------------------------------------------------------===//

template <bool byTanh>
static LogicalResult importGelu(NodeReader &n, TnBuilder &b) {
  return n.finish(gelu(b, addIf(b, n.input(0), n.optionalInput(1)), byTanh));
}

/// x * sigmoid(alpha * x)
static LogicalResult importQuickGelu(NodeReader &n, TnBuilder &b) {
  double alpha = n.floatAttr("alpha", 1.702f);
  Value x = n.input(0);
  Value power = b.exp(b.mul(x, -alpha));
  return n.finish(b.div(x, b.add(power, 1)));
}

//===--- Attention
//----------------------------------------------------------===//

/// Which keys a mask of any of its forms lets through, as a bool that
/// broadcasts to [batch, head, query, key].
static FailureOr<Value> allowedByMask(NodeReader &n, TnBuilder &b,
                                      unsigned index, tn::ExprAttr batch,
                                      tn::ExprAttr queries, tn::ExprAttr keys) {
  Value mask = n.input(index);
  if (failed(n.requireInteger(index)))
    return failure();
  Exprs dims = dimsOf(mask);
  tn::ExprAttr one = b.size(1);
  auto isSet = [&](Value x) {
    return b.compare(tn::ComparePredicate::ne, x, 0);
  };
  switch (rankOf(mask)) {
  case 1: { // how many keys each sequence has
    if (dims[0] != batch)
      return n.error() << "its mask of type " << mask.getType()
                       << " has not one length per sequence",
             failure();
    Value lengths =
        b.reshape(b.cast(mask, b.getI64Type()), {batch, one, one, one});
    Value key = b.iota({one, keys}, 1, b.getI64Type());
    return b.compare(tn::ComparePredicate::lt, key, lengths);
  }
  case 2:
    return isSet(b.reshape(mask, {dims[0], one, one, dims[1]}));
  case 3:
    return isSet(b.reshape(mask, {dims[0], one, dims[1], dims[2]}));
  case 4: { // of the longest sequence; the last queries are these
    Value rows = b.slice(mask, 2, tn::subExpr(keys, queries), queries);
    return isSet(b.slice(rows, 3, b.size(0), keys));
  }
  default:
    return n.error() << "its mask has rank " << rankOf(mask), failure();
  }
}

/// Reads scale, masks and causality; the heads are given.
static FailureOr<AttentionResult> attendMasked(NodeReader &n, TnBuilder &b,
                                               AttentionInputs in,
                                               std::optional<unsigned> mask,
                                               Value bias) {
  Exprs query = dimsOf(in.query);
  tn::ExprAttr queries = query[2], keys = dimsOf(in.key)[2];
  double filter = n.floatAttr("mask_filter_value", -10000);
  bool isCausal = n.flagAttr("unidirectional", false);
  double scale = n.floatAttr("scale", 0);
  if (scale == 0 && !query[3].isConstant())
    return n.error() << "the size of a head must be known", failure();
  in.scale = scale != 0 ? scale : 1 / std::sqrt(double(query[3].getValue()));

  Value allowed;
  if (mask) {
    FailureOr<Value> byMask =
        allowedByMask(n, b, *mask, query[0], queries, keys);
    if (failed(byMask))
      return failure();
    allowed = *byMask;
  }
  mlir::Type element = elementOf(in.query);
  if (allowed)
    in.bias = maskToBias(b, allowed, filter, element);
  if (isCausal) {
    // Later keys are out of the question, whatever the filter's value.
    double never = std::numeric_limits<double>::infinity();
    Value offset = b.intScalar(tn::subExpr(keys, queries));
    Value seen = causalMask(b, queries, keys, offset);
    Value causal = maskToBias(b, seen, -never, element);
    in.bias = in.bias ? b.add(in.bias, causal) : causal;
  }
  if (bias)
    in.bias = in.bias ? b.add(in.bias, bias) : bias;
  return attend(b, in);
}

/// Prepends past keys and values, [2, batch, head, position, feature]; returns
/// the present ones in the same form.
static Value prependPast(TnBuilder &b, Value past, AttentionInputs &in) {
  Value *parts[] = {&in.key, &in.value};
  SmallVector<Value> present;
  for (int64_t i = 0; i < 2; ++i) {
    if (past) {
      Value old = b.slice(past, 0, b.size(i), b.size(1));
      *parts[i] = b.concat({b.squeeze(old, 0), *parts[i]}, 2);
    }
    present.push_back(b.unsqueeze(*parts[i], 0));
  }
  return b.concat(present, 0);
}

/// One product makes query, key and value.
static LogicalResult importAttention(NodeReader &n, TnBuilder &b) {
  for (auto [index, rank] : {std::pair(0u, 3), std::pair(1u, 2)})
    if (failed(n.requireRank(index, rank)))
      return failure();
  int64_t heads = n.intAttr("num_heads");
  if (heads < 1)
    return n.error() << "attribute \"num_heads\" must be positive";
  if (n.flagAttr("do_rotary", false) ||
      n.flagAttr("past_present_share_buffer", false) || n.optionalInput(6))
    return n.error() << "rotation and shared buffers of past and present are "
                        "not supported";
  Value product =
      addIf(b, b.matmul(n.input(0), n.input(1)), n.optionalInput(2));
  Exprs sizes(3, tn::floorDivExpr(dimsOf(product)[2], 3));
  if (std::optional<SmallVector<int64_t>> given =
          n.intsAttr("qkv_hidden_sizes")) {
    if (given->size() != 3)
      return n.error() << "attribute \"qkv_hidden_sizes\" must have 3 elements";
    sizes = b.sizes(*given);
  }
  AttentionInputs in;
  tn::ExprAttr start = b.size(0);
  Value *parts[] = {&in.query, &in.key, &in.value};
  for (auto [part, size] : llvm::zip_equal(parts, sizes)) {
    *part = splitHeads(b, b.slice(product, 2, start, size), heads);
    start = tn::addExpr(start, size);
  }
  Value past = n.optionalInput(4);
  if (past && failed(n.requireRank(4, 5)))
    return failure();
  Value present;
  if (past || n.wantsOutput(1))
    present = prependPast(b, past, in);
  std::optional<unsigned> mask;
  if (n.optionalInput(3))
    mask = 3;
  FailureOr<AttentionResult> r =
      attendMasked(n, b, in, mask, n.optionalInput(5));
  if (failed(r))
    return failure();
  return n.finish({mergeHeads(b, r->output), present});
}

/// Query, key and value come apart.
static LogicalResult importMultiHeadAttention(NodeReader &n, TnBuilder &b) {
  int64_t heads = n.intAttr("num_heads");
  if (heads < 1)
    return n.error() << "attribute \"num_heads\" must be positive";
  for (unsigned i = 0; i < 3; ++i)
    if (failed(n.requireRank(i, 3)))
      return failure();
  AttentionInputs in;
  Value *parts[] = {&in.query, &in.key, &in.value};
  tn::ExprAttr start = b.size(0);
  for (unsigned i = 0; i < 3; ++i) {
    Value x = n.input(i);
    tn::ExprAttr size = dimsOf(x)[2];
    if (Value bias = n.optionalInput(3))
      x = b.add(x, b.slice(bias, 0, start, size));
    start = tn::addExpr(start, size);
    *parts[i] = splitHeads(b, x, heads);
  }
  Value pastKey = n.optionalInput(6), pastValue = n.optionalInput(7);
  if (!pastKey != !pastValue)
    return n.error() << "has one of past_key and past_value; needs both";
  if (pastKey) {
    if (failed(n.requireRank(6, 4)) || failed(n.requireRank(7, 4)))
      return failure();
    in.key = b.concat({pastKey, in.key}, 2);
    in.value = b.concat({pastValue, in.value}, 2);
  }
  std::optional<unsigned> mask;
  if (n.optionalInput(4))
    mask = 4;
  FailureOr<AttentionResult> r =
      attendMasked(n, b, in, mask, n.optionalInput(5));
  if (failed(r))
    return failure();
  return n.finish({mergeHeads(b, r->output), in.key, in.value});
}

void registerMicrosoft(OpTable &t) {
  t.on(kDomain, "SkipLayerNormalization", 1, {3, 5},
       importSkipLayerNormalization);
  t.on(kDomain, "SkipSimplifiedLayerNormalization", 1, {3, 4},
       importSkipRmsNormalization);
  t.on(kDomain, "EmbedLayerNormalization", 1, Arity::atLeast(1),
       importEmbedLayerNormalization);
  t.on(kDomain, "Gelu", 1, 1, importGelu<false>);
  t.on(kDomain, "BiasGelu", 1, 2, importGelu<false>);
  t.on(kDomain, "FastGelu", 1, {1, 2}, importGelu<true>);
  t.on(kDomain, "QuickGelu", 1, 1, importQuickGelu);
  t.on(kDomain, "Attention", 1, {2, 7}, importAttention);
  t.on(kDomain, "MultiHeadAttention", 1, {3, 8}, importMultiHeadAttention);
}

} // namespace tenon::onnx
