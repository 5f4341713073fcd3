//===- IndexingOps.td - Elements chosen by data -----------------*- tablegen -*-===//
//
// Indices are i32 or i64; a negative one counts from the end. An index outside
// of its dim is the caller's error, as in ONNX; gathers clamp it, scatters skip
// it, so that no kernel leaves its buffers.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECT_TN_INDEXINGOPS
#define TENON_DIALECT_TN_INDEXINGOPS

include "tenon/Dialect/Tn/TnOpBase.td"

class Tn_Indexing<string opMnemonic, string text, string role = "opaque",
                  list<Trait> traits = []>
    : Tn_PureOp<opMnemonic, role, traits> {
  let summary = text;
  let results = (outs AnyRankedTensor:$result);
  let hasVerifier = 1;
}

def Tn_GatherOp : Tn_Indexing<"gather",
    "x with dim `axis` replaced by the dims of indices (ONNX Gather)", "movement",
    [DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let arguments = (ins AnyRankedTensor:$x, AnyRankedTensor:$indices, I64Attr:$axis);
}
def Tn_GatherElementsOp : Tn_Indexing<"gather_elements",
    "result[i...] = x[i... with indices[i...] at `axis`]", "movement"> {
  let arguments = (ins AnyRankedTensor:$x, AnyRankedTensor:$indices, I64Attr:$axis);
}
def Tn_GatherNdOp : Tn_Indexing<"gather_nd",
    "Slices of x at the index tuples in the last dim of indices (ONNX GatherND)",
    "movement"> {
  let arguments = (ins AnyRankedTensor:$x, AnyRankedTensor:$indices, I64Attr:$batch_dims);
}
def Tn_ScatterElementsOp : Tn_Indexing<"scatter_elements",
    "x where element [i... with indices[i...] at `axis`] takes updates[i...]"> {
  let arguments = (ins AnyRankedTensor:$x, AnyRankedTensor:$indices,
                       AnyRankedTensor:$updates, I64Attr:$axis,
                       Tn_ScatterModeAttr:$mode);
}
def Tn_ScatterNdOp : Tn_Indexing<"scatter_nd",
    "x where slices at the index tuples in the last dim of indices take updates"> {
  let arguments = (ins AnyRankedTensor:$x, AnyRankedTensor:$indices,
                       AnyRankedTensor:$updates, Tn_ScatterModeAttr:$mode);
}
def Tn_CumulativeOp : Tn_Indexing<"cumulative", "Running sum or product along `axis`"> {
  let arguments = (ins AnyRankedTensor:$x, I64Attr:$axis, Tn_CombinerAttr:$combiner,
                       DefaultValuedAttr<BoolAttr, "false">:$exclusive,
                       DefaultValuedAttr<BoolAttr, "false">:$reverse);
}
def Tn_TopKOp : Tn_PureOp<"top_k", "opaque"> {
  let summary = "The k largest (or smallest) elements along `axis`, sorted, and their indices (i64); k is the result's dim; the lower index wins ties";
  let arguments = (ins AnyRankedTensor:$x, I64Attr:$axis, BoolAttr:$largest);
  let results = (outs AnyRankedTensor:$values, AnyRankedTensor:$indices);
  let hasVerifier = 1;
}
def Tn_NonZeroOp : Tn_Indexing<"non_zero",
    "Indices of the non-zero elements, [rank, count] of i64; count is bound by the caller"> {
  let arguments = (ins AnyRankedTensor:$x);
}

#endif // TENON_DIALECT_TN_INDEXINGOPS
