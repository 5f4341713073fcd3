//===- Reference.h - Results of onnxruntime ---------------------*- C++ -*-===//

#ifndef TENON_TOOLS_TENON_REFERENCE_H
#define TENON_TOOLS_TENON_REFERENCE_H

#include "tools/tenon/Arguments.h"

namespace tenon::tool {

/// A value of a model as onnxruntime computed it.
struct ReferenceValue {
  std::string node, op; ///< empty for outputs
  std::string value;
  llvm::SmallVector<unsigned> reads; ///< values before it that it is made of
  LoadedTensor tensor;
};

/// Runs `model` in onnxruntime, without optimizations, through the Python
/// program `$TENON_PYTHON` or python3, which must have onnx and onnxruntime.
/// With `everyNode`, the results of all nodes of the main graph in topological
/// order, else the model's outputs.
llvm::Expected<std::vector<ReferenceValue>>
runReference(const std::string &model, const tn_module_desc &desc,
             std::vector<LoadedTensor> &inputs, bool everyNode);

} // namespace tenon::tool

#endif // TENON_TOOLS_TENON_REFERENCE_H
