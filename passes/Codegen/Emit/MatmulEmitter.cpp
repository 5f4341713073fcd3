//===- MatmulEmitter.cpp - Hero matmul: products of matrices --------------===//
//
// A tile is a block of rows by a block of columns of one matrix of the result.
// Leading dims that the right operand lacks are rows. Inside of a tile, columns
// are the outer loop, so that a panel of the right operand stays in the first
// or second level cache while rows pass by. A right operand that is not in
// panels may be copied to one first. The summed dim is never cut: with the
// sums in memory in between, it measured slower at all sizes.
//
//===----------------------------------------------------------------------===//

#include "passes/Codegen/Emit/ByteKernel.h"
#include "passes/Codegen/Emit/Emitter.h"
#include "passes/Codegen/Emit/MicroKernel.h"
#include "passes/Codegen/Emit/RowBlocks.h"
#include "passes/Schedule/ContractionSchedule.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;
using schedule::MatmulTile;
using tn::ExprAttr;

namespace {

unsigned inputNumber(Value operand) {
  return cast<BlockArgument>(operand).getArgNumber();
}

/// result[b..., m, n] = sum over k of left[b..., m, k] * right[b..., k, n]
struct Product {
  /// Of a matmul or a pointwise convolution.
  explicit Product(Operation *op)
      : op(op), left(inputNumber(op->getOperand(0))),
        k(tn::shapeOf(op->getOperand(1)).end()[-2]) {}

  Operation *op;
  unsigned left; ///< number of the fusion's input
  SmallVector<ExprAttr> batch, leftBatch, rightBatch;
  SmallVector<ExprAttr> rowDims; ///< of the result; together they are m
  ExprAttr m, n;
  ExprAttr k; ///< as the schedule sees it: of the right operand
};

Product productOf(tn::ConvOp conv) {
  Product p(conv);
  p.rowDims = tn::shapeOf(conv.getResult());
  p.n = p.rowDims.pop_back_val();
  p.m = tn::productExpr(conv.getContext(), p.rowDims);
  return p;
}

Product productOf(tn::MatmulOp matmul) {
  Product p(matmul);
  p.leftBatch = tn::shapeOf(matmul.getLhs());
  p.rightBatch = tn::shapeOf(matmul.getRhs());
  p.batch = tn::shapeOf(matmul.getResult());
  p.n = p.batch.pop_back_val();
  p.rowDims = {p.batch.pop_back_val()};
  p.leftBatch.pop_back_n(2);
  p.rightBatch.pop_back_n(2);
  bool sharesRight =
      llvm::all_of(p.rightBatch, [](ExprAttr d) { return d.isConstant(1); });
  if (sharesRight && p.leftBatch == p.batch) {
    p.rowDims.insert(p.rowDims.begin(), p.batch.begin(), p.batch.end());
    p.batch.clear();
    p.leftBatch.clear();
    p.rightBatch.clear();
  }
  p.m = tn::productExpr(matmul.getContext(), p.rowDims);
  return p;
}

class MatmulEmitter {
public:
  /// `ops` are the product and those beside it.
  MatmulEmitter(KernelBuilder &k, tn::FusionOp fusion, Product product,
                ArrayRef<Operation *> ops)
      : k(k), p(std::move(product)),
        tile(MatmulTile::of(fusion.getScheduleAttr())), e(k, fusion),
        rowBlocks(p.m, tile.rows, tile.vectors), hero(p.op->getResult(0)),
        epilogue(e, fusion,
                 llvm::map_to_vector(
                     ops, [](Operation *op) -> Value { return op->getResult(0); }),
                 tile.rows * tile.vectors) {
    for (Operation *op : ops) {
      rights.push_back(schedule::rightInput(fusion, op));
      if (tn::DequantizeOp dequantize = schedule::dequantizeOf(op))
        numbers.emplace(e, dequantize);
    }
    blocksPerTile = std::max<int64_t>(1, tile.tileRows / rowBlocks.height());
    if (tile.copies)
      copy =
          k.scratch(p.k.getValue() * tile.vectors * k.lanes(),
                    tn::BodyBuilder::computeType(getElementTypeOrSelf(hero)));
  }

