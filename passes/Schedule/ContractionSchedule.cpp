//===- ContractionSchedule.cpp - Tiles of matmul and conv -----------------===//
//
// A register tile: rows * vectors sums, the vectors of the right operand and a
// broadcast fit into the vector registers.
// A parallel tile: some ten microseconds of work, whose part of the right
// operand fits into half of the second level cache.
//
//===----------------------------------------------------------------------===//

#include "passes/Schedule/ContractionSchedule.h"
#include "passes/Schedule/TypicalSizes.h"
#include "tenon/Dialect/Tn/BodyBuilder.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::schedule;
using tn::ExprAttr;
using tn::Hero;

/// Multiply-adds of a parallel tile, at least: some 20 microseconds.
static constexpr int64_t kTileWork = 3 << 19;
/// Tiles that are enough for all threads.
static constexpr int64_t kEnoughTiles = 16;
/// Rows of a register tile, at most: 14x2 and 6x2 measured best.
static constexpr int64_t kMostRows = 14;
/// Rows of a register tile of four vectors, at least, and of a matrix for which
/// it is used.
static constexpr int64_t kLeastWideRows = 6;
static constexpr int64_t kManyRows = 256;
/// Below so many rows, reading the right operand takes longer than the
/// products.
static constexpr int64_t kFewRows = 12;
/// Rows that use a copy of columns of the right operand, at least.
static constexpr int64_t kRowsOfCopy = 48;
/// Columns that make a register tile of a group worthwhile.
static constexpr int64_t kLeastGroupColumns = 8;
/// Elements of a copy of a tile's input, on the stack: at most, and beyond
/// which tiles do not grow. It need not fit into the second level cache: a
/// panel of the weight is read more often.
static constexpr int64_t kMostPatch = 1 << 18;
static constexpr int64_t kLargePatch = 1 << 17;
/// Channels of a register tile of a depthwise convolution, at most.
static constexpr int64_t kMostDepthwise = 32;
/// Sums of a register tile that keep the multipliers busy.
static constexpr int64_t kFewSums = 10;

MatmulTile MatmulTile::of(tn::ScheduleAttr schedule) {
  ArrayRef<int64_t> t = schedule.getTile();
  return {t[0], t[1], t[2], t[3], t[4], t[5], t[6]};
}

ConvTile ConvTile::of(tn::ScheduleAttr schedule) {
  ArrayRef<int64_t> t = schedule.getTile();
  return {t[0], t[1], t[2], t[3], t[4], t[5], t[6]};
}

/// Columns of a panel of pairs of elements.
static constexpr int64_t kPairedColumns = 32;

int64_t schedule::panelColumns(int64_t n) { return n <= 16 ? 16 : 32; }

tn::DequantizeOp schedule::dequantizeOf(Operation *contraction) {
  return contraction->getOperand(1).getDefiningOp<tn::DequantizeOp>();
}

/// What is stored of the right operand.
static Value storedRight(Operation *contraction) {
  tn::DequantizeOp dequantize = schedule::dequantizeOf(contraction);
  return dequantize ? dequantize.getX() : contraction->getOperand(1);
}

Operation *schedule::contractionOf(tn::FusionOp fusion) {
  for (Operation &op : fusion.getBody().front()) {
    auto conv = dyn_cast<tn::ConvOp>(op);
    bool copies = conv && !conv.isPointwise();
    if (isa<tn::MatmulOp, tn::ConvOp>(op) &&
        (copies || isa<BlockArgument>(op.getOperand(0))) &&
        isa<BlockArgument>(storedRight(&op)))
      return &op;
  }
  return nullptr;
}

SmallVector<Operation *, 2> schedule::contractionsOf(tn::FusionOp fusion) {
  SmallVector<Operation *, 2> all;
  Operation *first = contractionOf(fusion);
  if (first)
    all.push_back(first);
  if (!isa_and_nonnull<tn::MatmulOp>(first))
    return all;
  for (auto op : fusion.getBody().getOps<tn::MatmulOp>())
    if (op != first && op.getLhs() == first->getOperand(0) &&
        isa<BlockArgument>(op.getRhs()) &&
        op.getRhs().getType() == first->getOperand(1).getType() &&
        op.getType() == first->getResult(0).getType())
      all.push_back(op);
  return all;
}

unsigned schedule::rightInput(tn::FusionOp fusion, Operation *contraction) {
  return cast<BlockArgument>(storedRight(contraction)).getArgNumber();
}

