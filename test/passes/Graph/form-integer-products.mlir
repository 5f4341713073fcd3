// RUN: tenon-opt %s --tn-form-integer-products | FileCheck %s
// RUN: tenon-opt %s --tn-form-integer-products --remark-format=emitRemark --remarks-filter=recognize -mlir-print-debuginfo -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

tn.data @w = <"m", 0, 32> : tensor<8x4xi8>
tn.data @filter = <"m", 32, 32> : tensor<4x8x1x1xi8>

// CHECK-LABEL: @matmul
// CHECK: %[[W:.*]] = tn.weight @w
// CHECK: %[[P:.*]] = tn.matmul %arg0, %[[W]] {accumulator = i32} : (tensor<3x8xui8>, tensor<8x4xi8>) -> tensor<3x4xi32>
// CHECK: %[[I:.*]] = tn.cast %[[W]] : (tensor<8x4xi8>) -> tensor<8x4xi32>
// CHECK: %[[S:.*]] = tn.reduce %[[I]] {axes = array<i64: 0>, combiner = #tn.combiner<sum>} : (tensor<8x4xi32>) -> tensor<1x4xi32>
// CHECK: %[[V:.*]] = tn.reshape %[[S]] : (tensor<1x4xi32>) -> tensor<4xi32>
// CHECK: %[[Z:.*]] = tn.mul %[[V]], %{{.*}} : (tensor<4xi32>, tensor<1xi32>) -> tensor<4xi32>
// CHECK: %[[D:.*]] = tn.sub %[[P]], %[[Z]]
// CHECK: %[[F:.*]] = tn.mul %{{.*}}, %{{.*}} : (tensor<4xf32>, tensor<1xf32>) -> tensor<4xf32>
// CHECK: tn.mul %{{.*}}, %[[F]] : (tensor<3x4xf32>, tensor<4xf32>) -> tensor<3x4xf32>
// REMARK: loc("matmul"): [Passed] IntegerProduct
func.func @matmul(%x: tensor<3x8xui8>) -> tensor<3x4xf32> {
  %w = tn.weight @w : tensor<8x4xi8>
  %sx = tn.constant dense<0.5> : tensor<f32>
  %zx = tn.constant dense<7.0> : tensor<f32>
  %sw = tn.constant dense<[[1.0, 2.0, 3.0, 4.0]]> : tensor<1x4xf32>
  %zw = tn.constant dense<0.0> : tensor<1xf32>
  %0 = tn.cast %x : (tensor<3x8xui8>) -> tensor<3x8xf32>
  %1 = tn.sub %0, %zx : (tensor<3x8xf32>, tensor<f32>) -> tensor<3x8xf32>
  %2 = tn.mul %1, %sx : (tensor<3x8xf32>, tensor<f32>) -> tensor<3x8xf32>
  %3 = tn.cast %w : (tensor<8x4xi8>) -> tensor<8x4xf32>
  %4 = tn.sub %3, %zw : (tensor<8x4xf32>, tensor<1xf32>) -> tensor<8x4xf32>
  %5 = tn.mul %4, %sw : (tensor<8x4xf32>, tensor<1x4xf32>) -> tensor<8x4xf32>
  %6 = tn.matmul %2, %5 : (tensor<3x8xf32>, tensor<8x4xf32>) -> tensor<3x4xf32> loc("matmul")
  return %6 : tensor<3x4xf32>
}

