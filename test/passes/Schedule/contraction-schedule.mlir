// RUN: tenon-opt %s --tn-schedule-fusions=target=x86-64-v4 | FileCheck %s --check-prefixes=CHECK,V4
// RUN: tenon-opt %s --tn-schedule-fusions=target=x86-64-v3 | FileCheck %s --check-prefixes=CHECK,V3

module attributes {tn.facts = {few = [1, 3, 1], many = [256, 4096, 1]}} {

// Tiles of matmul: rows and vectors of a register tile, columns of a panel, rows
// and columns of a parallel tile, copies, rows of the right operand together.
// CHECK-LABEL: @plain
// V4: schedule <matmul, lanes = 16, tile = [14, 2, 0,
// V3: schedule <matmul, lanes = 8, tile = [6, 2, 0,
func.func @plain(%x: tensor<128x64xf32>, %y: tensor<64x96xf32>) -> tensor<128x96xf32> {
  %0 = tn.fusion (%x, %y) : (tensor<128x64xf32>, tensor<64x96xf32>) -> tensor<128x96xf32> {
  ^bb0(%a: tensor<128x64xf32>, %b: tensor<64x96xf32>):
    %m = tn.matmul %a, %b : (tensor<128x64xf32>, tensor<64x96xf32>) -> tensor<128x96xf32>
    tn.yield %m : tensor<128x96xf32>
  }
  return %0 : tensor<128x96xf32>
}

// At most 3 rows: no larger register tile.
// CHECK-LABEL: @few
// CHECK: schedule <matmul, lanes = {{[0-9]+}}, tile = [3,
func.func @few(%x: tensor<?x64xf32, #tn.shape<[few, 64]>>, %y: tensor<64x1024xf32>) -> tensor<?x1024xf32, #tn.shape<[few, 1024]>> {
  %0 = tn.fusion (%x, %y) : (tensor<?x64xf32, #tn.shape<[few, 64]>>, tensor<64x1024xf32>) -> tensor<?x1024xf32, #tn.shape<[few, 1024]>> {
  ^bb0(%a: tensor<?x64xf32, #tn.shape<[few, 64]>>, %b: tensor<64x1024xf32>):
    %m = tn.matmul %a, %b : (tensor<?x64xf32, #tn.shape<[few, 64]>>, tensor<64x1024xf32>) -> tensor<?x1024xf32, #tn.shape<[few, 1024]>>
    tn.yield %m : tensor<?x1024xf32, #tn.shape<[few, 1024]>>
  }
  return %0 : tensor<?x1024xf32, #tn.shape<[few, 1024]>>
}

// One row: as many columns as registers allow.
// CHECK-LABEL: @vector
// V4: schedule <matmul, lanes = 16, tile = [1, 8, 0,
// V3: schedule <matmul, lanes = 8, tile = [1, 4, 0,
func.func @vector(%x: tensor<1x64xf32>, %y: tensor<64x1024xf32>) -> tensor<1x1024xf32> {
  %0 = tn.fusion (%x, %y) : (tensor<1x64xf32>, tensor<64x1024xf32>) -> tensor<1x1024xf32> {
  ^bb0(%a: tensor<1x64xf32>, %b: tensor<64x1024xf32>):
    %m = tn.matmul %a, %b : (tensor<1x64xf32>, tensor<64x1024xf32>) -> tensor<1x1024xf32>
    tn.yield %m : tensor<1x1024xf32>
  }
  return %0 : tensor<1x1024xf32>
}

// Rows of unknown number: a tile for one, another for few, and the widest.
// CHECK-LABEL: @anyRows
// V4: schedule <matmul, lanes = 16, tile = [6, 4, {{[^]]*}}], versions = [<<2*n> upto 1, tile = [1, 8, {{[^]]*}}]>, <<2*n> upto 255, tile = [14, 2, {{[^]]*}}]>]>
// V3: schedule <matmul, lanes = 8, tile = [6, 2, {{[^]]*}}], versions = [<<2*n> upto 1, tile = [1, 4, {{[^]]*}}]>]>
func.func @anyRows(%x: tensor<2x?x64xf32, #tn.shape<[2, n, 64]>>, %y: tensor<64x1024xf32>) -> tensor<2x?x1024xf32, #tn.shape<[2, n, 1024]>> {
  %0 = tn.fusion (%x, %y) : (tensor<2x?x64xf32, #tn.shape<[2, n, 64]>>, tensor<64x1024xf32>) -> tensor<2x?x1024xf32, #tn.shape<[2, n, 1024]>> {
  ^bb0(%a: tensor<2x?x64xf32, #tn.shape<[2, n, 64]>>, %b: tensor<64x1024xf32>):
    %m = tn.matmul %a, %b : (tensor<2x?x64xf32, #tn.shape<[2, n, 64]>>, tensor<64x1024xf32>) -> tensor<2x?x1024xf32, #tn.shape<[2, n, 1024]>>
    tn.yield %m : tensor<2x?x1024xf32, #tn.shape<[2, n, 1024]>>
  }
  return %0 : tensor<2x?x1024xf32, #tn.shape<[2, n, 1024]>>
}

// Many rows, whatever the number is: one tile.
// CHECK-LABEL: @manyRows
// V4: schedule <matmul, lanes = 16, tile = [6, 4, {{[^]]*}}]>
func.func @manyRows(%x: tensor<?x64xf32, #tn.shape<[many, 64]>>, %y: tensor<64x1024xf32>) -> tensor<?x1024xf32, #tn.shape<[many, 1024]>> {
  %0 = tn.fusion (%x, %y) : (tensor<?x64xf32, #tn.shape<[many, 64]>>, tensor<64x1024xf32>) -> tensor<?x1024xf32, #tn.shape<[many, 1024]>> {
  ^bb0(%a: tensor<?x64xf32, #tn.shape<[many, 64]>>, %b: tensor<64x1024xf32>):
    %m = tn.matmul %a, %b : (tensor<?x64xf32, #tn.shape<[many, 64]>>, tensor<64x1024xf32>) -> tensor<?x1024xf32, #tn.shape<[many, 1024]>>
    tn.yield %m : tensor<?x1024xf32, #tn.shape<[many, 1024]>>
  }
  return %0 : tensor<?x1024xf32, #tn.shape<[many, 1024]>>
}

// A pointwise convolution is a product.
// CHECK-LABEL: @pointwise
// CHECK: schedule <matmul,
func.func @pointwise(%x: tensor<1x14x14x32xf32>, %w: tensor<1x1x32x64xf32>) -> tensor<1x14x14x64xf32> {
  %0 = tn.fusion (%x, %w) : (tensor<1x14x14x32xf32>, tensor<1x1x32x64xf32>) -> tensor<1x14x14x64xf32> {
  ^bb0(%a: tensor<1x14x14x32xf32>, %b: tensor<1x1x32x64xf32>):
    %c = tn.conv %a, %b {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, low = #tn.shape<[0, 0]>, groups = 1 : i64} : (tensor<1x14x14x32xf32>, tensor<1x1x32x64xf32>) -> tensor<1x14x14x64xf32>
    tn.yield %c : tensor<1x14x14x64xf32>
  }
  return %0 : tensor<1x14x14x64xf32>
}

// Tiles of conv: height, width and vectors of a register tile, columns of a
// panel, height, width and columns of a parallel tile. Two rows of a narrow
// image are one register tile.
// CHECK-LABEL: @narrow
// V4: schedule <conv, lanes = 16, tile = [2, 7, 2, 0,
// V3: schedule <conv, lanes = 8, tile = [2, 7, 1, 0,
func.func @narrow(%x: tensor<1x7x7x32xf32>, %w: tensor<3x3x32x64xf32>) -> tensor<1x7x7x64xf32> {
  %0 = tn.fusion (%x, %w) : (tensor<1x7x7x32xf32>, tensor<3x3x32x64xf32>) -> tensor<1x7x7x64xf32> {
  ^bb0(%a: tensor<1x7x7x32xf32>, %b: tensor<3x3x32x64xf32>):
    %c = tn.conv %a, %b {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, low = #tn.shape<[1, 1]>, groups = 1 : i64} : (tensor<1x7x7x32xf32>, tensor<3x3x32x64xf32>) -> tensor<1x7x7x64xf32>
    tn.yield %c : tensor<1x7x7x64xf32>
  }
  return %0 : tensor<1x7x7x64xf32>
}

// Groups of few channels: each element by itself.
// CHECK-LABEL: @small_groups
// CHECK: schedule <loop,
func.func @small_groups(%x: tensor<1x7x7x32xf32>, %w: tensor<3x3x4x32xf32>) -> tensor<1x7x7x32xf32> {
  %0 = tn.fusion (%x, %w) : (tensor<1x7x7x32xf32>, tensor<3x3x4x32xf32>) -> tensor<1x7x7x32xf32> {
  ^bb0(%a: tensor<1x7x7x32xf32>, %b: tensor<3x3x4x32xf32>):
    %c = tn.conv %a, %b {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, low = #tn.shape<[1, 1]>, groups = 8 : i64} : (tensor<1x7x7x32xf32>, tensor<3x3x4x32xf32>) -> tensor<1x7x7x32xf32>
    tn.yield %c : tensor<1x7x7x32xf32>
  }
  return %0 : tensor<1x7x7x32xf32>
}

}
