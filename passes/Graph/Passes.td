//===- Passes.td - The passes of the graph phase ----------------*- tablegen -*-===//
//
// Order in which the pipeline runs them: see Passes.cpp.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_GRAPH_PASSES
#define TENON_PASSES_GRAPH_PASSES

include "mlir/Pass/PassBase.td"

def InlineHotFunctionsPass : Pass<"tn-inline-hot-functions", "::mlir::ModuleOp"> {
  let summary = "Inlines calls by how often they run against the code they add";
  let description = [{
    A call keeps kernels from crossing its border and costs a few launches; a
    copy of the function's body costs code. Always inlined: what is called once,
    what binds sizes, what takes weights, what is as small as a call. Of the
    others those that save the most per op of code, until the code has grown by
    a tenth. How often a call runs comes from a profile (`tenon run --profile`),
    else from trip counts. Each decision leaves a remark with its reason.

    Separate from MLIR's inliner, which looks at one call at a time and knows
    neither frequencies nor a limit for the whole module.

    Post-condition: functions that nobody calls are gone.
  }];
  let options = [
    Option<"profilePath", "profile", "std::string", "\"\"",
           "a profile to weigh calls by">,
    Option<"onlyNecessary", "only-necessary", "bool", "false",
           "keep every call that can be one">
  ];
  let dependentDialects = ["::tenon::tn::TnDialect"];
}

def UnrollHotLoopsPass : Pass<"tn-unroll-hot-loops", "::mlir::ModuleOp"> {
  let summary = "Loops of few rounds become straight-line code";
  let description = [{
    A round of a loop costs launches of its own, values that are carried, and a
    copy per scan output. Where the number of rounds is a constant, all of them
    run and sizes stay the same, the rounds are put one after another if that
    adds few ops; more where a profile shows the loop to be hot, none where it is
    cold. Scan outputs become a concat.

    Separate from inlining: trip counts become constants by canonicalization.
    Before the passes that fold and move, which then see all rounds.

    Before:  %2 = tn.loop count 2 (%x) { ^bb0(%i, %go, %a): %1 = tn.mul %a, %w }
    After:   %1 = tn.mul %x, %w ; %2 = tn.mul %1, %w
  }];
  let dependentDialects = ["::tenon::tn::TnDialect"];
}

def SinkTransposesPass : Pass<"tn-sink-transposes"> {
  let summary = "Moves transposes towards the results, where they cancel";
  let description = [{
    Convolutions and pools are channels-last, wrapped in transposes by the
    importer. A transpose moves below an op that can work on the permuted dims
    (elementwise, reduce, concat, slice, pad, gather along one axis) if nothing
    else has to be transposed for it but constants and values whose transpose
    is a reshape. Two transposes that meet fold into one or none.

    Separate from canonicalization, because it is a direction, not a
    simplification.

    Before:  %1 = tn.transpose %0 [0, 3, 1, 2] ; %2 = tn.exp %1
    After:   %1 = tn.exp %0 ; %2 = tn.transpose %1 [0, 3, 1, 2]
  }];
  let dependentDialects = ["::tenon::tn::TnDialect"];
}

def FoldAffinePass : Pass<"tn-fold-affine"> {
  let summary = "Scales and shifts of channels around a convolution or product become part of its weight";
  let description = [{
    Batch normalization and factors per channel, after a convolution or matmul
    or before it, with a constant weight of f32 that nothing else reads: the
    factors scale the weight, the shifts are one that is added to the result.
    A shift before a convolution is folded only if that reads no padding.
    Quantized operands are left alone. tn-fold-constants computes the weight.

    Pre-condition: transposes have sunk, so that channels are last.

    Before:  %1 = tn.conv %x, %w ; %2 = tn.sub %1, %m ; %3 = tn.mul %2, %s
    After:   %w1 = tn.mul %w, %s ; %1 = tn.conv %x, %w1 ; %3 = tn.add %1, -%m * %s
  }];
  let dependentDialects = ["::tenon::tn::TnDialect"];
}

def UnfoldConvTransposePass : Pass<"tn-unfold-conv-transpose"> {
  let summary = "A conv_transpose whose windows do not overlap becomes a matmul";
  let description = [{
    With strides equal to the kernel and nothing cut off, an element of x times
    the weight is a window of the result: a product, then a transpose that
    interleaves windows. Separate, because it adds movements, which
    tn-sink-transposes and tn-fold-weight-layouts then move and fold.
  }];
  let dependentDialects = ["::tenon::tn::TnDialect"];
}

