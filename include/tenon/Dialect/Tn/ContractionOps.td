//===- ContractionOps.td - Products, convolutions, windows ------*- tablegen -*-===//
//
// Windowed ops are channels-last: x is [N, spatial..., C]. The importer wraps
// them in transposes, which sink and cancel (see docs/decisions).
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECT_TN_CONTRACTIONOPS
#define TENON_DIALECT_TN_CONTRACTIONOPS

include "tenon/Dialect/Tn/TnOpBase.td"

def Tn_MatmulOp : Tn_PureOp<"matmul", "contraction",
    [DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let summary = "[..., M, K] x [..., K, N] -> [..., M, N]; leading dims broadcast";
  let description = [{
    The element type of the result is `accumulator` if given (i32 for 8-bit
    integers), else that of the operands.
  }];
  let arguments = (ins AnyRankedTensor:$lhs, AnyRankedTensor:$rhs,
                       OptionalAttr<TypeAttr>:$accumulator);
  let results = (outs AnyRankedTensor:$result);
  let extraClassDeclaration = [{
    /// Whether four products at a time can be summed: of 8-bit integers with a
    /// matrix of signed ones, as i32, of a constant depth that 4 divides.
    bool multipliesBytes();
  }];
}

def Tn_AttentionOp : Tn_PureOp<"attention", "opaque"> {
  let summary = "softmax(cap(scale * q k^T) + mask) v, for each batch and head, without the scores in memory";
  let description = [{
    Logical dims: q [B, H, Sq, D], k [B, Hk, Sk, D], v [B, Hk, Sk, Dv], result
    [B, H, Sq, Dv]; H is a multiple of Hk, each of whose heads serves H / Hk
    adjacent ones. Logical dim i is stored dim `order[i]`, and the last stays
    last: transposes of heads are part of the op. cap(x) is `softcap` *
    tanh(x / `softcap`), or x if that is 0. `mask` broadcasts to [B, H, Sq, Sk]
    and is added. A row whose scores are all -infinity is NaN, or 0 with
    `zero_masked_rows`. `length` is one size, Sk, if k and v may also have one
    row that stands for all. Softmax as in "Online normalizer calculation
    for softmax" (Milakov, Gimelshein 2018). f32; D and Dv are static.
  }];
  let arguments = (ins AnyRankedTensor:$q, AnyRankedTensor:$k,
                       AnyRankedTensor:$v, Optional<AnyRankedTensor>:$mask,
                       F32Attr:$scale, DenseI64ArrayAttr:$q_order,
                       DenseI64ArrayAttr:$k_order, DenseI64ArrayAttr:$v_order,
                       DenseI64ArrayAttr:$result_order,
                       DefaultValuedAttr<F32Attr, "0.0f">:$softcap,
                       UnitAttr:$zero_masked_rows,
                       OptionalAttr<Tn_ShapeAttr>:$length);
  let results = (outs AnyRankedTensor:$result);
  let hasVerifier = 1;
  let hasCanonicalizeMethod = 1;
  let extraClassDeclaration = [{
    /// Whether operands of these logical dims may make an attention: heads of
    /// known number, and widths that leave room for a block of scores in the
    /// cache.
    static bool serves(::llvm::ArrayRef<::tenon::tn::ExprAttr> q,
                       ::llvm::ArrayRef<::tenon::tn::ExprAttr> k,
                       ::llvm::ArrayRef<::tenon::tn::ExprAttr> v);
    /// Logical dims of a value stored in `order`.
    static ::llvm::SmallVector<::tenon::tn::ExprAttr>
    logicalDims(::mlir::Value stored, ::llvm::ArrayRef<int64_t> order);
    /// [B, H, Sq, Sk]
    ::llvm::SmallVector<::tenon::tn::ExprAttr> scoreDims();
  }];
}

