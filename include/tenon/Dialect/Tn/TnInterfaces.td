//===- TnInterfaces.td - What passes may ask of an op -----------*- tablegen -*-===//

#ifndef TENON_DIALECT_TN_TNINTERFACES
#define TENON_DIALECT_TN_TNINTERFACES

include "mlir/IR/OpBase.td"

def Tn_FusionRoleOpInterface : OpInterface<"FusionRoleOpInterface"> {
  let description = [{
    How an op takes part in a fusion. Asked by the fusion passes; says nothing
    about profit.

    - `elementwise`: one output element needs the same element of each operand
      (after broadcasting);
    - `movement`: one output element is one element of an operand, or a
      constant, chosen by index;
    - `view`: as movement, and the bytes stay where they are (reshape);
    - `reduction`, `contraction`, `window`: one output element needs many;
    - `opaque`: has a kernel of its own;
    - `host`: runs in the host program, never in a kernel.
  }];
  let cppNamespace = "::tenon::tn";
  let methods = [
    InterfaceMethod<"The role of this op.", "::tenon::tn::FusionRole",
                    "getFusionRole">
  ];
}

def Tn_ScalarBodyOpInterface : OpInterface<"ScalarBodyOpInterface"> {
  let description = [{
    How one element is computed from the same element of each operand. The one
    lowering of all elementwise ops, on every target. Operands and result are
    scalars or vectors of lanes, all alike, in the compute type of their
    element type (f32 for f16, bf16 and 8-bit floats).
  }];
  let cppNamespace = "::tenon::tn";
  let methods = [
    InterfaceMethod<"Emits the computation of one element.", "::mlir::Value",
                    "emitScalar", (ins "::tenon::tn::BodyBuilder &":$b,
                                       "::mlir::ValueRange":$operands)>
  ];
}

def Tn_CostOpInterface : OpInterface<"CostOpInterface"> {
  let description = [{
    What an op costs if it runs alone: floating-point or integer operations.
    Bytes follow from its operand and result types.
  }];
  let cppNamespace = "::tenon::tn";
  let methods = [
    InterfaceMethod<"Operations, as an expression of the symbols.",
                    "::tenon::tn::ExprAttr", "getFlops">
  ];
}

def Tn_ElementOpInterface : OpInterface<"ElementOpInterface"> {
  let description = [{
    The value of one element of a result at an index, or of a vector of lanes of
    them, for ops that are not elementwise: movements, gathers, windows,
    reductions. Attached to ops by the code generator (external models); graph
    passes never see it.
  }];
  let cppNamespace = "::tenon::tn";
  let methods = [
    InterfaceMethod<"The element at `index`, a scalar if alike in all lanes.",
                    "::mlir::Value", "emitElement",
                    (ins "::tenon::codegen::ElementEmitter &":$emitter,
                         "::llvm::ArrayRef<::tenon::codegen::LaneIndex>":$index)>
  ];
}

#endif // TENON_DIALECT_TN_TNINTERFACES
