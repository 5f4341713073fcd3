// RUN: tenon-opt %s --tn-eliminate-dead-nodes | FileCheck %s

// CHECK-LABEL: func.func @dead_chain
// CHECK-NOT: tn.exp
// CHECK: tn.abs
// CHECK-NEXT: return
func.func @dead_chain(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = tn.exp %x : (tensor<4xf32>) -> tensor<4xf32>
  %1 = tn.log %0 : (tensor<4xf32>) -> tensor<4xf32>
  %2 = tn.abs %x : (tensor<4xf32>) -> tensor<4xf32>
  return %2 : tensor<4xf32>
}

// A binding stays while a live type uses its symbol.
// CHECK-LABEL: func.func @binding_of_used_symbol
// CHECK: tn.bind
func.func @binding_of_used_symbol(%n: tensor<1xi64>, %x: tensor<1xf32>) -> tensor<?xf32, #tn.shape<[n]>> {
  tn.bind %n ["n"] : tensor<1xi64>
  %0 = tn.broadcast %x : (tensor<1xf32>) -> tensor<?xf32, #tn.shape<[n]>>
  return %0 : tensor<?xf32, #tn.shape<[n]>>
}

// CHECK-LABEL: func.func @binding_of_unused_symbol
// CHECK-NOT: tn.bind
func.func @binding_of_unused_symbol(%n: tensor<1xi64>, %x: tensor<1xf32>) -> tensor<1xf32> {
  tn.bind %n ["m"] : tensor<1xi64>
  return %x : tensor<1xf32>
}

// A check of a function or of a live branch stays; a dead if takes its own along.
// CHECK-LABEL: func.func @checks
// CHECK-COUNT-1: tn.if
// CHECK: tn.check %arg0, "in a live if"
// CHECK-NOT: tn.if
// CHECK: tn.check %arg0, "outside"
// CHECK: return
func.func @checks(%c: tensor<i1>, %x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = tn.if %c : (tensor<i1>) -> tensor<4xf32> {
    tn.check %c, "in a live if" : tensor<i1>
    tn.yield %x : tensor<4xf32>
  } else {
    tn.yield %x : tensor<4xf32>
  }
  %1 = tn.if %c : (tensor<i1>) -> tensor<4xf32> {
    tn.check %c, "in a dead if" : tensor<i1>
    tn.yield %x : tensor<4xf32>
  } else {
    tn.yield %x : tensor<4xf32>
  }
  tn.check %c, "outside" : tensor<i1>
  return %0 : tensor<4xf32>
}
