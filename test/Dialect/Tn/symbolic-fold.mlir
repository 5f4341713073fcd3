// RUN: tenon-opt %s --canonicalize | FileCheck %s

// CHECK-LABEL: @arithmetic
func.func @arithmetic() -> (tensor<2xi64>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>) {
  %x = tn.expr <[n, 6]> : tensor<2xi64>
  %c = tn.constant dense<[4, -2]> : tensor<2xi64>
  %d = tn.constant dense<4> : tensor<i64>
  // CHECK-DAG: tn.expr <[n+4, 4]>
  %0 = tn.add %x, %c : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
  // CHECK-DAG: tn.expr <[n-4, 8]>
  %1 = tn.sub %x, %c : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
  // CHECK-DAG: tn.expr <[4*n, -12]>
  %2 = tn.mul %x, %c : (tensor<2xi64>, tensor<2xi64>) -> tensor<2xi64>
  // CHECK-DAG: tn.expr <[floordiv(n, 4), 1]>
  %3 = tn.div %x, %d : (tensor<2xi64>, tensor<i64>) -> tensor<2xi64>
  // CHECK-DAG: tn.expr <[mod(n, 4), 2]>
  %4 = tn.mod %x, %d : (tensor<2xi64>, tensor<i64>) -> tensor<2xi64>
  // CHECK-DAG: tn.expr <[-n, -6]>
  %5 = tn.neg %x : (tensor<2xi64>) -> tensor<2xi64>
  return %0, %1, %2, %3, %4, %5 : tensor<2xi64>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>, tensor<2xi64>
}

// n - 4 may be negative; then the quotient is rounded up.
// CHECK-LABEL: @division_of_maybe_negative
func.func @division_of_maybe_negative() -> tensor<1xi64> {
  // CHECK: tn.div
  %x = tn.expr <[n - 4]> : tensor<1xi64>
  %d = tn.constant dense<3> : tensor<1xi64>
  %0 = tn.div %x, %d : (tensor<1xi64>, tensor<1xi64>) -> tensor<1xi64>
  return %0 : tensor<1xi64>
}

// CHECK-LABEL: @min_max_abs
func.func @min_max_abs() -> (tensor<1xi64>, tensor<1xi64>, tensor<1xi64>) {
  %x = tn.expr <[n]> : tensor<1xi64>
  %end = tn.constant dense<9223372036854775807> : tensor<1xi64>
  %two = tn.constant dense<2> : tensor<1xi64>
  // CHECK-NEXT: tn.expr <[n]>
  // CHECK-NEXT: tn.expr <[max(2, n)]>
  // CHECK-NEXT: tn.expr <[n]>
  // CHECK-NEXT: return
  %0 = tn.min %x, %end : (tensor<1xi64>, tensor<1xi64>) -> tensor<1xi64>
  %1 = tn.max %x, %two : (tensor<1xi64>, tensor<1xi64>) -> tensor<1xi64>
  %2 = tn.abs %x : (tensor<1xi64>) -> tensor<1xi64>
  return %0, %1, %2 : tensor<1xi64>, tensor<1xi64>, tensor<1xi64>
}

