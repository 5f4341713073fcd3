//===- ContractionSchedule.h - Tiles of matmul and conv ---------*- C++ -*-===//

#ifndef TENON_PASSES_SCHEDULE_CONTRACTIONSCHEDULE_H
#define TENON_PASSES_SCHEDULE_CONTRACTIONSCHEDULE_H

#include "tenon/Dialect/Tn/TnOps.h"
#include "tenon/Target/TargetDesc.h"

namespace tenon::schedule {

/// The tile of hero matmul, by name.
struct MatmulTile {
  int64_t rows;    ///< of a register tile
  int64_t vectors; ///< of a register tile
  int64_t panel;   ///< columns of a panel of the right operand; 0: not packed
  int64_t tileRows, tileColumns; ///< of a parallel tile
  /// Columns of the right operand are copied to a panel of their own in tiles
  /// of so many rows or more; 0: never.
  int64_t copies;
  /// Rows of the right operand that lie side by side in a panel, element by
  /// element: 4 if a step multiplies four bytes at once, else 1.
  int64_t together;

  static MatmulTile of(tn::ScheduleAttr schedule);
  llvm::SmallVector<int64_t> list() const {
    return {rows, vectors, panel, tileRows, tileColumns, copies, together};
  }
};

/// The tile of hero conv, by name. Pixels are positions in the last two
/// spatial dims of the output; the sizes that a 1-D conv lacks are 1.
struct ConvTile {
  int64_t height, width; ///< pixels of a register tile
  int64_t vectors;       ///< of a register tile
  int64_t panel;         ///< columns of a panel of the weight; 0: not packed
  int64_t tileHeight, tileWidth, tileColumns; ///< of a parallel tile

  static ConvTile of(tn::ScheduleAttr schedule);
  llvm::SmallVector<int64_t> list() const {
    return {height, width, vectors, panel, tileHeight, tileWidth, tileColumns};
  }
};

/// The op that shapes a matmul or conv kernel: the first tn.matmul or tn.conv
/// of the region whose operands are inputs of the fusion, or null. A convolution
/// that copies what it reads may read a value that the region computes.
mlir::Operation *contractionOf(tn::FusionOp fusion);
/// The same and those beside it: products of the same left operand, of the same
/// shape, whose sums are computed tile by tile together.
llvm::SmallVector<mlir::Operation *, 2> contractionsOf(tn::FusionOp fusion);
/// What makes the right operand of a product from small integers; null if it is
/// read as it is.
tn::DequantizeOp dequantizeOf(mlir::Operation *contraction);
/// Whether it multiplies bytes with a weight, four at a time.
bool isByteProduct(tn::FusionOp fusion, mlir::Operation *contraction);
/// What is stored of its right operand as a number of an input of the fusion.
unsigned rightInput(tn::FusionOp fusion, mlir::Operation *contraction);

/// The sizes of a convolution, with three spatial dims whatever its rank: those
/// that it lacks, in front, are 1.
struct ConvDims {
  explicit ConvDims(tn::ConvOp conv);

  tn::ExprAttr images, channels, groupChannels, groupColumns, columns;
  int64_t groups;
  llvm::SmallVector<tn::ExprAttr, 3> in, out, low, kernel;
  llvm::SmallVector<int64_t, 3> stride, dilation;

  /// Whether each output channel reads one input channel, its own.
  bool isDepthwise() const;
  /// Whether every window lies inside of x.
  bool isInside() const;
  // Positions in a copy of what `pixels` adjacent outputs read along spatial
  // dim `d`: all between the first and the last; or, if dilated, one for each
  // tap and pixel.
  int64_t patchSize(size_t d, int64_t pixels) const;
  int64_t patchPositions(int64_t height, int64_t width) const;
};

/// The hero of a kernel of `conv`: matmul, conv, or loop where each output
/// element by itself is as good.
tn::Hero heroOfConv(tn::ConvOp conv);

tn::ScheduleAttr matmulSchedule(tn::FusionOp fusion, const TargetDesc &target);
tn::ScheduleAttr convSchedule(tn::FusionOp fusion, const TargetDesc &target);

/// Columns of a panel of a packed right operand of a matmul or conv with `n`
/// columns. The same for all targets of an artifact, so that its weights are
/// packed once: a target's register tile covers a part of, one or several
/// panels.
int64_t panelColumns(int64_t n);

} // namespace tenon::schedule

#endif // TENON_PASSES_SCHEDULE_CONTRACTIONSCHEDULE_H
