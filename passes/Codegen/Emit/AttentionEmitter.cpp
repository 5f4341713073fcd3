//===- AttentionEmitter.cpp - Hero attention: softmax(q k^T + mask) v
//------===//
//
// A tile is a block of rows of q of one head. Scores exist for one block of
// keys at a time; sums of earlier blocks are scaled when the maximum rises.
//
// Lanes are rows of q, so scores of a key are vectors, and maximum and sum need
// no work across lanes. What is read along lanes, q and the scores, is a panel;
// k and v are broadcast, element by element, from where they are:
//
//   scores [keys][rows]  += k[key][d] * qPanel[d][rows]
//   sums   [width][rows] += v[key][width] * scores[key][rows]
//
// With few rows (decoding) lanes would be idle; then rows are computed one by
// one, with lanes along the width of q and v, at the speed of memory.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "passes/Codegen/Emit/Combine.h"
#include "passes/Codegen/Emit/Emitter.h"
#include "passes/Codegen/Emit/HeroWalk.h"
#include "passes/Codegen/Emit/MicroKernel.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;
using tn::AttentionOp;
using tn::ExprAttr;

/// Rows that are computed one by one, at most.
static constexpr int64_t kFewRows = 3;
/// Keys, or elements of the width, of a register tile.
static constexpr int64_t kRegisterRows = 8;

namespace {

/// A stored operand or the result: where its elements are.
struct Stored {
  Buffer buffer;
  Value batch, head, row; ///< elements from one to the next

  Stored(KernelBuilder &k, const Buffer &buffer, ArrayRef<int64_t> order);
};

class AttentionKernel {
public:
  AttentionKernel(KernelBuilder &k, tn::FusionOp fusion, AttentionOp op);
  KernelInfo emit();

private:
  struct Tile {
    Value batch, head, firstRow, rows;
    Value q, k, v, result; ///< offsets of the first elements
  };
  void emitRowsTogether(const Tile &t);
  void fillPanel(const Tile &t);
  void addScores(const Tile &t, Value firstKey, Value count);
  void weighScores(Value keys);
  void addValues(const Tile &t, Value firstKey, Value keys);
  void storeResult(const Tile &t);

  void emitRowAlone(const Tile &t, Value row);

  Value load(const Buffer &from, Value at) {
    return k.loadVector(from, at, {});
  }
  void store(Value v, const Buffer &to, Value at) {
    k.storeVector(v, to, at, {});
  }
  Value f32(double value) {
    return k.body().constantLike(k.vectorOf(b.getF32Type()), value);
  }
  Value exp(Value x) { return k.body().exp(x); }
  /// A product as a score, its mask added.
  Value score(Value product, ArrayRef<LaneIndex> index);
  /// What sums are divided by.
  Value divisor(Value total);
  /// One row that stands for all is 0 elements from the next.
  void spreadRow(Stored &stored, ArrayRef<int64_t> order);
  /// What exponents are relative to: -inf would give NaN where all is masked.
  Value finite(Value maximum);

  KernelBuilder &k;
  ImplicitLocOpBuilder &b;
  ElementEmitter e;
  AttentionOp op;
  Stored q, keys, values, result;
  SmallVector<ExprAttr> scoreDims;
  int64_t blockRows, blockKeys, width, valueWidth, group;
  Buffer panel, scores, sums, totals;
  Buffer maxima; ///< of a row so far; behind all, those before the block
};

} // namespace

Stored::Stored(KernelBuilder &k, const Buffer &buffer, ArrayRef<int64_t> order)
    : buffer(buffer) {
  auto stride = [&](int64_t logical) {
    MLIRContext *context = k.builder().getContext();
    return k.evaluate(tn::productExpr(
        context, ArrayRef(buffer.dims).drop_front(order[logical] + 1)));
  };
  batch = stride(0);
  head = stride(1);
  row = stride(2);
}

static Buffer inputOf(KernelBuilder &k, Value operand) {
  return k.input(cast<BlockArgument>(operand).getArgNumber());
}

