//===- Passes.td - The plan phase -------------------------------*- tablegen -*-===//

#ifndef TENON_PASSES_PLAN_PASSES
#define TENON_PASSES_PLAN_PASSES

include "mlir/Pass/PassBase.td"

def PlanMemory : Pass<"tn-plan-memory", "::mlir::ModuleOp"> {
  let summary = "Decides where every value of the host program lies in memory";
  let description = [{
    What: liveness over the order of the host ops; then one placement per
    result: in the weights (equal constants and weights share a place), in an
    arena slot, in the buffer of a function result, on the heap, or the memory
    of another value. An elementwise kernel writes over an input that dies with
    it. If all slots have static sizes they are packed here, else the runtime
    packs them once per distinct sizes.

    Why separate: the decision can be read, tested and edited by hand; the
    emission of the host program only reads it.

    Pre: functions consist of tn.fusion, tn.reshape, tn.constant, tn.weight,
    tn.expr, tn.bind, tn.if, tn.loop, tn.yield, func.call, func.return; anything
    else is an error that names it. Post: each of them has the attribute `place` (see
    Placement.h), the function has `tn.arena`, with steps of the host program
    (both included) and, if all is static, offsets and `tn.arena_bytes`.

    ```mlir
    %0 = tn.fusion(%arg0) : (tensor<64xf32>) -> tensor<64xf32> { ... }
    %1 = tn.fusion(%0) : (tensor<64xf32>) -> tensor<64xf32> { ... }
    // becomes
    %0 = tn.fusion(%arg0) attributes {place = [ {arena = 0} ] } ...
    %1 = tn.fusion(%0) attributes {place = [ {output = 0} ] } ...
    ```
  }];
  let dependentDialects = ["::tenon::tn::TnDialect"];
}

def EmitHost : Pass<"tn-emit-host", "::mlir::ModuleOp"> {
  let summary = "Replaces every planned function by its host program";
  let description = [{
    What: each public function becomes an `llvm.func` of the same name with the
    signature tn_host_fn of the runtime ABI, by plan::emitHostProgram; beside it
    the functions that it calls.

    Why separate: the driver calls emitHostProgram, which also tells what the
    artifact's table says; this pass shows its code.

    Pre: --tn-plan-memory. Post: only llvm ops.

    ```mlir
    func.func @main(%x: tensor<64xf32>) -> tensor<64xf32> { ... }
    // becomes
    llvm.func @main(%api: !llvm.ptr, %exec: !llvm.ptr, %inputs: !llvm.ptr,
                    %symbols: !llvm.ptr, %weights: !llvm.ptr) -> i32 { ... }
    ```
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect",
                           "::tenon::tn::TnDialect"];
}

#endif // TENON_PASSES_PLAN_PASSES
