// RUN: tenon-opt %s --tn-eliminate-dead-nodes | FileCheck %s
// RUN: tenon-opt %s --tn-eliminate-dead-nodes --remark-format=emitRemark --remarks-filter=graph -mlir-print-debuginfo -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK

// CHECK-LABEL: func.func @dead_chain
// CHECK-NOT: tn.exp
// CHECK: tn.abs
// CHECK-NEXT: return
func.func @dead_chain(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = tn.exp %x : (tensor<4xf32>) -> tensor<4xf32>
  %1 = tn.log %0 : (tensor<4xf32>) -> tensor<4xf32>
  %2 = tn.abs %x : (tensor<4xf32>) -> tensor<4xf32>
  return %2 : tensor<4xf32>
}

// A binding stays while a live type uses its symbol.
// CHECK-LABEL: func.func @binding_of_used_symbol
// CHECK: tn.bind
func.func @binding_of_used_symbol(%n: tensor<1xi64>, %x: tensor<1xf32>) -> tensor<?xf32, #tn.shape<[n]>> {
  tn.bind %n ["n"] : tensor<1xi64>
  %0 = tn.broadcast %x : (tensor<1xf32>) -> tensor<?xf32, #tn.shape<[n]>>
  return %0 : tensor<?xf32, #tn.shape<[n]>>
}

// CHECK-LABEL: func.func @binding_of_unused_symbol
// CHECK-NOT: tn.bind
func.func @binding_of_unused_symbol(%n: tensor<1xi64>, %x: tensor<1xf32>) -> tensor<1xf32> {
  tn.bind %n ["m"] : tensor<1xi64>
  return %x : tensor<1xf32>
}

// A check of a function or of a live branch stays; a dead if takes its own along.
// CHECK-LABEL: func.func @checks
// CHECK-COUNT-1: tn.if
// CHECK: tn.check %arg0, "in a live if"
// CHECK-NOT: tn.if
// CHECK: tn.check %arg0, "outside"
// CHECK: return
func.func @checks(%c: tensor<i1>, %x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = tn.if %c : (tensor<i1>) -> tensor<4xf32> {
    tn.check %c, "in a live if" : tensor<i1>
    tn.yield %x : tensor<4xf32>
  } else {
    tn.yield %x : tensor<4xf32>
  }
  %1 = tn.if %c : (tensor<i1>) -> tensor<4xf32> {
    tn.check %c, "in a dead if" : tensor<i1>
    tn.yield %x : tensor<4xf32>
  } else {
    tn.yield %x : tensor<4xf32>
  }
  tn.check %c, "outside" : tensor<i1>
  return %0 : tensor<4xf32>
}

// Both branches stop computing what is not used; so does what is around.
// CHECK-LABEL: func.func @unused_if_result
// CHECK-NOT: tn.log
// CHECK: %[[R:.*]] = tn.if %{{.*}} : (tensor<i1>) -> tensor<4xf32> {
// CHECK-NEXT: tn.exp
// CHECK-NEXT: tn.yield %{{.*}} : tensor<4xf32>
// CHECK-NEXT: } else {
// CHECK-NEXT: tn.yield %{{.*}} : tensor<4xf32>
// CHECK: return %[[R]]
func.func @unused_if_result(%c: tensor<i1>, %x: tensor<4xf32>) -> tensor<4xf32> {
  %l = tn.log %x : (tensor<4xf32>) -> tensor<4xf32>
  %0:2 = tn.if %c : (tensor<i1>) -> (tensor<4xf32>, tensor<4xf32>) {
    %1 = tn.exp %x : (tensor<4xf32>) -> tensor<4xf32>
    %2 = tn.abs %l : (tensor<4xf32>) -> tensor<4xf32>
    tn.yield %2, %1 : tensor<4xf32>, tensor<4xf32>
  } else {
    %2 = tn.neg %l : (tensor<4xf32>) -> tensor<4xf32>
    tn.yield %2, %x : tensor<4xf32>, tensor<4xf32>
  }
  return %0#1 : tensor<4xf32>
}

