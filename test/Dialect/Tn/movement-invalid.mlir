// RUN: tenon-opt %s -split-input-file -verify-diagnostics

func.func @f(%x: tensor<2x4xf32>) {
  // expected-error @+2 {{tn.transpose: permutation [0, 0] does not name each of 2 dims once}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = tn.transpose %x {permutation = array<i64: 0, 0>} : (tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>) {
  // expected-error @+2 {{tn.transpose: permutation [0] does not name each of 2 dims once}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = tn.transpose %x {permutation = array<i64: 0>} : (tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>) {
  // expected-error @+2 {{inferred type(s) 'tensor<4x2xf32>' are incompatible with return type(s) of operation 'tensor<2x4xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = tn.transpose %x {permutation = array<i64: 1, 0>} : (tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @f(%x: tensor<?x4xf32, #tn.shape<[n, 4]>>) {
  // expected-error @+1 {{result has 4*n+1 elements, the operand 4*n}}
  %0 = tn.reshape %x : (tensor<?x4xf32, #tn.shape<[n, 4]>>) -> tensor<?xf32, #tn.shape<[4*n + 1]>>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>) {
  // expected-error @+1 {{result has element type 'f16', not 'f32'}}
  %0 = tn.reshape %x : (tensor<2x4xf32>) -> tensor<8xf16>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>) {
  // expected-error @+1 {{result has rank 1, less than the operand's 2}}
  %0 = tn.broadcast %x : (tensor<2x4xf32>) -> tensor<4xf32>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>) {
  // expected-error @+1 {{dim 0 of the operand is 2, neither 1 nor 3}}
  %0 = tn.broadcast %x : (tensor<2x4xf32>) -> tensor<3x4xf32>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>) {
  // expected-error @+1 {{1 starts and 1 steps for rank 2}}
  %0 = tn.slice %x {starts = #tn.shape<[0]>, steps = array<i64: 1>} : (tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>) {
  // expected-error @+1 {{step of dim 1 is 0}}
  %0 = tn.slice %x {starts = #tn.shape<[0, 0]>, steps = array<i64: 1, 0>} : (tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>) {
  // expected-error @+1 {{dim 1: elements 1 to 5 are not all inside of 4}}
  %0 = tn.slice %x {starts = #tn.shape<[0, 1]>, steps = array<i64: 1, 2>} : (tensor<2x4xf32>) -> tensor<2x3xf32>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>) {
  // expected-error @+1 {{dim 0: elements 1 to -1 are not all inside of 2}}
  %0 = tn.slice %x {starts = #tn.shape<[1, 0]>, steps = array<i64: -1, 1>} : (tensor<2x4xf32>) -> tensor<3x4xf32>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>) {
  // expected-error @+1 {{result has rank 1, not 2}}
  %0 = tn.slice %x {starts = #tn.shape<[0, 0]>, steps = array<i64: 1, 1>} : (tensor<2x4xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>, %v: tensor<2xf32>) {
  // expected-error @+1 {{value of type 'tensor<2xf32>' is not one element}}
  %0 = tn.pad %x, %v {low = #tn.shape<[0, 0]>, mode = #tn.pad_mode<constant>} : (tensor<2x4xf32>, tensor<2xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>, %v: tensor<f32>) {
  // expected-error @+1 {{1 sizes in low for rank 2}}
  %0 = tn.pad %x, %v {low = #tn.shape<[0]>, mode = #tn.pad_mode<constant>} : (tensor<2x4xf32>, tensor<f32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>, %v: tensor<f32>) {
  // expected-error @+1 {{low of dim 1 is -1}}
  %0 = tn.pad %x, %v {low = #tn.shape<[0, -1]>, mode = #tn.pad_mode<constant>} : (tensor<2x4xf32>, tensor<f32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>, %v: tensor<f32>) {
  // expected-error @+1 {{dim 1 of the result is 5, less than low + operand = 6}}
  %0 = tn.pad %x, %v {low = #tn.shape<[0, 2]>, mode = #tn.pad_mode<constant>} : (tensor<2x4xf32>, tensor<f32>) -> tensor<2x5xf32>
  return
}

// -----

func.func @f() {
  // expected-error @+2 {{tn.concat: no operands}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = tn.concat {axis = 0 : i64} : () -> tensor<2xf32>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>) {
  // expected-error @+2 {{tn.concat: axis 2 is out of range for rank 2}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = tn.concat %x {axis = 2 : i64} : (tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>, %y: tensor<4xf32>) {
  // expected-error @+2 {{tn.concat: operand of type 'tensor<4xf32>' beside one of type 'tensor<2x4xf32>'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = tn.concat %x, %y {axis = 0 : i64} : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>, %y: tensor<2x5xf32>) {
  // expected-error @+2 {{tn.concat: dim 1 is 4 and 5}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = tn.concat %x, %y {axis = 0 : i64} : (tensor<2x4xf32>, tensor<2x5xf32>) -> tensor<4x4xf32>
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{axis 1 is out of range for rank 1}}
  %0 = tn.iota {axis = 1 : i64} : () -> tensor<2xf32>
  return
}

// -----

func.func @f(%x: tensor<3x5xui8>) {
  // expected-error @+1 {{result is 'tensor<3x10xui8>', not of 4-bit integers}}
  %0 = tn.unpack %x : (tensor<3x5xui8>) -> tensor<3x10xui8>
  return
}
