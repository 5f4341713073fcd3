// RUN: tenon-opt %s --tn-lower-to-llvm | FileCheck %s

// Every vector and memref op that an emitter may use has a lowering.

// CHECK-LABEL: llvm.func @memory(
// CHECK-COUNT-1: llvm.load {{.*}} -> vector<16xf32>
// CHECK: llvm.intr.masked.load
// CHECK: llvm.intr.masked.store
// CHECK: llvm.intr.masked.gather
// CHECK: llvm.intr.masked.scatter
// CHECK: llvm.store {{.*}} : vector<16xf32>
llvm.func @memory(%d: !llvm.struct<(ptr, ptr, i64, array<1 x i64>, array<1 x i64>)>,
                  %mask: vector<16xi1>, %offsets: vector<16xi64>, %n: i64) {
  %buffer = builtin.unrealized_conversion_cast %d
      : !llvm.struct<(ptr, ptr, i64, array<1 x i64>, array<1 x i64>)> to memref<?xf32>
  %i = arith.index_cast %n : i64 to index
  %c0 = arith.constant 0 : index
  %zero = arith.constant dense<0.0> : vector<16xf32>
  %a = vector.load %buffer[%i] : memref<?xf32>, vector<16xf32>
  %b = vector.maskedload %buffer[%i], %mask, %zero
      : memref<?xf32>, vector<16xi1>, vector<16xf32> into vector<16xf32>
  vector.maskedstore %buffer[%i], %mask, %a
      : memref<?xf32>, vector<16xi1>, vector<16xf32>
  %g = vector.gather %buffer[%c0] [%offsets], %mask, %b
      : memref<?xf32>, vector<16xi64>, vector<16xi1>, vector<16xf32> into vector<16xf32>
  vector.scatter %buffer[%c0] [%offsets], %mask, %g
      : memref<?xf32>, vector<16xi64>, vector<16xi1>, vector<16xf32>
  vector.store %g, %buffer[%i] : memref<?xf32>, vector<16xf32>
  llvm.return
}

// CHECK-LABEL: llvm.func @registers(
// CHECK: llvm.intr.fmuladd
// CHECK: llvm.intr.vector.reduce.fadd
// CHECK: llvm.intr.vector.reduce.fmaximum
// CHECK: llvm.shufflevector
// CHECK: llvm.extractelement
// CHECK: llvm.insertelement
llvm.func @registers(%x: vector<16xf32>, %s: f32, %n: i64) -> vector<16xf32> {
  %i = arith.index_cast %n : i64 to index
  %start = arith.constant 0.0 : f32
  %b = vector.broadcast %s : f32 to vector<16xf32>
  %f = vector.fma %x, %b, %b : vector<16xf32>
  %sum = vector.reduction <add>, %f, %start : vector<16xf32> into f32
  %max = vector.reduction <maximumf>, %f : vector<16xf32> into f32
  %both = arith.addf %sum, %max : f32
  %sh = vector.shuffle %f, %x [0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23]
      : vector<16xf32>, vector<16xf32>
  %e = vector.extract %sh[%i] : f32 from vector<16xf32>
  %e3 = vector.extract %sh[3] : f32 from vector<16xf32>
  %in = vector.insert %e, %sh[%i] : f32 into vector<16xf32>
  %in3 = vector.insert %e3, %in[5] : f32 into vector<16xf32>
  %bits = vector.bitcast %in3 : vector<16xf32> to vector<16xi32>
  %from = vector.from_elements %both, %e : vector<2xf32>
  %wide = vector.shuffle %from, %from [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1]
      : vector<2xf32>, vector<2xf32>
  %back = arith.sitofp %bits : vector<16xi32> to vector<16xf32>
  %r = arith.addf %back, %wide : vector<16xf32>
  llvm.return %r : vector<16xf32>
}

// CHECK-LABEL: llvm.func @integers(
// CHECK: llvm.intr.vector.reduce.add
// CHECK: llvm.intr.vector.reduce.smax
// CHECK: llvm.intr.vector.reduce.and
// CHECK: llvm.intr.ctlz
llvm.func @integers(%x: vector<16xi64>) -> i64 {
  %sum = vector.reduction <add>, %x : vector<16xi64> into i64
  %max = vector.reduction <maxsi>, %x : vector<16xi64> into i64
  %all = vector.reduction <and>, %x : vector<16xi64> into i64
  %lead = math.ctlz %max : i64
  %lanes = arith.constant dense<[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]> : vector<16xi64>
  %off = vector.broadcast %sum : i64 to vector<16xi64>
  %m = arith.cmpi slt, %lanes, %off : vector<16xi64>
  %sel = arith.select %m, %x, %off : vector<16xi1>, vector<16xi64>
  %r = vector.reduction <minui>, %sel : vector<16xi64> into i64
  %a = arith.addi %r, %lead : i64
  %b = arith.addi %a, %all : i64
  llvm.return %b : i64
}

