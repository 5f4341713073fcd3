// RUN: tenon-opt %s --inline | FileCheck %s

!nx4 = tensor<?x4xf32, #tn.shape<[n, 4]>>

func.func private @twice(%x: !nx4) -> !nx4 {
  %0 = tn.add %x, %x : (!nx4, !nx4) -> !nx4
  return %0 : !nx4
}

func.func private @count(%x: !nx4) -> tensor<2x?xi64, #tn.shape<[2, found]>> {
  %0 = tn.reshape %x : (!nx4) -> tensor<?xf32, #tn.shape<[4*n]>>
  %1 = tn.constant dense<1> : tensor<i64>
  tn.bind %1 ["found"] : tensor<i64>
  %2 = tn.non_zero %x : (!nx4) -> tensor<2x?xi64, #tn.shape<[2, found]>>
  return %2 : tensor<2x?xi64, #tn.shape<[2, found]>>
}

// CHECK-LABEL: @pure
func.func @pure(%x: !nx4) -> !nx4 {
  // CHECK-NOT: call
  // CHECK-COUNT-2: tn.add
  %0 = call @twice(%x) : (!nx4) -> !nx4
  %1 = call @twice(%0) : (!nx4) -> !nx4
  return %1 : !nx4
}

// Two copies would bind one symbol twice.
// CHECK-LABEL: @binding
func.func @binding(%x: !nx4) {
  // CHECK: call @count
  %0 = call @count(%x) : (!nx4) -> tensor<2x?xi64, #tn.shape<[2, found]>>
  %1 = call @count(%x) : (!nx4) -> tensor<2x?xi64, #tn.shape<[2, found]>>
  return
}

// CHECK-LABEL: @inside_of_if
func.func @inside_of_if(%c: tensor<i1>, %x: !nx4) -> !nx4 {
  // CHECK: tn.if
  // CHECK-NEXT: tn.add
  %0 = tn.if %c : (tensor<i1>) -> !nx4 {
    %1 = func.call @twice(%x) : (!nx4) -> !nx4
    tn.yield %1 : !nx4
  } else {
    tn.yield %x : !nx4
  }
  return %0 : !nx4
}