// The first carried value only feeds itself, the second feeds the third.
// CHECK-LABEL: func.func @unused_carried_value
// CHECK: %[[R:.*]]:2 = tn.loop count %{{.*}} : tensor<i64>(%[[Y:.*]], %[[Z:.*]]) : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
// CHECK-NEXT: ^{{.*}}(%{{.*}}: tensor<i64>, %{{.*}}: tensor<i1>, %[[B:.*]]: tensor<4xf32>, %[[C:.*]]: tensor<4xf32>):
// CHECK-NEXT: tn.exp %[[B]]
// CHECK-NEXT: tn.add %[[C]], %[[B]]
// CHECK-NEXT: tn.yield
// CHECK: return %[[R]]#1
func.func @unused_carried_value(%n: tensor<i64>, %x: tensor<4xf32>, %y: tensor<4xf32>, %z: tensor<4xf32>) -> tensor<4xf32> {
  %0:3 = tn.loop count %n : tensor<i64> (%x, %y, %z) : (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>, tensor<4xf32>) {
  ^bb0(%i: tensor<i64>, %g: tensor<i1>, %a: tensor<4xf32>, %b: tensor<4xf32>, %c: tensor<4xf32>):
    %1 = tn.abs %a : (tensor<4xf32>) -> tensor<4xf32>
    %2 = tn.exp %b : (tensor<4xf32>) -> tensor<4xf32>
    %3 = tn.add %c, %b : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    tn.yield %g, %1, %2, %3 : tensor<i1>, tensor<4xf32>, tensor<4xf32>, tensor<4xf32>
  }
  return %0#2 : tensor<4xf32>
}

// CHECK-LABEL: func.func @unused_scan_output
// CHECK: tn.loop
// CHECK-SAME: attributes {scan_axes = array<i64: 1>, scan_reverse = array<i1: true>} : () -> tensor<4x3xf32> {
// CHECK-NOT: tn.exp
// CHECK: tn.abs
// CHECK-NEXT: tn.yield %{{.*}}, %{{.*}} : tensor<i1>, tensor<4xf32>
func.func @unused_scan_output(%n: tensor<i64>, %x: tensor<4xf32>) -> tensor<4x3xf32> {
  %0:2 = tn.loop count %n : tensor<i64> () attributes {scan_axes = array<i64: 0, 1>, scan_reverse = array<i1: false, true>} : () -> (tensor<3x4xf32>, tensor<4x3xf32>) {
  ^bb0(%i: tensor<i64>, %g: tensor<i1>):
    %1 = tn.exp %x : (tensor<4xf32>) -> tensor<4xf32>
    %2 = tn.abs %x : (tensor<4xf32>) -> tensor<4xf32>
    tn.yield %g, %1, %2 : tensor<i1>, tensor<4xf32>, tensor<4xf32>
  }
  return %0#1 : tensor<4x3xf32>
}

// A result that only binds a size stays while the size is used.
// CHECK-LABEL: func.func @result_that_binds
// CHECK: tn.if %{{.*}} attributes {symbols = ["k"]} : (tensor<i1>) -> tensor<?xf32, #tn.shape<[k]>> {
func.func @result_that_binds(%c: tensor<i1>, %x: tensor<2xf32>, %y: tensor<3xf32>) -> tensor<1xi64> {
  %0:2 = tn.if %c attributes {symbols = ["k"]} : (tensor<i1>) -> (tensor<?xf32, #tn.shape<[k]>>, tensor<2xf32>) {
    tn.yield %x, %x : tensor<2xf32>, tensor<2xf32>
  } else {
    tn.yield %y, %x : tensor<3xf32>, tensor<2xf32>
  }
  %1 = tn.expr <[k]> : tensor<1xi64>
  return %1 : tensor<1xi64>
}

