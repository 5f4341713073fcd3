// RUN: tenon-opt %s -split-input-file -verify-diagnostics

func.func @f(%x: tensor<2x4xf32>, %y: tensor<4xf32>) {
  // expected-error @+2 {{tn.matmul: operands of rank 2 and 1, at least 2 wanted}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = tn.matmul %x, %y : (tensor<2x4xf32>, tensor<4xf32>) -> tensor<2xf32>
  return
}

// -----

func.func @f(%x: tensor<2x4xui8>, %y: tensor<4x2xi8>) {
  // expected-error @+2 {{tn.matmul: elements of type 'ui8' and 'i8'}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = tn.matmul %x, %y : (tensor<2x4xui8>, tensor<4x2xi8>) -> tensor<2x2xi8>
  return
}

// -----

func.func @f(%x: tensor<2x4xf32>) {
  // expected-error @+2 {{tn.matmul: lhs has 4 columns, rhs 2 rows}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = tn.matmul %x, %x : (tensor<2x4xf32>, tensor<2x4xf32>) -> tensor<2x4xf32>
  return
}

// -----

func.func @f(%x: tensor<2x2x4xf32>, %y: tensor<3x4x2xf32>) {
  // expected-error @+2 {{cannot broadcast shapes [2], [3]}}
  // expected-error @+1 {{failed to infer returned types}}
  %0 = tn.matmul %x, %y : (tensor<2x2x4xf32>, tensor<3x4x2xf32>) -> tensor<3x2x2xf32>
  return
}

// -----

