//===- Passes.td - The passes of the fusion phase ---------------*- tablegen -*-===//

#ifndef TENON_PASSES_FUSION_PASSES
#define TENON_PASSES_FUSION_PASSES

include "mlir/Pass/PassBase.td"

def FormFusionsPass : Pass<"tn-form-fusions"> {
  let summary = "Partitions every block into fusions: one fusion, one kernel";
  let description = [{
    Three steps, each linear in the number of ops:
    1. vertical: backwards, an op joins the group of its users if they are all
       in one group and its kernel can compute it in place: elementwise chains,
       movements, reductions with what leads to and follows from them, what
       follows a contraction;
    2. a producer that several kernels read is computed by one of them and
       becomes a further result;
    3. siblings: kernels that read the same value and walk the same domain.
    Steps 2 and 3 search for a path between the groups first, so that no cycle
    arises. What is not fused leaves a remark with the reason.

    Post-condition: outside of `tn.fusion` there are only views (reshape), host
    values and control flow.

    Before:  %0 = tn.sigmoid %x ; %1 = tn.add %0, %y
    After:   %1 = tn.fusion (%x, %y) { sigmoid; add; yield }
  }];
  let options = [
    Option<"groups", "groups", "bool", "true",
           "false: each op is a fusion of its own">
  ];
}

def CollapseDimsPass : Pass<"tn-collapse-dims"> {
  let summary = "Merges dims of a fusion that every value in it has alike";
  let description = [{
    Adjacent dims that are for each value either both whole or both 1 are walked
    as one dim: elementwise work on equal shapes becomes one flat loop. Separate
    from fusing, because it needs the final region. Operands and results are
    reshaped around the fusion, which costs nothing.

    Pre-condition: fusions are formed. Changes fusions of elementwise ops and
    reductions only.
  }];
}

#endif // TENON_PASSES_FUSION_PASSES
