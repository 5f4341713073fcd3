//===- Passes.td - The passes of the fusion phase ---------------*- tablegen -*-===//

#ifndef TENON_PASSES_FUSION_PASSES
#define TENON_PASSES_FUSION_PASSES

include "mlir/Pass/PassBase.td"

def FormFusionsPass : Pass<"tn-form-fusions"> {
  let summary = "Partitions every block into fusions: one fusion, one kernel";
  let description = [{
    Walks a block backwards; an op joins the group of its users if they are all
    in one group and the group can compute it in place: elementwise chains,
    cheap movements, reductions with what leads to and follows from them, and
    what follows a contraction. Linear in the number of ops; a group has one
    op that is used outside, so no cycle can arise.

    Post-condition: outside of `tn.fusion` there are only views (reshape), host
    values and control flow.

    Before:  %0 = tn.sigmoid %x ; %1 = tn.add %0, %y
    After:   %1 = tn.fusion (%x, %y) { sigmoid; add; yield }
  }];
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
