// RUN: tenon-opt %s --tn-fuse --tn-schedule-fusions --tn-batch-fusions | FileCheck %s

// Two projections of one value are one launch with two parts.
// CHECK-LABEL: func.func @projections
// CHECK: %[[QK:.*]]:2 = tn.fusion(%{{.*}}, %arg1, %arg2) schedule <batch,
// CHECK: tn.fusion(%{{.*}}, %{{.*}}) schedule <matmul,
// CHECK: tn.fusion(%{{.*}}, %{{.*}}) schedule <matmul,
// CHECK: return %[[QK]]#0, %[[QK]]#1
func.func @projections(%a: tensor<8x16xf32>, %q: tensor<16x16xf32>, %k: tensor<16x4xf32>) -> (tensor<8x16xf32>, tensor<8x4xf32>) {
  %0 = tn.exp %a : (tensor<8x16xf32>) -> tensor<8x16xf32>
  %1 = tn.matmul %0, %q : (tensor<8x16xf32>, tensor<16x16xf32>) -> tensor<8x16xf32>
  %2 = tn.matmul %0, %k : (tensor<8x16xf32>, tensor<16x4xf32>) -> tensor<8x4xf32>
  return %1, %2 : tensor<8x16xf32>, tensor<8x4xf32>
}

// Readers of a batch join in a batch of their own, also through views.
// CHECK-LABEL: func.func @through_views
// CHECK-COUNT-2: <batch,
// CHECK-NOT: <batch,
func.func @through_views(%a: tensor<8x16xf32>) -> (tensor<8x8xf32>, tensor<2x4x16xf32>) {
  %0 = tn.reduce %a {axes = array<i64: 1>, combiner = #tn.combiner<sum>} : (tensor<8x16xf32>) -> tensor<8x1xf32>
  %1 = tn.reduce %a {axes = array<i64: 0>, combiner = #tn.combiner<sum>} : (tensor<8x16xf32>) -> tensor<1x16xf32>
  %2 = tn.reshape %0 : (tensor<8x1xf32>) -> tensor<8xf32>
  %3 = tn.broadcast %2 : (tensor<8xf32>) -> tensor<8x8xf32>
  %4 = tn.reshape %1 : (tensor<1x16xf32>) -> tensor<1x1x16xf32>
  %5 = tn.broadcast %4 : (tensor<1x1x16xf32>) -> tensor<2x4x16xf32>
  return %3, %5 : tensor<8x8xf32>, tensor<2x4x16xf32>
}

// A path leads from the one reader to the other.
// CHECK-LABEL: func.func @negative_dependent
// CHECK-NOT: <batch,
// CHECK: return
func.func @negative_dependent(%a: tensor<8x8xf32>, %w: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %0 = tn.matmul %a, %w : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %1 = tn.matmul %0, %w : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %2 = tn.matmul %1, %a : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  return %2 : tensor<8x8xf32>
}
