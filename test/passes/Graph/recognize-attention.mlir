// RUN: tenon-opt %s --tn-recognize-attention --canonicalize --remark-format=emitRemark --remarks-filter=recognize 2>%t | FileCheck %s
// RUN: FileCheck %s --check-prefix=REMARK --input-file=%t

// Transposes of heads on both sides belong to it.
// CHECK-LABEL: func.func @bert
// CHECK-NEXT: %[[A:.*]] = tn.attention %arg0, %arg1, %arg2, %arg3 {k_order = array<i64: 0, 2, 1, 3>, q_order = array<i64: 0, 2, 1, 3>, result_order = array<i64: 0, 2, 1, 3>, scale = 1.250000e-01 : f32, v_order = array<i64: 0, 2, 1, 3>}
// CHECK-NEXT: return %[[A]]
// REMARK: [Passed] Attention
func.func @bert(%q: tensor<2x5x4x64xf32>, %k: tensor<2x7x4x64xf32>, %v: tensor<2x7x4x64xf32>, %m: tensor<2x1x1x7xf32>) -> tensor<2x5x4x64xf32> {
  %eight = tn.constant dense<8.0> : tensor<f32>
  %0 = tn.transpose %q {permutation = array<i64: 0, 2, 1, 3>} : (tensor<2x5x4x64xf32>) -> tensor<2x4x5x64xf32>
  %1 = tn.transpose %k {permutation = array<i64: 0, 2, 3, 1>} : (tensor<2x7x4x64xf32>) -> tensor<2x4x64x7xf32>
  %2 = tn.transpose %v {permutation = array<i64: 0, 2, 1, 3>} : (tensor<2x7x4x64xf32>) -> tensor<2x4x7x64xf32>
  %3 = tn.matmul %0, %1 : (tensor<2x4x5x64xf32>, tensor<2x4x64x7xf32>) -> tensor<2x4x5x7xf32>
  %4 = tn.div %3, %eight : (tensor<2x4x5x7xf32>, tensor<f32>) -> tensor<2x4x5x7xf32>
  %5 = tn.add %4, %m : (tensor<2x4x5x7xf32>, tensor<2x1x1x7xf32>) -> tensor<2x4x5x7xf32>
  %6 = tn.reduce %5 {axes = array<i64: 3>, combiner = #tn.combiner<max>} : (tensor<2x4x5x7xf32>) -> tensor<2x4x5x1xf32>
  %7 = tn.sub %5, %6 : (tensor<2x4x5x7xf32>, tensor<2x4x5x1xf32>) -> tensor<2x4x5x7xf32>
  %8 = tn.exp %7 : (tensor<2x4x5x7xf32>) -> tensor<2x4x5x7xf32>
  %9 = tn.reduce %8 {axes = array<i64: 3>, combiner = #tn.combiner<sum>} : (tensor<2x4x5x7xf32>) -> tensor<2x4x5x1xf32>
  %10 = tn.div %8, %9 : (tensor<2x4x5x7xf32>, tensor<2x4x5x1xf32>) -> tensor<2x4x5x7xf32>
  %11 = tn.matmul %10, %2 : (tensor<2x4x5x7xf32>, tensor<2x4x7x64xf32>) -> tensor<2x4x5x64xf32>
  %12 = tn.transpose %11 {permutation = array<i64: 0, 2, 1, 3>} : (tensor<2x4x5x64xf32>) -> tensor<2x5x4x64xf32>
  return %12 : tensor<2x5x4x64xf32>
}

// Keys and values of two heads serve four each.
// CHECK-LABEL: func.func @grouped
// CHECK-NEXT: %[[A:.*]] = tn.attention %arg0, %arg1, %arg2 {k_order = array<i64: 0, 1, 2, 3>,
// CHECK-NEXT: return %[[A]]
// REMARK: [Passed] Attention
func.func @grouped(%q: tensor<1x8x5x16xf32>, %k: tensor<1x2x7x16xf32>, %v: tensor<1x2x7x16xf32>) -> tensor<1x8x5x16xf32> {
  %0 = tn.reshape %k : (tensor<1x2x7x16xf32>) -> tensor<1x2x1x7x16xf32>
  %1 = tn.broadcast %0 : (tensor<1x2x1x7x16xf32>) -> tensor<1x2x4x7x16xf32>
  %2 = tn.reshape %1 : (tensor<1x2x4x7x16xf32>) -> tensor<1x8x7x16xf32>
  %3 = tn.transpose %2 {permutation = array<i64: 0, 1, 3, 2>} : (tensor<1x8x7x16xf32>) -> tensor<1x8x16x7xf32>
  %4 = tn.reshape %v : (tensor<1x2x7x16xf32>) -> tensor<1x2x1x7x16xf32>
  %5 = tn.broadcast %4 : (tensor<1x2x1x7x16xf32>) -> tensor<1x2x4x7x16xf32>
  %6 = tn.reshape %5 : (tensor<1x2x4x7x16xf32>) -> tensor<1x8x7x16xf32>
  %7 = tn.matmul %q, %3 : (tensor<1x8x5x16xf32>, tensor<1x8x16x7xf32>) -> tensor<1x8x5x7xf32>
  %8 = tn.reduce %7 {axes = array<i64: 3>, combiner = #tn.combiner<max>} : (tensor<1x8x5x7xf32>) -> tensor<1x8x5x1xf32>
  %9 = tn.sub %7, %8 : (tensor<1x8x5x7xf32>, tensor<1x8x5x1xf32>) -> tensor<1x8x5x7xf32>
  %10 = tn.exp %9 : (tensor<1x8x5x7xf32>) -> tensor<1x8x5x7xf32>
  %11 = tn.reduce %10 {axes = array<i64: 3>, combiner = #tn.combiner<sum>} : (tensor<1x8x5x7xf32>) -> tensor<1x8x5x1xf32>
  %12 = tn.div %10, %11 : (tensor<1x8x5x7xf32>, tensor<1x8x5x1xf32>) -> tensor<1x8x5x7xf32>
  %13 = tn.matmul %12, %6 : (tensor<1x8x5x7xf32>, tensor<1x8x7x16xf32>) -> tensor<1x8x5x16xf32>
  return %13 : tensor<1x8x5x16xf32>
}

// The weights are a result, too.
// CHECK-LABEL: func.func @negative_used_weights
// CHECK-NOT: tn.attention
// CHECK: return
func.func @negative_used_weights(%q: tensor<1x2x5x16xf32>, %k: tensor<1x2x16x7xf32>, %v: tensor<1x2x7x16xf32>) -> (tensor<1x2x5x7xf32>, tensor<1x2x5x16xf32>) {
  %0 = tn.matmul %q, %k : (tensor<1x2x5x16xf32>, tensor<1x2x16x7xf32>) -> tensor<1x2x5x7xf32>
  %1 = tn.reduce %0 {axes = array<i64: 3>, combiner = #tn.combiner<max>} : (tensor<1x2x5x7xf32>) -> tensor<1x2x5x1xf32>
  %2 = tn.sub %0, %1 : (tensor<1x2x5x7xf32>, tensor<1x2x5x1xf32>) -> tensor<1x2x5x7xf32>
  %3 = tn.exp %2 : (tensor<1x2x5x7xf32>) -> tensor<1x2x5x7xf32>
  %4 = tn.reduce %3 {axes = array<i64: 3>, combiner = #tn.combiner<sum>} : (tensor<1x2x5x7xf32>) -> tensor<1x2x5x1xf32>
  %5 = tn.div %3, %4 : (tensor<1x2x5x7xf32>, tensor<1x2x5x1xf32>) -> tensor<1x2x5x7xf32>
  %6 = tn.matmul %5, %v : (tensor<1x2x5x7xf32>, tensor<1x2x7x16xf32>) -> tensor<1x2x5x16xf32>
  return %5, %6 : tensor<1x2x5x7xf32>, tensor<1x2x5x16xf32>
}

// A factor after the mask is a factor of the mask.
// CHECK-LABEL: func.func @negative_scaled_mask
// CHECK-NOT: tn.attention
// CHECK: return
// REMARK: [Missed] Attention {{.*}}Reason="its mask is scaled or bounded, too"
func.func @negative_scaled_mask(%q: tensor<1x2x5x16xf32>, %k: tensor<1x2x16x7xf32>, %v: tensor<1x2x7x16xf32>, %m: tensor<7xf32>) -> tensor<1x2x5x16xf32> {
  %half = tn.constant dense<0.5> : tensor<f32>
  %0 = tn.matmul %q, %k : (tensor<1x2x5x16xf32>, tensor<1x2x16x7xf32>) -> tensor<1x2x5x7xf32>
  %1 = tn.add %0, %m : (tensor<1x2x5x7xf32>, tensor<7xf32>) -> tensor<1x2x5x7xf32>
  %2 = tn.mul %1, %half : (tensor<1x2x5x7xf32>, tensor<f32>) -> tensor<1x2x5x7xf32>
  %3 = tn.reduce %2 {axes = array<i64: 3>, combiner = #tn.combiner<max>} : (tensor<1x2x5x7xf32>) -> tensor<1x2x5x1xf32>
  %4 = tn.sub %2, %3 : (tensor<1x2x5x7xf32>, tensor<1x2x5x1xf32>) -> tensor<1x2x5x7xf32>
  %5 = tn.exp %4 : (tensor<1x2x5x7xf32>) -> tensor<1x2x5x7xf32>
  %6 = tn.reduce %5 {axes = array<i64: 3>, combiner = #tn.combiner<sum>} : (tensor<1x2x5x7xf32>) -> tensor<1x2x5x1xf32>
  %7 = tn.div %5, %6 : (tensor<1x2x5x7xf32>, tensor<1x2x5x1xf32>) -> tensor<1x2x5x7xf32>
  %8 = tn.matmul %7, %v : (tensor<1x2x5x7xf32>, tensor<1x2x7x16xf32>) -> tensor<1x2x5x16xf32>
  return %8 : tensor<1x2x5x16xf32>
}

// Causal: scores that are replaced by -inf; the condition becomes a mask.
// CHECK-LABEL: func.func @causal
// CHECK: %[[M:.*]] = tn.select %arg3
// CHECK: %[[S:.*]] = tn.add %arg4, %[[M]]
// CHECK: tn.attention %arg0, %{{.*}}, %arg2, %[[S]]
// REMARK: [Passed] Attention
func.func @causal(%q: tensor<1x2x5x16xf32>, %k: tensor<1x2x7x16xf32>, %v: tensor<1x2x7x16xf32>, %c: tensor<5x7xi1>, %m: tensor<7xf32>) -> tensor<1x2x5x16xf32> {
  %low = tn.constant dense<0xFF800000> : tensor<f32>
  %kt = tn.transpose %k {permutation = array<i64: 0, 1, 3, 2>} : (tensor<1x2x7x16xf32>) -> tensor<1x2x16x7xf32>
  %0 = tn.matmul %q, %kt : (tensor<1x2x5x16xf32>, tensor<1x2x16x7xf32>) -> tensor<1x2x5x7xf32>
  %1 = tn.select %c, %0, %low : (tensor<5x7xi1>, tensor<1x2x5x7xf32>, tensor<f32>) -> tensor<1x2x5x7xf32>
  %2 = tn.add %1, %m : (tensor<1x2x5x7xf32>, tensor<7xf32>) -> tensor<1x2x5x7xf32>
  %3 = tn.reduce %2 {axes = array<i64: 3>, combiner = #tn.combiner<max>} : (tensor<1x2x5x7xf32>) -> tensor<1x2x5x1xf32>
  %4 = tn.sub %2, %3 : (tensor<1x2x5x7xf32>, tensor<1x2x5x1xf32>) -> tensor<1x2x5x7xf32>
  %5 = tn.exp %4 : (tensor<1x2x5x7xf32>) -> tensor<1x2x5x7xf32>
  %6 = tn.reduce %5 {axes = array<i64: 3>, combiner = #tn.combiner<sum>} : (tensor<1x2x5x7xf32>) -> tensor<1x2x5x1xf32>
  %7 = tn.div %5, %6 : (tensor<1x2x5x7xf32>, tensor<1x2x5x1xf32>) -> tensor<1x2x5x7xf32>
  %8 = tn.matmul %7, %v : (tensor<1x2x5x7xf32>, tensor<1x2x7x16xf32>) -> tensor<1x2x5x16xf32>
  return %8 : tensor<1x2x5x16xf32>
}

// c * tanh(x / c) bounds scores; a factor before it is the scale.
// CHECK-LABEL: func.func @softcap
// CHECK-NEXT: tn.attention %arg0, %arg1, %arg2, %arg3 {{.*}}scale = 2.500000e-01 : f32, softcap = 3.000000e+01 : f32
// REMARK: [Passed] Attention
func.func @softcap(%q: tensor<1x2x5x16xf32>, %k: tensor<1x2x7x16xf32>, %v: tensor<1x2x7x16xf32>, %m: tensor<5x7xf32>) -> tensor<1x2x5x16xf32> {
  %quarter = tn.constant dense<0.25> : tensor<f32>
  %cap = tn.constant dense<30.0> : tensor<f32>
  %kt = tn.transpose %k {permutation = array<i64: 0, 1, 3, 2>} : (tensor<1x2x7x16xf32>) -> tensor<1x2x16x7xf32>
  %0 = tn.matmul %q, %kt : (tensor<1x2x5x16xf32>, tensor<1x2x16x7xf32>) -> tensor<1x2x5x7xf32>
  %1 = tn.mul %0, %quarter : (tensor<1x2x5x7xf32>, tensor<f32>) -> tensor<1x2x5x7xf32>
  %2 = tn.div %1, %cap : (tensor<1x2x5x7xf32>, tensor<f32>) -> tensor<1x2x5x7xf32>
  %3 = tn.tanh %2 : (tensor<1x2x5x7xf32>) -> tensor<1x2x5x7xf32>
  %4 = tn.mul %3, %cap : (tensor<1x2x5x7xf32>, tensor<f32>) -> tensor<1x2x5x7xf32>
  %5 = tn.add %4, %m : (tensor<1x2x5x7xf32>, tensor<5x7xf32>) -> tensor<1x2x5x7xf32>
  %6 = tn.reduce %5 {axes = array<i64: 3>, combiner = #tn.combiner<max>} : (tensor<1x2x5x7xf32>) -> tensor<1x2x5x1xf32>
  %7 = tn.sub %5, %6 : (tensor<1x2x5x7xf32>, tensor<1x2x5x1xf32>) -> tensor<1x2x5x7xf32>
  %8 = tn.exp %7 : (tensor<1x2x5x7xf32>) -> tensor<1x2x5x7xf32>
  %9 = tn.reduce %8 {axes = array<i64: 3>, combiner = #tn.combiner<sum>} : (tensor<1x2x5x7xf32>) -> tensor<1x2x5x1xf32>
  %10 = tn.div %8, %9 : (tensor<1x2x5x7xf32>, tensor<1x2x5x1xf32>) -> tensor<1x2x5x7xf32>
  %11 = tn.matmul %10, %v : (tensor<1x2x5x7xf32>, tensor<1x2x7x16xf32>) -> tensor<1x2x5x16xf32>
  return %11 : tensor<1x2x5x16xf32>
}

// Queries, keys and values are slices of one product; factors on both sides
// are the scale.
// CHECK-LABEL: func.func @slices
// CHECK: tn.attention %{{.*}}, %{{.*}}, %{{.*}} {k_order = array<i64: 0, 2, 1, 3>, q_order = array<i64: 0, 2, 1, 3>, result_order = array<i64: 0, 2, 1, 3>, scale = 1.250000e-01 : f32, v_order = array<i64: 0, 2, 1, 3>} : (tensor<2x7x4x16xf32>, tensor<2x7x4x16xf32>, tensor<2x7x4x16xf32>) -> tensor<2x7x4x16xf32>
// CHECK-NEXT: return
// REMARK: [Passed] Attention
func.func @slices(%x: tensor<2x7x3x4x16xf32>) -> tensor<2x7x4x16xf32> {
  %half = tn.constant dense<0.5> : tensor<f32>
  %quarter = tn.constant dense<0.25> : tensor<f32>
  %0 = tn.slice %x {starts = #tn.shape<[0, 0, 0, 0, 0]>, steps = array<i64: 1, 1, 1, 1, 1>} : (tensor<2x7x3x4x16xf32>) -> tensor<2x7x1x4x16xf32>
  %1 = tn.slice %x {starts = #tn.shape<[0, 0, 1, 0, 0]>, steps = array<i64: 1, 1, 1, 1, 1>} : (tensor<2x7x3x4x16xf32>) -> tensor<2x7x1x4x16xf32>
  %2 = tn.slice %x {starts = #tn.shape<[0, 0, 2, 0, 0]>, steps = array<i64: 1, 1, 1, 1, 1>} : (tensor<2x7x3x4x16xf32>) -> tensor<2x7x1x4x16xf32>
  %3 = tn.transpose %0 {permutation = array<i64: 2, 0, 3, 1, 4>} : (tensor<2x7x1x4x16xf32>) -> tensor<1x2x4x7x16xf32>
  %4 = tn.reshape %3 : (tensor<1x2x4x7x16xf32>) -> tensor<2x4x7x16xf32>
  %q = tn.mul %4, %half : (tensor<2x4x7x16xf32>, tensor<f32>) -> tensor<2x4x7x16xf32>
  %5 = tn.transpose %1 {permutation = array<i64: 2, 0, 3, 4, 1>} : (tensor<2x7x1x4x16xf32>) -> tensor<1x2x4x16x7xf32>
  %6 = tn.reshape %5 : (tensor<1x2x4x16x7xf32>) -> tensor<2x4x16x7xf32>
  %k = tn.mul %6, %quarter : (tensor<2x4x16x7xf32>, tensor<f32>) -> tensor<2x4x16x7xf32>
  %7 = tn.transpose %2 {permutation = array<i64: 2, 0, 3, 1, 4>} : (tensor<2x7x1x4x16xf32>) -> tensor<1x2x4x7x16xf32>
  %v = tn.reshape %7 : (tensor<1x2x4x7x16xf32>) -> tensor<2x4x7x16xf32>
  %8 = tn.matmul %q, %k : (tensor<2x4x7x16xf32>, tensor<2x4x16x7xf32>) -> tensor<2x4x7x7xf32>
  %9 = tn.reduce %8 {axes = array<i64: 3>, combiner = #tn.combiner<max>} : (tensor<2x4x7x7xf32>) -> tensor<2x4x7x1xf32>
  %10 = tn.sub %8, %9 : (tensor<2x4x7x7xf32>, tensor<2x4x7x1xf32>) -> tensor<2x4x7x7xf32>
  %11 = tn.exp %10 : (tensor<2x4x7x7xf32>) -> tensor<2x4x7x7xf32>
  %12 = tn.reduce %11 {axes = array<i64: 3>, combiner = #tn.combiner<sum>} : (tensor<2x4x7x7xf32>) -> tensor<2x4x7x1xf32>
  %13 = tn.div %11, %12 : (tensor<2x4x7x7xf32>, tensor<2x4x7x1xf32>) -> tensor<2x4x7x7xf32>
  %14 = tn.matmul %13, %v : (tensor<2x4x7x7xf32>, tensor<2x4x7x16xf32>) -> tensor<2x4x7x16xf32>
  %15 = tn.transpose %14 {permutation = array<i64: 0, 2, 1, 3>} : (tensor<2x4x7x16xf32>) -> tensor<2x7x4x16xf32>
  return %15 : tensor<2x7x4x16xf32>
}

// Whether keys have the length of the scores, or one row that is repeated, is
// known when the model runs.
// CHECK-LABEL: func.func @repeated
// CHECK-NEXT: tn.attention %arg0, %arg1, %arg2 {{.*}}length = #tn.shape<[t]>
// REMARK: [Passed] Attention
func.func @repeated(%q: tensor<1x8x5x16xf32>, %k: tensor<1x2x?x16xf32, #tn.shape<[1, 2, n, 16]>>, %v: tensor<1x2x?x16xf32, #tn.shape<[1, 2, n, 16]>>) -> tensor<1x8x5x16xf32> {
  %0 = tn.reshape %k : (tensor<1x2x?x16xf32, #tn.shape<[1, 2, n, 16]>>) -> tensor<1x2x1x?x16xf32, #tn.shape<[1, 2, 1, n, 16]>>
  %1 = tn.broadcast %0 : (tensor<1x2x1x?x16xf32, #tn.shape<[1, 2, 1, n, 16]>>) -> tensor<1x2x4x?x16xf32, #tn.shape<[1, 2, 4, t, 16]>>
  %2 = tn.reshape %1 : (tensor<1x2x4x?x16xf32, #tn.shape<[1, 2, 4, t, 16]>>) -> tensor<1x8x?x16xf32, #tn.shape<[1, 8, t, 16]>>
  %3 = tn.transpose %2 {permutation = array<i64: 0, 1, 3, 2>} : (tensor<1x8x?x16xf32, #tn.shape<[1, 8, t, 16]>>) -> tensor<1x8x16x?xf32, #tn.shape<[1, 8, 16, t]>>
  %4 = tn.reshape %v : (tensor<1x2x?x16xf32, #tn.shape<[1, 2, n, 16]>>) -> tensor<1x2x1x?x16xf32, #tn.shape<[1, 2, 1, n, 16]>>
  %5 = tn.broadcast %4 : (tensor<1x2x1x?x16xf32, #tn.shape<[1, 2, 1, n, 16]>>) -> tensor<1x2x4x?x16xf32, #tn.shape<[1, 2, 4, t, 16]>>
  %6 = tn.reshape %5 : (tensor<1x2x4x?x16xf32, #tn.shape<[1, 2, 4, t, 16]>>) -> tensor<1x8x?x16xf32, #tn.shape<[1, 8, t, 16]>>
  %7 = tn.matmul %q, %3 : (tensor<1x8x5x16xf32>, tensor<1x8x16x?xf32, #tn.shape<[1, 8, 16, t]>>) -> tensor<1x8x5x?xf32, #tn.shape<[1, 8, 5, t]>>
  %8 = tn.reduce %7 {axes = array<i64: 3>, combiner = #tn.combiner<max>} : (tensor<1x8x5x?xf32, #tn.shape<[1, 8, 5, t]>>) -> tensor<1x8x5x1xf32>
  %9 = tn.sub %7, %8 : (tensor<1x8x5x?xf32, #tn.shape<[1, 8, 5, t]>>, tensor<1x8x5x1xf32>) -> tensor<1x8x5x?xf32, #tn.shape<[1, 8, 5, t]>>
  %10 = tn.exp %9 : (tensor<1x8x5x?xf32, #tn.shape<[1, 8, 5, t]>>) -> tensor<1x8x5x?xf32, #tn.shape<[1, 8, 5, t]>>
  %11 = tn.reduce %10 {axes = array<i64: 3>, combiner = #tn.combiner<sum>} : (tensor<1x8x5x?xf32, #tn.shape<[1, 8, 5, t]>>) -> tensor<1x8x5x1xf32>
  %12 = tn.div %10, %11 : (tensor<1x8x5x?xf32, #tn.shape<[1, 8, 5, t]>>, tensor<1x8x5x1xf32>) -> tensor<1x8x5x?xf32, #tn.shape<[1, 8, 5, t]>>
  %13 = tn.matmul %12, %6 : (tensor<1x8x5x?xf32, #tn.shape<[1, 8, 5, t]>>, tensor<1x8x?x16xf32, #tn.shape<[1, 8, t, 16]>>) -> tensor<1x8x5x16xf32>
  return %13 : tensor<1x8x5x16xf32>
}