AttentionKernel::AttentionKernel(KernelBuilder &k, tn::FusionOp fusion,
                                 AttentionOp op)
    : k(k), b(k.builder()), e(k, fusion), op(op),
      q(k, inputOf(k, op.getQ()), op.getQOrder()),
      keys(k, inputOf(k, op.getK()), op.getKOrder()),
      values(k, inputOf(k, op.getV()), op.getVOrder()),
      result(k, k.output(0), op.getResultOrder()), scoreDims(op.scoreDims()) {
  ArrayRef<int64_t> tile = fusion.getScheduleAttr().getTile();
  blockRows = tile[0];
  blockKeys = tile[1];
  width = q.buffer.dims.back().getValue();
  valueWidth = values.buffer.dims.back().getValue();
  int64_t heads = op.logicalDims(op.getK(), op.getKOrder())[1].getValue();
  group = scoreDims[1].getValue() / heads;
  spreadRow(keys, op.getKOrder());
  spreadRow(values, op.getVOrder());
  Type element = b.getF32Type();
  // Room for whole vectors: rows alone use these as rows of their own.
  auto padded = [&](int64_t count) { return llvm::alignTo(count, k.lanes()); };
  panel = k.scratch(padded(width) * blockRows, element);
  scores = k.scratch(padded(blockKeys) * blockRows, element);
  sums = k.scratch(padded(valueWidth) * blockRows, element);
  maxima = k.scratch(2 * blockRows, element);
  totals = k.scratch(blockRows, element);
}

void AttentionKernel::spreadRow(Stored &stored, ArrayRef<int64_t> order) {
  ExprAttr rows = stored.buffer.dims[order[2]];
  if (!op.getLength() || rows == scoreDims[3])
    return;
  Value isOne = arith::CmpIOp::create(b, arith::CmpIPredicate::eq,
                                      k.evaluate(rows), k.index(1));
  stored.row = arith::SelectOp::create(b, isOne, k.index(0), stored.row);
}

Value AttentionKernel::score(Value product, ArrayRef<LaneIndex> index) {
  if (float cap = op.getSoftcap().convertToFloat(); cap != 0) {
    Value bounded =
        k.body().tanh(arith::MulFOp::create(b, product, f32(1 / double(cap))));
    product = arith::MulFOp::create(b, bounded, f32(cap));
  }
  if (!op.getMask())
    return product;
  Value mask = e.emitVector(
      op.getMask(),
      broadcastIndex(k, index, tn::shapeOf(op.getMask()), scoreDims));
  return arith::AddFOp::create(b, product, mask);
}

/// The greatest weight of a row is 1, unless all are 0.
Value AttentionKernel::divisor(Value total) {
  if (!op.getZeroMaskedRows())
    return total;
  Value none =
      arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, total, f32(0));
  return arith::SelectOp::create(b, none, f32(1), total);
}

Value AttentionKernel::finite(Value maximum) {
  Value none = f32(-std::numeric_limits<float>::infinity());
  Value isNone =
      arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, maximum, none);
  return arith::SelectOp::create(b, isNone, f32(0), maximum);
}

//===----------------------------------------------------------------------===//
// Many rows: lanes are rows
//===----------------------------------------------------------------------===//

/// q, scaled and transposed; rows that are not there are 0.
void AttentionKernel::fillPanel(const Tile &t) {
  k.forLoop(k.index(0), k.index(width * blockRows), k.lanes(),
            [&](Value at) { store(f32(0), panel, at); });
  Value scale = f32(op.getScale().convertToFloat());
  Value places = arith::MulIOp::create(
      b, k.laneIota(),
      k.body().integerLike(k.vectorOf(b.getI64Type()), blockRows));
  k.forLoop(k.index(0), t.rows, 1, [&](Value row) {
    Value from = k.add(t.q, k.mul(row, q.row));
    k.laneLoop(k.index(0), k.index(width), [&](Value d, Value mask) {
      Value x = k.loadVector(q.buffer, k.add(from, d), mask);
      x = arith::MulFOp::create(b, x, scale);
      Value first = k.add(k.mul(d, k.index(blockRows)), row);
      Value base = arith::IndexCastOp::create(b, b.getI64Type(), first);
      Value to =
          arith::AddIOp::create(b, k.body().splat(base, k.lanes()), places);
      k.scatter(x, panel, to, mask);
    });
  });
}

