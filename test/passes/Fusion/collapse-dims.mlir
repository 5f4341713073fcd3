// RUN: tenon-opt %s --tn-form-fusions --tn-collapse-dims | FileCheck %s

// CHECK-LABEL: func.func @equal_shapes_become_flat
// CHECK: tn.fusion{{.*}} : (tensor<64xf32>, tensor<64xf32>) -> tensor<64xf32>
func.func @equal_shapes_become_flat(%x: tensor<2x4x8xf32>, %y: tensor<2x4x8xf32>) -> tensor<2x4x8xf32> {
  %0 = tn.add %x, %y : (tensor<2x4x8xf32>, tensor<2x4x8xf32>) -> tensor<2x4x8xf32>
  return %0 : tensor<2x4x8xf32>
}

// CHECK-LABEL: func.func @bias_keeps_its_dim
// CHECK: tn.fusion{{.*}} : (tensor<8x8xf32>, tensor<1x8xf32>) -> tensor<8x8xf32>
func.func @bias_keeps_its_dim(%x: tensor<2x4x8xf32>, %b: tensor<8xf32>) -> tensor<2x4x8xf32> {
  %0 = tn.add %x, %b : (tensor<2x4x8xf32>, tensor<8xf32>) -> tensor<2x4x8xf32>
  return %0 : tensor<2x4x8xf32>
}

// CHECK-LABEL: func.func @reduced_dims_merge
// CHECK: tn.reduce {{.*}}axes = array<i64: 1>{{.*}} : (tensor<2x32xf32>) -> tensor<2x1xf32>
func.func @reduced_dims_merge(%x: tensor<2x4x8xf32>) -> tensor<2x1x1xf32> {
  %0 = tn.reduce %x {axes = array<i64: 1, 2>, combiner = #tn.combiner<sum>} : (tensor<2x4x8xf32>) -> tensor<2x1x1xf32>
  return %0 : tensor<2x1x1xf32>
}

// The 1 in the middle may go with either neighbour, not with both: the bias has
// no batch dim.
// CHECK-LABEL: func.func @one_between
// CHECK: tn.add {{.*}} : (tensor<2x24xf32>, tensor<1x24xf32>) -> tensor<2x24xf32>
func.func @one_between(%x: tensor<2x1x4x6xf32>, %b: tensor<4x6xf32>) -> tensor<2x1x4x6xf32> {
  %0 = tn.fusion(%x, %b) : (tensor<2x1x4x6xf32>, tensor<4x6xf32>) -> tensor<2x1x4x6xf32> {
  ^bb0(%p: tensor<2x1x4x6xf32>, %q: tensor<4x6xf32>):
    %1 = tn.add %p, %q : (tensor<2x1x4x6xf32>, tensor<4x6xf32>) -> tensor<2x1x4x6xf32>
    tn.yield %1 : tensor<2x1x4x6xf32>
  }
  return %0 : tensor<2x1x4x6xf32>
}
