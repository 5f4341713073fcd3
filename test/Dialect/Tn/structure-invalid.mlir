// RUN: tenon-opt %s -split-input-file -verify-diagnostics

func.func @f() {
  // expected-error @+1 {{result type 'tensor<?xi64, #tn.shape<[n]>>' is not static}}
  %0 = tn.expr <[n]> : tensor<?xi64, #tn.shape<[n]>>
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{elements of type 'f32' are neither i32 nor i64}}
  %0 = tn.expr <[n]> : tensor<1xf32>
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{2 values for 3 elements}}
  %0 = tn.expr <[n, 2]> : tensor<3xi64>
  return
}

// -----

func.func @f() {
  // expected-error @+1 {{no tn.data named @missing}}
  %0 = tn.weight @missing : tensor<2xf32>
  return
}

// -----

func.func @f(%k: tensor<2xi64>) {
  // expected-error @+1 {{1 symbols for a 'tensor<2xi64>'}}
  tn.bind %k ["a"] : tensor<2xi64>
  return
}

// -----

func.func @f(%k: tensor<1xf32>) {
  // expected-error @+1 {{operand has element type 'f32', neither i32 nor i64}}
  tn.bind %k ["a"] : tensor<1xf32>
  return
}

// -----

// expected-error @+1 {{type 'tensor<?xf32>' is not a static tensor of numbers}}
tn.data @w = <"m", 0, 8> : tensor<?xf32>

// -----

// expected-error @+1 {{offset is -1}}
tn.data @w = <"m", -1, 8> : tensor<2xf32>

// -----

// expected-error @+1 {{8 bytes for a 'tensor<3xi4>', which has 2}}
tn.data @w = <"m", 0, 8> : tensor<3xi4>

// -----

tn.data @w = <"m", 0, 24> : tensor<2x3xf32>
func.func @f() {
  // expected-error @+1 {{permutation [0, 0] does not name each of 2 dims once}}
  %0 = tn.weight @w {permutation = array<i64: 0, 0>} : tensor<2x3xf32>
  return
}

// -----

tn.data @w = <"m", 0, 24> : tensor<2x3xf32>
func.func @f() {
  // expected-error @+1 {{result type 'tensor<2x3xf32>' should be 'tensor<3x2xf32>'}}
  %0 = tn.weight @w {permutation = array<i64: 1, 0>} : tensor<2x3xf32>
  return
}

// -----

func.func @f(%x: tensor<2xf32>, %y: tensor<i64>) {
  // expected-error @+1 {{2 inputs in the region, 1 outside}}
  %0 = tn.fusion(%x) : (tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%a: tensor<2xf32>, %b: tensor<2xf32>):
    tn.yield %a : tensor<2xf32>
  }
  return
}

// -----

func.func @f(%x: tensor<2xf32>, %y: tensor<i64>) {
  // expected-error @+1 {{input 0 is 'tensor<3xf32>' in the region, 'tensor<2xf32>' outside}}
  %0 = tn.fusion(%x) : (tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%a: tensor<3xf32>):
    tn.yield %a : tensor<3xf32>
  }
  return
}

// -----

func.func @f(%x: tensor<2xf32>, %y: tensor<i64>) {
  // expected-error @+1 {{output 0 is 'tensor<2xf16>' in the region, 'tensor<2xf32>' outside}}
  %0 = tn.fusion(%x) : (tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%a: tensor<2xf32>):
    %b = tn.cast %a : (tensor<2xf32>) -> tensor<2xf16>
    tn.yield %b : tensor<2xf16>
  }
  return
}

// -----

func.func @f(%x: tensor<2xf32>, %y: tensor<i64>) {
  %0 = tn.fusion(%x) : (tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%a: tensor<2xf32>):
    %k = tn.constant dense<1> : tensor<i64>
    // expected-error @+1 {{'tn.bind' op cannot be inside of tn.fusion}}
    tn.bind %k ["n"] : tensor<i64>
    tn.yield %a : tensor<2xf32>
  }
  return
}

// -----

func.func @f(%x: tensor<2xf32>) {
  // expected-error @+1 {{region does not end with tn.yield}}
  %0 = tn.fusion(%x) : (tensor<2xf32>) -> tensor<2xf32> {
  ^bb0(%a: tensor<2xf32>):
    llvm.unreachable
  }
  return
}

// -----

