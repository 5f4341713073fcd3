// RUN: tenon-opt %s --tn-check-lowered --split-input-file --verify-diagnostics

module {
  llvm.func @only_llvm(%x: i64) -> i64 {
    llvm.return %x : i64
  }
}

// -----

module {
  llvm.func @negative_arith_left(%x: i64) -> i64 {
    // expected-error @+1 {{arith.addi}}
    %0 = arith.addi %x, %x : i64
    llvm.return %0 : i64
  }
}