// Nested regions: the loop in the dead result of an if goes with it.
// CHECK-LABEL: func.func @loop_in_dead_branch_value
// CHECK-NOT: tn.loop
// CHECK: return
func.func @loop_in_dead_branch_value(%c: tensor<i1>, %n: tensor<i64>, %x: tensor<4xf32>) -> tensor<4xf32> {
  %0:2 = tn.if %c : (tensor<i1>) -> (tensor<4xf32>, tensor<4xf32>) {
    %1 = tn.loop count %n : tensor<i64> (%x) : (tensor<4xf32>) -> tensor<4xf32> {
    ^bb0(%i: tensor<i64>, %g: tensor<i1>, %a: tensor<4xf32>):
      %2 = tn.abs %a : (tensor<4xf32>) -> tensor<4xf32>
      tn.yield %g, %2 : tensor<i1>, tensor<4xf32>
    }
    tn.yield %x, %1 : tensor<4xf32>, tensor<4xf32>
  } else {
    tn.yield %x, %x : tensor<4xf32>, tensor<4xf32>
  }
  return %0#0 : tensor<4xf32>
}

// A result that no call uses, and the argument that only it needs.
// CHECK-LABEL: func.func private @two
// CHECK-SAME: (%[[A:.*]]: tensor<4xf32>) -> tensor<4xf32> {
// CHECK-NEXT: %[[E:.*]] = tn.exp %[[A]]
// CHECK-NEXT: return %[[E]]
func.func private @two(%a: tensor<4xf32>, %b: tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>) {
  %0 = tn.exp %a : (tensor<4xf32>) -> tensor<4xf32>
  %1 = tn.log %b : (tensor<4xf32>) -> tensor<4xf32>
  return %1, %0 : tensor<4xf32>, tensor<4xf32>
}

// CHECK-NOT: @uncalled
func.func private @uncalled(%a: tensor<4xf32>) -> tensor<4xf32> {
  return %a : tensor<4xf32>
}

// CHECK-LABEL: func.func @calls
// CHECK-NEXT: %[[R:.*]] = call @two(%{{.*}}) : (tensor<4xf32>) -> tensor<4xf32>
// CHECK-NEXT: %[[S:.*]] = call @two(%[[R]])
// CHECK-NEXT: return %[[S]]
func.func @calls(%x: tensor<4xf32>, %y: tensor<4xf32>) -> tensor<4xf32> {
  %u = tn.abs %y : (tensor<4xf32>) -> tensor<4xf32>
  %0:2 = func.call @two(%x, %u) : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  %1:2 = func.call @two(%0#1, %x) : (tensor<4xf32>, tensor<4xf32>) -> (tensor<4xf32>, tensor<4xf32>)
  %2 = func.call @uncalled(%1#0) : (tensor<4xf32>) -> tensor<4xf32>
  return %1#1 : tensor<4xf32>
}

// Nodes are counted, and the first of them named.
// REMARK-DAG: remark: [Passed] DeadNodes | Category:graph | Function=unused_if_result, IfResults=1, Ops=3
// REMARK-DAG: remark: [Passed] DeadNodes | Category:graph | Function=unused_carried_value, LoopValues=1, Ops=1
// REMARK-DAG: remark: [Passed] DeadNodes | Category:graph | Function=unused_scan_output, Ops=1, ScanOutputs=1
// REMARK-DAG: remark: [Passed] DeadNodes | Category:graph | Function=two, FunctionArguments=1, FunctionResults=1, Ops=1
// REMARK-DAG: remark: [Passed] DeadNodes | Category:graph | Function=named, Names="a b c d e f g h ...", Ops=9
func.func @named(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = tn.abs %x : (tensor<4xf32>) -> tensor<4xf32> loc("a")
  %1 = tn.abs %x : (tensor<4xf32>) -> tensor<4xf32> loc("b")
  %2 = tn.abs %x : (tensor<4xf32>) -> tensor<4xf32> loc("c")
  %3 = tn.abs %x : (tensor<4xf32>) -> tensor<4xf32> loc("d")
  %4 = tn.abs %x : (tensor<4xf32>) -> tensor<4xf32> loc("e")
  %5 = tn.abs %x : (tensor<4xf32>) -> tensor<4xf32> loc("f")
  %6 = tn.abs %x : (tensor<4xf32>) -> tensor<4xf32> loc("g")
  %7 = tn.abs %x : (tensor<4xf32>) -> tensor<4xf32> loc("h")
  %8 = tn.abs %x : (tensor<4xf32>) -> tensor<4xf32> loc("i")
  return %x : tensor<4xf32>
}
