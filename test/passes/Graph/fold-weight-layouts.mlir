// RUN: tenon-opt %s --tn-fold-weight-layouts | FileCheck %s

// CHECK: tn.data @filter.as.4.6 = <"m", 48, 96> : tensor<4x6xf32>
tn.data @matrix = <"m", 0, 48> : tensor<3x4xf32>
tn.data @filter = <"m", 48, 96> : tensor<4x3x2x1xf32>

// CHECK-LABEL: @transposes
func.func @transposes() -> (tensor<4x3xf32>, tensor<2x1x3x4xf32>) {
  // CHECK-DAG: tn.weight @matrix {permutation = array<i64: 1, 0>} : tensor<4x3xf32>
  %0 = tn.weight @matrix : tensor<3x4xf32>
  %1 = tn.transpose %0 {permutation = array<i64: 1, 0>} : (tensor<3x4xf32>) -> tensor<4x3xf32>
  // CHECK-DAG: tn.weight @filter {permutation = array<i64: 2, 3, 1, 0>} : tensor<2x1x3x4xf32>
  %2 = tn.weight @filter {permutation = array<i64: 0, 2, 3, 1>} : tensor<4x2x1x3xf32>
  %3 = tn.transpose %2 {permutation = array<i64: 1, 2, 3, 0>} : (tensor<4x2x1x3xf32>) -> tensor<2x1x3x4xf32>
  // CHECK-NOT: tn.transpose
  return %1, %3 : tensor<4x3xf32>, tensor<2x1x3x4xf32>
}

// CHECK-LABEL: @reshapes
func.func @reshapes() -> (tensor<4x6xf32>, tensor<6x4xf32>, tensor<12xf32>) {
  // CHECK-DAG: tn.weight @filter.as.4.6 : tensor<4x6xf32>
  %0 = tn.weight @filter : tensor<4x3x2x1xf32>
  %1 = tn.reshape %0 : (tensor<4x3x2x1xf32>) -> tensor<4x6xf32>
  // CHECK-DAG: tn.weight @filter.as.4.6 {permutation = array<i64: 1, 0>} : tensor<6x4xf32>
  %2 = tn.transpose %1 {permutation = array<i64: 1, 0>} : (tensor<4x6xf32>) -> tensor<6x4xf32>
  // A transposed weight is not reshaped: its bytes are in another order.
  // CHECK: tn.reshape
  %3 = tn.weight @matrix {permutation = array<i64: 1, 0>} : tensor<4x3xf32>
  %4 = tn.reshape %3 : (tensor<4x3xf32>) -> tensor<12xf32>
  return %1, %2, %4 : tensor<4x6xf32>, tensor<6x4xf32>, tensor<12xf32>
}

// Bytes of pairs are a weight of 4-bit elements.
// CHECK-LABEL: @pairs
// CHECK-NEXT: %[[W:.*]] = tn.weight @packed.as.6.2.4.ui4.as.6.8 {permutation = array<i64: 1, 0>} : tensor<8x6xui4>
// CHECK-NEXT: return %[[W]]
tn.data @packed = <"m", 144, 24> : tensor<6x2x2xui8>
func.func @pairs() -> tensor<8x6xui4> {
  %0 = tn.weight @packed : tensor<6x2x2xui8>
  %1 = tn.unpack %0 : (tensor<6x2x2xui8>) -> tensor<6x2x4xui4>
  %2 = tn.reshape %1 : (tensor<6x2x4xui4>) -> tensor<6x8xui4>
  %3 = tn.transpose %2 {permutation = array<i64: 1, 0>} : (tensor<6x8xui4>) -> tensor<8x6xui4>
  return %3 : tensor<8x6xui4>
}
