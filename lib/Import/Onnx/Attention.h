//===- Attention.h - Attention of heads -------------------------*- C++ -*-===//
//
// Heads are [batch, head, position, feature]. Attention is one op where that
// serves; else products and a softmax: elements other than f32, scores that
// are results, heads of unknown width.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_LIB_IMPORT_ONNX_ATTENTION_H
#define TENON_LIB_IMPORT_ONNX_ATTENTION_H

#include "tenon/Import/Onnx/TnBuilder.h"

namespace tenon::onnx {

struct AttentionInputs {
  mlir::Value query, key, value; // heads
  mlir::Value bias;              // added to the scores; may be null
  double scale = 1;
  double softcap = 0;          // none
  mlir::Type softmaxType;      // null: that of the query
  bool zeroMaskedRows = false; // a row of bias that is -infinity has weights 0
  bool wantsScores = false;    // the results beside the output are used
};

struct AttentionResult {
  mlir::Value output;                          // heads
  mlir::Value scores, capped, biased, weights; // null if not wanted
};

/// softmax(cap(scale * Q K^T) + bias) V. Several heads of the query share one
/// of key and value if there are more of them.
AttentionResult attend(TnBuilder &b, const AttentionInputs &inputs);

/// [batch, position, head * feature] to heads and back.
mlir::Value splitHeads(TnBuilder &b, mlir::Value x, int64_t heads);
mlir::Value mergeHeads(TnBuilder &b, mlir::Value x);

/// 0 where `allowed`, else `masked`.
mlir::Value maskToBias(TnBuilder &b, mlir::Value allowed, double masked,
                       mlir::Type element);

/// Whether key j may be seen by query i: j <= i + offset; [..., queries, keys].
mlir::Value causalMask(TnBuilder &b, tn::ExprAttr queries, tn::ExprAttr keys,
                       mlir::Value offset);

/// Rotates pairs of the first `rotated` features of x by angles whose cosines
/// and sines broadcast to them.
mlir::Value rotate(TnBuilder &b, mlir::Value x, mlir::Value cosine,
                   mlir::Value sine, int64_t rotated, bool interleaved);

} // namespace tenon::onnx

#endif // TENON_LIB_IMPORT_ONNX_ATTENTION_H
