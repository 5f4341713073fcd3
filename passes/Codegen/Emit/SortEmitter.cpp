//===- SortEmitter.cpp - Hero sort: the k best elements, in order ---------===//
//
// The outputs are the heap: k entries (value, index), the worst of the kept
// ones at its root. Elements after the first k replace the root if they are
// better; then the heap is sorted in place. O(n log k) for one position of the
// other dims, which is a tile.
//
// NaN is larger than any number, as numpy sorts it; of equal elements the one
// with the lower index is better.
//
//===----------------------------------------------------------------------===//

#include "passes/Codegen/Emit/Emitter.h"
#include "passes/Codegen/Emit/HeroWalk.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;
using tn::ExprAttr;

/// Elements of one thread's share, at least.
static constexpr int64_t kGrainElements = 2048;

namespace {

struct Entry {
  Value value;
  Value index; ///< i64
};

class SortKernel {
public:
  SortKernel(KernelBuilder &k, tn::FusionOp fusion)
      : k(k), b(k.builder()), e(k, fusion), op(heroOp<tn::TopKOp>(fusion)),
        element(getElementTypeOrSelf(op.getX())) {}

  KernelInfo emit();

private:
  Entry read(Value row, Value i); ///< of x
  Value place(Value p) { return k.add(first, k.mul(p, stride)); }
  Entry load(Value p) {
    return {k.loadScalar(k.output(0), place(p)),
            k.loadScalar(k.output(1), place(p))};
  }
  void store(const Entry &entry, Value p) {
    k.storeScalar(entry.value, k.output(0), place(p));
    k.storeScalar(entry.index, k.output(1), place(p));
  }
  Value isGreater(Value x, Value y);
  Value isBetter(const Entry &x, const Entry &y);
  /// Puts `entry` into the heap of `size` whose place `from` is free.
  void sift(const Entry &entry, Value from, Value size);
  /// The worse child of place p that is worse than `entry`: (place, i1).
  SmallVector<Value> worseChild(const Entry &entry, Value p, Value size);
  void emitPosition(Value outer, Value inner);

  KernelBuilder &k;
  ImplicitLocOpBuilder &b;
  ElementEmitter e;
  tn::TopKOp op;
  Type element;
  Value kept, length, stride; ///< k, n, and what is inside of the axis
  Value first;                ///< place 0 of the heap, in the outputs
};

} // namespace

Value SortKernel::isGreater(Value x, Value y) {
  if (!isa<FloatType>(x.getType())) {
    bool isUnsigned = element.isUnsignedInteger() || element.isInteger(1);
    return arith::CmpIOp::create(b,
                                 isUnsigned ? arith::CmpIPredicate::ugt
                                            : arith::CmpIPredicate::sgt,
                                 x, y);
  }
  Value greater = arith::CmpFOp::create(b, arith::CmpFPredicate::UGT, x, y);
  Value isNumber = arith::CmpFOp::create(b, arith::CmpFPredicate::ORD, y, y);
  return arith::AndIOp::create(b, greater, isNumber);
}

Value SortKernel::isBetter(const Entry &x, const Entry &y) {
  Value wins = isGreater(x.value, y.value), loses = isGreater(y.value, x.value);
  if (!op.getLargest())
    std::swap(wins, loses);
  Value lower = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, x.index,
                                      y.index);
  Value no = arith::ConstantOp::create(b, b.getBoolAttr(false));
  Value tie = arith::SelectOp::create(b, loses, no, lower);
  return arith::OrIOp::create(b, wins, tie);
}

