// RUN: tenon-opt %s | tenon-opt | FileCheck %s

!nx4 = tensor<?x4xf32, #tn.shape<[n, 4]>>

// CHECK-LABEL: @reductions
func.func @reductions(%x: !nx4) -> (tensor<1x1xf32>, tensor<1x4xi64>) {
  // CHECK: tn.reduce {{.*}} {axes = array<i64: 0, 1>, combiner = #tn.combiner<max>} : {{.*}} -> tensor<1x1xf32>
  %0 = tn.reduce %x {axes = array<i64: 0, 1>, combiner = #tn.combiner<max>} : (!nx4) -> tensor<1x1xf32>
  // CHECK: tn.arg_reduce {{.*}} {axis = 0 : i64, largest = true, select_last = false} : {{.*}} -> tensor<1x4xi64>
  %1 = tn.arg_reduce %x {axis = 0 : i64, largest = true, select_last = false} : (!nx4) -> tensor<1x4xi64>
  return %0, %1 : tensor<1x1xf32>, tensor<1x4xi64>
}
