// RUN: tenon-opt %s --tn-plan-memory --tn-emit-host | FileCheck %s --implicit-check-not='[-'

// A weight beyond 2^28 bytes: its position does not fit the constant indices of
// llvm.getelementptr.
module {
  tn.data @large = <"model.onnx", 0, 314572800> : tensor<78643200xf32>
  tn.data @after = <"model.onnx", 314572800, 16> : tensor<4xf32>
  // CHECK-LABEL: llvm.func @
  // CHECK: getelementptr
  func.func @main() -> (tensor<78643200xf32> {tn.name = "a"}, tensor<4xf32> {tn.name = "b"}) {
    %0 = tn.weight @large : tensor<78643200xf32>
    %1 = tn.weight @after : tensor<4xf32>
    return %0, %1 : tensor<78643200xf32>, tensor<4xf32>
  }
}
