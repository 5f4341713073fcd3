//===- ConvEmitter.cpp - Hero conv: dense, grouped, depthwise -------------===//
//
// A tile is a block of output pixels of one image (and plane) by a block of
// output channels of one group. What the pixels read is copied first, with
// zeros around it (InputPatch), unless x lies in memory and no window leaves
// it; so taps are plain loops without edges. Output channels are the outer
// loop: a panel of the weight stays in cache while the pixels of the tile pass
// by. In a depthwise convolution all channels are one group, and vectors of the
// input take the place of broadcasts. Pointwise convolutions are hero matmul.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "passes/Codegen/Emit/Emitter.h"
#include "passes/Codegen/Emit/InputPatch.h"
#include "passes/Codegen/Emit/MicroKernel.h"
#include "passes/Codegen/Emit/RowBlocks.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;
using schedule::ConvDims;
using schedule::ConvTile;
using tn::ExprAttr;

namespace {

unsigned inputNumber(Value operand) {
  return cast<BlockArgument>(operand).getArgNumber();
}

class ConvEmitter {
public:
  ConvEmitter(KernelBuilder &k, tn::FusionOp fusion, tn::ConvOp conv);
  KernelInfo emit();

private:
  struct Tile {
    Value image, depth, group;
    Value firstRowBlock, lastRowBlock, firstColumnBlock, lastColumnBlock;
    Value firstChannel, lastChannel; ///< in the group
  };
  /// Of a register tile: pixels and the place of the first one.
  struct Pixels {
    Value row, column;
    int64_t height, width;
    int64_t count() const { return height * width; }
  };
  /// What the patch must hold for channels [first, first + channels).
  InputPatch::Block blockOf(const Tile &t, Value firstChannel, Value channels);
  void emitTile(const Tile &t);
  void emitPixels(const Tile &t, MicroKernel &kernel,
                  const ColumnBlock &columns, const Pixels &pixels);
  SmallVector<Value> sumTaps(MicroKernel &kernel, ValueRange sums,
                             ArrayRef<Value> rows, const ColumnBlock &columns);
  /// Adds the products of one tap of a depthwise convolution.
  SmallVector<Value> addTap(ValueRange sums, ArrayRef<Value> rows,
                            const ColumnBlock &columns, Value number);
  /// Offset of the first channel that the first pixel's first tap reads.
  Value firstElement(const Tile &t, const Pixels &pixels);
  /// Elements between adjacent pixels, taps along a spatial dim.
  Value pixelStride(size_t d);
  Value tapStride(size_t d);
  Value inputStride(size_t d);
  const Buffer &left() {
    return patch ? patch->buffer() : k.input(inputNumber(x));
  }

