// RUN: tenon-opt %s -split-input-file -verify-diagnostics

func.func @f(%x: tensor<2x4xf32>, %i: tensor<3xi64>) {
  // expected-error @+2 {{tn.gather: axis 2 is out of range for rank 2}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = tn.gather %x, %i {axis = 2 : i64} : (tensor<2x4xf32>, tensor<3xi64>) -> tensor<2x4xf32>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>, %i: tensor<3xf32>) {
  // expected-error @+1 {{indices has element type 'f32', neither i32 nor i64}}
  %0 = tn.gather %x, %i {axis = 0 : i64} : (tensor<2x4xf32>, tensor<3xf32>) -> tensor<3x4xf32>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>, %i: tensor<3x4xi64>) {
  // expected-error @+1 {{dim 0 of indices is 3, of x only 2}}
  %0 = tn.gather_elements %x, %i {axis = 1 : i64} : (tensor<2x4xf32>, tensor<3x4xi64>) -> tensor<3x4xf32>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>, %i: tensor<2x1xi64>) {
  // expected-error @+1 {{result type 'tensor<2x4xf32>' should be 'tensor<2x1xf32>'}}
  %0 = tn.gather_elements %x, %i {axis = 1 : i64} : (tensor<2x4xf32>, tensor<2x1xi64>) -> tensor<2x4xf32>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>, %i: tensor<2x1xi64>) {
  // expected-error @+1 {{axis 2 is out of range for rank 2}}
  %0 = tn.gather_elements %x, %i {axis = 2 : i64} : (tensor<2x4xf32>, tensor<2x1xi64>) -> tensor<2x1xf32>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>, %i: tensor<?xi64, #tn.shape<[k]>>) {
  // expected-error @+1 {{last dim of indices is not a constant}}
  %0 = tn.gather_nd %x, %i {batch_dims = 0 : i64} : (tensor<2x4xf32>, tensor<?xi64, #tn.shape<[k]>>) -> tensor<f32>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>, %i: tensor<5x3xi64>) {
  // expected-error @+1 {{index tuples of 3 after 0 batch dims do not fit x of rank 2 and indices of rank 2}}
  %0 = tn.gather_nd %x, %i {batch_dims = 0 : i64} : (tensor<2x4xf32>, tensor<5x3xi64>) -> tensor<5xf32>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>, %i: tensor<5x1xi64>) {
  // expected-error @+1 {{dim 1 of result is 5, not 4}}
  %0 = tn.gather_nd %x, %i {batch_dims = 0 : i64} : (tensor<2x4xf32>, tensor<5x1xi64>) -> tensor<5x5xf32>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>, %i: tensor<5x1xi64>) {
  // expected-error @+1 {{dim 0 of indices is 5, not 2}}
  %0 = tn.gather_nd %x, %i {batch_dims = 1 : i64} : (tensor<2x4xf32>, tensor<5x1xi64>) -> tensor<5xf32>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>, %i: tensor<1x4xi64>, %u: tensor<1x4xf32>) {
  // expected-error @+1 {{result type 'tensor<1x4xf32>' is not the type of x, 'tensor<2x4xf32>'}}
  %0 = tn.scatter_elements %x, %i, %u {axis = 0 : i64, mode = #tn.scatter<add>} : (tensor<2x4xf32>, tensor<1x4xi64>, tensor<1x4xf32>) -> tensor<1x4xf32>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>, %i: tensor<1x4xi64>, %u: tensor<1x4xf16>) {
  // expected-error @+1 {{updates has element type 'f16', not 'f32'}}
  %0 = tn.scatter_elements %x, %i, %u {axis = 0 : i64, mode = #tn.scatter<add>} : (tensor<2x4xf32>, tensor<1x4xi64>, tensor<1x4xf16>) -> tensor<2x4xf32>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>, %i: tensor<1x4xi64>, %u: tensor<1x3xf32>) {
  // expected-error @+1 {{dim 1 of updates is 3, not 4}}
  %0 = tn.scatter_elements %x, %i, %u {axis = 0 : i64, mode = #tn.scatter<add>} : (tensor<2x4xf32>, tensor<1x4xi64>, tensor<1x3xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>, %i: tensor<3x1xi64>, %u: tensor<3xf32>) {
  // expected-error @+1 {{updates has rank 1, not 2}}
  %0 = tn.scatter_nd %x, %i, %u {mode = #tn.scatter<add>} : (tensor<2x4xf32>, tensor<3x1xi64>, tensor<3xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>) {
  // expected-error @+1 {{result type 'tensor<4x2xf32>' is not the type of x, 'tensor<2x4xf32>'}}
  %0 = tn.cumulative %x {axis = 0 : i64, combiner = #tn.combiner<sum>} : (tensor<2x4xf32>) -> tensor<4x2xf32>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>) {
  // expected-error @+1 {{combiner max is neither sum nor prod}}
  %0 = tn.cumulative %x {axis = 0 : i64, combiner = #tn.combiner<max>} : (tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>) {
  // expected-error @+1 {{k = 5 exceeds dim 1 of x, 4}}
  %0:2 = tn.top_k %x {axis = 1 : i64, largest = true} : (tensor<2x4xf32>) -> (tensor<2x5xf32>, tensor<2x5xi64>)
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>) {
  // expected-error @+1 {{dim 0 of result is 3, not 2}}
  %0 = tn.non_zero %x : (tensor<2x4xf32>) -> tensor<3x?xi64, #tn.shape<[3, k]>>
  return
}
