// RUN: tenon-opt %s --tn-plan-memory --split-input-file | FileCheck %s
// RUN: tenon-opt %s --tn-plan-memory --split-input-file --remark-format=emitRemark --remarks-filter=plan -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// REMARK: remark: [Passed] Arena | Category:plan | Bytes=256, LowerBound=256, Overwritten=1, Slots=1
// REMARK: remark: [Passed] Arena | Category:plan | Overwritten=0, Packed="at run time", Slots=1

// A chain: the first kernel's result is overwritten by the second, the last
// one writes the output.
// CHECK-LABEL: @chain
// CHECK-SAME: tn.arena = [{bytes = #tn.expr<256>, first = 0 : i32, last = 2 : i32, offset = 0 : i64}]
// CHECK-SAME: tn.arena_bytes = 256
func.func @chain(%x: tensor<64xf32>) -> tensor<64xf32> {
  // CHECK: tn.fusion
  // CHECK-SAME: place = [{arena = 0 : i64}]
  %0 = tn.fusion(%x) schedule <loop, lanes = 8, tile = [1, 64]> : (tensor<64xf32>) -> tensor<64xf32> {
  ^bb0(%a: tensor<64xf32>):
    %r = tn.exp %a : (tensor<64xf32>) -> tensor<64xf32>
    tn.yield %r : tensor<64xf32>
  }
  // CHECK: tn.fusion
  // CHECK-SAME: place = [{arena = 0 : i64}]
  %1 = tn.fusion(%0) schedule <loop, lanes = 8, tile = [1, 64]> : (tensor<64xf32>) -> tensor<64xf32> {
  ^bb0(%a: tensor<64xf32>):
    %r = tn.exp %a : (tensor<64xf32>) -> tensor<64xf32>
    tn.yield %r : tensor<64xf32>
  }
  // CHECK: tn.fusion
  // CHECK-SAME: place = [{output = 0 : i64}]
  %2 = tn.fusion(%1) schedule <loop, lanes = 8, tile = [1, 64]> : (tensor<64xf32>) -> tensor<64xf32> {
  ^bb0(%a: tensor<64xf32>):
    %r = tn.exp %a : (tensor<64xf32>) -> tensor<64xf32>
    tn.yield %r : tensor<64xf32>
  }
  return %2 : tensor<64xf32>
}

// -----

// Not in place: the hero is not `loop`, elements move, the input lives on.
// CHECK-LABEL: @not_in_place
func.func @not_in_place(%x: tensor<8x8xf32>) -> (tensor<8x8xf32>, tensor<8x8xf32>) {
  // CHECK: place = [{arena = 0 : i64}]
  %0 = tn.fusion(%x) schedule <loop, lanes = 8, tile = [1, 8]> : (tensor<8x8xf32>) -> tensor<8x8xf32> {
  ^bb0(%a: tensor<8x8xf32>):
    %r = tn.exp %a : (tensor<8x8xf32>) -> tensor<8x8xf32>
    tn.yield %r : tensor<8x8xf32>
  }
  // CHECK: place = [{arena = 1 : i64}]
  %1 = tn.fusion(%0) schedule <loop, lanes = 8, tile = [1, 8]> : (tensor<8x8xf32>) -> tensor<8x8xf32> {
  ^bb0(%a: tensor<8x8xf32>):
    %t = tn.transpose %a {permutation = array<i64: 1, 0>} : (tensor<8x8xf32>) -> tensor<8x8xf32>
    %r = tn.add %a, %t : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
    tn.yield %r : tensor<8x8xf32>
  }
  // CHECK: place = [{arena = 2 : i64}]
  %2 = tn.fusion(%1) schedule <reduction, lanes = 8, tile = [1, 8]> : (tensor<8x8xf32>) -> tensor<8x8xf32> {
  ^bb0(%a: tensor<8x8xf32>):
    %r = tn.exp %a : (tensor<8x8xf32>) -> tensor<8x8xf32>
    tn.yield %r : tensor<8x8xf32>
  }
  // CHECK: place = [{output = 0 : i64}]
  %3 = tn.fusion(%2) schedule <loop, lanes = 8, tile = [1, 8]> : (tensor<8x8xf32>) -> tensor<8x8xf32> {
  ^bb0(%a: tensor<8x8xf32>):
    %r = tn.exp %a : (tensor<8x8xf32>) -> tensor<8x8xf32>
    tn.yield %r : tensor<8x8xf32>
  }
  // CHECK: place = [{output = 1 : i64}]
  %4 = tn.fusion(%2, %3) schedule <loop, lanes = 8, tile = [1, 8]> : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32> {
  ^bb0(%a: tensor<8x8xf32>, %b: tensor<8x8xf32>):
    %r = tn.add %a, %b : (tensor<8x8xf32>, tensor<8x8xf32>) -> tensor<8x8xf32>
    tn.yield %r : tensor<8x8xf32>
  }
  return %3, %4 : tensor<8x8xf32>, tensor<8x8xf32>
}

// -----