  KernelBuilder &k;
  ConvDims dims;
  bool isDepthwise;
  ConvTile tile;
  ElementEmitter e;
  Value hero, x;
  unsigned weightInput;
  RowBlocks rowBlocks, columnBlocks;
  int64_t rowBlocksPerTile, columnBlocksPerTile;
  Epilogue epilogue;
  std::optional<InputPatch> patch;
};

ConvEmitter::ConvEmitter(KernelBuilder &k, tn::FusionOp fusion, tn::ConvOp conv)
    : k(k), dims(conv), isDepthwise(dims.isDepthwise()),
      tile(ConvTile::of(fusion.getScheduleAttr())), e(k, fusion),
      hero(conv.getResult()), x(conv.getX()),
      weightInput(inputNumber(conv.getWeight())),
      rowBlocks(dims.out[1], tile.height, tile.vectors),
      columnBlocks(dims.out[2], tile.width, tile.vectors),
      rowBlocksPerTile(
          std::max<int64_t>(1, tile.tileHeight / rowBlocks.height())),
      columnBlocksPerTile(
          std::max<int64_t>(1, tile.tileWidth / columnBlocks.height())),
      epilogue(e, fusion, hero, tile.height * tile.width * tile.vectors) {
  if (isDepthwise) {
    dims.groups = 1;
    dims.groupColumns = dims.columns;
  }
  if (isDepthwise || !dims.isInside() || !isa<BlockArgument>(x))
    patch.emplace(e, x, dims, rowBlocksPerTile * rowBlocks.height(),
                  columnBlocksPerTile * columnBlocks.height(),
                  isDepthwise ? tile.vectors * k.lanes()
                              : dims.groupChannels.getValue(),
                  getElementTypeOrSelf(hero));
}

Value ConvEmitter::inputStride(size_t d) {
  ExprAttr stride = dims.channels;
  for (size_t inner = 2; inner > d; --inner)
    stride = tn::mulExpr(stride, dims.in[inner]);
  return k.evaluate(stride);
}

Value ConvEmitter::pixelStride(size_t d) {
  return patch ? k.index(patch->pixelStride(d))
               : k.mul(inputStride(d), k.index(dims.stride[d]));
}

Value ConvEmitter::tapStride(size_t d) {
  return patch ? k.index(patch->tapStride(d))
               : k.mul(inputStride(d), k.index(dims.dilation[d]));
}

KernelInfo ConvEmitter::emit() {
  MLIRContext *context = hero.getContext();
  ExprAttr channelTiles = tn::ceilDivExpr(dims.groupColumns, tile.tileColumns);
  ExprAttr rowTiles = tn::ceilDivExpr(rowBlocks.blocks(), rowBlocksPerTile);
  ExprAttr columnTiles =
      tn::ceilDivExpr(columnBlocks.blocks(), columnBlocksPerTile);
  SmallVector<ExprAttr> space{dims.images, dims.out[0], rowTiles, columnTiles,
                              tn::constantExpr(context, dims.groups)};
  Value rowBlockCount = k.evaluate(rowBlocks.blocks());
  Value columnBlockCount = k.evaluate(columnBlocks.blocks());
  Value channelTileCount = k.evaluate(channelTiles);
  Value channels = k.evaluate(dims.groupColumns);
  // The patch serves all tiles of its place, which follow one another.
  Value none = k.index(-1);
  k.forLoop(
      k.firstTile(), k.lastTile(), 1, none,
      [&](Value number, ValueRange filled) {
        Value place = k.div(number, channelTileCount);
        Value channelTile = k.mod(number, channelTileCount);
        SmallVector<Value> at = k.delinearize(place, space);
        Tile t;
        t.image = at[0];
        t.depth = at[1];
        t.group = at[4];
        t.firstRowBlock = k.mul(at[2], k.index(rowBlocksPerTile));
        t.lastRowBlock = k.min(
            k.add(t.firstRowBlock, k.index(rowBlocksPerTile)), rowBlockCount);
        t.firstColumnBlock = k.mul(at[3], k.index(columnBlocksPerTile));
        t.lastColumnBlock =
            k.min(k.add(t.firstColumnBlock, k.index(columnBlocksPerTile)),
                  columnBlockCount);
        bool isOne = channelTiles.isConstant(1);
        t.firstChannel =
            isOne ? k.index(0) : k.mul(channelTile, k.index(tile.tileColumns));
        t.lastChannel =
            isOne ? channels
                  : k.min(k.add(t.firstChannel, k.index(tile.tileColumns)),
                          channels);
        if (patch && !isDepthwise) {
          Value isNew = arith::CmpIOp::create(
              k.builder(), arith::CmpIPredicate::ne, place, filled[0]);
          Value channels = k.evaluate(dims.groupChannels);
          k.ifThen(isNew, [&] {
            patch->fill(blockOf(t, k.mul(t.group, channels), channels));
          });
        }
        e.scope({}, [&] { emitTile(t); });
        return SmallVector<Value>{place};
      });
  return {tn::mulExpr(tn::productExpr(context, space), channelTiles)};
}

InputPatch::Block ConvEmitter::blockOf(const Tile &t, Value firstChannel,
                                       Value channels) {
  Value row = rowBlocks.firstRow(k, t.firstRowBlock);
  Value column = columnBlocks.firstRow(k, t.firstColumnBlock);
  Value height = k.sub(rowBlocks.firstRow(k, t.lastRowBlock), row);
  Value width = k.sub(columnBlocks.firstRow(k, t.lastColumnBlock), column);
  return {t.image, t.depth, row, column, height, width, firstChannel, channels};
}

void ConvEmitter::emitTile(const Tile &t) {
  ExprAttr depth = dims.groupChannels;
  for (ExprAttr taps : dims.kernel)
    depth = tn::mulExpr(depth, taps);
  RightOperand weight{k.input(weightInput), k.index(0), tile.panel,
                      k.evaluate(depth), k.evaluate(dims.columns)};
  MicroKernel kernel(k, left(), weight, getElementTypeOrSelf(hero));
  Value firstOfGroup = k.mul(t.group, k.evaluate(dims.groupColumns));
  auto cover = [&](const ColumnBlock &inGroup) {
    ColumnBlock columns{k.add(firstOfGroup, inGroup.first), inGroup.masks};
    if (isDepthwise) {
      bool isMasked = llvm::any_of(columns.masks, [](Value m) { return m; });
      Value channels = isMasked ? k.sub(k.evaluate(dims.columns), columns.first)
                                : k.index(columns.vectors() * k.lanes());
      patch->fill(blockOf(t, columns.first, channels));
    }
    rowBlocks.forEach(
        k, t.firstRowBlock, t.lastRowBlock, [&](Value row, int64_t height) {
          columnBlocks.forEach(
              k, t.firstColumnBlock, t.lastColumnBlock,
              [&](Value column, int64_t width) {
                e.scope({}, [&] {
                  emitPixels(t, kernel, columns, {row, column, height, width});
                });
              });
        });
  };
  forColumns(k, t.firstChannel, t.lastChannel, dims.groupColumns, tile.vectors,
             cover);
}

Value ConvEmitter::firstElement(const Tile &t, const Pixels &pixels) {
  if (patch) {
    Value row = rowBlocks.firstRow(k, t.firstRowBlock);
    Value column = columnBlocks.firstRow(k, t.firstColumnBlock);
    return k.add(k.mul(k.sub(pixels.row, row), pixelStride(1)),
                 k.mul(k.sub(pixels.column, column), pixelStride(2)));
  }
  Value offset = k.mul(t.image, k.mul(k.evaluate(dims.in[0]), inputStride(0)));
  offset = k.add(offset, k.mul(t.depth, pixelStride(0)));
  offset = k.add(offset, k.mul(pixels.row, pixelStride(1)));
  offset = k.add(offset, k.mul(pixels.column, pixelStride(2)));
  return k.add(offset, k.mul(t.group, k.evaluate(dims.groupChannels)));
}

SmallVector<Value> ConvEmitter::sumTaps(MicroKernel &kernel, ValueRange sums,
                                        ArrayRef<Value> rows,
                                        const ColumnBlock &columns) {
  // Taps along the last dim are one run if their channels are adjacent.
  bool isRun =
      !isDepthwise && dims.dilation[2] == 1 && (patch || dims.groups == 1);
  Value taps[3], channels = k.evaluate(dims.groupChannels);
  for (size_t d = 0; d < 3; ++d)
    taps[d] = k.evaluate(dims.kernel[d]);
  Value run = isRun ? k.mul(taps[2], channels) : channels;
  if (isRun)
    taps[2] = k.index(1);
  auto walk = [&](auto &&self, size_t d, Value number, Value offset,
                  ValueRange carried) -> SmallVector<Value> {
    if (d == 3) {
      SmallVector<Value> shifted;
      for (Value row : rows)
        shifted.push_back(k.add(row, offset));
      if (isDepthwise)
        return addTap(carried, shifted, columns, number);
      return kernel.run(carried, shifted, columns, k.mul(number, run), run);
    }
    return k.forLoop(
        k.index(0), taps[d], 1, carried, [&](Value tap, ValueRange inner) {
          return self(self, d + 1, k.add(k.mul(number, taps[d]), tap),
                      k.add(offset, k.mul(tap, tapStride(d))), inner);
        });
  };
  return walk(walk, 0, k.index(0), k.index(0), sums);
}

SmallVector<Value> ConvEmitter::addTap(ValueRange sums, ArrayRef<Value> rows,
                                       const ColumnBlock &columns,
                                       Value number) {
  const Buffer &weight = k.input(weightInput), &x = patch->buffer();
  Value first = k.add(k.mul(number, k.evaluate(dims.columns)), columns.first);
  SmallVector<Value> weights;
  for (auto [c, mask] : llvm::enumerate(columns.masks)) {
    Value at = k.add(first, k.index(c * k.lanes()));
    weights.push_back(
        widen(k, k.loadVector(weight, at, mask), weight.element, x.element));
  }
  SmallVector<Value> next;
  for (Value row : rows)
    for (auto [c, w] : llvm::enumerate(weights)) {
      Value v = k.loadVector(x, k.add(row, k.index(c * k.lanes())), {});
      next.push_back(multiplyAdd(k, v, w, sums[next.size()]));
    }
  return next;
}

void ConvEmitter::emitPixels(const Tile &t, MicroKernel &kernel,
                             const ColumnBlock &columns, const Pixels &pixels) {
  Value first = firstElement(t, pixels);
  SmallVector<Value> rows;
  for (int64_t i = 0; i < pixels.height; ++i)
    for (int64_t j = 0; j < pixels.width; ++j)
      rows.push_back(k.add(first, k.add(k.mul(k.index(i), pixelStride(1)),
                                        k.mul(k.index(j), pixelStride(2)))));
  SmallVector<Value> sums = sumTaps(
      kernel, kernel.zeros(pixels.count() * columns.vectors()), rows, columns);
  size_t rank = tn::shapeOf(hero).size() - 2;
  epilogue.store(sums, pixels.count(), columns, [&](Value r) {
    Value row = k.add(pixels.row, k.div(r, k.index(pixels.width)));
    Value column = k.add(pixels.column, k.mod(r, k.index(pixels.width)));
    SmallVector<Value> position{t.image, t.depth, row, column};
    Value linear = k.linearize(
        position, {dims.images, dims.out[0], dims.out[1], dims.out[2]});
    Epilogue::Row at{{e.uniform(t.image)}, linear};
    for (Value i : ArrayRef(position).take_back(rank))
      at.index.push_back(e.uniform(i));
    return at;
  });
}

} // namespace

FailureOr<KernelInfo> codegen::emitConv(KernelBuilder &k, tn::FusionOp fusion) {
  auto conv = cast<tn::ConvOp>(schedule::contractionOf(fusion));
  return ConvEmitter(k, fusion, conv).emit();
}
