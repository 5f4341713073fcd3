// RUN: tenon compile %s -o - --compile-to normalize | FileCheck %s

// The subgraph of constants is run; what depends on an input is left.
// CHECK-LABEL: func.func @main
// CHECK-DAG: %[[A:.*]] = tn.constant dense<[2.000000e+00, 6.000000e+00, 1.200000e+01]> : tensor<3xf32>
// CHECK: %[[Y:.*]] = tn.mul %arg0, %[[A]]
// CHECK-NOT: tn.sqrt
// CHECK: return %[[Y]]
func.func @main(%x: tensor<3xf32> {tn.name = "x"}) -> (tensor<3xf32> {tn.name = "y"}) {
  %0 = tn.constant dense<[1.0, 4.0, 9.0]> : tensor<3xf32>
  %1 = tn.sqrt %0 : (tensor<3xf32>) -> tensor<3xf32>
  %2 = tn.add %1, %0 : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  %3 = tn.mul %x, %2 : (tensor<3xf32>, tensor<3xf32>) -> tensor<3xf32>
  return %3 : tensor<3xf32>
}