/// Scores of keys [firstKey, firstKey + keys), and maxima so far.
void AttentionKernel::addScores(const Tile &t, Value firstKey, Value count) {
  int64_t vectors = blockRows / k.lanes();
  RightOperand right{panel, k.index(0), blockRows, k.index(width), {}};
  MicroKernel kernel(k, keys.buffer, right, b.getF32Type());
  ColumnBlock columns{k.index(0), SmallVector<Value>(vectors)};
  auto tile = [&](Value key, int64_t height) {
    SmallVector<Value> rows;
    for (int64_t i = 0; i < height; ++i)
      rows.push_back(
          k.add(t.k, k.mul(k.add(firstKey, k.add(key, k.index(i))), keys.row)));
    SmallVector<Value> tileSums =
        kernel.run(kernel.zeros(height * vectors), rows, columns, k.index(0),
                   k.index(width));
    for (int64_t c = 0; c < vectors; ++c) {
      Value lane = k.index(c * k.lanes());
      Value rowMask = k.laneMask(k.sub(t.rows, lane));
      e.scope(rowMask, [&] {
        Value maximum = load(maxima, lane);
        for (int64_t i = 0; i < height; ++i) {
          Value at = k.add(key, k.index(i));
          ElementIndex index = uniformIndex(e, {t.batch, t.head});
          index.push_back(consecutive(k, k.add(t.firstRow, lane)));
          index.push_back(e.uniform(k.add(firstKey, at)));
          Value x = score(tileSums[i * vectors + c], index);
          maximum = arith::MaximumFOp::create(b, maximum, x);
          store(x, scores, k.add(k.mul(at, k.index(blockRows)), lane));
        }
        store(maximum, maxima, lane);
      });
    }
  };
  Value key = k.index(0);
  for (int64_t height : {kRegisterRows, int64_t(1)}) {
    Value end = k.add(
        key, k.mul(k.div(k.sub(count, key), k.index(height)), k.index(height)));
    k.forLoop(key, end, height,
              [&](Value at) { e.scope({}, [&] { tile(at, height); }); });
    key = end;
  }
}

/// Scores become weights relative to the new maximum, and so do earlier sums.
void AttentionKernel::weighScores(Value count) {
  for (int64_t lane = 0; lane < blockRows; lane += k.lanes()) {
    Value at = k.index(lane);
    Value old = load(maxima, k.index(blockRows + lane));
    Value reference = finite(load(maxima, at));
    Value scale = exp(arith::SubFOp::create(b, old, reference));
    Value total = arith::MulFOp::create(b, load(totals, at), scale);
    total = k.forLoop(
        k.index(0), count, 1, total, [&](Value key, ValueRange carried) {
          Value place = k.add(k.mul(key, k.index(blockRows)), at);
          Value weight =
              exp(arith::SubFOp::create(b, load(scores, place), reference));
          store(weight, scores, place);
          return SmallVector<Value>{
              arith::AddFOp::create(b, carried[0], weight)};
        })[0];
    store(total, totals, at);
    k.forLoop(k.index(0), k.index(valueWidth), 1, [&](Value d) {
      Value place = k.add(k.mul(d, k.index(blockRows)), at);
      store(arith::MulFOp::create(b, load(sums, place), scale), sums, place);
    });
  }
}

void AttentionKernel::addValues(const Tile &t, Value firstKey, Value count) {
  int64_t vectors = blockRows / k.lanes();
  RightOperand right{scores, k.index(0), blockRows, k.index(blockKeys), {}};
  MicroKernel kernel(k, values.buffer, right, b.getF32Type(), values.row);
  ColumnBlock columns{k.index(0), SmallVector<Value>(vectors)};
  Value origin = k.add(t.v, k.mul(firstKey, values.row));
  auto tile = [&](Value d, int64_t height) {
    SmallVector<Value> rows, places, before;
    for (int64_t i = 0; i < height; ++i) {
      rows.push_back(k.add(origin, k.add(d, k.index(i))));
      for (int64_t c = 0; c < vectors; ++c)
        places.push_back(k.add(k.mul(k.add(d, k.index(i)), k.index(blockRows)),
                               k.index(c * k.lanes())));
    }
    for (Value place : places)
      before.push_back(load(sums, place));
    SmallVector<Value> after =
        kernel.run(before, rows, columns, k.index(0), count);
    for (auto [place, sum] : llvm::zip_equal(places, after))
      store(sum, sums, place);
  };
  int64_t whole = valueWidth / kRegisterRows * kRegisterRows;
  k.forLoop(k.index(0), k.index(whole), kRegisterRows,
            [&](Value d) { tile(d, kRegisterRows); });
  k.forLoop(k.index(whole), k.index(valueWidth), 1,
            [&](Value d) { tile(d, 1); });
}

