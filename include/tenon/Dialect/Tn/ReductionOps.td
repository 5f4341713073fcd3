//===- ReductionOps.td - Many elements into one -----------------*- tablegen -*-===//
//
// Reduced dims are kept with size 1; a reshape drops them. There is no mean,
// norm, softmax or logsumexp: they are written with these and fused again.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECT_TN_REDUCTIONOPS
#define TENON_DIALECT_TN_REDUCTIONOPS

include "tenon/Dialect/Tn/TnOpBase.td"

def Tn_ReduceOp : Tn_PureOp<"reduce", "reduction",
    [DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let summary = "The elements along `axes` combined; the neutral element of an empty set";
  let description = [{
    Axes are sorted and not negative. max and min give NaN if an element is NaN.
    The order of combination is not defined.
  }];
  let arguments = (ins AnyRankedTensor:$x, Tn_CombinerAttr:$combiner,
                       DenseI64ArrayAttr:$axes);
  let results = (outs AnyRankedTensor:$result);
  let hasFolder = 1;
}
def Tn_ArgReduceOp : Tn_PureOp<"arg_reduce", "reduction",
    [DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let summary = "The index (i64) of the largest or smallest element along `axis`";
  let arguments = (ins AnyRankedTensor:$x, I64Attr:$axis, BoolAttr:$largest,
                       BoolAttr:$select_last);
  let results = (outs AnyRankedTensor:$result);
}

#endif // TENON_DIALECT_TN_REDUCTIONOPS
