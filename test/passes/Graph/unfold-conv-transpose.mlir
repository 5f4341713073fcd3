// RUN: tenon-opt %s --tn-unfold-conv-transpose | FileCheck %s

// CHECK-LABEL: func.func @disjoint
// CHECK: %[[T:.*]] = tn.transpose %arg1 {permutation = array<i64: 2, 0, 1, 3>}
// CHECK: %[[W:.*]] = tn.reshape %[[T]] : (tensor<4x2x3x6xf32>) -> tensor<4x36xf32>
// CHECK: %[[P:.*]] = tn.matmul %arg0, %[[W]] : (tensor<1x5x7x4xf32>, tensor<4x36xf32>) -> tensor<1x5x7x36xf32>
// CHECK: %[[S:.*]] = tn.reshape %[[P]] : (tensor<1x5x7x36xf32>) -> tensor<1x5x7x2x3x6xf32>
// CHECK: %[[M:.*]] = tn.transpose %[[S]] {permutation = array<i64: 0, 1, 3, 2, 4, 5>}
// CHECK: tn.reshape %[[M]] : (tensor<1x5x2x7x3x6xf32>) -> tensor<1x10x21x6xf32>
func.func @disjoint(%x: tensor<1x5x7x4xf32>, %w: tensor<2x3x4x6xf32>) -> tensor<1x10x21x6xf32> {
  %0 = tn.conv_transpose %x, %w {strides = array<i64: 2, 3>, dilations = array<i64: 1, 1>, low = #tn.shape<[0, 0]>, groups = 1 : i64} : (tensor<1x5x7x4xf32>, tensor<2x3x4x6xf32>) -> tensor<1x10x21x6xf32>
  return %0 : tensor<1x10x21x6xf32>
}

// CHECK-LABEL: func.func @negative_overlap
// CHECK: tn.conv_transpose
func.func @negative_overlap(%x: tensor<1x5x4xf32>, %w: tensor<3x4x6xf32>) -> tensor<1x11x6xf32> {
  %0 = tn.conv_transpose %x, %w {strides = array<i64: 2>, dilations = array<i64: 1>, low = #tn.shape<[0]>, groups = 1 : i64} : (tensor<1x5x4xf32>, tensor<3x4x6xf32>) -> tensor<1x11x6xf32>
  return %0 : tensor<1x11x6xf32>
}

// CHECK-LABEL: func.func @negative_cut
// CHECK: tn.conv_transpose
func.func @negative_cut(%x: tensor<1x5x4xf32>, %w: tensor<2x4x6xf32>) -> tensor<1x8x6xf32> {
  %0 = tn.conv_transpose %x, %w {strides = array<i64: 2>, dilations = array<i64: 1>, low = #tn.shape<[1]>, groups = 1 : i64} : (tensor<1x5x4xf32>, tensor<2x4x6xf32>) -> tensor<1x8x6xf32>
  return %0 : tensor<1x8x6xf32>
}
