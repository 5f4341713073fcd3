// RUN: tenon-opt %s --tn-lower-to-llvm | FileCheck %s

// A host program is lowered by the same pipeline; blocks and scf may be mixed.

// CHECK-LABEL: llvm.func @main(
// CHECK-NOT: scf
// CHECK-NOT: arith
// CHECK: llvm.call %{{.*}}({{.*}}) : !llvm.ptr, (!llvm.ptr, !llvm.ptr) -> i32
// CHECK: llvm.cond_br
// CHECK: llvm.return
llvm.func @main(%api: !llvm.ptr, %exec: !llvm.ptr, %inputs: !llvm.ptr,
                %symbols: !llvm.ptr, %weights: !llvm.ptr) -> i32 {
  %zero = arith.constant 0 : i32
  %launch = llvm.load %api : !llvm.ptr -> !llvm.ptr
  %status = llvm.call %launch(%exec, %inputs) : !llvm.ptr, (!llvm.ptr, !llvm.ptr) -> i32
  %failed = arith.cmpi ne, %status, %zero : i32
  cf.cond_br %failed, ^return(%status : i32), ^go
^go:
  %batch = llvm.load %symbols : !llvm.ptr -> i64
  %from = arith.constant 0 : i64
  %one = arith.constant 1 : i64
  %sum = scf.for %i = %from to %batch step %one iter_args(%s = %zero) -> i32 : i64 {
    %next = arith.addi %s, %zero : i32
    scf.yield %next : i32
  }
  cf.br ^return(%sum : i32)
^return(%result: i32):
  llvm.return %result : i32
}
