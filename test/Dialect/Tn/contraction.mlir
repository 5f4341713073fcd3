// RUN: tenon-opt %s | tenon-opt | FileCheck %s

// CHECK-LABEL: @matmul
func.func @matmul(%x: tensor<?x1x?x8xf32, #tn.shape<[b, 1, n, 8]>>, %w: tensor<3x8x16xf32>,
                  %i: tensor<2x8xui8>, %j: tensor<8x4xi8>) {
  // CHECK: tn.matmul {{.*}} -> tensor<?x3x?x16xf32, #tn.shape<[b, 3, n, 16]>>
  %0 = tn.matmul %x, %w : (tensor<?x1x?x8xf32, #tn.shape<[b, 1, n, 8]>>, tensor<3x8x16xf32>)
      -> tensor<?x3x?x16xf32, #tn.shape<[b, 3, n, 16]>>
  // CHECK: tn.matmul {{.*}} {accumulator = i32} : {{.*}} -> tensor<2x4xi32>
  %1 = tn.matmul %i, %j {accumulator = i32} : (tensor<2x8xui8>, tensor<8x4xi8>) -> tensor<2x4xi32>
  return
}

// CHECK-LABEL: @windows
func.func @windows(%x: tensor<?x9x9x4xf32, #tn.shape<[n, 9, 9, 4]>>, %w: tensor<3x3x2x6xf32>, %v: tensor<2x2x4x3xf32>) {
  // CHECK: tn.conv {{.*}} {dilations = array<i64: 1, 1>, groups = 2 : i64, low = #tn.shape<[1, 1]>, strides = array<i64: 2, 2>}
  %0 = tn.conv %x, %w {strides = array<i64: 2, 2>, dilations = array<i64: 1, 1>, low = #tn.shape<[1, 1]>, groups = 2 : i64}
      : (tensor<?x9x9x4xf32, #tn.shape<[n, 9, 9, 4]>>, tensor<3x3x2x6xf32>) -> tensor<?x5x5x6xf32, #tn.shape<[n, 5, 5, 6]>>
  // CHECK: tn.conv_transpose
  %1 = tn.conv_transpose %x, %v {strides = array<i64: 2, 2>, dilations = array<i64: 1, 1>, low = #tn.shape<[0, 0]>, groups = 2 : i64}
      : (tensor<?x9x9x4xf32, #tn.shape<[n, 9, 9, 4]>>, tensor<2x2x4x3xf32>) -> tensor<?x18x18x6xf32, #tn.shape<[n, 18, 18, 6]>>
  // CHECK: tn.pool {{.*}} {combiner = #tn.combiner<max>, {{.*}}window = array<i64: 3, 3>}
  %2 = tn.pool %x {combiner = #tn.combiner<max>, window = array<i64: 3, 3>, strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, low = #tn.shape<[1, 1]>}
      : (tensor<?x9x9x4xf32, #tn.shape<[n, 9, 9, 4]>>) -> tensor<?x9x9x4xf32, #tn.shape<[n, 9, 9, 4]>>
  // CHECK: tn.arg_pool
  %3 = tn.arg_pool %x {window = array<i64: 3, 3>, strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, low = #tn.shape<[1, 1]>}
      : (tensor<?x9x9x4xf32, #tn.shape<[n, 9, 9, 4]>>) -> tensor<?x9x9x4xi64, #tn.shape<[n, 9, 9, 4]>>
  return
}

// CHECK-LABEL: @lstm
func.func @lstm(%p: tensor<?x2x32xf32, #tn.shape<[t, 2, 32]>>, %r: tensor<8x32xf32>, %b: tensor<32xf32>,
                %h: tensor<2x8xf32>, %c: tensor<2x8xf32>, %l: tensor<2xi32>) {
  // CHECK: tn.recurrent {{.*}}kind = #tn.cell<lstm>{{.*}}operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 0, 1>
  %0:3 = tn.recurrent %p, %r, %b, %h, %c, %l {
      operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 0, 1>, kind = #tn.cell<lstm>, reverse = false,
      linear_before_reset = false, input_forget = false, clip = 0.0 : f32,
      activations = array<i32: 0, 1, 1>, alphas = array<f32: 0.0, 0.0, 0.0>, betas = array<f32: 0.0, 0.0, 0.0>}
      : (tensor<?x2x32xf32, #tn.shape<[t, 2, 32]>>, tensor<8x32xf32>, tensor<32xf32>, tensor<2x8xf32>, tensor<2x8xf32>, tensor<2xi32>)
      -> (tensor<?x2x8xf32, #tn.shape<[t, 2, 8]>>, tensor<2x8xf32>, tensor<2x8xf32>)
  return
}

// CHECK-LABEL: func.func @attention
// CHECK: tn.attention %arg0, %arg1, %arg2, %arg3 {{.*}}scale = 1.250000e-01 : f32
func.func @attention(%q: tensor<?x5x4x64xf32, #tn.shape<[b, 5, 4, 64]>>, %k: tensor<?x2x?x64xf32, #tn.shape<[b, 2, n, 64]>>, %v: tensor<?x2x?x32xf32, #tn.shape<[b, 2, n, 32]>>, %m: tensor<?xf32, #tn.shape<[n]>>) -> tensor<?x4x5x32xf32, #tn.shape<[b, 4, 5, 32]>> {
  %0 = tn.attention %q, %k, %v, %m {scale = 0.125 : f32, q_order = array<i64: 0, 2, 1, 3>, k_order = array<i64: 0, 1, 2, 3>, v_order = array<i64: 0, 1, 2, 3>, result_order = array<i64: 0, 1, 2, 3>} : (tensor<?x5x4x64xf32, #tn.shape<[b, 5, 4, 64]>>, tensor<?x2x?x64xf32, #tn.shape<[b, 2, n, 64]>>, tensor<?x2x?x32xf32, #tn.shape<[b, 2, n, 32]>>, tensor<?xf32, #tn.shape<[n]>>) -> tensor<?x4x5x32xf32, #tn.shape<[b, 4, 5, 32]>>
  return %0 : tensor<?x4x5x32xf32, #tn.shape<[b, 4, 5, 32]>>
}
