//===- MovementOps.td - Elements chosen by index ----------------*- tablegen -*-===//
//
// Not here, because the importer writes them with these: squeeze, unsqueeze,
// flatten (reshape); tile, expand (reshape, broadcast); depth_to_space
// (reshape, transpose); split (slices); trilu, eye, one_hot (iota, compare).
//
//===----------------------------------------------------------------------===//

#ifndef TENON_DIALECT_TN_MOVEMENTOPS
#define TENON_DIALECT_TN_MOVEMENTOPS

include "tenon/Dialect/Tn/TnOpBase.td"

class Tn_Movement<string opMnemonic, string text, string role = "movement",
                  list<Trait> traits = []>
    : Tn_PureOp<opMnemonic, role, traits> {
  let summary = text;
  let results = (outs AnyRankedTensor:$result);
  let hasVerifier = 1;
  let flopsDefinition = [{
    ::tenon::tn::ExprAttr $cppClass::getFlops() {
      return constantExpr(getContext(), 0);
    }
  }];
}

def Tn_TransposeOp : Tn_Movement<"transpose",
    "result[i...] = x[j...] where result dim k is x dim permutation[k]", "movement",
    [DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let arguments = (ins AnyRankedTensor:$x, DenseI64ArrayAttr:$permutation);
  let hasVerifier = 0;
  let hasFolder = 1;
  let hasCanonicalizer = 1;
}
def Tn_ReshapeOp : Tn_Movement<"reshape",
    "The same elements in row-major order with the result type's dims", "view"> {
  let arguments = (ins AnyRankedTensor:$x);
  let hasFolder = 1;
}
def Tn_UnpackOp : Tn_Movement<"unpack",
    "Bytes as pairs of 4-bit integers along the last dim, the one in the low bits first"> {
  let arguments = (ins RankedTensorOf<[UI8]>:$x);
}
def Tn_BroadcastOp : Tn_Movement<"broadcast",
    "numpy broadcast of x to the result type's dims"> {
  let arguments = (ins AnyRankedTensor:$x);
  let hasFolder = 1;
}
def Tn_SliceOp : Tn_Movement<"slice",
    "result[i...] = x[starts + i*steps ...]; the result type gives the sizes"> {
  let description = [{
    `starts[d]` is within the dim (not negative); a step may be negative. The
    importer clamps; `starts[d] + (size[d]-1)*steps[d]` is inside the operand.
  }];
  let arguments = (ins AnyRankedTensor:$x, Tn_ShapeAttr:$starts,
                       DenseI64ArrayAttr:$steps);
  let hasFolder = 1;
}
def Tn_PadOp : Tn_Movement<"pad",
    "result[i...] = x[i - low ...], outside of x what `mode` says"> {
  let description = [{
    `low` >= 0; what is added after each dim follows from the result type.
    `value` (one element) is used by mode constant.
  }];
  let arguments = (ins AnyRankedTensor:$x, AnyRankedTensor:$value,
                       Tn_ShapeAttr:$low, Tn_PadModeAttr:$mode);
  let hasFolder = 1;
}
def Tn_ConcatOp : Tn_Movement<"concat", "The operands one after another along `axis`",
    "movement", [DeclareOpInterfaceMethods<InferTypeOpInterface>]> {
  let arguments = (ins Variadic<AnyRankedTensor>:$inputs, I64Attr:$axis);
  let hasVerifier = 0;
  let hasFolder = 1;
}
def Tn_IotaOp : Tn_Movement<"iota", "result[i...] = i along `axis`, as the element type"> {
  let arguments = (ins I64Attr:$axis);
}

#endif // TENON_DIALECT_TN_MOVEMENTOPS
