// RUN: tenon-opt %s -split-input-file -verify-diagnostics | FileCheck %s

// Expressions are simplified when they are read, so equal sizes are equal text.

// CHECK: sums = [#tn.expr<2*seq+1>, #tn.expr<s*s-t*t>, #tn.expr<-x>, #tn.expr<7>]
module attributes {test.sums = [#tn.expr<seq + 1 + seq>,
    #tn.expr<(s + t) * (s - t)>, #tn.expr<0 - x>, #tn.expr<2*3+1>]} {}

// -----

// CHECK: divisions = [#tn.expr<ceildiv(h, 2)>, #tn.expr<x+floordiv(y, 4)>, #tn.expr<floordiv(x, x)>, #tn.expr<mod(y, 4)>]
module attributes {test.divisions = [#tn.expr<floordiv(h-1, 2)+1>,
    #tn.expr<floordiv(4*x+y, 4)>, #tn.expr<floordiv(x, x)>,
    #tn.expr<mod(8*x+y, 4)>]} {}

// -----

// CHECK: selections = [#tn.expr<min(3, x, y)>, #tn.expr<x+y>, #tn.expr<broadcast(x, y)>, #tn.expr<8>]
module attributes {test.selections = [#tn.expr<min(y, min(x, 3))>,
    #tn.expr<max(x, x + y, 0)>, #tn.expr<broadcast(y, x, 1)>,
    #tn.expr<broadcast(x, 8)>]} {}

// -----

// CHECK: names = [#tn.expr<"past seq"+1>, #tn.expr<"min">, #tn.expr<plain>]
module attributes {test.names = [#tn.expr<"past seq"+1>, #tn.expr<"min">,
    #tn.expr<"plain">]} {}

// -----

// CHECK: limits = [#tn.expr<-9223372036854775808>, #tn.expr<x+-9223372036854775808>]
module attributes {test.limits = [#tn.expr<-9223372036854775808>,
    #tn.expr<x+-9223372036854775808>]} {}

// -----

// CHECK-LABEL: func.func private @shapes
// CHECK-SAME: tensor<?x?x768xf32, #tn.shape<[batch, 2*seq+1, 768]>>
// CHECK-SAME: tensor<4xf32>
func.func private @shapes(
    tensor<?x?x768xf32, #tn.shape<[batch, seq + 1 + seq, 768]>>, tensor<4xf32>)

// -----

// expected-error @below {{the symbolic shape has 1 dimensions, the tensor 2}}
func.func private @rank(tensor<?x?xf32, #tn.shape<[batch]>>)

// -----

// expected-error @below {{dimension 1 is 4 in the type but seq in the symbolic shape}}
func.func private @static_dim(tensor<?x4xf32, #tn.shape<[batch, seq]>>)

// -----

// expected-error @below {{dimension 0 is '?' but its size is 4: write the constant in the type}}
func.func private @constant_dim(tensor<?xf32, #tn.shape<[4]>>)

// -----

// expected-error @below {{a static tensor carries no symbolic shape}}
func.func private @static(tensor<4xf32, #tn.shape<[4]>>)

// -----

// expected-error @below {{expected a size: an integer, a name, '(' or a function such as ceildiv(a, b)}}
module attributes {test.e = #tn.expr<x + >} {}

// -----

// expected-error @below {{expected '>'}}
module attributes {test.e = #tn.expr<x y>} {}

// -----

// expected-error @below {{expected ')'}}
module attributes {test.e = #tn.expr<2*(x y)>} {}

// -----

// expected-error @below {{'floordiv' takes 2 sizes, got 3}}
module attributes {test.e = #tn.expr<floordiv(x, y, z)>} {}

// -----

// expected-error @below {{'min' takes at least 2 sizes, got 1}}
module attributes {test.e = #tn.expr<min(x)>} {}

// -----

// expected-error @below {{integer does not fit in 64 bits}}
module attributes {test.e = #tn.expr<9223372036854775808>} {}

// -----

// expected-error @below {{integer does not fit in 64 bits}}
module attributes {test.e = #tn.expr<2-99999999999999999999>} {}
