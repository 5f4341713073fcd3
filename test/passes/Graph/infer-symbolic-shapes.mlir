// RUN: tenon-opt %s --tn-infer-symbolic-shapes | FileCheck %s

// A symbol with one allowed value becomes that value, in every type.
module attributes {tn.facts = {batch = [4, 4, 1]}} {
  // CHECK: func.func @fixed(%arg0: tensor<4x8xf32>) -> tensor<4x8xf32>
  // CHECK: tn.exp %arg0 : (tensor<4x8xf32>) -> tensor<4x8xf32>
  func.func @fixed(%x: tensor<?x8xf32, #tn.shape<[batch, 8]>>) -> tensor<?x8xf32, #tn.shape<[batch, 8]>> {
    %0 = tn.exp %x : (tensor<?x8xf32, #tn.shape<[batch, 8]>>) -> tensor<?x8xf32, #tn.shape<[batch, 8]>>
    return %0 : tensor<?x8xf32, #tn.shape<[batch, 8]>>
  }
  // A function and its calls have the same types afterwards.
  // CHECK-LABEL: func.func private @called(%arg0: tensor<4x8xf32>) -> tensor<4x8xf32>
  func.func private @called(%x: tensor<?x8xf32, #tn.shape<[batch, 8]>>) -> tensor<?x8xf32, #tn.shape<[batch, 8]>> {
    return %x : tensor<?x8xf32, #tn.shape<[batch, 8]>>
  }
  // CHECK: call @called(%arg0) : (tensor<4x8xf32>) -> tensor<4x8xf32>
  func.func @calls(%x: tensor<?x8xf32, #tn.shape<[batch, 8]>>) -> tensor<?x8xf32, #tn.shape<[batch, 8]>> {
    %0 = call @called(%x) : (tensor<?x8xf32, #tn.shape<[batch, 8]>>) -> tensor<?x8xf32, #tn.shape<[batch, 8]>>
    return %0 : tensor<?x8xf32, #tn.shape<[batch, 8]>>
  }
}