def Tn_ConvOp : Tn_PureOp<"conv", "contraction"> {
  let summary = "Convolution: [N, X..., C] * [K..., C/groups, M] -> [N, Y..., M]";
  let description = [{
    y = sum over k, c of x[n, y*strides + k*dilations - low, c] * w[k, c, m];
    outside of x is 0. `low` is the padding before each spatial dim; padding
    after it follows from the result type. Output channels of group g use input
    channels of group g. Rank 3 to 5.
  }];
  let arguments = (ins AnyRankedTensor:$x, AnyRankedTensor:$weight,
                       DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$dilations,
                       Tn_ShapeAttr:$low, I64Attr:$groups);
  let results = (outs AnyRankedTensor:$result);
  let extraClassDeclaration = [{
    /// Whether it is a product of a matrix of pixels with its weight.
    bool isPointwise();
  }];
  let hasVerifier = 1;
}

def Tn_ConvTransposeOp : Tn_PureOp<"conv_transpose", "window"> {
  let summary = "The gradient of conv with respect to x: [N, X..., C] * [K..., C/groups, M/groups...] -> [N, Y..., M]";
  let description = [{
    y[n, i*strides + k*dilations - low, m] += x[n, i, c] * w[k, c, m]. The
    weight is [K..., C, M/groups]; group g maps its C/groups input channels to
    its M/groups output channels.
  }];
  let arguments = (ins AnyRankedTensor:$x, AnyRankedTensor:$weight,
                       DenseI64ArrayAttr:$strides, DenseI64ArrayAttr:$dilations,
                       Tn_ShapeAttr:$low, I64Attr:$groups);
  let results = (outs AnyRankedTensor:$result);
  let hasVerifier = 1;
}

def Tn_PoolOp : Tn_PureOp<"pool", "window"> {
  let summary = "Windows of x combined: [N, X..., C] -> [N, Y..., C]";
  let description = [{
    Elements outside of x are left out. An average is a sum divided by a count.
  }];
  let arguments = (ins AnyRankedTensor:$x, Tn_CombinerAttr:$combiner,
                       DenseI64ArrayAttr:$window, DenseI64ArrayAttr:$strides,
                       DenseI64ArrayAttr:$dilations, Tn_ShapeAttr:$low);
  let results = (outs AnyRankedTensor:$result);
  let hasVerifier = 1;
}
def Tn_ArgPoolOp : Tn_PureOp<"arg_pool", "window"> {
  let summary = "As pool with max: where each maximum lies, as row-major index in [X...] (i64)";
  let arguments = (ins AnyRankedTensor:$x,
                       DenseI64ArrayAttr:$window, DenseI64ArrayAttr:$strides,
                       DenseI64ArrayAttr:$dilations, Tn_ShapeAttr:$low);
  let results = (outs AnyRankedTensor:$result);
  let hasVerifier = 1;
}

def Tn_RecurrentOp : Tn_PureOp<"recurrent", "opaque", [AttrSizedOperandSegments]> {
  let summary = "One direction of an RNN, GRU or LSTM over a sequence";
  let description = [{
    `projected` is X*W^T + Wb: [T, B, G*H] with gates in ONNX's order (LSTM
    i,o,f,c; GRU z,r,h), computed before by one matmul. `weight` is R^T: [H,
    G*H]; `bias` is Rb: [G*H]; `initial` h: [B, H]; `cell` c: [B, H] (LSTM);
    `peephole` [3*H] in the order i,o,f; `lengths` [B] i32. Results: all h
    [T, B, H] (0 beyond a sequence's length), last h [B, H], last c [B, H]
    (LSTM; else like last h). `activations` one per gate role (LSTM f,g,h; GRU
    f,g; RNN f), with alpha and beta each. `reverse` runs from the last step.
  }];
  let arguments = (ins AnyRankedTensor:$projected, AnyRankedTensor:$weight,
                       AnyRankedTensor:$bias, AnyRankedTensor:$initial,
                       Optional<AnyRankedTensor>:$cell,
                       Optional<AnyRankedTensor>:$peephole,
                       Optional<AnyRankedTensor>:$lengths,
                       Tn_CellKindAttr:$kind, BoolAttr:$reverse,
                       BoolAttr:$linear_before_reset, BoolAttr:$input_forget,
                       F32Attr:$clip, DenseI32ArrayAttr:$activations,
                       DenseF32ArrayAttr:$alphas, DenseF32ArrayAttr:$betas);
  let results = (outs AnyRankedTensor:$all, AnyRankedTensor:$last,
                      AnyRankedTensor:$last_cell);
  let hasVerifier = 1;
}

#endif // TENON_DIALECT_TN_CONTRACTIONOPS
