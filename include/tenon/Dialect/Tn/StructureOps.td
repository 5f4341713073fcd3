//===- StructureOps.td - Constants, host ops, regions -----------*- tablegen -*-===//

#ifndef TENON_DIALECT_TN_STRUCTUREOPS
#define TENON_DIALECT_TN_STRUCTUREOPS

include "tenon/Dialect/Tn/TnOpBase.td"
include "mlir/Interfaces/ControlFlowInterfaces.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/IR/SymbolInterfaces.td"
include "mlir/IR/RegionKindInterface.td"

def Tn_ConstantOp : Tn_RoleOp<"constant", "host", [Pure, ConstantLike,
    AllTypesMatch<["value", "result"]>]> {
  let summary = "A small constant, or the result of constant folding (a resource)";
  let arguments = (ins ElementsAttr:$value);
  let results = (outs AnyRankedTensor:$result);
  let hasFolder = 1;
  let assemblyFormat = "attr-dict $value";
}

def Tn_DataOp : Tn_Op<"data", [Symbol]> {
  let summary = "A weight's bytes: a place in a file, or a constant that was computed";
  let arguments = (ins SymbolNameAttr:$sym_name,
                       OptionalAttr<Tn_FileDataAttr>:$source,
                       OptionalAttr<ElementsAttr>:$value, TypeAttr:$type);
  let assemblyFormat = "$sym_name (`=` $source^)? `:` $type attr-dict";
  let hasVerifier = 1;
}

def Tn_WeightOp : Tn_RoleOp<"weight", "host", [Pure,
    DeclareOpInterfaceMethods<SymbolUserOpInterface>]> {
  let summary = "A weight by name; with `pack`, in a blocked layout that is written once into the artifact";
  let description = [{
    `permutation` reorders the axes of the data before anything else: a
    transpose folded into the weight. The result type is what consumers see.
  }];
  let arguments = (ins FlatSymbolRefAttr:$data,
                       OptionalAttr<DenseI64ArrayAttr>:$permutation,
                       OptionalAttr<Tn_PackAttr>:$pack);
  let results = (outs AnyRankedTensor:$result);
  let assemblyFormat = "$data attr-dict `:` type($result)";
}

def Tn_ExprOp : Tn_RoleOp<"expr", "host", [Pure]> {
  let summary = "Expressions of sizes as an integer tensor, row-major (ONNX Shape and what is computed from it)";
  let description = [{
    Not ConstantLike: constants are hoisted to the start of the function, where
    a symbol of a later tn.bind or of a surrounding loop has no value yet.
  }];
  let arguments = (ins Tn_ShapeAttr:$values);
  let results = (outs AnyRankedTensor:$result);
  let hasFolder = 1;
  let hasVerifier = 1;
  let assemblyFormat = "$values attr-dict `:` type($result)";
}

def Tn_BindOp : Tn_RoleOp<"bind", "host"> {
  let summary = "Binds fresh symbols to the elements of an integer tensor at run time";
  let description = [{
    The host program reads `values`; element i becomes symbol `symbols[i]`,
    which may be used by every op after this one in its block and in regions
    below. A negative value is an error.
  }];
  let arguments = (ins AnyRankedTensor:$values, StrArrayAttr:$symbols);
  let assemblyFormat = "$values $symbols attr-dict `:` type($values)";
  let hasVerifier = 1;
}

def Tn_CheckOp : Tn_RoleOp<"check", "host"> {
  let summary = "Ends the run with an error unless a condition holds";
  let arguments = (ins AnyRankedTensor:$condition, StrAttr:$message);
  let assemblyFormat = "$condition `,` $message attr-dict `:` type($condition)";
  let hasVerifier = 1;
  let hasCanonicalizeMethod = 1;
}

