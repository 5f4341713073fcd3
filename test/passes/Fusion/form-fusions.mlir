// RUN: tenon-opt %s --tn-form-fusions | FileCheck %s

// CHECK-LABEL: func.func @elementwise_chain
// CHECK-COUNT-1: tn.fusion
// CHECK: tn.sigmoid
// CHECK-NEXT: tn.add
// CHECK-NOT: tn.fusion
// CHECK: return
func.func @elementwise_chain(%x: tensor<4x8xf32>, %b: tensor<8xf32>) -> tensor<4x8xf32> {
  %0 = tn.sigmoid %x : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %1 = tn.add %0, %b : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
  return %1 : tensor<4x8xf32>
}

// A softmax is one kernel: two reductions over the same rows.
// CHECK-LABEL: func.func @softmax
// CHECK-COUNT-1: tn.fusion
// CHECK: tn.div
// CHECK-NOT: tn.fusion
// CHECK: return
func.func @softmax(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %m = tn.reduce %x {axes = array<i64: 1>, combiner = #tn.combiner<max>} : (tensor<4x8xf32>) -> tensor<4x1xf32>
  %s = tn.sub %x, %m : (tensor<4x8xf32>, tensor<4x1xf32>) -> tensor<4x8xf32>
  %e = tn.exp %s : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %t = tn.reduce %e {axes = array<i64: 1>, combiner = #tn.combiner<sum>} : (tensor<4x8xf32>) -> tensor<4x1xf32>
  %y = tn.div %e, %t : (tensor<4x8xf32>, tensor<4x1xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// What follows a contraction joins it; what leads to it does not.
// CHECK-LABEL: func.func @matmul_epilogue
// CHECK: tn.fusion
// CHECK: tn.exp
// CHECK: tn.fusion
// CHECK: tn.matmul
// CHECK-NEXT: tn.add
func.func @matmul_epilogue(%a: tensor<4x8xf32>, %b: tensor<8x16xf32>, %c: tensor<16xf32>) -> tensor<4x16xf32> {
  %0 = tn.exp %a : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %1 = tn.matmul %0, %b : (tensor<4x8xf32>, tensor<8x16xf32>) -> tensor<4x16xf32>
  %2 = tn.add %1, %c : (tensor<4x16xf32>, tensor<16xf32>) -> tensor<4x16xf32>
  return %2 : tensor<4x16xf32>
}

// A value that is used by two kernels is computed once, by a third.
// CHECK-LABEL: func.func @negative_two_users
// CHECK-COUNT-3: tn.fusion
func.func @negative_two_users(%x: tensor<4x8xf32>, %b: tensor<8x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  %0 = tn.exp %x : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %1 = tn.abs %0 : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %2 = tn.matmul %0, %b : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  return %1, %2 : tensor<4x8xf32>, tensor<4x8xf32>
}