static bool hasKnownRight(tn::FusionOp fusion, Operation *contraction) {
  Value right = fusion.getInputs()[rightInput(fusion, contraction)];
  return isa_and_nonnull<tn::WeightOp, tn::ConstantOp>(right.getDefiningOp());
}

bool schedule::isByteProduct(tn::FusionOp fusion, Operation *contraction) {
  auto matmul = dyn_cast<tn::MatmulOp>(contraction);
  return matmul && matmul.multipliesBytes() &&
         hasKnownRight(fusion, contraction);
}

/// Columns of the panels of the right operand, if it is known.
static int64_t panelOf(tn::FusionOp fusion, Operation *contraction) {
  Value right = fusion.getInputs()[rightInput(fusion, contraction)];
  bool isKnown = hasKnownRight(fusion, contraction);
  unsigned bits = getElementTypeOrSelf(right.getType()).getIntOrFloatBitWidth();
  // Pairs of 4-bit elements need panels of whole vectors for either of a pair.
  if (isKnown && bits == 4 && dequantizeOf(contraction))
    return kPairedColumns;
  if (!isKnown || bits < 8)
    return 0;
  return panelColumns(
      cast<RankedTensorType>(right.getType()).getShape().back());
}

namespace {
/// Registers: of one vector of sums, of what is multiplied, and all of them.
struct Registers {
  int64_t perVector, perRight, left = 1, count, lanes;

  Registers(Type element, const TargetDesc &target)
      : perVector(std::max<int64_t>(
            1, tn::BodyBuilder::computeType(element).getIntOrFloatBitWidth() /
                   32)),
        perRight(perVector), count(target.vectorRegisters),
        lanes(target.lanes()) {}
  /// Where bytes are multiplied in halves, both operands are there in two parts
  /// beside the products.
  void splitBytes() {
    perRight = 2;
    left = 3;
  }
  /// Rows of a register tile of `vectors` vectors, at most.
  int64_t mostRows(int64_t vectors) const {
    return (count - left - vectors * perRight) / (vectors * perVector);
  }
  /// Rows of a register tile where there are enough of them.
  int64_t rowsFor(int64_t columns) const {
    int64_t vectors = perVector > 1 || columns <= lanes ? 1 : 2;
    return std::min(kMostRows, mostRows(vectors));
  }
};
} // namespace

/// Vectors of a register tile of `rows` rows: as many as fit, a power of two.
static int64_t vectorsFor(int64_t rows, int64_t columns, const Registers &r) {
  int64_t vectors = 1;
  while (vectors < 8 && vectors * r.lanes < columns &&
         r.mostRows(2 * vectors) >= rows)
    vectors *= 2;
  return vectors;
}

/// The largest multiple of `block` up to `count`, at least one.
static int64_t wholeBlocks(int64_t count, int64_t block) {
  return std::max<int64_t>(1, count / block) * block;
}

namespace {
/// A product as far as its schedule is concerned; dynamic sizes are typical.
struct ProductSize {
  ExprAttr m, n, k;
  int64_t rows, columns, depth, matrices = 1;
  bool mayHaveMoreRows; ///< than `rows`

  explicit ProductSize(Operation *op);
};
} // namespace

ProductSize::ProductSize(Operation *op) {
  TypicalSizes typical(op);
  SmallVector<ExprAttr> dims = tn::shapeOf(op->getResult(0));
  SmallVector<ExprAttr> right = tn::shapeOf(op->getOperand(1));
  ArrayRef<ExprAttr> batch = ArrayRef(right).drop_back(2);
  bool sharesRight = isa<tn::ConvOp>(op) || llvm::all_of(batch, [](ExprAttr d) {
                       return d.isConstant(1);
                     });
  n = dims.pop_back_val();
  k = right[right.size() - 2];
  m = sharesRight ? tn::productExpr(op->getContext(), dims)
                  : dims.pop_back_val();
  if (!sharesRight)
    for (ExprAttr d : dims)
      matrices *= typical.atLeastOne(d);
  rows = typical.atLeastOne(m);
  mayHaveMoreRows = !typical.isMost(m);
  columns = typical.atLeastOne(n);
  depth = typical.atLeastOne(k);
}