// Channels in front, as in the model; no zero, no correction.
// CHECK-LABEL: @pointwise
// CHECK: %[[R:.*]] = tn.reshape %{{.*}} : (tensor<4x8x1x1xi8>) -> tensor<4x8xi8>
// CHECK: %[[T:.*]] = tn.transpose %[[R]] {permutation = array<i64: 1, 0>} : (tensor<4x8xi8>) -> tensor<8x4xi8>
// CHECK: tn.matmul %arg0, %[[T]] {accumulator = i32} : (tensor<1x5x5x8xi8>, tensor<8x4xi8>) -> tensor<1x5x5x4xi32>
// CHECK-NOT: tn.reduce
// CHECK: return
func.func @pointwise(%x: tensor<1x5x5x8xi8>) -> tensor<1x5x5x4xf32> {
  %w = tn.weight @filter : tensor<4x8x1x1xi8>
  %sx = tn.constant dense<0.5> : tensor<f32>
  %sw = tn.constant dense<0.25> : tensor<4x1x1x1xf32>
  %0 = tn.cast %x : (tensor<1x5x5x8xi8>) -> tensor<1x5x5x8xf32>
  %1 = tn.mul %0, %sx : (tensor<1x5x5x8xf32>, tensor<f32>) -> tensor<1x5x5x8xf32>
  %2 = tn.cast %w : (tensor<4x8x1x1xi8>) -> tensor<4x8x1x1xf32>
  %3 = tn.mul %2, %sw : (tensor<4x8x1x1xf32>, tensor<4x1x1x1xf32>) -> tensor<4x8x1x1xf32>
  %4 = tn.transpose %3 {permutation = array<i64: 2, 3, 1, 0>} : (tensor<4x8x1x1xf32>) -> tensor<1x1x8x4xf32>
  %5 = tn.conv %1, %4 {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, low = #tn.shape<[0, 0]>, groups = 1 : i64} : (tensor<1x5x5x8xf32>, tensor<1x1x8x4xf32>) -> tensor<1x5x5x4xf32>
  return %5 : tensor<1x5x5x4xf32>
}

// A scale per row would have to be applied before the sum; an unknown weight
// cannot be packed; a zero of the weight would need sums of the left operand.
// CHECK-LABEL: @others
// CHECK-NOT: accumulator
// CHECK: return
// REMARK: loc("rows"): [Missed] NoIntegerProduct | Category:recognize | Reason="its right operand has scales that are not one per column"
// REMARK: loc("unknown"): [Missed] NoIntegerProduct | Category:recognize | Reason="its right operand is no quantized constant of i8"
// REMARK: loc("zero"): [Missed] NoIntegerProduct | Category:recognize | Reason="its right operand has a zero that is not 0"
func.func @others(%x: tensor<3x8xui8>, %v: tensor<8x4xi8>) -> (tensor<3x4xf32>, tensor<3x4xf32>, tensor<3x4xf32>) {
  %w = tn.weight @w : tensor<8x4xi8>
  %s = tn.constant dense<0.5> : tensor<f32>
  %rows = tn.constant dense<0.5> : tensor<8x1xf32>
  %one = tn.constant dense<1.0> : tensor<f32>
  %0 = tn.cast %x : (tensor<3x8xui8>) -> tensor<3x8xf32>
  %1 = tn.mul %0, %s : (tensor<3x8xf32>, tensor<f32>) -> tensor<3x8xf32>
  %2 = tn.cast %w : (tensor<8x4xi8>) -> tensor<8x4xf32>
  %3 = tn.mul %2, %rows : (tensor<8x4xf32>, tensor<8x1xf32>) -> tensor<8x4xf32>
  %4 = tn.matmul %1, %3 : (tensor<3x8xf32>, tensor<8x4xf32>) -> tensor<3x4xf32> loc("rows")
  %5 = tn.cast %v : (tensor<8x4xi8>) -> tensor<8x4xf32>
  %6 = tn.mul %5, %s : (tensor<8x4xf32>, tensor<f32>) -> tensor<8x4xf32>
  %7 = tn.matmul %1, %6 : (tensor<3x8xf32>, tensor<8x4xf32>) -> tensor<3x4xf32> loc("unknown")
  %8 = tn.sub %2, %one : (tensor<8x4xf32>, tensor<f32>) -> tensor<8x4xf32>
  %9 = tn.mul %8, %s : (tensor<8x4xf32>, tensor<f32>) -> tensor<8x4xf32>
  %10 = tn.matmul %1, %9 : (tensor<3x8xf32>, tensor<8x4xf32>) -> tensor<3x4xf32> loc("zero")
  return %4, %7, %10 : tensor<3x4xf32>, tensor<3x4xf32>, tensor<3x4xf32>
}
