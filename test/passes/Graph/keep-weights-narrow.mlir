// RUN: tenon-opt %s --tn-keep-weights-narrow --remark-format=emitRemark --remarks-filter=recognize 2>%t | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK --input-file=%t

tn.data @w = <"m", 0, 131072> : tensor<256x512xi8>

// CHECK-LABEL: func.func @per_column
// CHECK: %[[D:.*]] = tn.dequantize %{{.*}}, %{{.*}}, %{{.*}} : (tensor<256x512xi8>, tensor<512xf32>, tensor<512xi8>)
// CHECK: tn.matmul %arg0, %[[D]]
// REMARK: [Passed] NarrowWeight
func.func @per_column(%x: tensor<3x256xf32>) -> tensor<3x512xf32> {
  %w = tn.weight @w : tensor<256x512xi8>
  %s = tn.constant dense<0.5> : tensor<512xf32>
  %z = tn.constant dense<3> : tensor<512xi8>
  %0 = tn.cast %w : (tensor<256x512xi8>) -> tensor<256x512xf32>
  %1 = tn.cast %z : (tensor<512xi8>) -> tensor<512xf32>
  %2 = tn.sub %0, %1 : (tensor<256x512xf32>, tensor<512xf32>) -> tensor<256x512xf32>
  %3 = tn.mul %2, %s : (tensor<256x512xf32>, tensor<512xf32>) -> tensor<256x512xf32>
  %4 = tn.matmul %x, %3 : (tensor<3x256xf32>, tensor<256x512xf32>) -> tensor<3x512xf32>
  return %4 : tensor<3x512xf32>
}

// The transpose moves to the integers; what is along columns then is along rows.
// CHECK-LABEL: func.func @transposed
// CHECK-DAG: %[[W:.*]] = tn.transpose %{{.*}} : (tensor<256x512xi8>) -> tensor<512x256xi8>
// CHECK-DAG: %[[S:.*]] = tn.reshape %{{.*}} : (tensor<512xf32>) -> tensor<512x1xf32>
// CHECK: %[[D:.*]] = tn.dequantize %[[W]], %[[S]]
// CHECK: tn.matmul %arg0, %[[D]]
func.func @transposed(%x: tensor<3x512xf32>) -> tensor<3x256xf32> {
  %w = tn.weight @w : tensor<256x512xi8>
  %s = tn.constant dense<0.5> : tensor<512xf32>
  %0 = tn.cast %w : (tensor<256x512xi8>) -> tensor<256x512xf32>
  %1 = tn.mul %0, %s : (tensor<256x512xf32>, tensor<512xf32>) -> tensor<256x512xf32>
  %2 = tn.transpose %1 {permutation = array<i64: 1, 0>} : (tensor<256x512xf32>) -> tensor<512x256xf32>
  %3 = tn.matmul %x, %2 : (tensor<3x512xf32>, tensor<512x256xf32>) -> tensor<3x256xf32>
  return %3 : tensor<3x256xf32>
}

// Both sides stand for integers: that may be a product of integers.
// CHECK-LABEL: func.func @negative_quantized
// CHECK-NOT: tn.dequantize
func.func @negative_quantized(%x: tensor<3x256xi8>) -> tensor<3x512xf32> {
  %w = tn.weight @w : tensor<256x512xi8>
  %s = tn.constant dense<0.5> : tensor<f32>
  %0 = tn.cast %w : (tensor<256x512xi8>) -> tensor<256x512xf32>
  %1 = tn.mul %0, %s : (tensor<256x512xf32>, tensor<f32>) -> tensor<256x512xf32>
  %2 = tn.cast %x : (tensor<3x256xi8>) -> tensor<3x256xf32>
  %3 = tn.mul %2, %s : (tensor<3x256xf32>, tensor<f32>) -> tensor<3x256xf32>
  %4 = tn.matmul %3, %1 : (tensor<3x256xf32>, tensor<256x512xf32>) -> tensor<3x512xf32>
  return %4 : tensor<3x512xf32>
}

// Few elements, and those of an input, are no weight.
// CHECK-LABEL: func.func @negative_small
// CHECK-NOT: tn.dequantize
func.func @negative_small(%x: tensor<3x8xf32>, %i: tensor<256x512xi8>, %u: tensor<3x256xf32>) -> (tensor<3x8xf32>, tensor<3x512xf32>) {
  %w = tn.constant dense<1> : tensor<8x8xi8>
  %s = tn.constant dense<0.5> : tensor<f32>
  %0 = tn.cast %w : (tensor<8x8xi8>) -> tensor<8x8xf32>
  %1 = tn.mul %0, %s : (tensor<8x8xf32>, tensor<f32>) -> tensor<8x8xf32>
  %2 = tn.matmul %x, %1 : (tensor<3x8xf32>, tensor<8x8xf32>) -> tensor<3x8xf32>
  %3 = tn.cast %i : (tensor<256x512xi8>) -> tensor<256x512xf32>
  %4 = tn.mul %3, %s : (tensor<256x512xf32>, tensor<f32>) -> tensor<256x512xf32>
  %5 = tn.matmul %u, %4 : (tensor<3x256xf32>, tensor<256x512xf32>) -> tensor<3x512xf32>
  return %2, %5 : tensor<3x8xf32>, tensor<3x512xf32>
}