/// Rows and vectors of the register tile of a product.
static void chooseRegisterTile(const ProductSize &size, const Registers &r,
                               MatmulTile &tile) {
  // Wide tiles read the left operand half as often; there must be enough rows
  // for blocks of few of them, and enough columns.
  int64_t wide = 4 * r.lanes;
  bool isWide = r.mostRows(4) >= kLeastWideRows &&
                (size.mayHaveMoreRows || size.rows >= kManyRows) &&
                (size.columns % wide == 0 || size.columns >= 4 * wide);
  tile.rows = isWide ? r.mostRows(4) : r.rowsFor(size.columns);
  if (!size.mayHaveMoreRows)
    tile.rows = std::min(tile.rows, size.rows);
  tile.vectors = vectorsFor(tile.rows, size.columns, r);
}

namespace {
/// Panels of a right operand.
struct Panels {
  int64_t columns, together; ///< as in MatmulTile
};
} // namespace

/// The tile of a product `op` of `size`.
static MatmulTile matmulTile(Operation *op, const ProductSize &size,
                             Panels panels, const Registers &registers,
                             const TargetDesc &target) {
  MatmulTile tile;
  tile.panel = panels.columns;
  tile.together = panels.together;
  chooseRegisterTile(size, registers, tile);

  int64_t width = tile.vectors * registers.lanes;
  int64_t bytes = tn::elementBytes(getElementTypeOrSelf(op->getOperand(1)));
  // Half of the second level cache, in rows or columns of an operand.
  int64_t fitting = target.l2Bytes / 2 / (size.depth * bytes);
  int64_t allColumns = llvm::divideCeil(size.columns, width) * width;
  int64_t allRows = llvm::divideCeil(size.rows, tile.rows) * tile.rows;
  auto workOf = [&](int64_t rows, int64_t columns) {
    return std::max(rows, kFewRows) * columns * size.depth;
  };
  int64_t work = std::max(kTileWork, workOf(size.rows, size.columns) *
                                         size.matrices / kEnoughTiles);
  auto rowsOf = [&](int64_t columns) {
    return std::min(allRows,
                    wholeBlocks(work / (columns * size.depth), tile.rows));
  };
  if (allColumns <= fitting) {
    // All of the right operand stays in cache: read the left one once.
    tile.tileColumns = allColumns;
    tile.tileRows = rowsOf(allColumns);
  } else {
    tile.tileRows = std::min(
        allRows, wholeBlocks(std::max(fitting, 4 * tile.rows), tile.rows));
    tile.tileRows = std::min(tile.tileRows, rowsOf(width));
  }
  tile.tileColumns =
      std::min(allColumns, wholeBlocks(work / workOf(tile.tileRows, 1), width));
  // A small right operand stays in the first level cache as it is; a large one
  // has rows that fall onto each other there.
  bool fitsStack = size.k.isConstant() && size.depth * width <= kMostPatch;
  tile.copies = tile.panel == 0 && fitsStack &&
                size.depth * size.columns * bytes > target.l1Bytes &&
                std::min(tile.tileRows, size.rows) >= kRowsOfCopy;
  // More rows than a register tile would compute the same numbers again.
  if (schedule::dequantizeOf(op))
    tile.copies = fitsStack && tile.tileRows > tile.rows ? tile.rows + 1 : 0;
  return tile;
}

tn::ScheduleAttr schedule::matmulSchedule(tn::FusionOp fusion,
                                          const TargetDesc &target) {
  Operation *op = contractionOf(fusion);
  ProductSize size(op);
  Registers registers(getElementTypeOrSelf(op->getResult(0)), target);
  bool isBytes = !target.pairProduct.empty() && isByteProduct(fusion, op);
  Panels panels{panelOf(fusion, op), isBytes ? 4 : 1};
  if (isBytes && target.byteProduct.empty())
    registers.splitBytes();
  MatmulTile tile = matmulTile(op, size, panels, registers, target);
  // Rows of unknown number may be too few for wide tiles, or one, for which
  // more columns are computed at once.
  SmallVector<tn::VersionAttr> versions;
  int64_t vectors = tile.vectors;
  for (int64_t most : {kManyRows - 1, int64_t(1)}) {
    if (!size.mayHaveMoreRows || TypicalSizes(fusion).least(size.m) > most)
      break;
    ProductSize fewer = size;
    fewer.rows = std::min(size.rows, most);
    fewer.mayHaveMoreRows = false;
    MatmulTile other = matmulTile(op, fewer, panels, registers, target);
    if (other.vectors == vectors)
      continue;
    vectors = other.vectors;
    versions.insert(versions.begin(),
                    tn::VersionAttr::get(fusion.getContext(), size.m, most,
                                         other.list()));
  }
  return tn::ScheduleAttr::get(fusion.getContext(), Hero::matmul,
                               registers.lanes, tile.list(), versions);
}

