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