func.func @f(%c: tensor<2xi1>, %x: tensor<2xf32>, %y: tensor<3xf32>) {
  // expected-error @+1 {{condition of type 'tensor<2xi1>' is not one i1}}
  %0 = tn.if %c : (tensor<2xi1>) -> tensor<2xf32> {
    tn.yield %x : tensor<2xf32>
  } else {
    tn.yield %x : tensor<2xf32>
  }
  return
}

// -----

func.func @f(%c: tensor<i1>, %x: tensor<2xf32>, %y: tensor<3xf32>) {
  // expected-error @+1 {{yielded values: value 0 of type 'tensor<3xf32>' does not fit 'tensor<2xf32>'}}
  %0 = tn.if %c : (tensor<i1>) -> tensor<2xf32> {
    tn.yield %x : tensor<2xf32>
  } else {
    tn.yield %y : tensor<3xf32>
  }
  return
}

// -----

func.func @f(%c: tensor<i1>, %x: tensor<2xf32>, %y: tensor<3xf32>) {
  // expected-error @+1 {{yielded values: value 0 of type 'tensor<2xf32>' does not fit 'tensor<?xf32, #tn.shape<[k]>>'}}
  %0 = tn.if %c : (tensor<i1>) -> tensor<?xf32, #tn.shape<[k]>> {
    tn.yield %x : tensor<2xf32>
  } else {
    tn.yield %y : tensor<3xf32>
  }
  return
}

// -----

func.func @f(%c: tensor<i1>, %x: tensor<2xf32>, %y: tensor<3xf32>) {
  // expected-error @+1 {{2 yielded values, not 1}}
  %0 = tn.if %c : (tensor<i1>) -> tensor<2xf32> {
    tn.yield %x, %x : tensor<2xf32>, tensor<2xf32>
  } else {
    tn.yield %y : tensor<3xf32>
  }
  return
}

// -----

func.func @f(%n: tensor<i64>, %x: tensor<2xf32>) {
  // expected-error @+1 {{0 results for 1 carried values}}
  tn.loop count %n : tensor<i64> (%x) : (tensor<2xf32>) -> () {
  ^bb0(%i: tensor<i64>, %g: tensor<i1>, %a: tensor<2xf32>):
    tn.yield %g : tensor<i1>
  }
  return
}

// -----

func.func @f(%n: tensor<i64>, %c: tensor<i1>, %x: tensor<2xf32>, %y: tensor<3xf32>) {
  // expected-error @+1 {{2 arguments of the body, not 3}}
  %0 = tn.loop count %n : tensor<i64> while %c : tensor<i1> (%x) : (tensor<2xf32>) -> (tensor<2xf32>) {
  ^bb0(%i: tensor<i64>, %g: tensor<i1>):
    tn.yield %g, %x : tensor<i1>, tensor<2xf32>
  }
  return
}

// -----

func.func @f(%n: tensor<i64>, %c: tensor<i1>, %x: tensor<2xf32>, %y: tensor<3xf32>) {
  // expected-error @+1 {{1 yielded values, not 2}}
  %0 = tn.loop count %n : tensor<i64> while %c : tensor<i1> (%x) : (tensor<2xf32>) -> (tensor<2xf32>) {
  ^bb0(%i: tensor<i64>, %g: tensor<i1>, %a: tensor<2xf32>):
    tn.yield %g : tensor<i1>
  }
  return
}

// -----

func.func @f(%n: tensor<i32>, %c: tensor<i1>, %x: tensor<2xf32>, %y: tensor<3xf32>) {
  // expected-error @+1 {{trip count of type 'tensor<i32>' is not one i64}}
  %0 = tn.loop count %n : tensor<i32> while %c : tensor<i1> (%x) : (tensor<2xf32>) -> (tensor<2xf32>) {
  ^bb0(%i: tensor<i64>, %g: tensor<i1>, %a: tensor<2xf32>):
    tn.yield %g, %a : tensor<i1>, tensor<2xf32>
  }
  return
}

// -----

func.func @f(%n: tensor<i64>, %c: tensor<i1>, %x: tensor<2xf32>, %y: tensor<3xf32>) {
  // expected-error @+1 {{round of type 'tensor<i32>' is not one i64}}
  %0 = tn.loop count %n : tensor<i64> while %c : tensor<i1> (%x) : (tensor<2xf32>) -> (tensor<2xf32>) {
  ^bb0(%i: tensor<i32>, %g: tensor<i1>, %a: tensor<2xf32>):
    tn.yield %g, %a : tensor<i1>, tensor<2xf32>
  }
  return
}

