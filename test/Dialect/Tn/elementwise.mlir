// RUN: tenon-opt %s | tenon-opt | FileCheck %s

!nx4 = tensor<?x4xf32, #tn.shape<[n, 4]>>
!nx4b = tensor<?x4xi1, #tn.shape<[n, 4]>>

// CHECK-LABEL: @unary
func.func @unary(%x: !nx4) -> (!nx4, !nx4b) {
  // CHECK: tn.exp %{{.*}} : (tensor<?x4xf32, #tn.shape<[n, 4]>>) -> tensor<?x4xf32, #tn.shape<[n, 4]>>
  %0 = tn.exp %x : (!nx4) -> !nx4
  // CHECK: tn.is_inf %{{.*}} {negative = false} : {{.*}} -> tensor<?x4xi1, #tn.shape<[n, 4]>>
  %1 = tn.is_inf %0 {negative = false} : (!nx4) -> !nx4b
  return %0, %1 : !nx4, !nx4b
}

// CHECK-LABEL: @broadcast
func.func @broadcast(%x: !nx4, %row: tensor<4xf32>, %one: tensor<f32>) -> !nx4b {
  // CHECK: tn.add {{.*}} -> tensor<?x4xf32, #tn.shape<[n, 4]>>
  %0 = tn.add %x, %row : (!nx4, tensor<4xf32>) -> !nx4
  // CHECK: tn.pow
  %1 = tn.pow %0, %one : (!nx4, tensor<f32>) -> !nx4
  // CHECK: tn.compare {{.*}} {predicate = #tn.compare<le>}
  %2 = tn.compare %1, %one {predicate = #tn.compare<le>} : (!nx4, tensor<f32>) -> !nx4b
  return %2 : !nx4b
}

// CHECK-LABEL: @choose
func.func @choose(%c: tensor<1xi1>, %x: !nx4, %y: tensor<?x1xf32, #tn.shape<[n, 1]>>)
    -> tensor<?x4xf16, #tn.shape<[n, 4]>> {
  // CHECK: tn.select {{.*}} -> tensor<?x4xf32, #tn.shape<[n, 4]>>
  %0 = tn.select %c, %x, %y : (tensor<1xi1>, !nx4, tensor<?x1xf32, #tn.shape<[n, 1]>>) -> !nx4
  // CHECK: tn.cast {{.*}} -> tensor<?x4xf16, #tn.shape<[n, 4]>>
  %1 = tn.cast %0 : (!nx4) -> tensor<?x4xf16, #tn.shape<[n, 4]>>
  return %1 : tensor<?x4xf16, #tn.shape<[n, 4]>>
}

// CHECK-LABEL: @dequantize
// CHECK: tn.dequantize %arg0, %arg1, %arg2 {block = 4 : i64}
func.func @dequantize(%x: tensor<10x6xi4>, %s: tensor<3x6xf32>, %z: tensor<3x1xi4>) -> tensor<10x6xf32> {
  %0 = tn.dequantize %x, %s, %z {block = 4} : (tensor<10x6xi4>, tensor<3x6xf32>, tensor<3x1xi4>) -> tensor<10x6xf32>
  return %0 : tensor<10x6xf32>
}
