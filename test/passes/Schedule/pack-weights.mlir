// RUN: tenon-opt %s --tn-schedule-fusions=target=x86-64-v4 --tn-pack-weights | FileCheck %s
// RUN: tenon-opt %s --tn-schedule-fusions=target=x86-64-v3 --tn-pack-weights | FileCheck %s

// All targets read the same panels, so an artifact holds each weight once.

tn.data @matrix = <"m", 0, 25600> : tensor<64x100xf32>
tn.data @narrow = <"m", 25600, 2560> : tensor<64x10xf32>
tn.data @filter = <"m", 28160, 73728> : tensor<3x3x32x64xf32>
tn.data @groups = <"m", 101888, 36864> : tensor<3x3x16x64xf32>
tn.data @quads = <"m", 163328, 6400> : tensor<64x100xi8>
tn.data @batch = <"m", 138752, 24576> : tensor<3x64x32xf32>

// The unpacked weight is gone; kernels that read it alike share the packed one.
// CHECK-LABEL: @shared
// CHECK-NEXT: %[[W:.*]] = tn.weight @matrix {pack = #tn.pack<axes = [1], blocks = [32], order = [1, 0, 2]>}
// CHECK-NEXT: tn.fusion(%{{.*}}, %[[W]])
// CHECK: tn.fusion(%{{.*}}, %[[W]])
func.func @shared(%x: tensor<8x64xf32>, %y: tensor<128x64xf32>) -> (tensor<8x100xf32>, tensor<128x100xf32>) {
  %w = tn.weight @matrix : tensor<64x100xf32>
  %0 = tn.fusion (%x, %w) : (tensor<8x64xf32>, tensor<64x100xf32>) -> tensor<8x100xf32> {
  ^bb0(%a: tensor<8x64xf32>, %b: tensor<64x100xf32>):
    %m = tn.matmul %a, %b : (tensor<8x64xf32>, tensor<64x100xf32>) -> tensor<8x100xf32>
    tn.yield %m : tensor<8x100xf32>
  }
  %1 = tn.fusion (%y, %w) : (tensor<128x64xf32>, tensor<64x100xf32>) -> tensor<128x100xf32> {
  ^bb0(%a: tensor<128x64xf32>, %b: tensor<64x100xf32>):
    %m = tn.matmul %a, %b : (tensor<128x64xf32>, tensor<64x100xf32>) -> tensor<128x100xf32>
    tn.yield %m : tensor<128x100xf32>
  }
  return %0, %1 : tensor<8x100xf32>, tensor<128x100xf32>
}

// A weight that is used otherwise, too, stays beside the packed one.
// CHECK-LABEL: @also_returned
// CHECK: %[[P:.*]] = tn.weight @narrow {pack = #tn.pack<axes = [1], blocks = [16], order = [1, 0, 2]>, permutation = array<i64: 0, 1>}
// CHECK: %[[W:.*]] = tn.weight @narrow {permutation = array<i64: 0, 1>}
// CHECK: tn.fusion(%{{.*}}, %[[P]])
// CHECK: return %{{.*}}, %[[W]]
func.func @also_returned(%x: tensor<8x64xf32>) -> (tensor<8x10xf32>, tensor<64x10xf32>) {
  %w = tn.weight @narrow {permutation = array<i64: 0, 1>} : tensor<64x10xf32>
  %0 = tn.fusion (%x, %w) : (tensor<8x64xf32>, tensor<64x10xf32>) -> tensor<8x10xf32> {
  ^bb0(%a: tensor<8x64xf32>, %b: tensor<64x10xf32>):
    %m = tn.matmul %a, %b : (tensor<8x64xf32>, tensor<64x10xf32>) -> tensor<8x10xf32>
    tn.yield %m : tensor<8x10xf32>
  }
  return %0, %w : tensor<8x10xf32>, tensor<64x10xf32>
}

