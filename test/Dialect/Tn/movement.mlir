// RUN: tenon-opt %s | tenon-opt | FileCheck %s

!nx4 = tensor<?x4xf32, #tn.shape<[n, 4]>>

// CHECK-LABEL: @views
func.func @views(%x: !nx4) -> tensor<2x?x4xf32, #tn.shape<[2, n, 4]>> {
  // CHECK: tn.transpose %{{.*}} {permutation = array<i64: 1, 0>} : {{.*}} -> tensor<4x?xf32, #tn.shape<[4, n]>>
  %0 = tn.transpose %x {permutation = array<i64: 1, 0>} : (!nx4) -> tensor<4x?xf32, #tn.shape<[4, n]>>
  // CHECK: tn.reshape {{.*}} -> tensor<?x4xf32, #tn.shape<[n, 4]>>
  %1 = tn.reshape %0 : (tensor<4x?xf32, #tn.shape<[4, n]>>) -> !nx4
  // CHECK: tn.broadcast
  %2 = tn.broadcast %1 : (!nx4) -> tensor<2x?x4xf32, #tn.shape<[2, n, 4]>>
  return %2 : tensor<2x?x4xf32, #tn.shape<[2, n, 4]>>
}

// CHECK-LABEL: @pieces
func.func @pieces(%x: !nx4, %y: tensor<?x4xf32, #tn.shape<[m, 4]>>, %zero: tensor<f32>)
    -> tensor<?x5xf32, #tn.shape<[m + n - 1, 5]>> {
  // CHECK: tn.concat {{.*}} {axis = 0 : i64} : {{.*}} -> tensor<?x4xf32, #tn.shape<[m+n, 4]>>
  %0 = tn.concat %x, %y {axis = 0 : i64}
      : (!nx4, tensor<?x4xf32, #tn.shape<[m, 4]>>) -> tensor<?x4xf32, #tn.shape<[n + m, 4]>>
  // CHECK: tn.slice {{.*}} {starts = #tn.shape<[m+n-1, 0]>, steps = array<i64: -1, 1>}
  %1 = tn.slice %0 {starts = #tn.shape<[n + m - 1, 0]>, steps = array<i64: -1, 1>}
      : (tensor<?x4xf32, #tn.shape<[n + m, 4]>>) -> tensor<?x4xf32, #tn.shape<[n + m - 1, 4]>>
  // CHECK: tn.pad {{.*}} {low = #tn.shape<[0, 1]>, mode = #tn.pad_mode<constant>}
  %2 = tn.pad %1, %zero {low = #tn.shape<[0, 1]>, mode = #tn.pad_mode<constant>}
      : (tensor<?x4xf32, #tn.shape<[n + m - 1, 4]>>, tensor<f32>) -> tensor<?x5xf32, #tn.shape<[n + m - 1, 5]>>
  return %2 : tensor<?x5xf32, #tn.shape<[n + m - 1, 5]>>
}

// CHECK-LABEL: @numbers
func.func @numbers() -> tensor<?xi64, #tn.shape<[n]>> {
  // CHECK: tn.iota {axis = 0 : i64} : () -> tensor<?xi64, #tn.shape<[n]>>
  %0 = tn.iota {axis = 0 : i64} : () -> tensor<?xi64, #tn.shape<[n]>>
  return %0 : tensor<?xi64, #tn.shape<[n]>>
}

// CHECK-LABEL: @unpack
// CHECK: tn.unpack %arg0 : (tensor<3x5xui8>) -> tensor<3x10xui4>
func.func @unpack(%x: tensor<3x5xui8>) -> tensor<3x10xui4> {
  %0 = tn.unpack %x : (tensor<3x5xui8>) -> tensor<3x10xui4>
  return %0 : tensor<3x10xui4>
}
