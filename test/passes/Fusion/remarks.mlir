// RUN: tenon-opt %s --tn-form-fusions --remark-format=emitRemark --remarks-filter=fusion 2>&1 >/dev/null | FileCheck %s

// CHECK: remark: [Missed] NotFused | Category:fusion | Kernel=tn.add, Op=tn.exp, Reason="a user reads it in an order of its own"
// CHECK-NOT: [Missed]
// CHECK: remark: [Passed] Fused | Category:fusion | Ops=2, Results=1
func.func @prologue(%a: tensor<4x8xf32>, %b: tensor<8x16xf32>, %c: tensor<16xf32>) -> tensor<4x16xf32> {
  %0 = tn.exp %a : (tensor<4x8xf32>) -> tensor<4x8xf32>
  %1 = tn.matmul %0, %b : (tensor<4x8xf32>, tensor<8x16xf32>) -> tensor<4x16xf32>
  %2 = tn.add %1, %c : (tensor<4x16xf32>, tensor<16xf32>) -> tensor<4x16xf32>
  return %2 : tensor<4x16xf32>
}
