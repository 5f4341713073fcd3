// RUN: tenon-opt %s --tn-sink-transposes | FileCheck %s

// CHECK-LABEL: func.func @cancels_across_elementwise
// CHECK-NOT: tn.transpose
// CHECK: return
func.func @cancels_across_elementwise(%x: tensor<1x8x8x4xf32>) -> tensor<1x8x8x4xf32> {
  %0 = tn.transpose %x {permutation = array<i64: 0, 3, 1, 2>} : (tensor<1x8x8x4xf32>) -> tensor<1x4x8x8xf32>
  %1 = tn.exp %0 : (tensor<1x4x8x8xf32>) -> tensor<1x4x8x8xf32>
  %2 = tn.transpose %1 {permutation = array<i64: 0, 2, 3, 1>} : (tensor<1x4x8x8xf32>) -> tensor<1x8x8x4xf32>
  return %2 : tensor<1x8x8x4xf32>
}

// CHECK-LABEL: func.func @below_reduce
// CHECK: tn.reduce %arg0 {axes = array<i64: 2>
func.func @below_reduce(%x: tensor<2x8x4xf32>) -> tensor<2x1x8xf32> {
  %0 = tn.transpose %x {permutation = array<i64: 0, 2, 1>} : (tensor<2x8x4xf32>) -> tensor<2x4x8xf32>
  %1 = tn.reduce %0 {axes = array<i64: 1>, combiner = #tn.combiner<sum>} : (tensor<2x4x8xf32>) -> tensor<2x1x8xf32>
  return %1 : tensor<2x1x8xf32>
}

// What will be folded to a constant is transposed for nothing.
// CHECK-LABEL: func.func @constant_to_be
// CHECK: tn.concat %arg0, {{.*}} {axis = 2 : i64}
// CHECK-NEXT: tn.transpose
func.func @constant_to_be(%x: tensor<2x8x4xf32>) -> tensor<2x6x8xf32> {
  %zero = tn.constant dense<0.0> : tensor<1x1x1xf32>
  %0 = tn.transpose %x {permutation = array<i64: 0, 2, 1>} : (tensor<2x8x4xf32>) -> tensor<2x4x8xf32>
  %1 = tn.broadcast %zero : (tensor<1x1x1xf32>) -> tensor<2x2x8xf32>
  %2 = tn.concat %0, %1 {axis = 1 : i64} : (tensor<2x4x8xf32>, tensor<2x2x8xf32>) -> tensor<2x6x8xf32>
  return %2 : tensor<2x6x8xf32>
}

// Nothing is gained if the other operand would have to be transposed.
// CHECK-LABEL: func.func @negative_other_operand
// CHECK: tn.transpose
// CHECK-NEXT: tn.add
func.func @negative_other_operand(%x: tensor<8x4xf32>, %y: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %0 = tn.transpose %x {permutation = array<i64: 1, 0>} : (tensor<8x4xf32>) -> tensor<4x8xf32>
  %1 = tn.add %0, %y : (tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
  return %1 : tensor<4x8xf32>
}

// A channel shuffle of a channels-last tensor: one transpose of its channels.
// CHECK-LABEL: func.func @shuffle
// CHECK: %[[S:.*]] = tn.reshape %arg0 : (tensor<1x7x5x12xf32>) -> tensor<1x7x5x4x3xf32>
// CHECK-NEXT: %[[T:.*]] = tn.transpose %[[S]] {permutation = array<i64: 0, 1, 2, 4, 3>}
// CHECK-NEXT: %[[M:.*]] = tn.reshape %[[T]] : (tensor<1x7x5x3x4xf32>) -> tensor<1x7x5x12xf32>
// CHECK-NEXT: return %[[M]]
func.func @shuffle(%x: tensor<1x7x5x12xf32>) -> tensor<1x7x5x12xf32> {
  %0 = tn.transpose %x {permutation = array<i64: 0, 3, 1, 2>} : (tensor<1x7x5x12xf32>) -> tensor<1x12x7x5xf32>
  %1 = tn.reshape %0 : (tensor<1x12x7x5xf32>) -> tensor<1x4x3x7x5xf32>
  %2 = tn.transpose %1 {permutation = array<i64: 0, 2, 1, 3, 4>} : (tensor<1x4x3x7x5xf32>) -> tensor<1x3x4x7x5xf32>
  %3 = tn.reshape %2 : (tensor<1x3x4x7x5xf32>) -> tensor<1x12x7x5xf32>
  %4 = tn.transpose %3 {permutation = array<i64: 0, 2, 3, 1>} : (tensor<1x12x7x5xf32>) -> tensor<1x7x5x12xf32>
  return %4 : tensor<1x7x5x12xf32>
}

// The reshape neither splits nor merges dims.
// CHECK-LABEL: func.func @negative_regroup
// CHECK: tn.transpose
// CHECK: tn.transpose
func.func @negative_regroup(%x: tensor<4x6xf32>) -> tensor<3x8xf32> {
  %0 = tn.transpose %x {permutation = array<i64: 1, 0>} : (tensor<4x6xf32>) -> tensor<6x4xf32>
  %1 = tn.reshape %0 : (tensor<6x4xf32>) -> tensor<8x3xf32>
  %2 = tn.transpose %1 {permutation = array<i64: 1, 0>} : (tensor<8x3xf32>) -> tensor<3x8xf32>
  return %2 : tensor<3x8xf32>
}

// What is stored is folded later; moved back and forth, it would never end.
// CHECK-LABEL: func.func @stored
// CHECK: tn.mul
func.func @stored() -> tensor<2x3xf32> {
  %0 = tn.weight @w : tensor<4x3xf32>
  %1 = tn.transpose %0 {permutation = array<i64: 1, 0>} : (tensor<4x3xf32>) -> tensor<3x4xf32>
  %2 = tn.slice %1 {starts = #tn.shape<[0, 0]>, steps = array<i64: 1, 1>} : (tensor<3x4xf32>) -> tensor<3x2xf32>
  %3 = tn.slice %1 {starts = #tn.shape<[0, 2]>, steps = array<i64: 1, 1>} : (tensor<3x4xf32>) -> tensor<3x2xf32>
  %4 = tn.mul %2, %3 : (tensor<3x2xf32>, tensor<3x2xf32>) -> tensor<3x2xf32>
  %5 = tn.transpose %4 {permutation = array<i64: 1, 0>} : (tensor<3x2xf32>) -> tensor<2x3xf32>
  return %5 : tensor<2x3xf32>
}
tn.data @w = <"weights.bin", 0, 48> : tensor<4x3xf32>