// CHECK-LABEL: @conv
// CHECK: tn.weight @filter {pack = #tn.pack<axes = [3], blocks = [32], order = [3, 0, 1, 2, 4]>}
func.func @conv(%x: tensor<1x14x14x32xf32>) -> tensor<1x14x14x64xf32> {
  %w = tn.weight @filter : tensor<3x3x32x64xf32>
  %0 = tn.fusion (%x, %w) : (tensor<1x14x14x32xf32>, tensor<3x3x32x64xf32>) -> tensor<1x14x14x64xf32> {
  ^bb0(%a: tensor<1x14x14x32xf32>, %b: tensor<3x3x32x64xf32>):
    %c = tn.conv %a, %b {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, low = #tn.shape<[1, 1]>, groups = 1 : i64} : (tensor<1x14x14x32xf32>, tensor<3x3x32x64xf32>) -> tensor<1x14x14x64xf32>
    tn.yield %c : tensor<1x14x14x64xf32>
  }
  return %0 : tensor<1x14x14x64xf32>
}

// Panels would hold columns of two groups.
// CHECK-LABEL: @grouped
// CHECK: tn.weight @groups :
func.func @grouped(%x: tensor<1x14x14x32xf32>) -> tensor<1x14x14x64xf32> {
  %w = tn.weight @groups : tensor<3x3x16x64xf32>
  %0 = tn.fusion (%x, %w) : (tensor<1x14x14x32xf32>, tensor<3x3x16x64xf32>) -> tensor<1x14x14x64xf32> {
  ^bb0(%a: tensor<1x14x14x32xf32>, %b: tensor<3x3x16x64xf32>):
    %c = tn.conv %a, %b {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, low = #tn.shape<[1, 1]>, groups = 2 : i64} : (tensor<1x14x14x32xf32>, tensor<3x3x16x64xf32>) -> tensor<1x14x14x64xf32>
    tn.yield %c : tensor<1x14x14x64xf32>
  }
  return %0 : tensor<1x14x14x64xf32>
}

// CHECK-LABEL: @batched
// CHECK: tn.weight @batch {pack = #tn.pack<axes = [2], blocks = [32], order = [0, 2, 1, 3]>}
func.func @batched(%x: tensor<3x8x64xf32>) -> tensor<3x8x32xf32> {
  %w = tn.weight @batch : tensor<3x64x32xf32>
  %0 = tn.fusion (%x, %w) : (tensor<3x8x64xf32>, tensor<3x64x32xf32>) -> tensor<3x8x32xf32> {
  ^bb0(%a: tensor<3x8x64xf32>, %b: tensor<3x64x32xf32>):
    %m = tn.matmul %a, %b : (tensor<3x8x64xf32>, tensor<3x64x32xf32>) -> tensor<3x8x32xf32>
    tn.yield %m : tensor<3x8x32xf32>
  }
  return %0 : tensor<3x8x32xf32>
}

// A constant that was computed becomes a weight, which can be packed.
// CHECK-LABEL: @computed
// CHECK-NEXT: tn.weight @constant {pack = #tn.pack<axes = [1], blocks = [16], order = [1, 0, 2]>}
// CHECK-NOT: tn.constant
func.func @computed(%x: tensor<8x64xf32>) -> tensor<8x10xf32> {
  %w = tn.constant dense<1.0> : tensor<64x10xf32>
  %0 = tn.fusion (%x, %w) : (tensor<8x64xf32>, tensor<64x10xf32>) -> tensor<8x10xf32> {
  ^bb0(%a: tensor<8x64xf32>, %b: tensor<64x10xf32>):
    %m = tn.matmul %a, %b : (tensor<8x64xf32>, tensor<64x10xf32>) -> tensor<8x10xf32>
    tn.yield %m : tensor<8x10xf32>
  }
  return %0 : tensor<8x10xf32>
}

// Integers of a quantized weight are packed, 4-bit ones in panels of pairs.
// CHECK-LABEL: @quantized
// CHECK: tn.weight @{{.*}} {pack = #tn.pack<axes = [1], blocks = [32], order = [1, 0, 2]>} : tensor<64x10xui4>
// CHECK: tile = [1, {{[0-9]+}}, 32, 1, {{[0-9]+}}, 0, 1]
// CHECK: tile = [{{[0-9]+}}, {{[0-9]+}}, 32, {{[0-9]+}}, {{[0-9]+}}, {{[1-9]}}
func.func @quantized(%x: tensor<1x64xf32>, %y: tensor<512x64xf32>, %s: tensor<4x10xf32>) -> (tensor<1x10xf32>, tensor<512x10xf32>) {
  %w = tn.constant dense<1> : tensor<64x10xui4>
  %0 = tn.fusion (%x, %w, %s) : (tensor<1x64xf32>, tensor<64x10xui4>, tensor<4x10xf32>) -> tensor<1x10xf32> {
  ^bb0(%a: tensor<1x64xf32>, %b: tensor<64x10xui4>, %c: tensor<4x10xf32>):
    %d = tn.dequantize %b, %c {block = 16} : (tensor<64x10xui4>, tensor<4x10xf32>) -> tensor<64x10xf32>
    %m = tn.matmul %a, %d : (tensor<1x64xf32>, tensor<64x10xf32>) -> tensor<1x10xf32>
    tn.yield %m : tensor<1x10xf32>
  }
  %1 = tn.fusion (%y, %w, %s) : (tensor<512x64xf32>, tensor<64x10xui4>, tensor<4x10xf32>) -> tensor<512x10xf32> {
  ^bb0(%a: tensor<512x64xf32>, %b: tensor<64x10xui4>, %c: tensor<4x10xf32>):
    %d = tn.dequantize %b, %c {block = 16} : (tensor<64x10xui4>, tensor<4x10xf32>) -> tensor<64x10xf32>
    %m = tn.matmul %a, %d : (tensor<512x64xf32>, tensor<64x10xf32>) -> tensor<512x10xf32>
    tn.yield %m : tensor<512x10xf32>
  }
  return %0, %1 : tensor<1x10xf32>, tensor<512x10xf32>
}

// Four rows of bytes side by side.
// CHECK-LABEL: @four_rows
// CHECK: tn.weight @quads {pack = #tn.pack<axes = [0, 1], blocks = [4, 32], order = [1, 0, 3, 2]>}
func.func @four_rows(%x: tensor<8x64xui8>) -> tensor<8x100xi32> {
  %w = tn.weight @quads : tensor<64x100xi8>
  %0 = tn.fusion (%x, %w) : (tensor<8x64xui8>, tensor<64x100xi8>) -> tensor<8x100xi32> {
  ^bb0(%a: tensor<8x64xui8>, %b: tensor<64x100xi8>):
    %m = tn.matmul %a, %b {accumulator = i32} : (tensor<8x64xui8>, tensor<64x100xi8>) -> tensor<8x100xi32>
    tn.yield %m : tensor<8x100xi32>
  }
  return %0 : tensor<8x100xi32>
}

// What also reads the weight, or the numbers it stands for, keeps its own input.
// CHECK-LABEL: @also_added
// CHECK-DAG: %[[P:.*]] = tn.weight @square {pack
// CHECK-DAG: %[[W:.*]] = tn.weight @square : tensor
// CHECK: tn.fusion(%{{.*}}, %[[W]], %[[P]])
// CHECK-NEXT: ^bb0(%[[A:.*]]: tensor<64x64xf32>, %[[B:.*]]: tensor<64x64xf32>, %[[C:.*]]: tensor<64x64xf32>):
// CHECK-NEXT: %[[M:.*]] = tn.matmul %[[A]], %[[C]]
// CHECK-NEXT: tn.add %[[M]], %[[B]]
tn.data @square = <"m", 200000, 16384> : tensor<64x64xf32>
func.func @also_added(%x: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %w = tn.weight @square : tensor<64x64xf32>
  %0 = tn.fusion (%x, %w) : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32> {
  ^bb0(%a: tensor<64x64xf32>, %b: tensor<64x64xf32>):
    %m = tn.matmul %a, %b : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
    %s = tn.add %m, %b : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
    tn.yield %s : tensor<64x64xf32>
  }
  return %0 : tensor<64x64xf32>
}

// CHECK-LABEL: @also_dequantized
// CHECK: tn.fusion(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}})
// CHECK-NEXT: ^bb0(%[[A:.*]]: tensor<64x64xf32>, %[[B:.*]]: tensor<64x64xi8>, %[[S:.*]]: tensor<64xf32>, %[[C:.*]]: tensor<64x64xi8>):
// CHECK-NEXT: %[[D:.*]] = tn.dequantize %[[B]], %[[S]]
// CHECK-NEXT: %[[E:.*]] = tn.dequantize %[[C]], %[[S]]
// CHECK-NEXT: %[[M:.*]] = tn.matmul %[[A]], %[[E]]
// CHECK-NEXT: tn.add %[[M]], %[[D]]
tn.data @bytes = <"m", 300000, 4096> : tensor<64x64xi8>
func.func @also_dequantized(%x: tensor<64x64xf32>, %s: tensor<64xf32>) -> tensor<64x64xf32> {
  %w = tn.weight @bytes : tensor<64x64xi8>
  %0 = tn.fusion (%x, %w, %s) : (tensor<64x64xf32>, tensor<64x64xi8>, tensor<64xf32>) -> tensor<64x64xf32> {
  ^bb0(%a: tensor<64x64xf32>, %b: tensor<64x64xi8>, %t: tensor<64xf32>):
    %d = tn.dequantize %b, %t : (tensor<64x64xi8>, tensor<64xf32>) -> tensor<64x64xf32>
    %m = tn.matmul %a, %d : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
    %y = tn.add %m, %d : (tensor<64x64xf32>, tensor<64x64xf32>) -> tensor<64x64xf32>
    tn.yield %y : tensor<64x64xf32>
  }
  return %0 : tensor<64x64xf32>
}