// CHECK-LABEL: @decided_select
func.func @decided_select() -> tensor<2xi64> {
  // CHECK-NEXT: %[[R:.*]] = tn.expr <[n, 7]>
  // CHECK-NEXT: return %[[R]]
  %x = tn.expr <[n, -1]> : tensor<2xi64>
  %zero = tn.constant dense<0> : tensor<i64>
  %seven = tn.constant dense<7> : tensor<i64>
  %c = tn.compare %x, %zero {predicate = #tn.compare<lt>} : (tensor<2xi64>, tensor<i64>) -> tensor<2xi1>
  %0 = tn.select %c, %seven, %x : (tensor<2xi1>, tensor<i64>, tensor<2xi64>) -> tensor<2xi64>
  return %0 : tensor<2xi64>
}

// CHECK-LABEL: @undecided_compare
func.func @undecided_compare() -> tensor<1xi1> {
  // CHECK: tn.compare
  %x = tn.expr <[n]> : tensor<1xi64>
  %one = tn.constant dense<1> : tensor<1xi64>
  %c = tn.compare %x, %one {predicate = #tn.compare<eq>} : (tensor<1xi64>, tensor<1xi64>) -> tensor<1xi1>
  return %c : tensor<1xi1>
}

// CHECK-LABEL: @logic
func.func @logic() -> tensor<2xi1> {
  // CHECK-NEXT: tn.constant dense<[true, false]>
  // CHECK-NEXT: return
  %a = tn.constant dense<[true, false]> : tensor<2xi1>
  %n = tn.not %a : (tensor<2xi1>) -> tensor<2xi1>
  %o = tn.or %a, %n : (tensor<2xi1>, tensor<2xi1>) -> tensor<2xi1>
  %0 = tn.and %o, %a : (tensor<2xi1>, tensor<2xi1>) -> tensor<2xi1>
  return %0 : tensor<2xi1>
}

// Resize: Shape -> Cast -> Mul -> Floor -> Cast.
// CHECK-LABEL: @scaled_size
func.func @scaled_size() -> (tensor<2xi64>, tensor<2xi64>) {
  %x = tn.expr <[n, 5]> : tensor<2xi64>
  %s = tn.constant dense<[2.0, 0.5]> : tensor<2xf32>
  %two = tn.constant dense<2.0> : tensor<f32>
  // CHECK-DAG: tn.expr <[2*n, 2]>
  // CHECK-DAG: tn.expr <[ceildiv(n, 2), 3]>
  %f = tn.cast %x : (tensor<2xi64>) -> tensor<2xf32>
  %m = tn.mul %f, %s : (tensor<2xf32>, tensor<2xf32>) -> tensor<2xf32>
  %r = tn.floor %m : (tensor<2xf32>) -> tensor<2xf32>
  %0 = tn.cast %r : (tensor<2xf32>) -> tensor<2xi64>
  %q = tn.div %f, %two : (tensor<2xf32>, tensor<f32>) -> tensor<2xf32>
  %u = tn.ceil %q : (tensor<2xf32>) -> tensor<2xf32>
  %1 = tn.cast %u : (tensor<2xf32>) -> tensor<2xi64>
  return %0, %1 : tensor<2xi64>, tensor<2xi64>
}

// A factor that a float does not hold exactly.
// CHECK-LABEL: @inexact_factor
func.func @inexact_factor() -> tensor<1xi64> {
  // CHECK: tn.mul
  %x = tn.expr <[n]> : tensor<1xi64>
  %s = tn.constant dense<0.3> : tensor<1xf32>
  %f = tn.cast %x : (tensor<1xi64>) -> tensor<1xf32>
  %m = tn.mul %f, %s : (tensor<1xf32>, tensor<1xf32>) -> tensor<1xf32>
  %0 = tn.cast %m : (tensor<1xf32>) -> tensor<1xi64>
  return %0 : tensor<1xi64>
}

// CHECK-LABEL: @shape_gather_concat
func.func @shape_gather_concat() -> tensor<3xi64> {
  // CHECK-NEXT: %[[R:.*]] = tn.expr <[seq, batch, -1]>
  // CHECK-NEXT: return %[[R]]
  %x = tn.expr <[batch, seq, 768]> : tensor<3xi64>
  %i = tn.constant dense<[1, -3]> : tensor<2xi64>
  %m = tn.constant dense<-1> : tensor<1xi64>
  %g = tn.gather %x, %i {axis = 0 : i64} : (tensor<3xi64>, tensor<2xi64>) -> tensor<2xi64>
  %0 = tn.concat %g, %m {axis = 0 : i64} : (tensor<2xi64>, tensor<1xi64>) -> tensor<3xi64>
  return %0 : tensor<3xi64>
}

// CHECK-LABEL: @movement
func.func @movement() -> (tensor<2xi64>, tensor<2x2xi64>, tensor<2x2xi64>, tensor<4xi64>, tensor<2xi64>) {
  %x = tn.expr <[a, b, c, 3]> : tensor<4xi64>
  %zero = tn.constant dense<0> : tensor<i64>
  // CHECK-DAG: tn.expr <[3, b]>
  %0 = tn.slice %x {starts = #tn.shape<[3]>, steps = array<i64: -2>} : (tensor<4xi64>) -> tensor<2xi64>
  // CHECK-DAG: tn.expr <[a, c, b, 3]>
  %m = tn.reshape %x : (tensor<4xi64>) -> tensor<2x2xi64>
  %1 = tn.transpose %m {permutation = array<i64: 1, 0>} : (tensor<2x2xi64>) -> tensor<2x2xi64>
  // CHECK-DAG: tn.expr <[3, b, 3, b]>
  %2 = tn.broadcast %0 : (tensor<2xi64>) -> tensor<2x2xi64>
  // CHECK-DAG: tn.expr <[0, 3, b, 0]>
  %3 = tn.pad %0, %zero {low = #tn.shape<[1]>, mode = #tn.pad_mode<constant>} : (tensor<2xi64>, tensor<i64>) -> tensor<4xi64>
  // CHECK-DAG: tn.expr <[c, a]>
  %i = tn.constant dense<[2, 0]> : tensor<2xi64>
  %4 = tn.gather_elements %x, %i {axis = 0 : i64} : (tensor<4xi64>, tensor<2xi64>) -> tensor<2xi64>
  return %0, %1, %2, %3, %4 : tensor<2xi64>, tensor<2x2xi64>, tensor<2x2xi64>, tensor<4xi64>, tensor<2xi64>
}

// CHECK-LABEL: @reduce
func.func @reduce() -> (tensor<1xi64>, tensor<1xi64>) {
  // CHECK-DAG: tn.expr <[3*a*b]>
  // CHECK-DAG: tn.expr <[a+b+3]>
  %x = tn.expr <[a, b, 3]> : tensor<3xi64>
  %0 = tn.reduce %x {axes = array<i64: 0>, combiner = #tn.combiner<prod>} : (tensor<3xi64>) -> tensor<1xi64>
  %1 = tn.reduce %x {axes = array<i64: 0>, combiner = #tn.combiner<sum>} : (tensor<3xi64>) -> tensor<1xi64>
  return %0, %1 : tensor<1xi64>, tensor<1xi64>
}

// CHECK-LABEL: @iota
func.func @iota() -> tensor<4xi64> {
  // CHECK-NEXT: tn.constant dense<[0, 1, 2, 3]>
  // CHECK-NEXT: return
  %0 = tn.iota {axis = 0 : i64} : () -> tensor<4xi64>
  return %0 : tensor<4xi64>
}

// The value of a bound symbol is not used before its tn.bind.
// CHECK-LABEL: @after_bind
func.func @after_bind(%v: tensor<1xi64>) -> tensor<1xi64> {
  // CHECK-NEXT: tn.bind
  // CHECK-NEXT: tn.expr <[2*k]>
  tn.bind %v ["k"] : tensor<1xi64>
  %x = tn.expr <[k]> : tensor<1xi64>
  %0 = tn.add %x, %x : (tensor<1xi64>, tensor<1xi64>) -> tensor<1xi64>
  return %0 : tensor<1xi64>
}

// CHECK-LABEL: @identities
// CHECK-SAME: (%[[X:[a-z0-9]+]]: tensor
func.func @identities(%x: tensor<2x3xf32>) -> tensor<2x3xf32> {
  // CHECK-NEXT: return %[[X]]
  %one = tn.constant dense<1.0> : tensor<f32>
  %zero = tn.constant dense<0.0> : tensor<f32>
  %minus_zero = tn.constant dense<-0.0> : tensor<f32>
  %true = tn.constant dense<true> : tensor<i1>
  %0 = tn.mul %x, %one : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xf32>
  %1 = tn.div %0, %one : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xf32>
  %2 = tn.sub %1, %zero : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xf32>
  %3 = tn.add %2, %minus_zero : (tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xf32>
  %4 = tn.max %3, %3 : (tensor<2x3xf32>, tensor<2x3xf32>) -> tensor<2x3xf32>
  %5 = tn.select %true, %4, %zero : (tensor<i1>, tensor<2x3xf32>, tensor<f32>) -> tensor<2x3xf32>
  %6 = tn.cast %5 : (tensor<2x3xf32>) -> tensor<2x3xf32>
  return %6 : tensor<2x3xf32>
}

// -0.0 + 0.0 is 0.0, and 0 * NaN is NaN.
// CHECK-LABEL: @not_identities
func.func @not_identities(%x: tensor<2xf32>) -> (tensor<2xf32>, tensor<2xf32>) {
  // CHECK: tn.add
  // CHECK: tn.mul
  %zero = tn.constant dense<0.0> : tensor<f32>
  %0 = tn.add %x, %zero : (tensor<2xf32>, tensor<f32>) -> tensor<2xf32>
  %1 = tn.mul %x, %zero : (tensor<2xf32>, tensor<f32>) -> tensor<2xf32>
  return %0, %1 : tensor<2xf32>, tensor<2xf32>
}

// CHECK-LABEL: @widened_and_back
// CHECK-SAME: (%[[X:[a-z0-9]+]]: tensor
func.func @widened_and_back(%x: tensor<5xi32>) -> tensor<5xi32> {
  // CHECK-NEXT: return %[[X]]
  %0 = tn.cast %x : (tensor<5xi32>) -> tensor<5xi64>
  %1 = tn.cast %0 : (tensor<5xi64>) -> tensor<5xi32>
  return %1 : tensor<5xi32>
}
