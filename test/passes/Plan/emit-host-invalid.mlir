// RUN: tenon-opt %s --tn-emit-host --split-input-file --verify-diagnostics

// expected-error @below {{has no memory plan: run --tn-plan-memory before its host program is emitted}}
func.func @unplanned(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}

// -----

func.func @no_kernel(%x: tensor<4xf32>) -> tensor<4xf32> attributes {tn.arena = []} {
  // expected-error @below {{has no kernel: the emit stage must set index, args, tiles, grain, flops and bytes}}
  %0 = tn.fusion(%x) attributes {place = [{output = 0}]} : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%a: tensor<4xf32>):
    %r = tn.exp %a : (tensor<4xf32>) -> tensor<4xf32>
    tn.yield %r : tensor<4xf32>
  }
  return %0 : tensor<4xf32>
}

// -----

func.func @unbound() -> tensor<1xi64> attributes {tn.arena = []} {
  // expected-error @below {{size "k" is used before anything binds it}}
  %0 = tn.expr <[k]> {place = [{output = 0}]} : tensor<1xi64>
  return %0 : tensor<1xi64>
}
