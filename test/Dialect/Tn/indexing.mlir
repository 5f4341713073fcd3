// RUN: tenon-opt %s | tenon-opt | FileCheck %s

!nx4 = tensor<?x4xf32, #tn.shape<[n, 4]>>

// CHECK-LABEL: @gathers
func.func @gathers(%x: !nx4, %i: tensor<3x2xi64>, %e: tensor<?x1xi32, #tn.shape<[n, 1]>>, %t: tensor<5x1xi64>) {
  // CHECK: tn.gather {{.*}} {axis = 1 : i64} : {{.*}} -> tensor<?x3x2xf32, #tn.shape<[n, 3, 2]>>
  %0 = tn.gather %x, %i {axis = 1 : i64} : (!nx4, tensor<3x2xi64>) -> tensor<?x3x2xf32, #tn.shape<[n, 3, 2]>>
  // CHECK: tn.gather_elements
  %1 = tn.gather_elements %x, %e {axis = 1 : i64}
      : (!nx4, tensor<?x1xi32, #tn.shape<[n, 1]>>) -> tensor<?x1xf32, #tn.shape<[n, 1]>>
  // CHECK: tn.gather_nd {{.*}} {batch_dims = 0 : i64}
  %2 = tn.gather_nd %x, %t {batch_dims = 0 : i64} : (!nx4, tensor<5x1xi64>) -> tensor<5x4xf32>
  return
}

// CHECK-LABEL: @scatters
func.func @scatters(%x: !nx4, %i: tensor<1x4xi64>, %u: tensor<1x4xf32>, %t: tensor<1x1xi64>) {
  // CHECK: tn.scatter_elements {{.*}} {axis = 0 : i64, mode = #tn.scatter<add>}
  %0 = tn.scatter_elements %x, %i, %u {axis = 0 : i64, mode = #tn.scatter<add>}
      : (!nx4, tensor<1x4xi64>, tensor<1x4xf32>) -> !nx4
  // CHECK: tn.scatter_nd {{.*}} {mode = #tn.scatter<assign>}
  %1 = tn.scatter_nd %x, %t, %u {mode = #tn.scatter<assign>}
      : (!nx4, tensor<1x1xi64>, tensor<1x4xf32>) -> !nx4
  return
}

// CHECK-LABEL: @scans
func.func @scans(%x: !nx4) {
  // CHECK: tn.cumulative {{.*}} {axis = 0 : i64, combiner = #tn.combiner<prod>, reverse = true}
  %0 = tn.cumulative %x {axis = 0 : i64, combiner = #tn.combiner<prod>, reverse = true} : (!nx4) -> !nx4
  // CHECK: tn.top_k {{.*}} -> (tensor<?x2xf32, #tn.shape<[n, 2]>>, tensor<?x2xi64, #tn.shape<[n, 2]>>)
  %1:2 = tn.top_k %x {axis = 1 : i64, largest = true}
      : (!nx4) -> (tensor<?x2xf32, #tn.shape<[n, 2]>>, tensor<?x2xi64, #tn.shape<[n, 2]>>)
  // CHECK: tn.non_zero {{.*}} -> tensor<2x?xi64, #tn.shape<[2, count]>>
  %2 = tn.non_zero %x : (!nx4) -> tensor<2x?xi64, #tn.shape<[2, count]>>
  return
}
