//===- Passes.td - The passes of the codegen phase ---------*- tablegen -*-===//

#ifndef TENON_PASSES_CODEGEN_PASSES
#define TENON_PASSES_CODEGEN_PASSES

include "mlir/Pass/PassBase.td"

def CheckLoweredPass : Pass<"tn-check-lowered"> {
  let summary = "Fails if an op is left that is not of the LLVM dialect";
  let description = [{
    The last pass of `tn-lower-to-llvm`. Separate from the conversion, because
    that one is partial: it skips what it has no pattern for (for example
    `vector.create_mask`, `vector.transfer_read`).

    Post-condition: only modules and llvm ops.
  }];
}

#endif // TENON_PASSES_CODEGEN_PASSES