// CHECK-LABEL: llvm.func @scratch(
// CHECK: llvm.alloca
// CHECK: llvm.cond_br
llvm.func @scratch(%args: !llvm.ptr, %first: i64, %last: i64) {
  %from = arith.index_cast %first : i64 to index
  %to = arith.index_cast %last : i64 to index
  %one = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %local = memref.alloca() {alignment = 64 : i64} : memref<64xf32>
  %sum = scf.for %i = %from to %to step %one iter_args(%acc = %zero) -> f32 {
    %x = memref.load %local[%i] : memref<64xf32>
    %odd = arith.cmpf olt, %x, %acc : f32
    %next = scf.if %odd -> f32 {
      %r = math.roundeven %x : f32
      scf.yield %r : f32
    } else {
      scf.yield %x : f32
    }
    scf.yield %next : f32
  }
  memref.store %sum, %local[%from] : memref<64xf32>
  llvm.return
}

// CHECK-LABEL: llvm.func @elementwise(
// CHECK: llvm.intr.roundeven
// CHECK: llvm.intr.sqrt
// CHECK-NOT: llvm.call
llvm.func @elementwise(%x: vector<8xf32>, %y: vector<8xf32>, %n: i64) -> vector<8xf32> {
  %0 = math.roundeven %x : vector<8xf32>
  %1 = math.sqrt %0 : vector<8xf32>
  %2 = math.absf %1 : vector<8xf32>
  %3 = math.fma %2, %y, %x : vector<8xf32>
  %4 = math.copysign %3, %y : vector<8xf32>
  %5 = math.floor %4 : vector<8xf32>
  %6 = arith.maximumf %5, %y : vector<8xf32>
  %7 = arith.minnumf %6, %x : vector<8xf32>
  %8 = arith.truncf %7 : vector<8xf32> to vector<8xf16>
  %9 = arith.extf %8 : vector<8xf16> to vector<8xf32>
  %i = arith.index_cast %n : i64 to index
  %c3 = arith.constant 3 : index
  %q = arith.divui %i, %c3 : index
  %r = arith.minsi %q, %c3 : index
  %m = arith.index_cast %r : index to i32
  %f = arith.sitofp %m : i32 to f32
  %b = vector.broadcast %f : f32 to vector<8xf32>
  %res = arith.divf %9, %b : vector<8xf32>
  llvm.return %res : vector<8xf32>
}

// CHECK-LABEL: llvm.func @arithmetic(
// CHECK: llvm.sdiv
// CHECK: llvm.intr.prefetch
// CHECK: llvm.intr.cttz
llvm.func @arithmetic(%d: !llvm.struct<(ptr, ptr, i64, array<1 x i64>, array<1 x i64>)>,
                      %x: i64, %y: i64, %v: vector<8xi32>) -> vector<8xi64> {
  %buffer = builtin.unrealized_conversion_cast %d
      : !llvm.struct<(ptr, ptr, i64, array<1 x i64>, array<1 x i64>)> to memref<?xi8>
  %i = arith.index_cast %x : i64 to index
  %j = arith.index_cast %y : i64 to index
  %0 = arith.ceildivsi %i, %j : index
  %1 = arith.floordivsi %i, %j : index
  %2 = arith.ceildivui %0, %1 : index
  memref.prefetch %buffer[%2], read, locality<3>, data : memref<?xi8>
  %low, %high = arith.mului_extended %v, %v : vector<8xi32>
  %3 = math.cttz %low : vector<8xi32>
  %4 = math.ctpop %high : vector<8xi32>
  %5 = arith.addi %3, %4 : vector<8xi32>
  %6 = arith.extsi %5 : vector<8xi32> to vector<8xi64>
  %7 = scf.while (%a = %6) : (vector<8xi64>) -> vector<8xi64> {
    %b = vector.reduction <add>, %a : vector<8xi64> into i64
    %go = arith.cmpi slt, %b, %x : i64
    scf.condition(%go) %a : vector<8xi64>
  } do {
  ^bb0(%a: vector<8xi64>):
    %b = arith.addi %a, %a : vector<8xi64>
    scf.yield %b : vector<8xi64>
  }
  %8 = ub.poison : vector<8xi64>
  %9 = arith.ori %7, %8 : vector<8xi64>
  llvm.return %9 : vector<8xi64>
}