def FoldWeightLayoutsPass : Pass<"tn-fold-weight-layouts"> {
  let summary = "Transposes and reshapes of weights become part of the weight";
  let description = [{
    A transpose becomes the permutation that is applied when the artifact is
    written, a reshape or unpack another type for the same bytes. Separate, because it
    must run after the last pass that makes such movements and before fusions
    are formed: kernels read packed weights only of a `tn.weight`.
  }];
  let dependentDialects = ["::tenon::tn::TnDialect"];
}

def RecognizeAttentionPass : Pass<"tn-recognize-attention"> {
  let summary = "softmax(q k^T * scale + mask) v becomes one op";
  let description = [{
    Products, factors, a mask and a softmax over four dims of f32, as exporters
    write them, become a `tn.attention`, which needs no scores in memory; with it
    go heads of keys that are repeated for several of queries. (Transposes of
    heads join it by canonicalization.) Nothing of it may be used elsewhere. A remark says
    why something that ends like attention is none.

    Pre-condition: constants are folded, so that factors are constants.
  }];
  let dependentDialects = ["::tenon::tn::TnDialect"];
}

def EliminateDeadNodesPass : Pass<"tn-eliminate-dead-nodes"> {
  let summary = "Removes ops that no result depends on";
  let description = [{
    Reverse reachability from the results of public functions (Reachability.h):
    an op stays if a result, a check, a binding of a used symbol or an op with
    side effects depends on it. Also removed: results of tn.if and tn.loop that
    nobody uses, with what their regions compute for them; carried values of
    which neither the result nor the argument is used; arguments and results of
    private functions. One remark per function says how much and names the first
    nodes.

    Linear in the number of ops. Blocks are in the order in which the importer
    put the nodes (Kahn's), so what is dead is erased from the end. Separate from
    canonicalization, which removes chains one op at a time, cannot see that a
    carried value only feeds itself, and says nothing.
  }];
}

def InferSymbolicShapesPass : Pass<"tn-infer-symbolic-shapes"> {
  let summary = "Recomputes result types from operand types, simplified by the facts";
  let description = [{
    Walks ops in order; each op that infers its types gets them again, and every
    size is simplified under the module's facts (`tn.facts`). Separate, because
    other passes may change types in one place only.

    Post-condition: the same size has the same expression everywhere.
  }];
  let dependentDialects = ["::tenon::tn::TnDialect"];
}

def FormIntegerProductsPass : Pass<"tn-form-integer-products"> {
  let summary = "Products of quantized values become products of bytes";
  let description = [{
    A matmul or pointwise convolution of a quantized value (8 bits, one constant
    scale and zero) with a quantized constant (i8, zero 0, scales per column)
    sums integers as i32: exact, a fourth of the bytes, four products per lane.
    The left zero becomes a correction per column. A remark says why a product
    of two quantized values is left alone.

    Separate and before tn-keep-weights-narrow and tn-fold-constants, which would
    make floats of the weights; after transposes have sunk.

    Before:  tn.matmul (cast %a - %za) * %sa, (cast %b) * %sb
    After:   %0 = tn.matmul %a, %b {accumulator = i32}
             (cast (%0 - %za * reduce %b)) * (%sa * %sb)
  }];
  let dependentDialects = ["::tenon::tn::TnDialect"];
}

def KeepWeightsNarrowPass : Pass<"tn-keep-weights-narrow"> {
  let summary = "Quantized weights of products become tn.dequantize, which is not folded";
  let description = [{
    A product with few rows takes as long as reading its weight: 8 or 4 bits an
    element are read in a fourth or an eighth of the time. The dequantization of
    a large constant matrix that products read on the right becomes one
    `tn.dequantize` next to them, transposes of it move to the integers.
    Separate and before tn-fold-constants, which would compute the floats.

    Before:  %1 = tn.cast %w ; %2 = tn.sub %1, %z ; %3 = tn.mul %2, %s
             %4 = tn.transpose %3 ; tn.matmul %x, %4
    After:   %1 = tn.transpose %w ; %2 = tn.dequantize %1, %s, %z
             tn.matmul %x, %2
  }];
  let dependentDialects = ["::tenon::tn::TnDialect"];
}

def FoldConstantsPass : Pass<"tn-fold-constants"> {
  let summary = "Computes what depends on constants only, by compiling and running it";
  let description = [{
    All maximal subgraphs of constants and small weights become one function
    that is compiled for the host and run once, so there is no second
    implementation of any op's meaning. Left alone: results much larger than
    their operands, movements of weights that a later pass folds into their
    layout, and the dequantization of weights that stay narrow.

    Pre-condition: a ConstantEvaluator is set (tools without one skip the pass).
  }];
  let dependentDialects = ["::tenon::tn::TnDialect"];
}

#endif // TENON_PASSES_GRAPH_PASSES
