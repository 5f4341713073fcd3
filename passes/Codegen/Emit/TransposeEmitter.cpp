//===- TransposeEmitter.cpp - Hero transpose: square blocks in registers --===//
//
// Two dims matter: the last dim of x, which reads are contiguous along, and the
// last dim of the result, which writes are contiguous along. A block of lanes
// by lanes of them is read row by row, transposed in registers and written row
// by row. A tile is a strip of blocks as wide as a cache line along x, so that
// each line is read whole, and as long as fits the first-level cache.
//
//===----------------------------------------------------------------------===//

#include "passes/Codegen/Emit/Emitter.h"
#include "passes/Codegen/Emit/HeroWalk.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "tenon/Dialect/Tn/Shape.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;
using tn::ExprAttr;

static constexpr int64_t kCacheLine = 64;

namespace {

class TransposeKernel {
public:
  TransposeKernel(KernelBuilder &k, tn::FusionOp fusion)
      : k(k), b(k.builder()), e(k, fusion),
        op(fusion.getYield().getValues()[0].getDefiningOp<tn::TransposeOp>()),
        permutation(op.getPermutation()), dims(tn::shapeOf(op.getResult())),
        last(dims.size() - 1) {
    for (auto [d, from] : llvm::enumerate(permutation))
      if (from == int64_t(last))
        readDim = d;
  }

  KernelInfo emit(int64_t tileElements);

private:
  /// Dim `readDim` of the result from `i`, dim `last` from `j` on. A null
  /// count says that all lanes are in.
  void emitBlock(Value i, Value j, Value iCount, Value jCount);
  void transpose(SmallVectorImpl<Value> &rows);

  KernelBuilder &k;
  ImplicitLocOpBuilder &b;
  ElementEmitter e;
  tn::TransposeOp op;
  ArrayRef<int64_t> permutation;
  SmallVector<ExprAttr> dims; ///< of the result
  size_t last, readDim = 0;   ///< dims of the result
  ElementIndex index;         ///< of the result; outer dims are set
};

} // namespace

/// Swaps off-diagonal blocks of half the size, then of a quarter...
void TransposeKernel::transpose(SmallVectorImpl<Value> &rows) {
  int64_t n = k.lanes();
  for (int64_t half = n / 2; half >= 1; half /= 2) {
    SmallVector<int64_t> low(n), high(n);
    for (int64_t lane = 0; lane < n; ++lane) {
      bool first = (lane & half) == 0;
      low[lane] = first ? lane : n + lane - half;
      high[lane] = first ? lane + half : n + lane;
    }
    for (int64_t r = 0; r < n; ++r) {
      if (r & half)
        continue;
      Value upper = rows[r], lower = rows[r + half];
      rows[r] = vector::ShuffleOp::create(b, upper, lower, low);
      rows[r + half] = vector::ShuffleOp::create(b, upper, lower, high);
    }
  }
}

void TransposeKernel::emitBlock(Value i, Value j, Value iCount, Value jCount) {
  auto isIn = [&](int64_t row, Value count) -> Value {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, k.index(row),
                                 count);
  };
  SmallVector<Value> rows;
  e.scope(iCount ? k.laneMask(iCount) : Value(), [&] {
    for (int64_t row = 0; row < k.lanes(); ++row) {
      ElementIndex source(dims.size());
      for (auto [d, from] : llvm::enumerate(permutation))
        source[from] = index[d];
      source[permutation[last]] = e.uniform(k.add(j, k.index(row)));
      source[last] = consecutive(k, i);
      auto read = [&] { return e.emitVector(op.getX(), source); };
      rows.push_back(jCount ? e.guarded(isIn(row, jCount), read) : read());
    }
  });
  transpose(rows);
  Value mask = jCount ? k.laneMask(jCount) : Value();
  for (auto [row, value] : llvm::enumerate(rows)) {
    auto write = [&, row = row, value = value] {
      ElementIndex target(index);
      target[readDim] = e.uniform(k.add(i, k.index(row)));
      target[last] = consecutive(k, j);
      e.scope(mask, [&] { e.store(value, k.output(0), target); });
    };
    if (iCount)
      k.ifThen(isIn(row, iCount), write);
    else
      write();
  }
}

KernelInfo TransposeKernel::emit(int64_t tileElements) {
  MLIRContext *context = op.getContext();
  int64_t n = k.lanes();
  int64_t bytes =
      std::max<int64_t>(1, tn::elementBytes(getElementTypeOrSelf(op.getX())));
  int64_t width = std::max(n, kCacheLine / bytes);
  int64_t height = std::max(n, tileElements / width / n * n);

  SmallVector<ExprAttr> outer;
  SmallVector<size_t> outerDims;
  for (size_t d = 0; d < last; ++d)
    if (d != readDim) {
      outer.push_back(dims[d]);
      outerDims.push_back(d);
    }
  ExprAttr strips = tn::ceilDivExpr(dims[readDim], width);
  ExprAttr segments = tn::ceilDivExpr(dims[last], height);
  Value iSize = k.evaluate(dims[readDim]), jSize = k.evaluate(dims[last]);
  Value stripCount = k.evaluate(strips), segmentCount = k.evaluate(segments);
  auto atMost = [&](Value count) -> Value {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::sge, count,
                                 k.index(n));
  };
  k.forLoop(k.firstTile(), k.lastTile(), 1, [&](Value tile) {
    Value i0 = k.mul(k.mod(tile, stripCount), k.index(width));
    Value rest = k.div(tile, stripCount);
    Value j0 = k.mul(k.mod(rest, segmentCount), k.index(height));
    Value position = k.div(rest, segmentCount);
    index.assign(dims.size(), e.uniform(k.index(0)));
    for (auto [d, coordinate] :
         llvm::zip_equal(outerDims, k.delinearize(position, outer)))
      index[d] = e.uniform(coordinate);
    Value iEnd = k.min(k.add(i0, k.index(width)), iSize);
    Value jEnd = k.min(k.add(j0, k.index(height)), jSize);
    k.forLoop(j0, jEnd, n, [&](Value j) {
      Value jCount = k.sub(jEnd, j);
      k.forLoop(i0, iEnd, n, [&](Value i) {
        Value iCount = k.sub(iEnd, i);
        Value full = arith::AndIOp::create(b, atMost(iCount), atMost(jCount));
        k.ifElse(
            full,
            [&] {
              emitBlock(i, j, {}, {});
              return SmallVector<Value>{};
            },
            [&] {
              emitBlock(i, j, iCount, jCount);
              return SmallVector<Value>{};
            });
      });
    });
  });
  ExprAttr positions = tn::productExpr(context, outer);
  return {tn::mulExpr(tn::mulExpr(positions, segments), strips)};
}

FailureOr<KernelInfo> codegen::emitTranspose(KernelBuilder &k,
                                             tn::FusionOp fusion) {
  if (fusion.getOutputs().size() != 1)
    return fusion.emitError("a transpose kernel has one output, not ")
           << fusion.getOutputs().size();
  return TransposeKernel(k, fusion)
      .emit(fusion.getScheduleAttr().getTile()[0]);
}