//===----------------------------------------------------------------------===//
// conv
//===----------------------------------------------------------------------===//

ConvDims::ConvDims(tn::ConvOp conv) {
  SmallVector<ExprAttr> x = tn::shapeOf(conv.getX());
  SmallVector<ExprAttr> weight = tn::shapeOf(conv.getWeight());
  SmallVector<ExprAttr> result = tn::shapeOf(conv.getResult());
  size_t rank = x.size() - 2, missing = 3 - rank;
  MLIRContext *context = conv.getContext();
  ExprAttr one = tn::constantExpr(context, 1);
  for (size_t d = 0; d < 3; ++d) {
    bool isThere = d >= missing;
    size_t at = d - missing;
    in.push_back(isThere ? x[at + 1] : one);
    out.push_back(isThere ? result[at + 1] : one);
    low.push_back(isThere ? conv.getLow()[at] : tn::constantExpr(context, 0));
    kernel.push_back(isThere ? weight[at] : one);
    stride.push_back(isThere ? conv.getStrides()[at] : 1);
    dilation.push_back(isThere ? conv.getDilations()[at] : 1);
  }
  images = x.front();
  channels = x.back();
  groups = conv.getGroups();
  groupChannels = weight[rank];
  groupColumns = tn::floorDivExpr(weight[rank + 1], groups);
  columns = weight[rank + 1];
}

bool ConvDims::isInside() const {
  for (size_t d = 0; d < 3; ++d) {
    ExprAttr last =
        tn::addExpr(tn::mulExpr(tn::addExpr(out[d], -1), stride[d]),
                    tn::mulExpr(tn::addExpr(kernel[d], -1), dilation[d]));
    ExprAttr beyond = tn::subExpr(last, in[d]);
    if (!low[d].isConstant(0) || !beyond.isConstant() || beyond.getValue() >= 0)
      return false;
  }
  return true;
}

int64_t ConvDims::patchSize(size_t d, int64_t pixels) const {
  int64_t taps = kernel[d].getValue();
  // Far apart taps get copies of their own.
  if (dilation[d] > 1)
    return taps * pixels;
  return (pixels - 1) * stride[d] + taps;
}

int64_t ConvDims::patchPositions(int64_t height, int64_t width) const {
  return patchSize(0, 1) * patchSize(1, height) * patchSize(2, width);
}

bool ConvDims::isDepthwise() const {
  return groups > 1 && groupChannels.isConstant(1) &&
         groupColumns.isConstant(1);
}

Hero schedule::heroOfConv(tn::ConvOp conv) {
  if (conv.isPointwise())
    return Hero::matmul;
  ConvDims dims(conv);
  bool isKnown =
      dims.groupChannels.isConstant() &&
      llvm::all_of(dims.kernel, [](ExprAttr d) { return d.isConstant(); });
  bool isGrouped = dims.groups > 1 && !dims.isDepthwise();
  if (!isKnown ||
      (isGrouped && (!dims.groupColumns.isConstant() ||
                     dims.groupColumns.getValue() < kLeastGroupColumns)))
    return Hero::loop;
  int64_t channels =
      dims.isDepthwise() ? kMostDepthwise : dims.groupChannels.getValue();
  return dims.patchPositions(1, kMostRows) * channels > kMostPatch ? Hero::loop
                                                                   : Hero::conv;
}

/// `count` in blocks of nearly the same size, `most` or less.
static int64_t balancedBlock(int64_t count, int64_t most) {
  return llvm::divideCeil(count, llvm::divideCeil(count, most));
}