void AttentionKernel::storeResult(const Tile &t) {
  Value places = arith::MulIOp::create(
      b, k.laneIota(),
      k.body().integerLike(k.vectorOf(b.getI64Type()), blockRows));
  k.forLoop(k.index(0), t.rows, 1, [&](Value row) {
    Value total = divisor(k.body().splat(k.loadScalar(totals, row), k.lanes()));
    Value to = k.add(t.result, k.mul(row, result.row));
    k.laneLoop(k.index(0), k.index(valueWidth), [&](Value d, Value mask) {
      Value first = k.add(k.mul(d, k.index(blockRows)), row);
      Value base = arith::IndexCastOp::create(b, b.getI64Type(), first);
      Value from =
          arith::AddIOp::create(b, k.body().splat(base, k.lanes()), places);
      Value x = k.gather(sums, from, mask);
      k.storeVector(arith::DivFOp::create(b, x, total), result.buffer,
                    k.add(to, d), mask);
    });
  });
}

void AttentionKernel::emitRowsTogether(const Tile &t) {
  fillPanel(t);
  for (int64_t lane = 0; lane < blockRows; lane += k.lanes()) {
    store(f32(-std::numeric_limits<float>::infinity()), maxima, k.index(lane));
    store(f32(0), totals, k.index(lane));
  }
  k.forLoop(k.index(0), k.index(valueWidth * blockRows), k.lanes(),
            [&](Value at) { store(f32(0), sums, at); });
  Value length = k.evaluate(scoreDims[3]);
  k.forLoop(k.index(0), length, blockKeys, [&](Value firstKey) {
    e.scope({}, [&] {
      Value count = k.min(k.index(blockKeys), k.sub(length, firstKey));
      for (int64_t lane = 0; lane < blockRows; lane += k.lanes())
        store(load(maxima, k.index(lane)), maxima, k.index(blockRows + lane));
      addScores(t, firstKey, count);
      weighScores(count);
      addValues(t, firstKey, count);
    });
  });
  storeResult(t);
}

//===----------------------------------------------------------------------===//
// Few rows: one by one, lanes along the widths
//===----------------------------------------------------------------------===//

void AttentionKernel::emitRowAlone(const Tile &t, Value row) {
  Combine sum(k, tn::Combiner::sum, b.getF32Type());
  Combine maximum(k, tn::Combiner::max, b.getF32Type());
  Value scale = f32(op.getScale().convertToFloat());
  Value from = k.add(t.q, k.mul(row, q.row));
  // The row of q, padded with zeros, is at the start of the panel.
  k.laneLoop(k.index(0), k.index(width), [&](Value d, Value mask) {
    Value x = k.loadVector(q.buffer, k.add(from, d), mask);
    store(arith::MulFOp::create(b, x, scale), panel, d);
  });
  k.forLoop(k.index(0), k.index(llvm::alignTo(valueWidth, k.lanes())),
            k.lanes(), [&](Value d) { store(f32(0), sums, d); });
  Value length = k.evaluate(scoreDims[3]);
  Value none = f32(-std::numeric_limits<float>::infinity());
  auto block = [&](Value firstKey, ValueRange carried) {
    Value count = k.min(k.index(blockKeys), k.sub(length, firstKey));
    k.forLoop(k.index(0), count, 1, [&](Value key) {
      Value at = k.add(t.k, k.mul(k.add(firstKey, key), keys.row));
      Value dot = f32(0);
      for (int64_t d = 0; d < width; d += k.lanes()) {
        Value mask =
            width - d < k.lanes() ? k.laneMask(k.index(width - d)) : Value();
        dot = multiplyAdd(
            k, k.loadVector(keys.buffer, k.add(at, k.index(d)), mask),
            load(panel, k.index(d)), dot);
      }
      k.storeScalar(sum.acrossLanes(dot), scores, key);
    });
    // Lanes are keys.
    Value best = none;
    best = k.laneLoop(
        k.index(0), count, best, [&](Value key, Value mask, ValueRange inner) {
          Value x;
          e.scope(mask, [&] {
            ElementIndex index =
                uniformIndex(e, {t.batch, t.head, k.add(t.firstRow, row)});
            index.push_back(consecutive(k, k.add(firstKey, key)));
            x = score(load(scores, key), index);
          });
          if (mask)
            x = arith::SelectOp::create(b, mask, x, none);
          store(x, scores, key);
          return SmallVector<Value>{arith::MaximumFOp::create(b, inner[0], x)};
        })[0];
    Value top = k.body().splat(maximum.acrossLanes(best), k.lanes());
    top = arith::MaximumFOp::create(b, carried[0], top);
    Value reference = finite(top);
    Value rescale = exp(arith::SubFOp::create(b, carried[0], reference));
    Value total = k.laneLoop(
        k.index(0), count, f32(0), [&](Value key, Value, ValueRange inner) {
          Value weight =
              exp(arith::SubFOp::create(b, load(scores, key), reference));
          store(weight, scores, key);
          return SmallVector<Value>{arith::AddFOp::create(b, inner[0], weight)};
        })[0];
    total = k.body().splat(sum.acrossLanes(total), k.lanes());
    total = multiplyAdd(k, carried[1], rescale, total);
    SmallVector<Value> before, masks;
    for (int64_t d = 0; d < valueWidth; d += k.lanes()) {
      before.push_back(
          arith::MulFOp::create(b, load(sums, k.index(d)), rescale));
      masks.push_back(valueWidth - d < k.lanes()
                          ? k.laneMask(k.index(valueWidth - d))
                          : Value());
    }
    SmallVector<Value> after = k.forLoop(
        k.index(0), count, 1, before, [&](Value key, ValueRange inner) {
          Value weight = k.body().splat(k.loadScalar(scores, key), k.lanes());
          Value at = k.add(t.v, k.mul(k.add(firstKey, key), values.row));
          SmallVector<Value> next;
          for (auto [i, mask] : llvm::enumerate(masks)) {
            Value v = k.loadVector(values.buffer,
                                   k.add(at, k.index(i * k.lanes())), mask);
            next.push_back(multiplyAdd(k, v, weight, inner[i]));
          }
          return next;
        });
    for (auto [i, value] : llvm::enumerate(after))
      store(value, sums, k.index(i * k.lanes()));
    return SmallVector<Value>{top, total};
  };
  Value total =
      k.forLoop(k.index(0), length, blockKeys, {none, f32(0)},
                [&](Value firstKey, ValueRange carried) {
                  SmallVector<Value> next;
                  e.scope({}, [&] { next = block(firstKey, carried); });
                  return next;
                })[1];
  total = divisor(total);
  Value to = k.add(t.result, k.mul(row, result.row));
  k.laneLoop(k.index(0), k.index(valueWidth), [&](Value d, Value mask) {
    k.storeVector(arith::DivFOp::create(b, load(sums, d), total), result.buffer,
                  k.add(to, d), mask);
  });
}

