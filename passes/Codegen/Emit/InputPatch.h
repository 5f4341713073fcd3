//===- InputPatch.h - What a block of conv outputs reads --------*- C++ -*-===//

#ifndef TENON_PASSES_CODEGEN_EMIT_INPUTPATCH_H
#define TENON_PASSES_CODEGEN_EMIT_INPUTPATCH_H

#include "passes/Codegen/Emit/ElementEmitter.h"
#include "passes/Schedule/ContractionSchedule.h"

namespace tenon::codegen {

/// A dense copy [planes, height, width, channels] of what a block of output
/// pixels reads in some adjacent channels, with zeros for what lies outside of
/// x, in the type of the sums. So inner loops know neither padding nor narrow
/// types, and the channels of adjacent taps are adjacent. An x that the region
/// computes is computed here: it may be scaled or widened on the way, or, in
/// lanes along its last spatial dim, have its channels in front in memory.
class InputPatch {
public:
  InputPatch(ElementEmitter &e, mlir::Value x, const schedule::ConvDims &dims,
             int64_t pixelHeight, int64_t pixelWidth, int64_t channels,
             mlir::Type element);

  /// The outputs that are computed: image, depth, first row and column, and how
  /// many rows and columns of them there are; and which channels they read.
  struct Block {
    mlir::Value image, depth, row, column, height, width;
    mlir::Value firstChannel, channels;
  };
  void fill(const Block &block);

  const Buffer &buffer() const { return patch; }
  /// How far apart, in elements, adjacent pixels and adjacent taps are along a
  /// spatial dim.
  int64_t pixelStride(size_t d) const;
  int64_t tapStride(size_t d) const;

private:
  /// Elements from one position to the next along a spatial dim.
  int64_t positionStride(size_t d) const;
  /// Positions of the copy that hold what `pixels` pixels read.
  mlir::Value usedPositions(size_t d, mlir::Value pixels);
  /// Where in x position `at` of the copy is; `origin` is that of the first tap
  /// of the first pixel.
  mlir::Value source(size_t d, mlir::Value origin, mlir::Value at);
  mlir::Value isInside(size_t d, mlir::Value at);
  /// A row of x: its image, plane and row.
  using Line = llvm::ArrayRef<mlir::Value>;
  void fillRow(const Block &block, Line line, mlir::Value to,
               mlir::Value origin);
  /// The channels of one position.
  void copyPosition(const Block &block, Line line, mlir::Value column,
                    mlir::Value to);
  void copyRun(const Block &block, Line line, mlir::Value firstColumn,
               mlir::Value columns, mlir::Value to);
  /// The same of an x that is computed, in lanes along channels or columns.
  void computeRun(const Block &block, Line line, mlir::Value firstColumn,
                  mlir::Value columns, mlir::Value to);
  void computeChannels(const Block &block, ElementIndex index, mlir::Value to);
  void computeColumns(const Block &block, ElementIndex index,
                      mlir::Value columns, mlir::Value to);
  void copy(mlir::Value from, mlir::Value to, mlir::Value count);
  void clear(mlir::Value to, mlir::Value count);
  bool isComputed() const { return !mlir::isa<mlir::BlockArgument>(x); }
  /// Offset in x of a position's first channel.
  mlir::Value offsetOf(const Block &block, Line line, mlir::Value column);

  ElementEmitter &e;
  KernelBuilder &k;
  mlir::Value x;
  const schedule::ConvDims &dims;
  int64_t pixels[3];
  int64_t channels; ///< of a position of the copy
  mlir::Type element;
  Buffer patch;
};

} // namespace tenon::codegen

#endif // TENON_PASSES_CODEGEN_EMIT_INPUTPATCH_H
