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

// A weight that stays narrow is not turned into floats; what its parameters
// are computed from is.
// CHECK-LABEL: func.func @narrow
// CHECK-NOT: tn.mul
// CHECK: %[[D:.*]] = tn.dequantize %{{.*}} : (tensor<256x512xi8>, tensor<512xf32>)
// CHECK: tn.matmul %arg0, %[[D]]
func.func @narrow(%x: tensor<3x256xf32> {tn.name = "x"}) -> (tensor<3x512xf32> {tn.name = "y"}) {
  %w = tn.constant dense<1> : tensor<256x512xi8>
  %a = tn.constant dense<0.5> : tensor<512xf32>
  %s = tn.mul %a, %a : (tensor<512xf32>, tensor<512xf32>) -> tensor<512xf32>
  %0 = tn.dequantize %w, %s : (tensor<256x512xi8>, tensor<512xf32>) -> tensor<256x512xf32>
  %1 = tn.matmul %x, %0 : (tensor<3x256xf32>, tensor<256x512xf32>) -> tensor<3x512xf32>
  return %1 : tensor<3x512xf32>
}

// What depends on a size is not constant: where a slice starts, or how many
// rows of no elements there are.
// CHECK-LABEL: func.func @sizes
// CHECK: tn.broadcast
// CHECK: tn.slice
func.func @sizes(%x: tensor<?x2xf32, #tn.shape<[n, 2]>> {tn.name = "x"}) -> (tensor<?x0xf32, #tn.shape<[n, 0]>> {tn.name = "y"}, tensor<1x2xf32> {tn.name = "z"}) {
  %zero = tn.constant dense<0.0> : tensor<f32>
  %0 = tn.broadcast %zero : (tensor<f32>) -> tensor<?x0xf32, #tn.shape<[n, 0]>>
  %table = tn.constant dense<[[1.0, 4.0], [9.0, 2.0], [3.0, 4.0]]> : tensor<3x2xf32>
  %1 = tn.slice %table {starts = #tn.shape<[n, 0]>, steps = array<i64: 1, 1>} : (tensor<3x2xf32>) -> tensor<1x2xf32>
  return %0, %1 : tensor<?x0xf32, #tn.shape<[n, 0]>>, tensor<1x2xf32>
}