/// Pixels and vectors of the register tile of a convolution.
static void choosePixels(const ConvDims &dims, const TypicalSizes &typical,
                         const Registers &registers, int64_t columns,
                         ConvTile &tile) {
  ExprAttr height = dims.out[1], width = dims.out[2];
  int64_t outHeight = typical.atLeastOne(height);
  int64_t outWidth = typical.atLeastOne(width);
  auto choose = [&](int64_t pixels) {
    tile.width = pixels;
    tile.height = 1;
    if (!width.isConstant())
      return pixels;
    tile.width = balancedBlock(outWidth, pixels);
    if (tile.width == outWidth && height.isConstant())
      tile.height = balancedBlock(outHeight,
                                  std::max<int64_t>(1, pixels / tile.width));
    int64_t blocks = llvm::divideCeil(outWidth, tile.width) *
                     llvm::divideCeil(outHeight, tile.height);
    return outWidth * outHeight / blocks;
  };
  int64_t average = choose(registers.rowsFor(columns));
  tile.vectors = vectorsFor(tile.width * tile.height, columns, registers);
  // Narrow images may leave few sums: rather more pixels of one vector.
  if (average * tile.vectors < kFewSums && tile.vectors == 2 &&
      choose(std::min(kMostRows, registers.mostRows(1))) > average * 2)
    tile.vectors = 1;
  else
    choose(registers.rowsFor(columns));
}

/// Rows, columns and channels of the parallel tile: as many as `isFine` allows,
/// in this order: columns of pixels, rows, channels.
static void growTile(ConvTile &tile, int64_t outHeight, int64_t outWidth,
                     int64_t columns,
                     function_ref<bool(int64_t, int64_t, int64_t)> isFine) {
  int64_t step = tile.tileColumns;
  while (tile.tileWidth < outWidth &&
         isFine(tile.tileHeight, tile.tileWidth + tile.width, step))
    tile.tileWidth += tile.width;
  if (tile.tileWidth >= outWidth)
    while (tile.tileHeight < outHeight &&
           isFine(tile.tileHeight + tile.height, tile.tileWidth, step))
      tile.tileHeight += tile.height;
  while (tile.tileColumns < columns &&
         isFine(tile.tileHeight, tile.tileWidth, tile.tileColumns + step))
    tile.tileColumns += step;
}

tn::ScheduleAttr schedule::convSchedule(tn::FusionOp fusion,
                                        const TargetDesc &target) {
  auto conv = cast<tn::ConvOp>(contractionOf(fusion));
  ConvDims dims(conv);
  Registers registers(getElementTypeOrSelf(conv.getResult()), target);
  bool isDepthwise = dims.isDepthwise();
  ExprAttr perTile = isDepthwise ? dims.columns : dims.groupColumns;
  TypicalSizes typical(fusion);
  int64_t columns = typical.atLeastOne(perTile);
  int64_t outHeight = typical.atLeastOne(dims.out[1]);
  int64_t outWidth = typical.atLeastOne(dims.out[2]);
  ConvTile tile;
  // Panels of one group would hold columns of the next one.
  tile.panel = dims.groups == 1 ? panelOf(fusion, conv) : 0;
  choosePixels(dims, typical, registers, columns, tile);
  if (isDepthwise)
    tile.vectors = std::min(tile.vectors, kMostDepthwise / registers.lanes);
  tile.tileWidth = tile.width;
  tile.tileHeight = tile.height;
  tile.tileColumns = tile.vectors * registers.lanes;

  int64_t taps = 1;
  for (ExprAttr d : dims.kernel)
    taps *= d.getValue();
  // An unknown number of images may be one: that must be enough tiles, too.
  int64_t perPlane =
      typical.least(dims.images) * typical.atLeastOne(dims.out[0]);
  if (isDepthwise) {
    // The copy is a little larger than the first level cache: smaller ones
    // overlap more. It costs about as much as the products.
    int64_t inCache = target.l1Bytes / 2 / tile.tileColumns;
    growTile(tile, outHeight, outWidth, columns,
             [&](int64_t height, int64_t width, int64_t channels) {
               return dims.patchPositions(height, width) <= inCache &&
                      height * width * taps * channels <= kTileWork / 4;
             });
  } else {
    // Larger tiles, as long as there are many or they are small.
    growTile(tile, outHeight, outWidth, columns,
             [&](int64_t height, int64_t width, int64_t channels) {
               int64_t depth = dims.groupChannels.getValue();
               int64_t tiles = perPlane * dims.groups *
                               llvm::divideCeil(outHeight, height) *
                               llvm::divideCeil(outWidth, width) *
                               llvm::divideCeil(columns, channels);
               int64_t work = height * width * taps * depth * channels;
               return dims.patchPositions(height, width) * depth <=
                          kLargePatch &&
                      (tiles >= kEnoughTiles || work <= kTileWork);
             });
  }
  return tn::ScheduleAttr::get(fusion.getContext(), Hero::conv, registers.lanes,
                               tile.list());
}
