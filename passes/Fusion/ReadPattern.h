//===- ReadPattern.h - How often and where ops read -------------*- C++ -*-===//
//
// What fusion asks of one op or of one use, apart from any group.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_FUSION_READPATTERN_H
#define TENON_PASSES_FUSION_READPATTERN_H

#include "tenon/Dialect/Tn/TnOps.h"

namespace tenon::fusion {

tn::FusionRole roleOf(mlir::Operation *op);

/// How `user` reads the elements of an operand, per element that it computes.
enum class ReadPattern {
  once,     ///< each element at most once
  repeated, ///< broadcast: the same element for many
  memory,   ///< in loops of its own
};
ReadPattern readPattern(mlir::Value operand, mlir::Operation *user);

/// A convolution that copies its few input channels before it reads windows of
/// them, in whatever order they lie: a transpose in front of it costs nothing.
bool copiesPlanes(mlir::Operation *op);
/// A cast to narrower elements.
bool narrows(mlir::Operation *op);

/// Whether the kernel of `user` computes what `producer` makes itself, without
/// `producer` being a member: splat constants and sizes, unless `user` is
/// opaque and reads memory; what the right operand of a product stands for.
bool isRecomputed(mlir::Operation *producer, mlir::Operation *user);

/// Products of one left operand with two weights of one type: gate and up of a
/// gated layer. One kernel computes both, tile by tile.
bool areSiblings(mlir::Operation *a, mlir::Operation *b);

/// Lanes stay contiguous: the last dim of the result is the last dim of what
/// the movement reads, step 1.
bool keepsLanes(mlir::Operation *movement);
/// As keepsLanes, or the lanes are a few steps apart.
bool readsNearby(mlir::Operation *movement);

/// A view whose indices are cheap to compute inside of a kernel.
bool isCheapView(mlir::Operation *op);

/// `dims` with the reduced ones 1.
llvm::SmallVector<tn::ExprAttr> keptShape(llvm::ArrayRef<tn::ExprAttr> dims,
                                          llvm::ArrayRef<int64_t> axes);
bool isOneElement(llvm::ArrayRef<tn::ExprAttr> dims);
/// Operations per element of the op's result.
int64_t workPerElement(mlir::Operation *op);
/// Whether `op` is elementwise work on the result of a reduction of `domain`:
/// the square root of a variance, say.
bool followsReduction(mlir::Operation *op,
                      llvm::ArrayRef<tn::ExprAttr> domain);

} // namespace tenon::fusion

#endif // TENON_PASSES_FUSION_READPATTERN_H
