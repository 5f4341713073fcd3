// RUN: tenon-opt %s | tenon-opt | FileCheck %s

!nx4 = tensor<?x4xf32, #tn.shape<[n, 4]>>

// CHECK: tn.data @w = <"model.onnx", 128, 48> : tensor<3x4xf32>
tn.data @w = <"model.onnx", 128, 48> : tensor<3x4xf32>

// CHECK-LABEL: @constants
func.func @constants() {
  // CHECK: tn.constant dense<[1.000000e+00, 2.000000e+00]> : tensor<2xf32>
  %0 = tn.constant dense<[1.0, 2.0]> : tensor<2xf32>
  // CHECK: tn.expr <[2*n, 4]> : tensor<2xi64>
  %1 = tn.expr <[n + n, 4]> : tensor<2xi64>
  // CHECK: tn.weight @w : tensor<3x4xf32>
  %2 = tn.weight @w : tensor<3x4xf32>
  // CHECK: tn.weight @w {pack = #tn.pack<axes = [1], blocks = [32], order = [1, 0, 2]>, permutation = array<i64: 1, 0>} : tensor<4x3xf32>
  %3 = tn.weight @w {pack = #tn.pack<axes = [1], blocks = [32], order = [1, 0, 2]>, permutation = array<i64: 1, 0>} : tensor<4x3xf32>
  return
}

// CHECK-LABEL: @fusion
func.func @fusion(%x: !nx4) -> !nx4 {
  // CHECK: tn.fusion(%{{.*}}) schedule <loop, lanes = 16, tile = [1, 64]> :
  %0 = tn.fusion(%x) schedule <loop, lanes = 16, tile = [1, 64]> : (!nx4) -> !nx4 {
  ^bb0(%a: !nx4):
    %c = tn.constant dense<1.0> : tensor<f32>
    %1 = tn.add %a, %c : (!nx4, tensor<f32>) -> !nx4
    // CHECK: tn.yield %{{.*}} : tensor<?x4xf32, #tn.shape<[n, 4]>>
    tn.yield %1 : !nx4
  }
  // CHECK: schedule <loop, lanes = 1, tile = []>
  %2 = tn.fusion(%0) schedule <loop, lanes = 1, tile = []> : (!nx4) -> !nx4 {
  ^bb0(%a: !nx4):
    tn.yield %a : !nx4
  }
  // CHECK: schedule <matmul, lanes = 16, tile = [6, 4], versions = [<<2*n> upto 1, tile = [1, 8]>, <<2*n> upto 255, tile = [14, 2]>]>
  %3 = tn.fusion(%2) schedule <matmul, lanes = 16, tile = [6, 4], versions = [<<2*n> upto 1, tile = [1, 8]>, <<2*n> upto 255, tile = [14, 2]>]> : (!nx4) -> !nx4 {
  ^bb0(%a: !nx4):
    tn.yield %a : !nx4
  }
  return %3 : !nx4
}

// CHECK-LABEL: @host
func.func @host(%c: tensor<i1>, %k: tensor<1xi64>, %x: !nx4) {
  // CHECK: tn.bind %{{.*}} ["count"] : tensor<1xi64>
  tn.bind %k ["count"] : tensor<1xi64>
  // CHECK: tn.if %{{.*}} attributes {symbols = ["m"]} : (tensor<i1>) -> tensor<?x4xf32, #tn.shape<[m, 4]>>
  %0 = tn.if %c attributes {symbols = ["m"]} : (tensor<i1>) -> tensor<?x4xf32, #tn.shape<[m, 4]>> {
    tn.yield %x : !nx4
  // CHECK: } else {
  } else {
    %1 = tn.iota {axis = 0 : i64} : () -> tensor<2x4xf32>
    tn.yield %1 : tensor<2x4xf32>
  }
  return
}

// CHECK-LABEL: @loop
func.func @loop(%n: tensor<i64>, %c: tensor<i1>, %x: !nx4) {
  // CHECK: tn.loop count %{{.*}} : tensor<i64> while %{{.*}} : tensor<i1>(%{{.*}}) attributes {symbols = ["k", "rounds"]}
  %0:2 = tn.loop count %n : tensor<i64> while %c : tensor<i1> (%x) attributes {symbols = ["k", "rounds"]}
      : (!nx4) -> (tensor<?x4xf32, #tn.shape<[k, 4]>>, tensor<?x4xf32, #tn.shape<[rounds, 4]>>) {
  ^bb0(%i: tensor<i64>, %go: tensor<i1>, %a: tensor<?x4xf32, #tn.shape<[k, 4]>>):
    %b = tn.concat %a, %a {axis = 0 : i64}
        : (tensor<?x4xf32, #tn.shape<[k, 4]>>, tensor<?x4xf32, #tn.shape<[k, 4]>>) -> tensor<?x4xf32, #tn.shape<[2*k, 4]>>
    %row = tn.iota {axis = 0 : i64} : () -> tensor<4xf32>
    tn.yield %go, %b, %row : tensor<i1>, tensor<?x4xf32, #tn.shape<[2*k, 4]>>, tensor<4xf32>
  }
  return
}
