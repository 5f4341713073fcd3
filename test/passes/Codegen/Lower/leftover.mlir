// RUN: tenon-opt %s --tn-lower-to-llvm --split-input-file --verify-diagnostics

llvm.func @k7(%n: i64) -> vector<16xi1> {
  %i = arith.index_cast %n : i64 to index
  // expected-error @+1 {{'vector.create_mask' has no lowering to LLVM; it is in kernel 'k7'}}
  %mask = vector.create_mask %i : vector<16xi1>
  llvm.return %mask : vector<16xi1>
}

// -----

// Only a cast is left: a type has no counterpart.
llvm.func @k8(%x: i64) -> vector<4xf32> {
  // expected-error @+1 {{'builtin.unrealized_conversion_cast' has no lowering to LLVM; it is in kernel 'k8'}}
  %y = builtin.unrealized_conversion_cast %x : i64 to vector<4xf32>
  llvm.return %y : vector<4xf32>
}
