//===- Passes.td - The passes of the schedule phase -------------*- tablegen -*-===//

#ifndef TENON_PASSES_SCHEDULE_PASSES
#define TENON_PASSES_SCHEDULE_PASSES

include "mlir/Pass/PassBase.td"

def ScheduleFusionsPass : Pass<"tn-schedule-fusions"> {
  let summary = "Decides hero, lanes and tile of every fusion";
  let description = [{
    Writes a `#tn.schedule` on each `tn.fusion` that has none; one that is there
    (written by hand, or read from a tuning file) stays. The only pass that
    decides how a kernel looks; emitters read the attribute.

    Pre-condition: fusions are formed. Post-condition: each has a schedule.
  }];
  let options = [
    Option<"target", "target", "std::string", "\"x86-64-v4\"",
           "name of a target, or a file that describes one">
  ];
}

def PackWeightsPass : Pass<"tn-pack-weights"> {
  let summary = "Gives weights of matmul and conv kernels their blocked layout";
  let description = [{
    A weight that only fusions with hero matmul or conv use as their right
    operand is replaced by one with a `pack` attribute, as the schedule says;
    the bytes are rearranged when the artifact is written. Transposes and
    reshapes of weights fold into the same attribute before.

    Pre-condition: fusions are scheduled.
  }];
}

def BatchFusionsPass : Pass<"tn-batch-fusions"> {
  let summary = "Independent kernels that read from one producer share a launch";
  let description = [{
    Horizontal fusion: sibling projections (Q, K and V; gate and up), the
    branches of an inception block, small updates of several states. They become
    parts of one `tn.fusion` with hero batch; each keeps its schedule. Saves
    launches and the idle time at their ends; the shared operand is in cache.
    Kernels are siblings if they read results of one op or the same argument,
    directly or through views, and no path leads from one to the other.

    Pre-condition: fusions are scheduled, weights packed.

    Before:  %q = tn.fusion(%x, %wq) schedule<matmul> { ... }
             %k = tn.fusion(%x, %wk) schedule<matmul> { ... }
    After:   %q, %k = tn.fusion(%x, %wq, %wk) schedule<batch> {
               tn.fusion schedule<matmul> { ... }
               tn.fusion schedule<matmul> { ... } }
  }];
}

#endif // TENON_PASSES_SCHEDULE_PASSES
