// RUN: tenon-opt %s --tn-inline-hot-functions | FileCheck %s
// RUN: tenon-opt %s --tn-inline-hot-functions=only-necessary | FileCheck %s --check-prefix=NECESSARY
// RUN: tenon-opt %s --tn-inline-hot-functions --remark-format=emitRemark --remarks-filter=graph -mlir-print-debuginfo -o /dev/null 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: echo '{"runs": 2, "regions": [{"path": "steps", "calls": 200}, {"path": "steps > if:else", "calls": 200}]}' > %t.json
// RUN: tenon-opt %s --tn-inline-hot-functions=profile=%t.json --remark-format=emitRemark --remarks-filter=graph -mlir-print-debuginfo -o %t.mlir 2>&1 | FileCheck %s --check-prefix=HOT
// RUN: FileCheck %s --check-prefix=MEASURED < %t.mlir
// RUN: echo '{"runs": 0, "regions": []}' > %t.json
// RUN: not tenon-opt %s --tn-inline-hot-functions=profile=%t.json 2>&1 | FileCheck %s --check-prefix=EMPTY
// EMPTY: json: is no profile of tenon run --profile: it counts no run

// What binds a size, what is called once, takes a weight or is small goes into
// main; so does a larger function while there is room.
// CHECK-NOT: func.func private
// CHECK-LABEL: func.func @main
// CHECK-NOT: call
// CHECK: return
// CHECK-NOT: func.func private

// NECESSARY-NOT: func.func private @binds
// NECESSARY: func.func private @small
// NECESSARY: func.func private @large
// NECESSARY-LABEL: func.func @main
// NECESSARY: tn.bind
// NECESSARY-COUNT-2: call @small
// NECESSARY: call @large

// REMARK-DAG: [Passed] Inlined{{.*}}Function=binds, Reason="it binds sizes"
// REMARK-DAG: [Passed] Inlined{{.*}}Function=small, Reason="it is as small as a call"
// REMARK-DAG: [Passed] Inlined{{.*}}Function=once, Reason="nothing else calls it"
// REMARK-DAG: [Passed] Inlined{{.*}}Function=weighed, Reason="it takes weights, whose layout depends on it"
// REMARK-DAG: [Passed] Inlined{{.*}}Function=large, Reason="it is estimated to run 4 times and adds 10 ops"

// With a profile only the call in the branch that runs is worth the code.
// HOT-DAG: [Passed] Inlined{{.*}}Function=large, Reason="it runs 100 times and adds 10 ops"
// HOT-DAG: [Missed] NotInlined{{.*}}Function=large, Reason="it runs 0 times, another call 100"
// HOT-DAG: [Missed] NotInlined{{.*}}Function=large, Reason="it runs 1 times, another call 100"
// MEASURED: func.func private @large
// MEASURED-LABEL: func.func @main
// MEASURED: call @large
// MEASURED: tn.loop
// MEASURED: tn.if
// MEASURED: call @large
// MEASURED: } else {
// MEASURED: tn.ceil
// MEASURED-NOT: call @
module {
  tn.data @w : tensor<4xf32> {value = dense<1.0> : tensor<4xf32>}

  func.func private @binds(%n: tensor<1xi64>, %x: tensor<1xf32>) -> tensor<?xf32, #tn.shape<[n]>> {
    tn.bind %n ["n"] : tensor<1xi64>
    %0 = tn.broadcast %x : (tensor<1xf32>) -> tensor<?xf32, #tn.shape<[n]>>
    return %0 : tensor<?xf32, #tn.shape<[n]>>
  }
  func.func private @small(%x: tensor<4xf32>) -> tensor<4xf32> {
    %0 = tn.exp %x : (tensor<4xf32>) -> tensor<4xf32>
    return %0 : tensor<4xf32>
  }
  func.func private @once(%x: tensor<4xf32>) -> tensor<4xf32> {
    %0 = func.call @large(%x) : (tensor<4xf32>) -> tensor<4xf32> loc("in once")
    return %0 : tensor<4xf32>
  }
  func.func private @weighed(%x: tensor<4xf32>, %w: tensor<4xf32>) -> tensor<4xf32> {
    %0 = tn.add %x, %w : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32>
    return %0 : tensor<4xf32>
  }
  func.func private @large(%x: tensor<4xf32>) -> tensor<4xf32> {
    %0 = tn.exp %x : (tensor<4xf32>) -> tensor<4xf32>
    %1 = tn.neg %0 : (tensor<4xf32>) -> tensor<4xf32>
    %2 = tn.abs %1 : (tensor<4xf32>) -> tensor<4xf32>
    %3 = tn.exp %2 : (tensor<4xf32>) -> tensor<4xf32>
    %4 = tn.neg %3 : (tensor<4xf32>) -> tensor<4xf32>
    %5 = tn.abs %4 : (tensor<4xf32>) -> tensor<4xf32>
    %6 = tn.exp %5 : (tensor<4xf32>) -> tensor<4xf32>
    %7 = tn.neg %6 : (tensor<4xf32>) -> tensor<4xf32>
    %8 = tn.abs %7 : (tensor<4xf32>) -> tensor<4xf32>
    %9 = tn.ceil %8 : (tensor<4xf32>) -> tensor<4xf32>
    return %9 : tensor<4xf32>
  }
  func.func @main(%trip: tensor<i64>, %c: tensor<i1>, %n: tensor<1xi64>, %one: tensor<1xf32>, %x: tensor<4xf32>) -> (tensor<?xf32, #tn.shape<[n]>>, tensor<4xf32>) {
    %0 = func.call @binds(%n, %one) : (tensor<1xi64>, tensor<1xf32>) -> tensor<?xf32, #tn.shape<[n]>> loc("binds")
    %1 = func.call @small(%x) : (tensor<4xf32>) -> tensor<4xf32> loc("small 1")
    %2 = func.call @small(%1) : (tensor<4xf32>) -> tensor<4xf32> loc("small 2")
    %w = tn.weight @w : tensor<4xf32>
    %3 = func.call @weighed(%2, %w) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> loc("weighed 1")
    %4 = func.call @weighed(%3, %w) : (tensor<4xf32>, tensor<4xf32>) -> tensor<4xf32> loc("weighed 2")
    %5 = func.call @once(%4) : (tensor<4xf32>) -> tensor<4xf32> loc("once")
    %6 = tn.loop count %trip : tensor<i64> (%5) attributes {symbols = []} : (tensor<4xf32>) -> tensor<4xf32> {
    ^bb0(%round: tensor<i64>, %go: tensor<i1>, %state: tensor<4xf32>):
      %7 = tn.if %c : (tensor<i1>) -> tensor<4xf32> {
        %8 = func.call @large(%state) : (tensor<4xf32>) -> tensor<4xf32> loc("call")
        tn.yield %8 : tensor<4xf32>
      } else {
        %9 = func.call @large(%state) : (tensor<4xf32>) -> tensor<4xf32> loc("call")
        tn.yield %9 : tensor<4xf32>
      } loc("if")
      tn.yield %go, %7 : tensor<i1>, tensor<4xf32>
    } loc("steps")
    return %0, %6 : tensor<?xf32, #tn.shape<[n]>>, tensor<4xf32>
  }
}
