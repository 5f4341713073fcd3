//===- ElementEmitter.h - The value of a tensor at an index -----*- C++ -*-===//
//
// One mechanism computes what is around a hero: the elements of any value of a
// fusion's region, for one index or for a vector of lanes at once. It walks the
// region from the value asked for down to block arguments (loads) and to values
// that the hero has bound (its accumulators).
//
// An index has one LaneIndex per dim: all lanes alike (step 0), evenly spaced
// (step s), or any (perLane). So the same code serves scalar code, contiguous
// vectors, strided access and gathers; what is alike in all lanes is computed
// once, as a scalar, and hoists out of loops.
//
//   transpose     permutes the LaneIndexes
//   slice, pad    shift them; pad also narrows the mask
//   broadcasting  drops them (step 0, base 0)
//   gather        loads one
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_CODEGEN_EMIT_ELEMENTEMITTER_H
#define TENON_PASSES_CODEGEN_EMIT_ELEMENTEMITTER_H

#include "passes/Codegen/Emit/KernelBuilder.h"
#include <map>

namespace tenon::codegen {

/// Where the lanes of a vector are along one dim.
struct LaneIndex {
  mlir::Value base;     ///< index of lane 0, type `index`
  int64_t step = 0;     ///< lane l is at base + l * step
  mlir::Value perLane;  ///< vector<lanes x i64>, if not evenly spaced

  bool isUniform() const { return !perLane && step == 0; }
};
using ElementIndex = llvm::SmallVector<LaneIndex, 4>;

class ElementEmitter {
public:
  ElementEmitter(KernelBuilder &kernel, tn::FusionOp fusion);


  KernelBuilder &kernel() { return k; }

  /// The element (scalar if alike in all lanes, else a vector) of `value` at
  /// `index`, in its compute type.
  mlir::Value emit(mlir::Value value, llvm::ArrayRef<LaneIndex> index);
  /// As emit, but always a vector of lanes.
  mlir::Value emitVector(mlir::Value value, llvm::ArrayRef<LaneIndex> index);

  /// Whatever the index, `value` is what `at` returns (a hero's accumulator,
  /// a row's sum). Bindings hold until rebound or unbound.
  using Binding = std::function<mlir::Value(llvm::ArrayRef<LaneIndex>)>;
  void bind(mlir::Value value, Binding at) { bindings[value] = std::move(at); }
  void unbind(mlir::Value value) { bindings.erase(value); }

  /// Loads from a dense buffer at an index.
  mlir::Value load(const Buffer &buffer, llvm::ArrayRef<LaneIndex> index);
  /// Stores `value` at an index (the lanes must not overlap).
  void store(mlir::Value value, const Buffer &buffer,
             llvm::ArrayRef<LaneIndex> index);

  /// Lanes that are in use (null: all); loads of other lanes are not made.
  mlir::Value mask() const { return laneMask; }
  /// Runs `fn` with values computed inside not remembered after it (they do
  /// not dominate what follows): wrap every loop or branch body.
  void scope(mlir::Value mask, llvm::function_ref<void()> fn);
  /// Runs `fn` where also `condition` (i1, or a vector of i1) holds: loads are
  /// made only there.
  mlir::Value guarded(mlir::Value condition,
                      llvm::function_ref<mlir::Value()> fn);

  // Index arithmetic on LaneIndex; used by the element lowering of ops.
  LaneIndex uniform(mlir::Value base) { return {base, 0, {}}; }
  LaneIndex shift(const LaneIndex &i, mlir::Value by);
  LaneIndex scale(const LaneIndex &i, int64_t by);
  LaneIndex scale(const LaneIndex &i, mlir::Value by);
  LaneIndex sum(const LaneIndex &a, const LaneIndex &b);
  LaneIndex divide(const LaneIndex &i, mlir::Value by); ///< both >= 0
  LaneIndex modulo(const LaneIndex &i, mlir::Value by);
  /// vector<lanes x i64> of the positions, or an i64 scalar if uniform.
  mlir::Value asInteger(const LaneIndex &i);
  /// The reverse, for a computed i64 (or narrower) scalar or vector.
  LaneIndex fromInteger(mlir::Value v);
  /// i1 (uniform) or vector of i1: 0 <= i < size.
  mlir::Value inBounds(const LaneIndex &i, mlir::Value size);
  /// a and b as scalars or both as vectors.
  void alignLanes(llvm::SmallVectorImpl<mlir::Value> &values);

  /// Declares that `index` walks `dims` in row-major order with its lanes at
  /// `linear`: buffers of these dims are then accessed contiguously.
  void setFlat(llvm::ArrayRef<tn::ExprAttr> dims,
               llvm::ArrayRef<LaneIndex> index, LaneIndex linear);

private:
  /// The lane offset, in elements, of `index` in a dense buffer.
  LaneIndex offsetOf(const Buffer &buffer, llvm::ArrayRef<LaneIndex> index);
  mlir::Value effectiveMask();

  KernelBuilder &k;
  llvm::DenseMap<mlir::Value, Binding> bindings;
  /// (value, mask, guard, index) -> emitted value; one map per open scope.
  using Memo = std::map<std::vector<const void *>, mlir::Value>;
  std::vector<Memo> memos;
  mlir::Value laneMask; ///< vector<lanes x i1>, or null
  mlir::Value guard;    ///< i1, or null
  llvm::SmallVector<tn::ExprAttr> flatDims;
  ElementIndex flatIndex;
  LaneIndex flatLinear;
};

/// The index of an operand that broadcasts to `resultDims`: dims of size 1 are
/// at 0.
ElementIndex broadcastIndex(KernelBuilder &k, llvm::ArrayRef<LaneIndex> index,
                            llvm::ArrayRef<tn::ExprAttr> operandDims,
                            llvm::ArrayRef<tn::ExprAttr> resultDims);

/// Attach ElementOpInterface to the ops of a family.
void registerMovementElements(mlir::DialectRegistry &registry);
void registerIndexingElements(mlir::DialectRegistry &registry);
void registerReductionElements(mlir::DialectRegistry &registry);
void registerWindowElements(mlir::DialectRegistry &registry);

} // namespace tenon::codegen

#endif // TENON_PASSES_CODEGEN_EMIT_ELEMENTEMITTER_H
