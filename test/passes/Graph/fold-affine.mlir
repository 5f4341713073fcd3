// RUN: tenon-opt %s --tn-fold-affine --remark-format=emitRemark --remarks-filter=recognize 2>%t | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK --input-file=%t

tn.data @w = <"m", 0, 18432> : tensor<3x3x16x32xf32>
tn.data @matrix = <"m", 18432, 2048> : tensor<16x32xf32>

// Batch normalization: one factor on the weight, one shift.
// CHECK-LABEL: func.func @after
// CHECK: %[[W:.*]] = tn.mul %{{.*}} : (tensor<3x3x16x32xf32>, tensor<32xf32>) -> tensor<3x3x16x32xf32>
// CHECK: %[[C:.*]] = tn.conv %arg0, %[[W]]
// CHECK-NEXT: %[[A:.*]] = tn.add %[[C]], %{{.*}} : (tensor<1x6x6x32xf32>, tensor<32xf32>)
// CHECK-NEXT: return %[[A]]
// REMARK: FoldedAffine{{.*}}Ops=3
func.func @after(%x: tensor<1x8x8x16xf32>) -> tensor<1x6x6x32xf32> {
  %w = tn.weight @w : tensor<3x3x16x32xf32>
  %m = tn.constant dense<1.0> : tensor<1x1x1x32xf32>
  %s = tn.constant dense<0.5> : tensor<32xf32>
  %t = tn.constant dense<2.0> : tensor<32xf32>
  %0 = tn.conv %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, low = #tn.shape<[0, 0]>, groups = 1} : (tensor<1x8x8x16xf32>, tensor<3x3x16x32xf32>) -> tensor<1x6x6x32xf32>
  %1 = tn.sub %0, %m : (tensor<1x6x6x32xf32>, tensor<1x1x1x32xf32>) -> tensor<1x6x6x32xf32>
  %2 = tn.mul %1, %s : (tensor<1x6x6x32xf32>, tensor<32xf32>) -> tensor<1x6x6x32xf32>
  %3 = tn.add %t, %2 : (tensor<32xf32>, tensor<1x6x6x32xf32>) -> tensor<1x6x6x32xf32>
  return %3 : tensor<1x6x6x32xf32>
}

// Before it, through a transpose: rows of the weight are scaled, the shift is
// summed over the window.
// CHECK-LABEL: func.func @before
// CHECK: %[[T:.*]] = tn.transpose %arg0
// CHECK: %[[P:.*]] = tn.mul %{{.*}} : (tensor<3x3x16x32xf32>, tensor<16x1xf32>)
// CHECK: tn.reduce %[[P]] {axes = array<i64: 0, 1, 2>
// CHECK: %[[W:.*]] = tn.mul %{{.*}} : (tensor<3x3x16x32xf32>, tensor<16x1xf32>)
// CHECK: %[[C:.*]] = tn.conv %[[T]], %[[W]]
// CHECK-NEXT: tn.add %[[C]]
func.func @before(%x: tensor<1x16x8x8xf32>) -> tensor<1x6x6x32xf32> {
  %w = tn.weight @w : tensor<3x3x16x32xf32>
  %s = tn.constant dense<0.5> : tensor<16x1x1xf32>
  %t = tn.constant dense<2.0> : tensor<16x1x1xf32>
  %0 = tn.mul %x, %s : (tensor<1x16x8x8xf32>, tensor<16x1x1xf32>) -> tensor<1x16x8x8xf32>
  %1 = tn.add %0, %t : (tensor<1x16x8x8xf32>, tensor<16x1x1xf32>) -> tensor<1x16x8x8xf32>
  %2 = tn.transpose %1 {permutation = array<i64: 0, 2, 3, 1>} : (tensor<1x16x8x8xf32>) -> tensor<1x8x8x16xf32>
  %3 = tn.conv %2, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, low = #tn.shape<[0, 0]>, groups = 1} : (tensor<1x8x8x16xf32>, tensor<3x3x16x32xf32>) -> tensor<1x6x6x32xf32>
  return %3 : tensor<1x6x6x32xf32>
}

// Padding is 0, not the shift.
// CHECK-LABEL: func.func @negative_padded
// CHECK: %[[A:.*]] = tn.add %arg0
// CHECK: tn.conv %[[A]]
func.func @negative_padded(%x: tensor<1x8x8x16xf32>) -> tensor<1x8x8x32xf32> {
  %w = tn.weight @w : tensor<3x3x16x32xf32>
  %t = tn.constant dense<2.0> : tensor<16xf32>
  %0 = tn.add %x, %t : (tensor<1x8x8x16xf32>, tensor<16xf32>) -> tensor<1x8x8x16xf32>
  %1 = tn.conv %0, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, low = #tn.shape<[1, 1]>, groups = 1} : (tensor<1x8x8x16xf32>, tensor<3x3x16x32xf32>) -> tensor<1x8x8x32xf32>
  return %1 : tensor<1x8x8x32xf32>
}

