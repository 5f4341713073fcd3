//===- Combine.h - How a reduction combines elements ------------*- C++ -*-===//

#ifndef TENON_PASSES_CODEGEN_EMIT_COMBINE_H
#define TENON_PASSES_CODEGEN_EMIT_COMBINE_H

#include "passes/Codegen/Emit/KernelBuilder.h"

namespace tenon::codegen {

/// A combiner on elements of one tensor element type.
class Combine {
public:
  Combine(KernelBuilder &kernel, tn::Combiner combiner, mlir::Type element)
      : k(kernel), combiner(combiner), element(element) {}

  /// The neutral element, of `type`: the compute type or a vector of it.
  mlir::Value neutral(mlir::Type type);
  /// Of two scalars or two vectors.
  mlir::Value combine(mlir::Value a, mlir::Value b);
  /// All lanes of a vector into a scalar.
  mlir::Value acrossLanes(mlir::Value vector);

private:
  KernelBuilder &k;
  tn::Combiner combiner;
  mlir::Type element;
};

} // namespace tenon::codegen

#endif // TENON_PASSES_CODEGEN_EMIT_COMBINE_H