SmallVector<Value> SortKernel::worseChild(const Entry &entry, Value p,
                                          Value size) {
  auto isIn = [&](Value place) -> Value {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, place, size);
  };
  Value left = k.add(k.add(p, p), k.index(1));
  return k.ifElse(
      isIn(left),
      [&] {
        Value right = k.add(left, k.index(1));
        Value child = k.ifElse(
            isIn(right),
            [&] {
              Value leftIsBetter = isBetter(load(left), load(right));
              return SmallVector<Value>{arith::SelectOp::create(
                  b, leftIsBetter, right, left)};
            },
            [&] { return SmallVector<Value>{left}; })[0];
        return SmallVector<Value>{child, isBetter(entry, load(child))};
      },
      [&] {
        Value no = arith::ConstantOp::create(b, b.getBoolAttr(false));
        return SmallVector<Value>{p, no};
      });
}

void SortKernel::sift(const Entry &entry, Value from, Value size) {
  Type indexType = b.getIndexType();
  auto loop = scf::WhileOp::create(
      b, TypeRange{indexType, indexType}, ValueRange{from},
      [&](OpBuilder &, Location, ValueRange args) {
        SmallVector<Value> child = worseChild(entry, args[0], size);
        scf::ConditionOp::create(b, child[1], ValueRange{args[0], child[0]});
      },
      [&](OpBuilder &, Location, ValueRange args) {
        store(load(args[1]), args[0]);
        scf::YieldOp::create(b, ValueRange{args[1]});
      });
  store(entry, loop.getResult(0));
}

Entry SortKernel::read(Value row, Value i) {
  SmallVector<ExprAttr> dims = tn::shapeOf(op.getX());
  Value at = k.add(row, k.mul(i, stride));
  Value value;
  e.scope({}, [&] {
    value = e.emit(op.getX(), uniformIndex(e, k.delinearize(at, dims)));
  });
  return {value, arith::IndexCastOp::create(b, b.getI64Type(), i)};
}

void SortKernel::emitPosition(Value outer, Value inner) {
  Value row = k.add(k.mul(k.mul(outer, length), stride), inner);
  first = k.add(k.mul(k.mul(outer, kept), stride), inner);
  Value zero = k.index(0), one = k.index(1);
  k.forLoop(zero, kept, 1, [&](Value i) { store(read(row, i), i); });
  Value half = k.div(kept, k.index(2));
  k.forLoop(zero, half, 1, [&](Value i) {
    Value p = k.sub(k.sub(half, one), i);
    sift(load(p), p, kept);
  });
  k.forLoop(kept, length, 1, [&](Value i) {
    Entry entry = read(row, i);
    k.ifThen(isBetter(entry, load(zero)), [&] { sift(entry, zero, kept); });
  });
  // The worst goes last, and the heap shrinks.
  k.forLoop(one, kept, 1, [&](Value i) {
    Value end = k.sub(kept, i);
    Entry entry = load(end);
    store(load(zero), end);
    sift(entry, zero, end);
  });
}

KernelInfo SortKernel::emit() {
  MLIRContext *context = op.getContext();
  SmallVector<ExprAttr> dims = tn::shapeOf(op.getX());
  int64_t axis = op.getAxis();
  ExprAttr outer = tn::productExpr(context, ArrayRef(dims).take_front(axis));
  ExprAttr inner =
      tn::productExpr(context, ArrayRef(dims).drop_front(axis + 1));
  kept = k.evaluate(tn::shapeOf(op.getValues())[axis]);
  length = k.evaluate(dims[axis]);
  stride = k.evaluate(inner);
  Value any = arith::CmpIOp::create(b, arith::CmpIPredicate::sgt, kept,
                                    k.index(0));
  k.forLoop(k.firstTile(), k.lastTile(), 1, [&](Value tile) {
    k.ifThen(any,
             [&] { emitPosition(k.div(tile, stride), k.mod(tile, stride)); });
  });
  int64_t elements = dims[axis].isConstant() ? dims[axis].getValue() : 128;
  int64_t grain = kGrainElements / std::max<int64_t>(1, elements);
  return {tn::mulExpr(outer, inner), std::max<int64_t>(1, grain)};
}

FailureOr<KernelInfo> codegen::emitSort(KernelBuilder &k, tn::FusionOp fusion) {
  return SortKernel(k, fusion).emit();
}
