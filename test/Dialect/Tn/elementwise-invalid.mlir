// RUN: tenon-opt %s -split-input-file -verify-diagnostics

func.func @f(%x: tensor<?xf32>) {
  // expected-error @+1 {{'tn.exp' op type 'tensor<?xf32>' has a dynamic dim without an expression}}
  %0 = tn.exp %x : (tensor<?xf32>) -> tensor<?xf32>
  return
}

// -----

func.func @f(%x: tensor<4xf32, "row">) {
  // expected-error @+1 {{has an encoding other than #tn.shape}}
  %0 = tn.exp %x : (tensor<4xf32, "row">) -> tensor<4xf32, "row">
  return
}

// -----

func.func @f(%x: tensor<2xf32>, %y: tensor<3xf32>) {
  // expected-error @+2 {{cannot broadcast shapes [2], [3]}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = tn.add %x, %y : (tensor<2xf32>, tensor<3xf32>) -> tensor<3xf32>
  return
}

// -----

func.func @f(%x: tensor<2xf32>, %y: tensor<2xi32>) {
  // expected-error @+1 {{requires the same element type for all operands}}
  %0 = tn.add %x, %y : (tensor<2xf32>, tensor<2xi32>) -> tensor<2xf32>
  return
}

// -----

func.func @f(%x: tensor<2xf32>) {
  // expected-error @+1 {{must be ranked tensor of integer values}}
  %0 = tn.and %x, %x : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @f(%c: tensor<i1>, %x: tensor<2xf32>, %y: tensor<2xf16>) {
  // expected-error @+1 {{lhs has element type 'f32', not 'f16'}}
  %0 = tn.select %c, %x, %y : (tensor<i1>, tensor<2xf32>, tensor<2xf16>) -> tensor<2xf16>
  return
}

// -----

func.func @f(%x: tensor<2xf32>) {
  // expected-error @+1 {{result type 'tensor<3xf16>' has other dims than the operand's 'tensor<2xf32>'}}
  %0 = tn.cast %x : (tensor<2xf32>) -> tensor<3xf16>
  return
}

// -----

func.func @dequantize_blocks(%x: tensor<10x6xi4>, %s: tensor<2x6xf32>) -> tensor<10x6xf32> {
  // expected-error @+1 {{parameter of type 'tensor<2x6xf32>' fits neither dims nor blocks of 4 of 'tensor<10x6xi4>'}}
  %0 = tn.dequantize %x, %s {block = 4} : (tensor<10x6xi4>, tensor<2x6xf32>) -> tensor<10x6xf32>
  return %0 : tensor<10x6xf32>
}
