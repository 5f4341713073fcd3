// RUN: tenon-opt %s --tn-form-fusions | FileCheck %s

// CHECK-LABEL: func.func @elementwise_chain
// CHECK-COUNT-1: tn.fusion
// CHECK: tn.sigmoid
// CHECK-NEXT: tn.add
// CHECK-NOT: tn.fusion
// CHECK: return
func.func @elementwise_chain(%x: tensor<4x8xf32>, %b: tensor<8xf32>) -> tensor<4x8xf32> {
  %0 = tn.sigmoid %x : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %1 = tn.add %0, %b : (tensor<4x8xf32>, tensor<8xf32>) -> tensor<4x8xf32>
  return %1 : tensor<4x8xf32>
}

// A softmax is one kernel: two reductions over the same rows.
// CHECK-LABEL: func.func @softmax
// CHECK-COUNT-1: tn.fusion
// CHECK: tn.div
// CHECK-NOT: tn.fusion
// CHECK: return
func.func @softmax(%x: tensor<4x8xf32>) -> tensor<4x8xf32> {
  %m = tn.reduce %x {axes = array<i64: 1>, combiner = #tn.combiner<max>} : (tensor<4x8xf32>) -> tensor<4x1xf32>
  %s = tn.sub %x, %m : (tensor<4x8xf32>, tensor<4x1xf32>) -> tensor<4x8xf32>
  %e = tn.exp %s : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %t = tn.reduce %e {axes = array<i64: 1>, combiner = #tn.combiner<sum>} : (tensor<4x8xf32>) -> tensor<4x1xf32>
  %y = tn.div %e, %t : (tensor<4x8xf32>, tensor<4x1xf32>) -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// What follows a contraction joins it; what leads to it does not.
// CHECK-LABEL: func.func @matmul_epilogue
// CHECK: tn.fusion
// CHECK: tn.exp
// CHECK: tn.fusion
// CHECK: tn.matmul
// CHECK-NEXT: tn.add
func.func @matmul_epilogue(%a: tensor<4x8xf32>, %b: tensor<8x16xf32>, %c: tensor<16xf32>) -> tensor<4x16xf32> {
  %0 = tn.exp %a : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %1 = tn.matmul %0, %b : (tensor<4x8xf32>, tensor<8x16xf32>) -> tensor<4x16xf32>
  %2 = tn.add %1, %c : (tensor<4x16xf32>, tensor<16xf32>) -> tensor<4x16xf32>
  return %2 : tensor<4x16xf32>
}

// A value that two kernels read is a result of the one that can compute it.
// CHECK-LABEL: func.func @two_users
// CHECK: %[[ABS:.*]]:2 = tn.fusion(%arg0)
// CHECK: %[[E:.*]] = tn.exp
// CHECK-NEXT: %[[A:.*]] = tn.abs %[[E]]
// CHECK-NEXT: tn.yield %[[E]], %[[A]]
// CHECK: tn.fusion(%[[ABS]]#0, %arg1)
// CHECK: tn.matmul
func.func @two_users(%x: tensor<4x8xf32>, %b: tensor<8x8xf32>) -> (tensor<4x8xf32>, tensor<4x8xf32>) {
  %0 = tn.exp %x : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %1 = tn.abs %0 : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %2 = tn.matmul %0, %b : (tensor<4x8xf32>, tensor<8x8xf32>) -> tensor<4x8xf32>
  return %1, %2 : tensor<4x8xf32>, tensor<4x8xf32>
}

// The one kernel would have to run before and after the matmul.
// CHECK-LABEL: func.func @negative_cycle
// CHECK-COUNT-3: tn.fusion
func.func @negative_cycle(%x: tensor<8x8xf32>, %b: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %0 = tn.exp %x : (tensor<8x8xf32>) -> tensor<8x8xf32>
  %1 = tn.matmul %0, %b : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
  %2 = tn.reduce %1 {axes = array<i64: 1>, combiner = #tn.combiner<max>} : (tensor<8x8xf32>) -> tensor<8x1xf32>
  %3 = tn.add %0, %2 : (tensor<8x8xf32>, tensor<8x1xf32>) -> tensor<8x8xf32>
  return %3 : tensor<8x8xf32>
}

// RMSNorm of embeddings: a gather before, elementwise work in between and after.
// CHECK-LABEL: func.func @gather_norm
// CHECK-COUNT-1: tn.fusion
// CHECK: tn.gather
// CHECK: tn.reduce
// CHECK: tn.sqrt
// CHECK: tn.div
// CHECK-NOT: tn.fusion
// CHECK: return
func.func @gather_norm(%table: tensor<100x64xf32>, %ids: tensor<8xi64>) -> tensor<8x64xf32> {
  %n = tn.constant dense<64.0> : tensor<f32>
  %x = tn.gather %table, %ids {axis = 0 : i64} : (tensor<100x64xf32>, tensor<8xi64>) -> tensor<8x64xf32>
  %0 = tn.mul %x, %x : (tensor<8x64xf32>, tensor<8x64xf32>) -> tensor<8x64xf32>
  %1 = tn.reduce %0 {axes = array<i64: 1>, combiner = #tn.combiner<sum>} : (tensor<8x64xf32>) -> tensor<8x1xf32>
  %2 = tn.div %1, %n : (tensor<8x1xf32>, tensor<f32>) -> tensor<8x1xf32>
  %3 = tn.sqrt %2 : (tensor<8x1xf32>) -> tensor<8x1xf32>
  %4 = tn.div %x, %3 : (tensor<8x64xf32>, tensor<8x1xf32>) -> tensor<8x64xf32>
  return %4 : tensor<8x64xf32>
}

// Cheap work is done again where it is broadcast; a sine is not.
// CHECK-LABEL: func.func @broadcast_producers
// CHECK-COUNT-2: tn.fusion
// CHECK: tn.broadcast
// CHECK-NOT: tn.fusion
// CHECK: return
func.func @broadcast_producers(%x: tensor<64xf32>) -> tensor<16x64xf32> {
  %0 = tn.sin %x : (tensor<64xf32>) -> tensor<64xf32>
  %1 = tn.neg %0 : (tensor<64xf32>) -> tensor<64xf32>
  %2 = tn.broadcast %1 : (tensor<64xf32>) -> tensor<16x64xf32>
  return %2 : tensor<16x64xf32>
}

// Slices and a concat of two are part of the loop (rotate_half of RoPE).
// CHECK-LABEL: func.func @rotate_half
// CHECK-COUNT-1: tn.fusion
// CHECK-COUNT-2: tn.slice
// CHECK: tn.concat
// CHECK-NOT: tn.fusion
// CHECK: return
func.func @rotate_half(%x: tensor<4x64xf32>, %c: tensor<4x64xf32>, %s: tensor<4x64xf32>) -> tensor<4x64xf32> {
  %0 = tn.slice %x {starts = #tn.shape<[0, 32]>, steps = array<i64: 1, 1>} : (tensor<4x64xf32>) -> tensor<4x32xf32>
  %1 = tn.slice %x {starts = #tn.shape<[0, 0]>, steps = array<i64: 1, 1>} : (tensor<4x64xf32>) -> tensor<4x32xf32>
  %2 = tn.neg %0 : (tensor<4x32xf32>) -> tensor<4x32xf32>
  %3 = tn.concat %2, %1 {axis = 1 : i64} : (tensor<4x32xf32>, tensor<4x32xf32>) -> tensor<4x64xf32>
  %4 = tn.mul %3, %s : (tensor<4x64xf32>, tensor<4x64xf32>) -> tensor<4x64xf32>
  %5 = tn.mul %x, %c : (tensor<4x64xf32>, tensor<4x64xf32>) -> tensor<4x64xf32>
  %6 = tn.add %5, %4 : (tensor<4x64xf32>, tensor<4x64xf32>) -> tensor<4x64xf32>
  return %6 : tensor<4x64xf32>
}

// Two reductions of one tensor read it once.
// CHECK-LABEL: func.func @siblings
// CHECK-COUNT-1: tn.fusion
// CHECK-COUNT-2: tn.reduce
// CHECK-NOT: tn.fusion
// CHECK: return
func.func @siblings(%x: tensor<4x64xf32>) -> (tensor<4x1xf32>, tensor<4x1xf32>) {
  %0 = tn.reduce %x {axes = array<i64: 1>, combiner = #tn.combiner<sum>} : (tensor<4x64xf32>) -> tensor<4x1xf32>
  %1 = tn.reduce %x {axes = array<i64: 1>, combiner = #tn.combiner<max>} : (tensor<4x64xf32>) -> tensor<4x1xf32>
  return %0, %1 : tensor<4x1xf32>, tensor<4x1xf32>
}

// The sum is needed where only the dims before the transpose are known.
// CHECK-LABEL: func.func @negative_moved_reduction
// CHECK-COUNT-2: tn.fusion
func.func @negative_moved_reduction(%x: tensor<4x8x8xf32>) -> tensor<8x4x1xf32> {
  %0 = tn.reduce %x {axes = array<i64: 2>, combiner = #tn.combiner<sum>} : (tensor<4x8x8xf32>) -> tensor<4x8x1xf32>
  %1 = tn.transpose %0 {permutation = array<i64: 1, 0, 2>} : (tensor<4x8x1xf32>) -> tensor<8x4x1xf32>
  %2 = tn.exp %1 : (tensor<8x4x1xf32>) -> tensor<8x4x1xf32>
  return %2 : tensor<8x4x1xf32>
}

// A view of whole rows is part of the loop.
// CHECK-LABEL: func.func @through_view
// CHECK-COUNT-1: tn.fusion
// CHECK: tn.exp
// CHECK-NEXT: tn.reshape
// CHECK-NEXT: tn.transpose
// CHECK-NOT: tn.fusion
// CHECK: return
func.func @through_view(%x: tensor<6x4x8xf32>) -> tensor<3x2x4x8xf32> {
  %0 = tn.exp %x : (tensor<6x4x8xf32>) -> tensor<6x4x8xf32>
  %1 = tn.reshape %0 : (tensor<6x4x8xf32>) -> tensor<2x3x4x8xf32>
  %2 = tn.transpose %1 {permutation = array<i64: 1, 0, 2, 3>} : (tensor<2x3x4x8xf32>) -> tensor<3x2x4x8xf32>
  return %2 : tensor<3x2x4x8xf32>
}

// Rows of three merged: an index would be divided by 3 for each element.
// CHECK-LABEL: func.func @negative_view
// CHECK-COUNT-2: tn.fusion
func.func @negative_view(%x: tensor<4x2x3xf32>) -> tensor<4x5xf32> {
  %0 = tn.exp %x : (tensor<4x2x3xf32>) -> tensor<4x2x3xf32>
  %1 = tn.reshape %0 : (tensor<4x2x3xf32>) -> tensor<4x6xf32>
  %2 = tn.slice %1 {starts = #tn.shape<[0, 1]>, steps = array<i64: 1, 1>} : (tensor<4x6xf32>) -> tensor<4x5xf32>
  return %2 : tensor<4x5xf32>
}

// Gate and up of a gated layer are one kernel.
// CHECK-LABEL: func.func @gated
// CHECK-COUNT-1: tn.fusion
// CHECK-COUNT-2: tn.matmul
// CHECK-NOT: tn.fusion
// CHECK: return
tn.data @gate = <"m.onnx", 0, 512> : tensor<8x16xf32>
tn.data @up = <"m.onnx", 512, 512> : tensor<8x16xf32>
func.func @gated(%x: tensor<4x8xf32>) -> tensor<4x16xf32> {
  %g = tn.weight @gate : tensor<8x16xf32>
  %u = tn.weight @up : tensor<8x16xf32>
  %0 = tn.matmul %x, %g : (tensor<4x8xf32>, tensor<8x16xf32>) -> tensor<4x16xf32>
  %1 = tn.matmul %x, %u : (tensor<4x8xf32>, tensor<8x16xf32>) -> tensor<4x16xf32>
  %2 = tn.sigmoid %0 : (tensor<4x16xf32>) -> tensor<4x16xf32>
  %3 = tn.mul %2, %0 : (tensor<4x16xf32>, tensor<4x16xf32>) -> tensor<4x16xf32>
  %4 = tn.mul %3, %1 : (tensor<4x16xf32>, tensor<4x16xf32>) -> tensor<4x16xf32>
  return %4 : tensor<4x16xf32>
}

// A convolution copies the few channels of an image from where they lie.
// CHECK-LABEL: func.func @image
// CHECK-COUNT-1: tn.fusion
// CHECK: tn.sub
// CHECK-NEXT: tn.transpose
// CHECK-NEXT: tn.conv
// CHECK-NOT: tn.fusion
// CHECK: return
tn.data @first = <"m.onnx", 0, 6912> : tensor<3x3x3x64xf32>
func.func @image(%x: tensor<1x3x32x32xf32>, %mean: tensor<3x1x1xf32>) -> tensor<1x30x30x64xf32> {
  %w = tn.weight @first : tensor<3x3x3x64xf32>
  %0 = tn.sub %x, %mean : (tensor<1x3x32x32xf32>, tensor<3x1x1xf32>) -> tensor<1x3x32x32xf32>
  %1 = tn.transpose %0 {permutation = array<i64: 0, 2, 3, 1>} : (tensor<1x3x32x32xf32>) -> tensor<1x32x32x3xf32>
  %2 = tn.conv %1, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, low = #tn.shape<[0, 0]>, groups = 1 : i64} : (tensor<1x32x32x3xf32>, tensor<3x3x3x64xf32>) -> tensor<1x30x30x64xf32>
  return %2 : tensor<1x30x30x64xf32>
}

// Many channels are transposed faster by themselves.
// CHECK-LABEL: func.func @negative_image
// CHECK-COUNT-2: tn.fusion
tn.data @many = <"m.onnx", 0, 147456> : tensor<3x3x64x64xf32>
func.func @negative_image(%x: tensor<1x64x32x32xf32>) -> tensor<1x30x30x64xf32> {
  %w = tn.weight @many : tensor<3x3x64x64xf32>
  %1 = tn.transpose %x {permutation = array<i64: 0, 2, 3, 1>} : (tensor<1x64x32x32xf32>) -> tensor<1x32x32x64xf32>
  %2 = tn.conv %1, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, low = #tn.shape<[0, 0]>, groups = 1 : i64} : (tensor<1x32x32x64xf32>, tensor<3x3x64x64xf32>) -> tensor<1x30x30x64xf32>
  return %2 : tensor<1x30x30x64xf32>
}

// An attention reads its operands from memory, constants too.
// CHECK-LABEL: func.func @constant_keys
// CHECK: %[[K:.*]] = tn.constant dense<1.0
// CHECK: tn.fusion(%arg0, %[[K]]
func.func @constant_keys(%q: tensor<1x2x5x16xf32>) -> tensor<1x2x5x16xf32> {
  %k = tn.constant dense<1.0> : tensor<1x2x7x16xf32>
  %0 = tn.attention %q, %k, %k {scale = 1.0 : f32, q_order = array<i64: 0, 1, 2, 3>, k_order = array<i64: 0, 1, 2, 3>, v_order = array<i64: 0, 1, 2, 3>, result_order = array<i64: 0, 1, 2, 3>} : (tensor<1x2x5x16xf32>, tensor<1x2x7x16xf32>, tensor<1x2x7x16xf32>) -> tensor<1x2x5x16xf32>
  return %0 : tensor<1x2x5x16xf32>
}

// Products compute what their quantized weight stands for, each by itself.
// CHECK-LABEL: func.func @quantized
// CHECK-NOT: tn.dequantize
// CHECK: tn.fusion(%arg0, %arg2, %arg3
// CHECK: tn.dequantize
// CHECK-NEXT: tn.matmul
// CHECK: tn.fusion(%arg1, %arg2, %arg3
// CHECK: tn.dequantize
// CHECK-NEXT: tn.matmul
func.func @quantized(%x: tensor<3x256xf32>, %y: tensor<5x256xf32>, %w: tensor<256x512xi8>, %s: tensor<512xf32>) -> (tensor<3x512xf32>, tensor<5x512xf32>) {
  %0 = tn.dequantize %w, %s : (tensor<256x512xi8>, tensor<512xf32>) -> tensor<256x512xf32>
  %1 = tn.matmul %x, %0 : (tensor<3x256xf32>, tensor<256x512xf32>) -> tensor<3x512xf32>
  %2 = tn.matmul %y, %0 : (tensor<5x256xf32>, tensor<256x512xf32>) -> tensor<5x512xf32>
  return %1, %2 : tensor<3x512xf32>, tensor<5x512xf32>
}

// A depthwise convolution reads 8-bit elements and widens them as it copies; what
// makes them 8-bit belongs to the kernel before.
// CHECK-LABEL: func.func @narrow_input
// CHECK: tn.fusion
// CHECK: tn.conv
// CHECK: tn.cast {{.*}}ui8
// CHECK: tn.fusion
// CHECK: tn.cast
// CHECK-NEXT: tn.mul
// CHECK-NEXT: tn.conv
// CHECK-NOT: tn.fusion
// CHECK: return
func.func @narrow_input(%x: tensor<1x8x8x32xf32>, %w: tensor<1x1x32x64xf32>, %d: tensor<3x3x1x64xf32>) -> tensor<1x8x8x64xf32> {
  %s = tn.constant dense<0.5> : tensor<f32>
  %0 = tn.conv %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, low = #tn.shape<[0, 0]>, groups = 1 : i64} : (tensor<1x8x8x32xf32>, tensor<1x1x32x64xf32>) -> tensor<1x8x8x64xf32>
  %1 = tn.round %0 : (tensor<1x8x8x64xf32>) -> tensor<1x8x8x64xf32>
  %2 = tn.cast %1 : (tensor<1x8x8x64xf32>) -> tensor<1x8x8x64xui8>
  %3 = tn.cast %2 : (tensor<1x8x8x64xui8>) -> tensor<1x8x8x64xf32>
  %4 = tn.mul %3, %s : (tensor<1x8x8x64xf32>, tensor<f32>) -> tensor<1x8x8x64xf32>
  %5 = tn.conv %4, %d {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, low = #tn.shape<[1, 1]>, groups = 64 : i64} : (tensor<1x8x8x64xf32>, tensor<3x3x1x64xf32>) -> tensor<1x8x8x64xf32>
  return %5 : tensor<1x8x8x64xf32>
}

// A root mean square whose sum leaves as well: both read the input, but what the
// square transpose moves is not in the rows that the reduction walks.
// CHECK-LABEL: func.func @moves_after_reduction
// CHECK: tn.fusion
// CHECK: tn.reduce
// CHECK-NOT: tn.transpose
// CHECK: tn.yield
// CHECK: tn.fusion
// CHECK: tn.transpose
// CHECK: return
func.func @moves_after_reduction(%x: tensor<8x8x6xf32>) -> (tensor<8x8x1xf32>, tensor<8x8x6xf32>, tensor<8x8x1xf32>) {
  %e = tn.constant dense<0.125> : tensor<f32>
  %0 = tn.mul %x, %x : (tensor<8x8x6xf32>, tensor<8x8x6xf32>) -> tensor<8x8x6xf32>
  %1 = tn.reduce %0 {axes = array<i64: 2>, combiner = #tn.combiner<sum>} : (tensor<8x8x6xf32>) -> tensor<8x8x1xf32>
  %2 = tn.add %1, %e : (tensor<8x8x1xf32>, tensor<f32>) -> tensor<8x8x1xf32>
  %3 = tn.sqrt %2 : (tensor<8x8x1xf32>) -> tensor<8x8x1xf32>
  %4 = tn.div %x, %3 : (tensor<8x8x6xf32>, tensor<8x8x1xf32>) -> tensor<8x8x6xf32>
  %5 = tn.transpose %4 {permutation = array<i64: 1, 0, 2>} : (tensor<8x8x6xf32>) -> tensor<8x8x6xf32>
  %6 = tn.transpose %2 {permutation = array<i64: 1, 0, 2>} : (tensor<8x8x1xf32>) -> tensor<8x8x1xf32>
  return %2, %5, %6 : tensor<8x8x1xf32>, tensor<8x8x6xf32>, tensor<8x8x1xf32>
}
