//===- TnOpBase.td - Base classes of tn ops ---------------------*- tablegen -*-===//

#ifndef TENON_DIALECT_TN_TNOPBASE
#define TENON_DIALECT_TN_TNOPBASE

include "tenon/Dialect/Tn/TnBase.td"
include "tenon/Dialect/Tn/TnInterfaces.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

/// Every dynamic dim of an operand, a result or a block argument carries its
/// expression. First of all traits: what follows may call shapeOf.
def Tn_SymbolicTypes : NativeOpTrait<"SymbolicTypes"> {
  let cppNamespace = "::tenon::tn";
}

/// Any op of the dialect: `%r = tn.op %a, %b {attrs} : (types) -> types`.
class Tn_Op<string opMnemonic, list<Trait> traits = []>
    : Op<Tn_Dialect, opMnemonic, [Tn_SymbolicTypes] # traits> {
  let assemblyFormat = "operands attr-dict `:` functional-type(operands, results)";
}

/// An op with a fixed role.
class Tn_RoleOp<string opMnemonic, string role, list<Trait> traits = []>
    : Tn_Op<opMnemonic, traits # [
        DeclareOpInterfaceMethods<Tn_FusionRoleOpInterface>]> {
  code roleDefinition = [{
    ::tenon::tn::FusionRole $cppClass::getFusionRole() {
      return ::tenon::tn::FusionRole::}] # role # [{;
    }
  }];
  let extraClassDefinition = roleDefinition;
}

/// An op that a kernel can compute.
class Tn_PureOp<string opMnemonic, string role, list<Trait> traits = []>
    : Tn_RoleOp<opMnemonic, role, traits # [Pure,
        DeclareOpInterfaceMethods<Tn_CostOpInterface>]> {
  code flopsDefinition = "";
  let extraClassDefinition = roleDefinition # flopsDefinition;
}

#endif // TENON_DIALECT_TN_TNOPBASE
