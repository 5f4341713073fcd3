// RUN: tenon-opt %s --tn-unroll-hot-loops | FileCheck %s
// RUN: tenon-opt %s --tn-unroll-hot-loops --remark-format=emitRemark --remarks-filter=graph -mlir-print-debuginfo -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// CHECK-LABEL: func.func @rounds
// CHECK-NOT: tn.loop
// CHECK: %[[I0:.*]] = tn.constant dense<0> : tensor<i64>
// CHECK: %[[A:.*]] = tn.mul %arg0, %arg1
// CHECK: %[[P0:.*]] = tn.cast %[[I0]]
// CHECK: %[[I1:.*]] = tn.constant dense<1> : tensor<i64>
// CHECK: %[[B:.*]] = tn.mul %[[A]], %arg1
// CHECK: %[[P1:.*]] = tn.cast %[[I1]]
// Backwards: the last round comes first.
// CHECK-DAG: %[[B1:.*]] = tn.reshape %[[B]] : (tensor<4xf32>) -> tensor<4x1xf32>
// CHECK-DAG: %[[A1:.*]] = tn.reshape %[[A]] : (tensor<4xf32>) -> tensor<4x1xf32>
// CHECK-DAG: tn.concat %[[B1]], %[[A1]] {axis = 1 : i64}
// CHECK-DAG: %[[R0:.*]] = tn.reshape %[[P0]] : (tensor<f32>) -> tensor<1xf32>
// CHECK-DAG: %[[R1:.*]] = tn.reshape %[[P1]] : (tensor<f32>) -> tensor<1xf32>
// CHECK-DAG: tn.concat %[[R0]], %[[R1]] {axis = 0 : i64}
// CHECK: return %[[B]]
// REMARK: loc("twice"): [Passed] Unrolled | Category:graph | Ops=2, Rounds=2
func.func @rounds(%x: tensor<4xf32>, %w: tensor<4xf32>) -> (tensor<4xf32>, tensor<4x2xf32>, tensor<2xf32>) {
  %n = tn.constant dense<2> : tensor<i64>
  %0:3 = tn.loop count %n : tensor<i64> (%x) attributes {scan_axes = array<i64: 1, 0>, scan_reverse = array<i1: true, false>}
      : (tensor<4xf32>) -> (tensor<4xf32>, tensor<4x2xf32>, tensor<2xf32>) {
  ^bb0(%i: tensor<i64>, %go: tensor<i1>, %a: tensor<4xf32>):
    %1 = tn.mul %a, %w : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    %2 = tn.cast %i : (tensor<i64>) -> tensor<f32>
    tn.yield %go, %1, %1, %2 : tensor<i1>, tensor<4xf32>, tensor<4xf32>, tensor<f32>
  } loc("twice")
  return %0#0, %0#1, %0#2 : tensor<4xf32>, tensor<4x2xf32>, tensor<2xf32>
}

// The inner loop goes first; the outer one is what the budget refuses then.
// CHECK-LABEL: func.func @nested
// CHECK: tn.loop
// CHECK-COUNT-30: tn.mul
// CHECK-NOT: tn.mul
// REMARK: loc("inner"): [Passed] Unrolled | Category:graph | Ops=1, Rounds=30
// REMARK: loc("outer"): [Missed] NotUnrolled | Category:graph | Ops=30, Reason="it would add too many ops"
func.func @nested(%x: tensor<4xf32>) -> tensor<4xf32> {
  %n = tn.constant dense<30> : tensor<i64>
  %true = tn.constant dense<true> : tensor<i1>
  %0 = tn.loop count %n : tensor<i64> while %true : tensor<i1> (%x) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%i: tensor<i64>, %go: tensor<i1>, %a: tensor<4xf32>):
    %1 = tn.loop count %n : tensor<i64> (%a) : (tensor<4xf32>) -> tensor<4xf32> {
    ^bb0(%k: tensor<i64>, %more: tensor<i1>, %b: tensor<4xf32>):
      %2 = tn.mul %b, %x : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
      tn.yield %more, %2 : tensor<i1>, tensor<4xf32>
    } loc("inner")
    tn.yield %true, %1 : tensor<i1>, tensor<4xf32>
  } loc("outer")
  return %0 : tensor<4xf32>
}

// CHECK-LABEL: func.func @unknown
// CHECK-COUNT-3: tn.loop
// REMARK: loc("condition"): [Missed] NotUnrolled | Category:graph | Ops=0, Reason="the number of rounds or a size is known at run time only"
// REMARK: loc("count"): [Missed] NotUnrolled
// REMARK: loc("none"): [Missed] NotUnrolled | Category:graph | Ops=0, Reason="it runs no round"
func.func @unknown(%n: tensor<i64>, %c: tensor<i1>, %x: tensor<4xf32>) -> tensor<4xf32> {
  %one = tn.constant dense<1> : tensor<i64>
  %zero = tn.constant dense<0> : tensor<i64>
  %0 = tn.loop count %one : tensor<i64> while %c : tensor<i1> (%x) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%i: tensor<i64>, %go: tensor<i1>, %a: tensor<4xf32>):
    tn.yield %go, %a : tensor<i1>, tensor<4xf32>
  } loc("condition")
  %1 = tn.loop count %n : tensor<i64> (%0) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%i: tensor<i64>, %go: tensor<i1>, %a: tensor<4xf32>):
    tn.yield %go, %a : tensor<i1>, tensor<4xf32>
  } loc("count")
  %2 = tn.loop count %zero : tensor<i64> (%1) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%i: tensor<i64>, %go: tensor<i1>, %a: tensor<4xf32>):
    tn.yield %go, %a : tensor<i1>, tensor<4xf32>
  } loc("none")
  return %2 : tensor<4xf32>
}