// -----

func.func @f(%n: tensor<i64>, %c: tensor<i1>, %x: tensor<2xf32>, %y: tensor<3xf32>) {
  // expected-error @+1 {{carried values: value 0 of type 'tensor<2xf32>' does not fit 'tensor<3xf32>'}}
  %0 = tn.loop count %n : tensor<i64> while %c : tensor<i1> (%x) : (tensor<2xf32>) -> (tensor<2xf32>) {
  ^bb0(%i: tensor<i64>, %g: tensor<i1>, %a: tensor<3xf32>):
    tn.yield %g, %a : tensor<i1>, tensor<3xf32>
  }
  return
}

// -----

func.func @f(%n: tensor<i64>, %c: tensor<i1>, %x: tensor<2xf32>, %y: tensor<3xf32>) {
  // expected-error @+1 {{yielded values: value 0 of type 'tensor<3xf32>' does not fit 'tensor<2xf32>'}}
  %0 = tn.loop count %n : tensor<i64> while %c : tensor<i1> (%x) : (tensor<2xf32>) -> (tensor<2xf32>) {
  ^bb0(%i: tensor<i64>, %g: tensor<i1>, %a: tensor<2xf32>):
    tn.yield %g, %y : tensor<i1>, tensor<3xf32>
  }
  return
}

// -----

func.func @f(%n: tensor<i64>, %c: tensor<i1>, %x: tensor<2xf32>, %y: tensor<3xf32>) {
  // expected-error @+1 {{results: value 0 of type 'tensor<2xf32>' does not fit 'tensor<3xf32>'}}
  %0 = tn.loop count %n : tensor<i64> while %c : tensor<i1> (%x) : (tensor<2xf32>) -> (tensor<3xf32>) {
  ^bb0(%i: tensor<i64>, %g: tensor<i1>, %a: tensor<2xf32>):
    tn.yield %g, %a : tensor<i1>, tensor<2xf32>
  }
  return
}

// -----

func.func @f(%n: tensor<i64>, %x: tensor<2xf32>) {
  // expected-error @+1 {{2 scan axes and 0 directions for 1 scan outputs}}
  %0:2 = tn.loop count %n : tensor<i64> (%x) attributes {scan_axes = array<i64: 0, 1>} : (tensor<2xf32>) -> (tensor<2xf32>, tensor<5x2xf32>) {
  ^bb0(%i: tensor<i64>, %g: tensor<i1>, %a: tensor<2xf32>):
    tn.yield %g, %a, %a : tensor<i1>, tensor<2xf32>, tensor<2xf32>
  }
  return
}

// -----

func.func @f(%n: tensor<i64>, %x: tensor<2xf32>) {
  // expected-error @+1 {{scan axis 2 is out of range for 'tensor<5x2xf32>'}}
  %0:2 = tn.loop count %n : tensor<i64> (%x) attributes {scan_axes = array<i64: 2>} : (tensor<2xf32>) -> (tensor<2xf32>, tensor<5x2xf32>) {
  ^bb0(%i: tensor<i64>, %g: tensor<i1>, %a: tensor<2xf32>):
    tn.yield %g, %a, %a : tensor<i1>, tensor<2xf32>, tensor<2xf32>
  }
  return
}

// -----

func.func @f(%n: tensor<i64>, %x: tensor<2xf32>) {
  // expected-error @+1 {{scan output 0 of type 'tensor<5x2xf32>' does not stack values of type 'tensor<2xf32>'}}
  %0:2 = tn.loop count %n : tensor<i64> (%x) attributes {scan_axes = array<i64: 1>} : (tensor<2xf32>) -> (tensor<2xf32>, tensor<5x2xf32>) {
  ^bb0(%i: tensor<i64>, %g: tensor<i1>, %a: tensor<2xf32>):
    tn.yield %g, %a, %a : tensor<i1>, tensor<2xf32>, tensor<2xf32>
  }
  return
}

// -----

func.func @f(%x: tensor<2xi1>) {
  // expected-error @+1 {{condition is 'tensor<2xi1>', expected one i1}}
  tn.check %x, "m" : tensor<2xi1>
  return
}

// -----

// expected-error @+1 {{needs either a place in a file or a value}}
tn.data @nothing : tensor<2xf32>

// -----

// expected-error @+1 {{value is a 'tensor<3xf32>', not a 'tensor<2xf32>'}}
tn.data @other : tensor<2xf32> {value = dense<0.0> : tensor<3xf32>}
