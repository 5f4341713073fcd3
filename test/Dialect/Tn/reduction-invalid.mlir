// RUN: tenon-opt %s -split-input-file -verify-diagnostics

func.func @f(%x: tensor<2x4xf32>) {
  // expected-error @+2 {{tn.reduce: axes [1, 0] are not increasing dims of rank 2}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = tn.reduce %x {axes = array<i64: 1, 0>, combiner = #tn.combiner<sum>} : (tensor<2x4xf32>) -> tensor<1x1xf32>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>) {
  // expected-error @+2 {{tn.reduce: combiner logical_and does not apply to elements of type 'f32'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = tn.reduce %x {axes = array<i64: 0>, combiner = #tn.combiner<logical_and>} : (tensor<2x4xf32>) -> tensor<1x4xf32>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>) {
  // expected-error @+2 {{tn.arg_reduce: axis -1 is out of range for rank 2}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = tn.arg_reduce %x {axis = -1 : i64, largest = true, select_last = false} : (tensor<2x4xf32>) -> tensor<2x1xi64>
  return
}
