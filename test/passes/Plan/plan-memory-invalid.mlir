// RUN: tenon-opt %s --tn-plan-memory --split-input-file --verify-diagnostics

func.func @unfused(%x: tensor<4xf32>) -> tensor<4xf32> {
  // expected-error @below {{'tn.exp' cannot run in the host program; the fuse stage must make it part of a tn.fusion}}
  %0 = tn.exp %x : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}

// -----

tn.data @w = <"m", 0, 1> : tensor<4xi2>
func.func @narrow() -> tensor<4xi2> {
  // expected-error @below {{elements of type 'i2' cannot be read from a file; import them as a constant}}
  %0 = tn.weight @w : tensor<4xi2>
  return %0 : tensor<4xi2>
}
