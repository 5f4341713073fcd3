// RUN: tenon-opt %s --tn-form-fusions --tn-schedule-fusions=target=x86-64-v4 | FileCheck %s --check-prefixes=CHECK,V4
// RUN: tenon-opt %s --tn-form-fusions --tn-schedule-fusions=target=x86-64-v3 | FileCheck %s --check-prefixes=CHECK,V3

// CHECK-LABEL: func.func @loop
// V4: schedule <loop, lanes = 16
// V3: schedule <loop, lanes = 8
func.func @loop(%x: tensor<4x100xf32>) -> tensor<4x100xf32> {
  %0 = tn.exp %x : (tensor<4x100xf32>) -> tensor<4x100xf32>
  return %0 : tensor<4x100xf32>
}

// CHECK-LABEL: func.func @short_rows_are_flat
// CHECK: schedule <loop, lanes = {{[0-9]+}}, tile = [0, {{[0-9]+}}]>
func.func @short_rows_are_flat(%x: tensor<100x3xf32>, %b: tensor<3xf32>) -> tensor<100x3xf32> {
  %0 = tn.add %x, %b : (tensor<100x3xf32>, tensor<3xf32>) -> tensor<100x3xf32>
  return %0 : tensor<100x3xf32>
}

// CHECK-LABEL: func.func @reduction
// CHECK: schedule <reduction
func.func @reduction(%x: tensor<4x100xf32>) -> tensor<4x1xf32> {
  %0 = tn.reduce %x {axes = array<i64: 1>, combiner = #tn.combiner<sum>} : (tensor<4x100xf32>) -> tensor<4x1xf32>
  return %0 : tensor<4x1xf32>
}