// Sizes of input symbols: the runtime packs. A dim that may come out negative
// counts as 0. A reshape is an alias, also on the way to an output.
// CHECK-LABEL: @dynamic
// CHECK-SAME: tn.arena = [{bytes = #tn.expr<4*max(0, n-2)>, first = 0 : i32, last = 1 : i32}]
// CHECK-NOT: tn.arena_bytes
func.func @dynamic(%x: tensor<?xf32, #tn.shape<[n]>>) -> tensor<1x?xf32, #tn.shape<[1, n-2]>> {
  %0 = tn.fusion(%x) : (tensor<?xf32, #tn.shape<[n]>>) -> tensor<?xf32, #tn.shape<[n-2]>> {
  ^bb0(%a: tensor<?xf32, #tn.shape<[n]>>):
    %r = tn.slice %a {starts = #tn.shape<[1]>, steps = array<i64: 1>} : (tensor<?xf32, #tn.shape<[n]>>) -> tensor<?xf32, #tn.shape<[n-2]>>
    tn.yield %r : tensor<?xf32, #tn.shape<[n-2]>>
  }
  // CHECK: place = [{output = 0 : i64}]
  %1 = tn.fusion(%0) : (tensor<?xf32, #tn.shape<[n-2]>>) -> tensor<?xf32, #tn.shape<[n-2]>> {
  ^bb0(%a: tensor<?xf32, #tn.shape<[n-2]>>):
    %r = tn.exp %a : (tensor<?xf32, #tn.shape<[n-2]>>) -> tensor<?xf32, #tn.shape<[n-2]>>
    tn.yield %r : tensor<?xf32, #tn.shape<[n-2]>>
  }
  // CHECK: tn.reshape
  // CHECK-SAME: place = [{alias}]
  %2 = tn.reshape %1 : (tensor<?xf32, #tn.shape<[n-2]>>) -> tensor<1x?xf32, #tn.shape<[1, n-2]>>
  return %2 : tensor<1x?xf32, #tn.shape<[1, n-2]>>
}

// -----

// Equal constants and weights share a place; a packed weight takes what its
// blocks take.
tn.data @w = <"m", 0, 40> : tensor<10xf32>
// CHECK-LABEL: @stored
func.func @stored() -> (tensor<2xf32>, tensor<10xf32>, tensor<2xf32>, tensor<10xf32>, tensor<1xi1>) {
  // CHECK: tn.constant {place = [{weight = 0 : i64}]} dense<1.0
  %0 = tn.constant dense<1.0> : tensor<2xf32>
  // CHECK: tn.weight @w
  // CHECK-SAME: pack
  // CHECK-SAME: place = [{weight = 64 : i64}]
  %1 = tn.weight @w {pack = #tn.pack<axes = [0], blocks = [32], order = [0, 1]>} : tensor<10xf32>
  // CHECK: tn.constant {place = [{weight = 0 : i64}]} dense<1.0
  %2 = tn.constant dense<1.0> : tensor<2xf32>
  // CHECK: tn.weight @w
  // CHECK-SAME: place = [{weight = 192 : i64}]
  %3 = tn.weight @w : tensor<10xf32>
  // CHECK: place = [{weight = 256 : i64}]
  %4 = tn.constant dense<true> : tensor<1xi1>
  return %0, %1, %2, %3, %4 : tensor<2xf32>, tensor<10xf32>, tensor<2xf32>, tensor<10xf32>, tensor<1xi1>
}

// -----

// Data-dependent sizes are on the heap, unless they are outputs.
// CHECK-LABEL: @bound
func.func @bound(%x: tensor<1xi64>) -> tensor<?xi64, #tn.shape<[k]>> {
  tn.bind %x ["k"] : tensor<1xi64>
  // CHECK: tn.fusion
  // CHECK-SAME: place = [{heap}]
  %0 = tn.fusion() : () -> tensor<?xi64, #tn.shape<[k]>> {
    %r = tn.iota {axis = 0 : i64} : () -> tensor<?xi64, #tn.shape<[k]>>
    tn.yield %r : tensor<?xi64, #tn.shape<[k]>>
  }
  // CHECK: tn.fusion
  // CHECK-SAME: place = [{output = 0 : i64}]
  %1 = tn.fusion(%0) : (tensor<?xi64, #tn.shape<[k]>>) -> tensor<?xi64, #tn.shape<[k]>> {
  ^bb0(%a: tensor<?xi64, #tn.shape<[k]>>):
    %r = tn.neg %a : (tensor<?xi64, #tn.shape<[k]>>) -> tensor<?xi64, #tn.shape<[k]>>
    tn.yield %r : tensor<?xi64, #tn.shape<[k]>>
  }
  return %1 : tensor<?xi64, #tn.shape<[k]>>
}

// -----

// What a loop carries is on the heap; what lives in a round is in the arena,
// and what is used inside lives until the loop ends (step 5).
// CHECK-LABEL: @loop
// CHECK-SAME: tn.arena = [{bytes = #tn.expr<16>, first = 0 : i32, last = 5 : i32, offset = 0 : i64}, {bytes = #tn.expr<16>, first = 2 : i32, last = 3 : i32, offset = 64 : i64}]
func.func @loop(%trip: tensor<i64>, %x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = tn.fusion(%x) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>):
    %r = tn.exp %a : (tensor<4xf32>) -> tensor<4xf32>
    tn.yield %r : tensor<4xf32>
  }
  // CHECK: tn.loop
  // CHECK-SAME: place = [{joined}]
  %1 = tn.loop count %trip : tensor<i64> (%x) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%i: tensor<i64>, %c: tensor<i1>, %s: tensor<4xf32>):
    // CHECK: place = [{arena = 1 : i64}]
    %2 = tn.fusion(%s, %0) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> {
    ^bb0(%a: tensor<4xf32>, %b: tensor<4xf32>):
      %r = tn.add %a, %b : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
      tn.yield %r : tensor<4xf32>
    }
    // CHECK: place = [{heap}]
    %3 = tn.fusion(%2) : (tensor<4xf32>) -> tensor<4xf32> {
    ^bb0(%a: tensor<4xf32>):
      %r = tn.neg %a : (tensor<4xf32>) -> tensor<4xf32>
      tn.yield %r : tensor<4xf32>
    }
    tn.yield %c, %3 : tensor<i1>, tensor<4xf32>
  }
  return %1 : tensor<4xf32>
}