  KernelInfo emit();

private:
  struct Tile {
    ElementIndex batch;
    Value matrix;     ///< row-major number of the matrix in the batch
    Value leftOrigin; ///< offset of the matrix in the left operand
    SmallVector<RightOperand, 2> rights; ///< one per hero
    Value firstBlock, lastBlock, firstRow;
    Value firstColumn, lastColumn;
  };
  void emitTile(const Tile &t);
  /// The columns of a block as a panel of their own.
  RightOperand copyColumns(const Tile &t, const ColumnBlock &columns);
  void emitBlock(const Tile &t, ArrayRef<RightOperand> rights,
                 const ColumnBlock &columns, Value row, int64_t rows);
  /// The offset of a batch's matrix of `matrixSize` elements.
  Value matrixOffset(ArrayRef<LaneIndex> batch, ArrayRef<ExprAttr> dims,
                     ExprAttr rows, ExprAttr columns, bool isPacked);

  KernelBuilder &k;
  Product p;
  MatmulTile tile;
  ElementEmitter e;
  RowBlocks rowBlocks;
  Value hero;
  SmallVector<unsigned, 2> rights; ///< numbers of the fusion's inputs
  std::optional<Dequantizer> numbers; ///< that the only right operand stands for
  Epilogue epilogue;
  int64_t blocksPerTile;
  Buffer copy; ///< of the columns of a block of the right operand
};

Value MatmulEmitter::matrixOffset(ArrayRef<LaneIndex> batch,
                                  ArrayRef<ExprAttr> dims, ExprAttr rows,
                                  ExprAttr columns, bool isPacked) {
  SmallVector<Value> coordinates;
  for (const LaneIndex &i : broadcastIndex(k, batch, dims, p.batch))
    coordinates.push_back(i.base);
  if (isPacked)
    columns = tn::mulExpr(tn::ceilDivExpr(columns, tile.panel), tile.panel);
  return k.mul(k.linearize(coordinates, dims),
               k.evaluate(tn::mulExpr(rows, columns)));
}

KernelInfo MatmulEmitter::emit() {
  MLIRContext *context = p.op->getContext();
  ExprAttr rowTiles = tn::ceilDivExpr(rowBlocks.blocks(), blocksPerTile);
  ExprAttr columnTiles = tn::ceilDivExpr(p.n, tile.tileColumns);
  ExprAttr matrices = tn::productExpr(context, p.batch);
  Value rowTileCount = k.evaluate(rowTiles);
  Value columnTileCount = k.evaluate(columnTiles);
  Value blockCount = k.evaluate(rowBlocks.blocks());
  Value columns = k.evaluate(p.n);
  k.forLoop(k.firstTile(), k.lastTile(), 1, [&](Value number) {
    e.scope({}, [&] {
      Tile t;
      Value rest = k.div(number, rowTileCount);
      Value rowTile = k.mod(number, rowTileCount);
      t.matrix = k.div(rest, columnTileCount);
      Value columnTile = k.mod(rest, columnTileCount);
      for (Value i : k.delinearize(t.matrix, p.batch))
        t.batch.push_back(e.uniform(i));
      t.leftOrigin = matrixOffset(t.batch, p.leftBatch, p.m, p.k, false);
      Value right =
          matrixOffset(t.batch, p.rightBatch, p.k, p.n, tile.panel > 0);
      for (unsigned input : rights)
        t.rights.push_back({k.input(input), right, tile.panel,
                            k.evaluate(p.k), columns,
                            numbers ? &*numbers : nullptr});
      t.firstBlock = k.mul(rowTile, k.index(blocksPerTile));
      t.lastBlock =
          k.min(k.add(t.firstBlock, k.index(blocksPerTile)), blockCount);
      t.firstRow = rowBlocks.firstRow(k, t.firstBlock);
      t.firstColumn = columnTiles.isConstant(1)
                          ? k.index(0)
                          : k.mul(columnTile, k.index(tile.tileColumns));
      t.lastColumn =
          columnTiles.isConstant(1)
              ? columns
              : k.min(k.add(t.firstColumn, k.index(tile.tileColumns)), columns);
      emitTile(t);
    });
  });
  return {tn::mulExpr(matrices, tn::mulExpr(rowTiles, columnTiles))};
}

RightOperand MatmulEmitter::copyColumns(const Tile &t,
                                        const ColumnBlock &columns) {
  int64_t width = tile.vectors * k.lanes();
  Value depth = k.evaluate(p.k);
  RightReader reader(k, t.rights.front(), columns, k.index(0), copy.element);
  reader.forRows(depth, {}, [&](Value i, ArrayRef<Value> vectors, ValueRange) {
    Value to = k.mul(i, k.index(width));
    for (auto [c, v] : llvm::enumerate(vectors))
      k.storeVector(v, copy, k.add(to, k.index(c * k.lanes())), {});
    return SmallVector<Value>{};
  });
  // The block's first column becomes the panel's.
  return {copy,
          k.sub(k.index(0), k.mul(k.div(columns.first, k.index(width)),
                                  k.mul(depth, k.index(width)))),
          width,
          depth,
          {}};
}

void MatmulEmitter::emitTile(const Tile &t) {
  auto emitColumns = [&](bool copies) {
    forColumns(
        k, t.firstColumn, t.lastColumn, p.n, tile.vectors,
        [&](const ColumnBlock &columns) {
          SmallVector<RightOperand, 2> rights = t.rights;
          if (copies)
            rights = {copyColumns(t, columns)};
          rowBlocks.forEach(
              k, t.firstBlock, t.lastBlock, [&](Value row, int64_t rows) {
                e.scope({}, [&] { emitBlock(t, rights, columns, row, rows); });
              });
        });
  };
  if (tile.copies <= 1 || p.m.isConstant())
    return emitColumns(tile.copies > 0);
  Value rows = k.sub(rowBlocks.firstRow(k, t.lastBlock), t.firstRow);
  Value isMany = arith::CmpIOp::create(k.builder(), arith::CmpIPredicate::sge,
                                       rows, k.index(tile.copies));
  auto branch = [&](bool copies) {
    e.scope({}, [&] { emitColumns(copies); });
    return SmallVector<Value>{};
  };
  k.ifElse(isMany, [&] { return branch(true); }, [&] { return branch(false); });
}

void MatmulEmitter::emitBlock(const Tile &t, ArrayRef<RightOperand> rights,
                              const ColumnBlock &columns, Value row,
                              int64_t rows) {
  Value depth = k.evaluate(p.k);
  SmallVector<Value> rowOffsets;
  Value first = k.add(t.leftOrigin, k.mul(row, depth));
  for (int64_t r = 0; r < rows; ++r)
    rowOffsets.push_back(k.add(first, k.mul(k.index(r), depth)));
  SmallVector<Value> sums;
  for (const RightOperand &right : rights) {
    if (tile.together > 1) {
      ByteKernel kernel(k, k.input(p.left), right);
      llvm::append_range(sums, kernel.run(rowOffsets, columns, depth));
      continue;
    }
    MicroKernel kernel(k, k.input(p.left), right, getElementTypeOrSelf(hero));
    llvm::append_range(sums, kernel.run(kernel.zeros(rows * columns.vectors()),
                                        rowOffsets, columns, k.index(0), depth));
  }
  Value matrixRow = k.add(k.mul(t.matrix, k.evaluate(p.m)), row);
  epilogue.store(sums, rows, columns, [&](Value r) {
    Epilogue::Row at{t.batch, k.add(matrixRow, r)};
    for (Value i : k.delinearize(k.add(row, r), p.rowDims))
      at.index.push_back(e.uniform(i));
    return at;
  });
}

} // namespace

FailureOr<KernelInfo> codegen::emitMatmul(KernelBuilder &k,
                                          tn::FusionOp fusion) {
  SmallVector<Operation *, 2> ops = schedule::contractionsOf(fusion);
  if (ops.size() > 1 && MatmulTile::of(fusion.getScheduleAttr()).copies)
    return fusion.emitError("several products of one kernel need packed "
                            "weights, not copies of columns");
  if (auto conv = dyn_cast<tn::ConvOp>(ops.front()))
    return MatmulEmitter(k, fusion, productOf(conv), ops).emit();
  return MatmulEmitter(k, fusion, productOf(cast<tn::MatmulOp>(ops.front())), ops)
      .emit();
}