func.func @f(%x: tensor<9x4xf32>, %w: tensor<3x3x2x6xf32>) {
  // expected-error @+1 {{x has rank 2, not 3 to 5}}
  %0 = tn.conv %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, low = #tn.shape<[1, 1]>, groups = 2 : i64} : (tensor<9x4xf32>, tensor<3x3x2x6xf32>) -> tensor<1x9x9x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x9x9x4xf32>, %w: tensor<3x3x2x6xf32>) {
  // expected-error @+1 {{strides [1] are not 2 positive numbers}}
  %0 = tn.conv %x, %w {strides = array<i64: 1>, dilations = array<i64: 1, 1>, low = #tn.shape<[1, 1]>, groups = 2 : i64} : (tensor<1x9x9x4xf32>, tensor<3x3x2x6xf32>) -> tensor<1x9x9x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x9x9x4xf32>, %w: tensor<3x3x2x6xf32>) {
  // expected-error @+1 {{dilations [1, 0] are not 2 positive numbers}}
  %0 = tn.conv %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 0>, low = #tn.shape<[1, 1]>, groups = 2 : i64} : (tensor<1x9x9x4xf32>, tensor<3x3x2x6xf32>) -> tensor<1x9x9x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x9x9x4xf32>, %w: tensor<3x3x2x6xf32>) {
  // expected-error @+1 {{1 sizes in low for 2 spatial dims}}
  %0 = tn.conv %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, low = #tn.shape<[1]>, groups = 2 : i64} : (tensor<1x9x9x4xf32>, tensor<3x3x2x6xf32>) -> tensor<1x9x9x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x9x9x4xf32>, %w: tensor<3x3x2x6xf16>) {
  // expected-error @+1 {{elements of type 'f32' and 'f16' make 'f32'}}
  %0 = tn.conv %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, low = #tn.shape<[1, 1]>, groups = 2 : i64} : (tensor<1x9x9x4xf32>, tensor<3x3x2x6xf16>) -> tensor<1x9x9x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x9x9x4xf32>, %w: tensor<3x2x6xf32>) {
  // expected-error @+1 {{weight has rank 3, not 4}}
  %0 = tn.conv %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, low = #tn.shape<[1, 1]>, groups = 2 : i64} : (tensor<1x9x9x4xf32>, tensor<3x2x6xf32>) -> tensor<1x9x9x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x9x9x4xf32>, %w: tensor<3x3x2x6xf32>) {
  // expected-error @+1 {{groups is 0}}
  %0 = tn.conv %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, low = #tn.shape<[1, 1]>, groups = 0 : i64} : (tensor<1x9x9x4xf32>, tensor<3x3x2x6xf32>) -> tensor<1x9x9x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x9x9x4xf32>, %w: tensor<3x3x2x6xf32>) {
  // expected-error @+1 {{input channels 4 do not divide into 3 groups}}
  %0 = tn.conv %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, low = #tn.shape<[1, 1]>, groups = 3 : i64} : (tensor<1x9x9x4xf32>, tensor<3x3x2x6xf32>) -> tensor<1x9x9x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x9x9x4xf32>, %w: tensor<3x3x1x6xf32>) {
  // expected-error @+1 {{output channels 6 do not divide into 4 groups}}
  %0 = tn.conv %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, low = #tn.shape<[1, 1]>, groups = 4 : i64} : (tensor<1x9x9x4xf32>, tensor<3x3x1x6xf32>) -> tensor<1x9x9x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x9x9x4xf32>, %w: tensor<3x3x2x6xf32>) {
  // expected-error @+1 {{dim 3 of x is 4, not 2}}
  %0 = tn.conv %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, low = #tn.shape<[1, 1]>, groups = 1 : i64} : (tensor<1x9x9x4xf32>, tensor<3x3x2x6xf32>) -> tensor<1x9x9x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x9x9x4xf32>, %w: tensor<3x3x2x6xf32>) {
  // expected-error @+1 {{dim 0 of result is 2, not 1}}
  %0 = tn.conv %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, low = #tn.shape<[1, 1]>, groups = 2 : i64} : (tensor<1x9x9x4xf32>, tensor<3x3x2x6xf32>) -> tensor<2x9x9x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x9x9x4xf32>, %w: tensor<3x3x2x6xf32>) {
  // expected-error @+1 {{dim 3 of x is 4, not 2}}
  %0 = tn.conv_transpose %x, %w {strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, low = #tn.shape<[1, 1]>, groups = 2 : i64} : (tensor<1x9x9x4xf32>, tensor<3x3x2x6xf32>) -> tensor<1x9x9x6xf32>
  return
}

// -----

func.func @f(%x: tensor<1x9x9x4xf32>) {
  // expected-error @+1 {{window [3] are not 2 positive numbers}}
  %0 = tn.pool %x {combiner = #tn.combiner<sum>, window = array<i64: 3>, strides = array<i64: 1, 1>, dilations = array<i64: 1, 1>, low = #tn.shape<[0, 0]>} : (tensor<1x9x9x4xf32>) -> tensor<1x7x7x4xf32>
  return
}

// -----

func.func @f(%p: tensor<5x2x32xf32>, %r: tensor<8x32xf32>, %b: tensor<32xf32>, %h: tensor<2x8xf32>) {
  // expected-error @+1 {{lstm without a cell}}
  %0:3 = tn.recurrent %p, %r, %b, %h {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>, kind = #tn.cell<lstm>, reverse = false, linear_before_reset = false, input_forget = false, clip = 0.0 : f32, activations = array<i32: 0, 1, 1>, alphas = array<f32: 0.0, 0.0, 0.0>, betas = array<f32: 0.0, 0.0, 0.0>} : (tensor<5x2x32xf32>, tensor<8x32xf32>, tensor<32xf32>, tensor<2x8xf32>) -> (tensor<5x2x8xf32>, tensor<2x8xf32>, tensor<2x8xf32>)
  return
}

// -----

func.func @f(%p: tensor<5x2x24xf32>, %r: tensor<8x24xf32>, %b: tensor<24xf32>, %h: tensor<2x8xf32>, %c: tensor<2x8xf32>) {
  // expected-error @+1 {{gru with a cell}}
  %0:3 = tn.recurrent %p, %r, %b, %h, %c {operandSegmentSizes = array<i32: 1, 1, 1, 1, 1, 0, 0>, kind = #tn.cell<gru>, reverse = false, linear_before_reset = false, input_forget = false, clip = 0.0 : f32, activations = array<i32: 0, 1>, alphas = array<f32: 0.0, 0.0>, betas = array<f32: 0.0, 0.0>} : (tensor<5x2x24xf32>, tensor<8x24xf32>, tensor<24xf32>, tensor<2x8xf32>, tensor<2x8xf32>) -> (tensor<5x2x8xf32>, tensor<2x8xf32>, tensor<2x8xf32>)
  return
}

// -----

func.func @f(%p: tensor<5x2x8xf32>, %r: tensor<8x8xf32>, %b: tensor<8xf32>, %h: tensor<2x8xf32>, %q: tensor<24xf32>) {
  // expected-error @+1 {{rnn with a peephole}}
  %0:3 = tn.recurrent %p, %r, %b, %h, %q {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 1, 0>, kind = #tn.cell<rnn>, reverse = false, linear_before_reset = false, input_forget = false, clip = 0.0 : f32, activations = array<i32: 0>, alphas = array<f32: 0.0>, betas = array<f32: 0.0>} : (tensor<5x2x8xf32>, tensor<8x8xf32>, tensor<8xf32>, tensor<2x8xf32>, tensor<24xf32>) -> (tensor<5x2x8xf32>, tensor<2x8xf32>, tensor<2x8xf32>)
  return
}

// -----

func.func @f(%p: tensor<5x2x8xf32>, %r: tensor<8x8xf32>, %b: tensor<8xf32>, %h: tensor<2x8xf32>) {
  // expected-error @+1 {{2 activations, 1 alphas and 1 betas for rnn, which has 1}}
  %0:3 = tn.recurrent %p, %r, %b, %h {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>, kind = #tn.cell<rnn>, reverse = false, linear_before_reset = false, input_forget = false, clip = 0.0 : f32, activations = array<i32: 0, 1>, alphas = array<f32: 0.0>, betas = array<f32: 0.0>} : (tensor<5x2x8xf32>, tensor<8x8xf32>, tensor<8xf32>, tensor<2x8xf32>) -> (tensor<5x2x8xf32>, tensor<2x8xf32>, tensor<2x8xf32>)
  return
}

// -----

func.func @f(%p: tensor<5x2x8xf32>, %r: tensor<8x8xf32>, %b: tensor<8xf32>, %h: tensor<2x8xf32>) {
  // expected-error @+1 {{activation 99 does not exist}}
  %0:3 = tn.recurrent %p, %r, %b, %h {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>, kind = #tn.cell<rnn>, reverse = false, linear_before_reset = false, input_forget = false, clip = 0.0 : f32, activations = array<i32: 99>, alphas = array<f32: 0.0>, betas = array<f32: 0.0>} : (tensor<5x2x8xf32>, tensor<8x8xf32>, tensor<8xf32>, tensor<2x8xf32>) -> (tensor<5x2x8xf32>, tensor<2x8xf32>, tensor<2x8xf32>)
  return
}

// -----

func.func @f(%p: tensor<5x2x8xf32>, %r: tensor<8x9xf32>, %b: tensor<8xf32>, %h: tensor<2x8xf32>) {
  // expected-error @+1 {{dim 1 of weight is 9, not 8}}
  %0:3 = tn.recurrent %p, %r, %b, %h {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 0>, kind = #tn.cell<rnn>, reverse = false, linear_before_reset = false, input_forget = false, clip = 0.0 : f32, activations = array<i32: 0>, alphas = array<f32: 0.0>, betas = array<f32: 0.0>} : (tensor<5x2x8xf32>, tensor<8x9xf32>, tensor<8xf32>, tensor<2x8xf32>) -> (tensor<5x2x8xf32>, tensor<2x8xf32>, tensor<2x8xf32>)
  return
}

// -----

func.func @f(%p: tensor<5x2x8xf32>, %r: tensor<8x8xf32>, %b: tensor<8xf32>, %h: tensor<2x8xf32>, %l: tensor<2xi64>) {
  // expected-error @+1 {{lengths has element type 'i64', not 'i32'}}
  %0:3 = tn.recurrent %p, %r, %b, %h, %l {operandSegmentSizes = array<i32: 1, 1, 1, 1, 0, 0, 1>, kind = #tn.cell<rnn>, reverse = false, linear_before_reset = false, input_forget = false, clip = 0.0 : f32, activations = array<i32: 0>, alphas = array<f32: 0.0>, betas = array<f32: 0.0>} : (tensor<5x2x8xf32>, tensor<8x8xf32>, tensor<8xf32>, tensor<2x8xf32>, tensor<2xi64>) -> (tensor<5x2x8xf32>, tensor<2x8xf32>, tensor<2x8xf32>)
  return
}

// -----

func.func @f(%q: tensor<2x4x5xf32>, %k: tensor<1x2x7x5xf32>, %v: tensor<1x2x7x5xf32>) {
  // expected-error @+1 {{q is 'tensor<2x4x5xf32>', expected four dims of f32}}
  %0 = tn.attention %q, %k, %v {scale = 1.0 : f32, q_order = array<i64: 0, 1, 2, 3>, k_order = array<i64: 0, 1, 2, 3>, v_order = array<i64: 0, 1, 2, 3>, result_order = array<i64: 0, 1, 2, 3>} : (tensor<2x4x5xf32>, tensor<1x2x7x5xf32>, tensor<1x2x7x5xf32>) -> tensor<1x4x5x5xf32>
  return
}

// -----

func.func @f(%q: tensor<1x4x5x8xf32>, %k: tensor<1x4x7x8xf32>, %v: tensor<1x4x7x8xf32>) {
  // expected-error @+1 {{k's order [0, 1, 3, 2] is no permutation that keeps the last dim}}
  %0 = tn.attention %q, %k, %v {scale = 1.0 : f32, q_order = array<i64: 0, 1, 2, 3>, k_order = array<i64: 0, 1, 3, 2>, v_order = array<i64: 0, 1, 2, 3>, result_order = array<i64: 0, 1, 2, 3>} : (tensor<1x4x5x8xf32>, tensor<1x4x7x8xf32>, tensor<1x4x7x8xf32>) -> tensor<1x4x5x8xf32>
  return
}

// -----

func.func @f(%q: tensor<1x3x5x8xf32>, %k: tensor<1x2x7x8xf32>, %v: tensor<1x2x7x8xf32>) {
  // expected-error @+1 {{heads of q, 3, are not a static multiple of those of k, 2}}
  %0 = tn.attention %q, %k, %v {scale = 1.0 : f32, q_order = array<i64: 0, 1, 2, 3>, k_order = array<i64: 0, 1, 2, 3>, v_order = array<i64: 0, 1, 2, 3>, result_order = array<i64: 0, 1, 2, 3>} : (tensor<1x3x5x8xf32>, tensor<1x2x7x8xf32>, tensor<1x2x7x8xf32>) -> tensor<1x3x5x8xf32>
  return
}

// -----

func.func @f(%q: tensor<1x2x5x8xf32>, %k: tensor<1x2x7x8xf32>, %v: tensor<1x2x6x8xf32>) {
  // expected-error @+1 {{lengths of k and v differ: 7 and 6}}
  %0 = tn.attention %q, %k, %v {scale = 1.0 : f32, q_order = array<i64: 0, 1, 2, 3>, k_order = array<i64: 0, 1, 2, 3>, v_order = array<i64: 0, 1, 2, 3>, result_order = array<i64: 0, 1, 2, 3>} : (tensor<1x2x5x8xf32>, tensor<1x2x7x8xf32>, tensor<1x2x6x8xf32>) -> tensor<1x2x5x8xf32>
  return
}

// -----

func.func @f(%q: tensor<1x2x5x8xf32>, %k: tensor<1x2x7x8xf32>, %v: tensor<1x2x7x8xf32>, %m: tensor<6xf32>) {
  // expected-error @+1 {{a dim of the mask and its scores differ: 6 and 7}}
  %0 = tn.attention %q, %k, %v, %m {scale = 1.0 : f32, q_order = array<i64: 0, 1, 2, 3>, k_order = array<i64: 0, 1, 2, 3>, v_order = array<i64: 0, 1, 2, 3>, result_order = array<i64: 0, 1, 2, 3>} : (tensor<1x2x5x8xf32>, tensor<1x2x7x8xf32>, tensor<1x2x7x8xf32>, tensor<6xf32>) -> tensor<1x2x5x8xf32>
  return
}
