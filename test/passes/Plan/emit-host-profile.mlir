// RUN: echo '{"runs": 1, "regions": [{"path": "steps", "calls": 100}, {"path": "steps > if:else", "calls": 75}, {"path": "steps > if:then", "calls": 25}, {"path": "steps > if:then > often 1", "calls": 25}]}' > %t.json
// RUN: tenon compile %s --target x86-64-v3 --disable=tn-inline-hot-functions --compile-to llvm -o - | FileCheck %s --check-prefix=PLAIN
// RUN: tenon compile %s --target x86-64-v3 --disable=tn-inline-hot-functions --profile-use %t.json --compile-to llvm -o - | FileCheck %s

// What a profile counted is what LLVM is told: a loop of 100 rounds, a branch taken
// in a quarter of them, a function that is hot and one that never ran.
// CHECK-DAG: define internal i32 @x86_64_v3_host.often({{.*}}) #[[HOT:[0-9]+]]
// CHECK-DAG: define internal i32 @x86_64_v3_host.never({{.*}}) #[[COLD:[0-9]+]]
// CHECK-DAG: attributes #[[HOT]] = { hot noinline nounwind
// CHECK-DAG: attributes #[[COLD]] = { cold noinline nounwind optsize
// CHECK-DAG: !{!"branch_weights", i32 990100, i32 9901}
// CHECK-DAG: !{!"branch_weights", i32 750001, i32 250001}

// PLAIN: define internal {{.*}}@x86_64_v3_host.often
// PLAIN-NOT: {{ hot | cold }}
// PLAIN-NOT: i32 990100
func.func private @often(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = tn.exp %x : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
func.func private @never(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = tn.tanh %x : (tensor<4xf32>) -> tensor<4xf32>
  return %0 : tensor<4xf32>
}
func.func @main(%n: tensor<i64>, %c: tensor<i1>, %x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = tn.loop count %n : tensor<i64> (%x) : (tensor<4xf32>) -> tensor<4xf32> {
  ^bb0(%i: tensor<i64>, %go: tensor<i1>, %a: tensor<4xf32>):
    %1 = tn.if %c : (tensor<i1>) -> tensor<4xf32> {
      %2 = func.call @often(%a) : (tensor<4xf32>) -> tensor<4xf32> loc("often 1")
      %3 = func.call @often(%2) : (tensor<4xf32>) -> tensor<4xf32> loc("often 2")
      tn.yield %3 : tensor<4xf32>
    } else {
      tn.yield %a : tensor<4xf32>
    } loc("if")
    tn.yield %go, %1 : tensor<i1>, tensor<4xf32>
  } loc("steps")
  %4 = tn.if %c : (tensor<i1>) -> tensor<4xf32> {
    %5 = func.call @never(%0) : (tensor<4xf32>) -> tensor<4xf32> loc("never 1")
    tn.yield %5 : tensor<4xf32>
  } else {
    tn.yield %0 : tensor<4xf32>
  } loc("last")
  return %4 : tensor<4xf32>
}