//===----------------------------------------------------------------------===//
// Tiles
//===----------------------------------------------------------------------===//

KernelInfo AttentionKernel::emit() {
  ExprAttr rowTiles = tn::ceilDivExpr(scoreDims[2], blockRows);
  Value rowTileCount = k.evaluate(rowTiles);
  Value heads = k.evaluate(scoreDims[1]), length = k.evaluate(scoreDims[2]);
  k.forLoop(k.firstTile(), k.lastTile(), 1, [&](Value number) {
    e.scope({}, [&] {
      Tile t;
      Value place = k.div(number, rowTileCount);
      t.head = k.mod(place, heads);
      t.batch = k.div(place, heads);
      t.firstRow = k.mul(k.mod(number, rowTileCount), k.index(blockRows));
      t.rows = k.min(k.index(blockRows), k.sub(length, t.firstRow));
      Value keyHead = k.div(t.head, k.index(group));
      auto offset = [&](const Stored &s, Value head) {
        return k.add(k.mul(t.batch, s.batch), k.mul(head, s.head));
      };
      t.q = k.add(offset(q, t.head), k.mul(t.firstRow, q.row));
      t.k = offset(keys, keyHead);
      t.v = offset(values, keyHead);
      t.result = k.add(offset(result, t.head), k.mul(t.firstRow, result.row));
      auto alone = [&] {
        k.forLoop(k.index(0), t.rows, 1, [&](Value row) {
          e.scope({}, [&] { emitRowAlone(t, row); });
        });
      };
      if (scoreDims[2].isConstant() && scoreDims[2].getValue() <= kFewRows)
        return alone();
      Value isFew = arith::CmpIOp::create(b, arith::CmpIPredicate::sle, t.rows,
                                          k.index(kFewRows));
      k.ifElse(
          isFew,
          [&] {
            alone();
            return SmallVector<Value>{};
          },
          [&] {
            e.scope({}, [&] { emitRowsTogether(t); });
            return SmallVector<Value>{};
          });
    });
  });
  return {tn::mulExpr(rowTiles, tn::mulExpr(scoreDims[0], scoreDims[1]))};
}

FailureOr<KernelInfo> codegen::emitAttention(KernelBuilder &k,
                                             tn::FusionOp fusion) {
  return AttentionKernel(k, fusion, heroOp<AttentionOp>(fusion)).emit();
}