// Of a transposed convolution and of a product.
// CHECK-LABEL: func.func @others
// CHECK: tn.mul %{{.*}} : (tensor<3x3x16x32xf32>, tensor<32xf32>)
// CHECK: tn.conv_transpose
// CHECK: %[[W:.*]] = tn.div %{{.*}} : (tensor<f32>, tensor<32xf32>)
// CHECK: tn.matmul
// CHECK-NEXT: tn.add
// CHECK-NEXT: return
func.func @others(%x: tensor<1x4x4x16xf32>, %y: tensor<5x16xf32>) -> (tensor<1x9x9x32xf32>, tensor<5x32xf32>) {
  %w = tn.weight @w : tensor<3x3x16x32xf32>
  %s = tn.constant dense<0.5> : tensor<32xf32>
  %0 = tn.conv_transpose %x, %w {strides = array<i64: 2, 2>, dilations = array<i64: 1, 1>, low = #tn.shape<[0, 0]>, groups = 1} : (tensor<1x4x4x16xf32>, tensor<3x3x16x32xf32>) -> tensor<1x9x9x32xf32>
  %1 = tn.mul %0, %s : (tensor<1x9x9x32xf32>, tensor<32xf32>) -> tensor<1x9x9x32xf32>
  %m = tn.weight @matrix : tensor<16x32xf32>
  %2 = tn.matmul %y, %m : (tensor<5x16xf32>, tensor<16x32xf32>) -> tensor<5x32xf32>
  %3 = tn.add %2, %s : (tensor<5x32xf32>, tensor<32xf32>) -> tensor<5x32xf32>
  %4 = tn.div %3, %s : (tensor<5x32xf32>, tensor<32xf32>) -> tensor<5x32xf32>
  return %1, %4 : tensor<1x9x9x32xf32>, tensor<5x32xf32>
}

// A result that is used elsewhere, a factor that is no constant, and what
// stands for integers stay.
// CHECK-LABEL: func.func @negative
// CHECK-NOT: tn.mul %{{.*}} : (tensor<16x32xf32>
// CHECK: return
func.func @negative(%y: tensor<5x16xf32>, %f: tensor<32xf32>, %q: tensor<5x16xi8>) -> (tensor<5x32xf32>, tensor<5x32xf32>, tensor<5x32xf32>, tensor<5x32xf32>) {
  %s = tn.constant dense<0.5> : tensor<32xf32>
  %m = tn.weight @matrix : tensor<16x32xf32>
  %0 = tn.matmul %y, %m : (tensor<5x16xf32>, tensor<16x32xf32>) -> tensor<5x32xf32>
  %1 = tn.mul %0, %s : (tensor<5x32xf32>, tensor<32xf32>) -> tensor<5x32xf32>
  %n = tn.weight @matrix : tensor<16x32xf32>
  %2 = tn.matmul %y, %n : (tensor<5x16xf32>, tensor<16x32xf32>) -> tensor<5x32xf32>
  %3 = tn.mul %2, %f : (tensor<5x32xf32>, tensor<32xf32>) -> tensor<5x32xf32>
  %h = tn.constant dense<0.5> : tensor<f32>
  %4 = tn.cast %q : (tensor<5x16xi8>) -> tensor<5x16xf32>
  %5 = tn.mul %4, %h : (tensor<5x16xf32>, tensor<f32>) -> tensor<5x16xf32>
  %o = tn.weight @matrix : tensor<16x32xf32>
  %6 = tn.matmul %5, %o : (tensor<5x16xf32>, tensor<16x32xf32>) -> tensor<5x32xf32>
  return %0, %1, %3, %6 : tensor<5x32xf32>, tensor<5x32xf32>, tensor<5x32xf32>, tensor<5x32xf32>
}

// What one branch does to a product does not concern the product.
// CHECK-LABEL: func.func @negative_branch
// CHECK: tn.matmul %arg0, %{{[0-9]+}}
// CHECK: tn.if
// CHECK: tn.mul
func.func @negative_branch(%y: tensor<5x16xf32>, %c: tensor<i1>, %z: tensor<5x32xf32>) -> tensor<5x32xf32> {
  %s = tn.constant dense<0.5> : tensor<32xf32>
  %m = tn.weight @matrix : tensor<16x32xf32>
  %0 = tn.matmul %y, %m : (tensor<5x16xf32>, tensor<16x32xf32>) -> tensor<5x32xf32>
  %1 = tn.if %c : (tensor<i1>) -> tensor<5x32xf32> {
    %2 = tn.mul %0, %s : (tensor<5x32xf32>, tensor<32xf32>) -> tensor<5x32xf32>
    tn.yield %2 : tensor<5x32xf32>
  } else {
    tn.yield %z : tensor<5x32xf32>
  }
  return %1 : tensor<5x32xf32>
}