def Tn_YieldOp : Tn_Op<"yield", [Pure, Terminator, ReturnLike]> {
  let summary = "The results of a region";
  let arguments = (ins Variadic<AnyRankedTensor>:$values);
  let assemblyFormat = "attr-dict ($values^ `:` type($values))?";
  let builders = [OpBuilder<(ins), [{ }]>];
}

def Tn_FusionOp : Tn_RoleOp<"fusion", "host", [IsolatedFromAbove, SingleBlock, Pure]> {
  let summary = "A region of ops that becomes one kernel";
  let arguments = (ins Variadic<AnyRankedTensor>:$inputs,
                       OptionalAttr<Tn_ScheduleAttr>:$schedule);
  let results = (outs Variadic<AnyRankedTensor>:$outputs);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    `(` $inputs `)` (`schedule` $schedule^)? attr-dict-with-keyword `:`
        functional-type($inputs, $outputs) $body
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    ::tenon::tn::YieldOp getYield();
  }];
}

/// What such an op binds may be used when no result is: it has an effect then,
/// which keeps passes that know nothing of symbols from erasing it.
class Tn_BindingOp<string mnemonic, list<Trait> traits>
    : Tn_RoleOp<mnemonic, "host", traits # [SingleBlock, RecursiveMemoryEffects,
          DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]>;

def Tn_IfOp : Tn_BindingOp<"if", [NoRegionArguments]> {
  let summary = "The results of one of two regions (ONNX If); values of outer regions are visible";
  let description = [{
    A result dim that differs between the branches is a fresh symbol, listed in
    `symbols`, bound to the size that the taken branch yields.
  }];
  let arguments = (ins AnyRankedTensor:$condition,
                       DefaultValuedAttr<StrArrayAttr, "{}">:$symbols);
  let results = (outs Variadic<AnyRankedTensor>:$outputs);
  let regions = (region SizedRegion<1>:$then_region, SizedRegion<1>:$else_region);
  let assemblyFormat = [{
    $condition attr-dict-with-keyword `:` functional-type($condition, $outputs)
        $then_region `else` $else_region
  }];
  let hasVerifier = 1;
}

def Tn_LoopOp : Tn_BindingOp<"loop", [AttrSizedOperandSegments]> {
  let summary = "ONNX Loop and Scan: at most `trip_count` rounds while the condition holds";
  let description = [{
    Body arguments: the round (i64 scalar), the condition (i1 scalar), then the
    carried values. Body yields: the next condition, the next carried values,
    then one value per scan output. Results: the last carried values, then the
    scan outputs: the yielded values stacked along a new first dim (along
    `scan_axes[i]`, backwards if `scan_reverse[i]`; empty lists mean 0 and false).

    A dim of a carried value that may change from round to round is a fresh
    symbol in the type of the body argument and of the result; the dims of the
    body argument's symbols are bound anew each round. `symbols` lists all
    fresh symbols of arguments and results. Values of outer regions are visible.
  }];
  let arguments = (ins Optional<AnyRankedTensor>:$trip_count,
                       Optional<AnyRankedTensor>:$condition,
                       Variadic<AnyRankedTensor>:$carried,
                       DefaultValuedAttr<StrArrayAttr, "{}">:$symbols,
                       DefaultValuedAttr<DenseI64ArrayAttr, "{}">:$scan_axes,
                       DefaultValuedAttr<DenseBoolArrayAttr, "{}">:$scan_reverse);
  let results = (outs Variadic<AnyRankedTensor>:$outputs);
  let regions = (region SizedRegion<1>:$body);
  let assemblyFormat = [{
    (`count` $trip_count^ `:` type($trip_count))?
    (`while` $condition^ `:` type($condition))?
    `(` $carried `)` attr-dict-with-keyword `:` functional-type($carried, $outputs) $body
  }];
  let extraClassDeclaration = [{
    /// Whether all `trip_count` rounds run: no condition can end the loop.
    bool runsAllRounds();
  }];
  let hasVerifier = 1;
}

#endif // TENON_DIALECT_TN_STRUCTUREOPS
