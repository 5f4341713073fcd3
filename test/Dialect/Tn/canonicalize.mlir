// RUN: tenon-opt %s --canonicalize | FileCheck %s

!nx4 = tensor<?x4xf32, #tn.shape<[n, 4]>>
!x4n = tensor<4x?xf32, #tn.shape<[4, n]>>

// CHECK-LABEL: @transpose_identity
// CHECK-SAME: (%[[X:[a-z0-9]+]]: tensor
func.func @transpose_identity(%x: !nx4) -> !nx4 {
  // CHECK-NEXT: return %[[X]]
  %0 = tn.transpose %x {permutation = array<i64: 0, 1>} : (!nx4) -> !nx4
  return %0 : !nx4
}

// CHECK-LABEL: @transpose_of_square
func.func @transpose_of_square(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  // CHECK: tn.transpose
  %0 = tn.transpose %x {permutation = array<i64: 1, 0>} : (tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}

// CHECK-LABEL: @transpose_of_transpose
// CHECK-SAME: (%[[X:[a-z0-9]+]]: tensor
func.func @transpose_of_transpose(%x: tensor<2x3x4xf32>) -> tensor<4x3x2xf32> {
  // CHECK-NEXT: %[[R:.*]] = tn.transpose %[[X]] {permutation = array<i64: 2, 1, 0>}
  // CHECK-NEXT: return %[[R]]
  %0 = tn.transpose %x {permutation = array<i64: 1, 2, 0>} : (tensor<2x3x4xf32>) -> tensor<3x4x2xf32>
  %1 = tn.transpose %0 {permutation = array<i64: 1, 0, 2>} : (tensor<3x4x2xf32>) -> tensor<4x3x2xf32>
  return %1 : tensor<4x3x2xf32>
}

// CHECK-LABEL: @transpose_back
// CHECK-SAME: (%[[X:[a-z0-9]+]]: tensor
func.func @transpose_back(%x: tensor<2x3x4xf32>) -> tensor<2x3x4xf32> {
  // CHECK-NEXT: return %[[X]]
  %0 = tn.transpose %x {permutation = array<i64: 1, 2, 0>} : (tensor<2x3x4xf32>) -> tensor<3x4x2xf32>
  %1 = tn.transpose %0 {permutation = array<i64: 2, 0, 1>} : (tensor<3x4x2xf32>) -> tensor<2x3x4xf32>
  return %1 : tensor<2x3x4xf32>
}

// CHECK-LABEL: @transpose_of_unit_dims
func.func @transpose_of_unit_dims(%x: tensor<?x1x4xf32, #tn.shape<[n, 1, 4]>>)
    -> tensor<1x?x4xf32, #tn.shape<[1, n, 4]>> {
  // CHECK-NOT: tn.transpose
  // CHECK: tn.reshape
  %0 = tn.transpose %x {permutation = array<i64: 1, 0, 2>}
      : (tensor<?x1x4xf32, #tn.shape<[n, 1, 4]>>) -> tensor<1x?x4xf32, #tn.shape<[1, n, 4]>>
  return %0 : tensor<1x?x4xf32, #tn.shape<[1, n, 4]>>
}

// CHECK-LABEL: @reshape_of_reshape
// CHECK-SAME: (%[[X:[a-z0-9]+]]: tensor
func.func @reshape_of_reshape(%x: tensor<2x6xf32>) -> (tensor<3x4xf32>, tensor<2x6xf32>) {
  // CHECK-NEXT: %[[R:.*]] = tn.reshape %[[X]] : (tensor<2x6xf32>) -> tensor<3x4xf32>
  // CHECK-NEXT: return %[[R]], %[[X]]
  %0 = tn.reshape %x : (tensor<2x6xf32>) -> tensor<12xf32>
  %1 = tn.reshape %0 : (tensor<12xf32>) -> tensor<3x4xf32>
  %2 = tn.reshape %0 : (tensor<12xf32>) -> tensor<2x6xf32>
  return %1, %2 : tensor<3x4xf32>, tensor<2x6xf32>
}

// CHECK-LABEL: @broadcast_to_same
// CHECK-SAME: (%[[X:[a-z0-9]+]]: tensor
func.func @broadcast_to_same(%x: !nx4) -> !nx4 {
  // CHECK-NEXT: return %[[X]]
  %0 = tn.broadcast %x : (!nx4) -> !nx4
  return %0 : !nx4
}

// CHECK-LABEL: @slice_of_all
// CHECK-SAME: (%[[X:[a-z0-9]+]]: tensor
func.func @slice_of_all(%x: !nx4) -> (!nx4, !nx4) {
  // CHECK-NEXT: %[[R:.*]] = tn.slice
  // CHECK-NEXT: return %[[X]], %[[R]]
  %0 = tn.slice %x {starts = #tn.shape<[0, 0]>, steps = array<i64: 1, 1>} : (!nx4) -> !nx4
  %1 = tn.slice %x {starts = #tn.shape<[0, 3]>, steps = array<i64: 1, -1>} : (!nx4) -> !nx4
  return %0, %1 : !nx4, !nx4
}

// CHECK-LABEL: @pad_by_nothing
// CHECK-SAME: (%[[X:[a-z0-9]+]]: tensor
func.func @pad_by_nothing(%x: !nx4, %v: tensor<f32>) -> !nx4 {
  // CHECK-NEXT: return %[[X]]
  %0 = tn.pad %x, %v {low = #tn.shape<[0, 0]>, mode = #tn.pad_mode<constant>} : (!nx4, tensor<f32>) -> !nx4
  return %0 : !nx4
}

// CHECK-LABEL: @concat_of_one
// CHECK-SAME: (%[[X:[a-z0-9]+]]: tensor
func.func @concat_of_one(%x: !nx4) -> !nx4 {
  // CHECK-NEXT: return %[[X]]
  %0 = tn.concat %x {axis = 0 : i64} : (!nx4) -> !nx4
  return %0 : !nx4
}

// CHECK-LABEL: @reduce_of_unit_dims
// CHECK-SAME: (%[[X:[a-z0-9]+]]: tensor
func.func @reduce_of_unit_dims(%x: tensor<?x1xf32, #tn.shape<[n, 1]>>)
    -> (tensor<?x1xf32, #tn.shape<[n, 1]>>, tensor<1x1xf32>) {
  // CHECK-NEXT: %[[R:.*]] = tn.reduce
  // CHECK-NEXT: return %[[X]], %[[R]]
  %0 = tn.reduce %x {axes = array<i64: 1>, combiner = #tn.combiner<max>}
      : (tensor<?x1xf32, #tn.shape<[n, 1]>>) -> tensor<?x1xf32, #tn.shape<[n, 1]>>
  %1 = tn.reduce %0 {axes = array<i64>, combiner = #tn.combiner<sum>}
      : (tensor<?x1xf32, #tn.shape<[n, 1]>>) -> tensor<?x1xf32, #tn.shape<[n, 1]>>
  %2 = tn.reduce %1 {axes = array<i64: 0>, combiner = #tn.combiner<sum>}
      : (tensor<?x1xf32, #tn.shape<[n, 1]>>) -> tensor<1x1xf32>
  return %1, %2 : tensor<?x1xf32, #tn.shape<[n, 1]>>, tensor<1x1xf32>
}

// CHECK-LABEL: @constants
func.func @constants() -> (tensor<2xi64>, tensor<2xi64>) {
  // CHECK-NEXT: %[[C:.*]] = tn.constant dense<[3, -1]> : tensor<2xi64>
  // CHECK-NEXT: return %[[C]], %[[C]]
  %0 = tn.expr <[3, -1]> : tensor<2xi64>
  %1 = tn.constant dense<[3, -1]> : tensor<2xi64>
  return %0, %1 : tensor<2xi64>, tensor<2xi64>
}

// CHECK-LABEL: @constant_expression
func.func @constant_expression() -> tensor<1xi32> {
  // CHECK-NEXT: tn.constant dense<7> : tensor<1xi32>
  %0 = tn.expr <[7]> : tensor<1xi32>
  return %0 : tensor<1xi32>
}

// A symbol is bound even if no one reads what it is bound to, and stays before
// the expressions that use it.
// CHECK-LABEL: @bind
func.func @bind(%k: tensor<i64>) -> tensor<1xi64> {
  // CHECK: tn.bind
  // CHECK-NEXT: tn.expr <[k+1]>
  tn.bind %k ["k"] : tensor<i64>
  %0 = tn.expr <[k + 1]> : tensor<1xi64>
  return %0 : tensor<1xi64>
}

// CHECK-LABEL: func.func @checks
// CHECK-NEXT: %[[F:.*]] = tn.constant dense<false>
// CHECK-NEXT: tn.check %[[F]], "fails"
// CHECK-NEXT: return
func.func @checks() {
  %0 = tn.constant dense<true> : tensor<i1>
  %1 = tn.constant dense<false> : tensor<i1>
  tn.check %0, "holds" : tensor<i1>
  tn.check %1, "fails" : tensor<i1>
  return
}

// Transposes of heads become orders of an attention, on both sides.
// CHECK-LABEL: func.func @heads
// CHECK-NEXT: %[[A:.*]] = tn.attention %arg0, %arg1, %arg2 {k_order = array<i64: 0, 2, 1, 3>, q_order = array<i64: 0, 2, 1, 3>, result_order = array<i64: 0, 2, 1, 3>, scale = 5.000000e-01 : f32, softcap = 2.000000e+00 : f32, v_order = array<i64: 0, 1, 2, 3>, zero_masked_rows}
// CHECK-NEXT: return %[[A]]
func.func @heads(%q: tensor<2x5x4x64xf32>, %k: tensor<2x7x4x64xf32>, %v: tensor<2x4x7x64xf32>) -> tensor<2x5x4x64xf32> {
  %0 = tn.transpose %q {permutation = array<i64: 0, 2, 1, 3>} : (tensor<2x5x4x64xf32>) -> tensor<2x4x5x64xf32>
  %1 = tn.transpose %k {permutation = array<i64: 0, 2, 1, 3>} : (tensor<2x7x4x64xf32>) -> tensor<2x4x7x64xf32>
  %2 = tn.attention %0, %1, %v {scale = 0.5 : f32, softcap = 2.0 : f32, zero_masked_rows, q_order = array<i64: 0, 1, 2, 3>, k_order = array<i64: 0, 1, 2, 3>, v_order = array<i64: 0, 1, 2, 3>, result_order = array<i64: 0, 1, 2, 3>} : (tensor<2x4x5x64xf32>, tensor<2x4x7x64xf32>, tensor<2x4x7x64xf32>) -> tensor<2x4x5x64xf32>
  %3 = tn.transpose %2 {permutation = array<i64: 0, 2, 1, 3>} : (tensor<2x4x5x64xf32>) -> tensor<2x5x4x64xf32>
  return %3 : tensor<2x5x4x64xf32>
}

// What binds a size that is used stays, though no result is; else it goes.
// CHECK-LABEL: func.func @binds
// CHECK-NEXT: tn.if
// CHECK: tn.expr <[a]>
// CHECK-NOT: tn.if
func.func @binds(%c: tensor<i1>, %x: tensor<?xf32, #tn.shape<[n]>>, %y: tensor<3xf32>) -> tensor<1xi64> {
  %0 = tn.if %c attributes {symbols = ["a"]} : (tensor<i1>) -> tensor<?xf32, #tn.shape<[a]>> {
    tn.yield %x : tensor<?xf32, #tn.shape<[n]>>
  } else {
    tn.yield %y : tensor<3xf32>
  }
  %1 = tn.expr <[a]> : tensor<1xi64>
  %2 = tn.if %c : (tensor<i1>) -> tensor<3xf32> {
    %3 = tn.neg %y : (tensor<3xf32>) -> tensor<3xf32>
    tn.yield %3 : tensor<3xf32>
  } else {
    tn.yield %y : tensor<3xf32>
  }
  return %1 : tensor<1xi64>
}
