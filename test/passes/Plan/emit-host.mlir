// RUN: tenon-opt %s --tn-plan-memory --tn-emit-host --split-input-file | FileCheck %s

// One launch: the output is asked for, three slots are filled (input, output,
// scalar), the launch is checked.
// CHECK-LABEL: llvm.func @launch(
// CHECK-SAME: %[[API:.*]]: !llvm.ptr, %[[EXEC:.*]]: !llvm.ptr, %[[INPUTS:.*]]: !llvm.ptr, %[[SYMBOLS:.*]]: !llvm.ptr, %{{.*}}: !llvm.ptr) -> i32
// CHECK: %[[N:.*]] = llvm.load %[[SYMBOLS]]
// CHECK: %[[X:.*]] = llvm.load %[[INPUTS]]
// CHECK: llvm.call %{{.*}}(%[[EXEC]], %{{.*}}) : !llvm.ptr, (!llvm.ptr, i32, !llvm.ptr, !llvm.ptr) -> i32
// CHECK: %[[Y:.*]] = llvm.load
// CHECK: llvm.store %[[X]]
// CHECK: llvm.store %[[Y]]
// CHECK: llvm.store %[[N]]
// CHECK: %[[LAUNCH:.*]] = llvm.load %[[API]]
// CHECK: %[[STATUS:.*]] = llvm.call %[[LAUNCH]](%[[EXEC]], %{{.*}})
// A launch that fails is the unlikely way.
// CHECK: llvm.cond_br %{{.*}} weights([1, 1000000]), ^[[EXIT:bb[0-9]+]](%[[STATUS]] : i32), ^
// CHECK-NOT: memcpy
func.func @launch(%x: tensor<?xf32, #tn.shape<[n]>>) -> tensor<?xf32, #tn.shape<[n]>> {
  %0 = tn.fusion(%x) attributes {kernel = "k0", index = 0 : i64, args = #tn.shape<[n]>, tiles = #tn.expr<ceildiv(n, 64)>, grain = 4 : i64, flops = #tn.expr<n>, bytes = #tn.expr<8*n>} : (tensor<?xf32, #tn.shape<[n]>>) -> tensor<?xf32, #tn.shape<[n]>> {
  ^bb0(%a: tensor<?xf32, #tn.shape<[n]>>):
    %r = tn.exp %a : (tensor<?xf32, #tn.shape<[n]>>) -> tensor<?xf32, #tn.shape<[n]>>
    tn.yield %r : tensor<?xf32, #tn.shape<[n]>>
  }
  return %0 : tensor<?xf32, #tn.shape<[n]>>
}

// -----

// An input that is an output is copied by the program's own loop.
// CHECK-LABEL: llvm.func internal @copied.copy(
// CHECK-SAME: passthrough = ["no-builtins"]
// CHECK-LABEL: llvm.func @copied(
// CHECK: llvm.call @copied.copy
func.func @copied(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}

// -----

// CHECK: llvm.mlir.global internal constant @bound.message0("size \22k\22 is %lld; it must be %lld to %lld\00")
// CHECK-LABEL: llvm.func @bound(
// A guard that fails is the unlikely way, too.
// CHECK: %[[WRONG:.*]] = llvm.or
// CHECK: llvm.cond_br %[[WRONG]] weights([1, 1000000]), ^
func.func @bound(%x: tensor<1xi64>) -> tensor<1xi64> {
  tn.bind %x ["k"] : tensor<1xi64>
  %0 = tn.expr <[2*k]> : tensor<1xi64>
  return %0 : tensor<1xi64>
}
