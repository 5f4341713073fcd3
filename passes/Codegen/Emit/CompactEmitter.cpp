//===- CompactEmitter.cpp - Hero compact: where elements are not zero -----===//
//
// One tile: how many elements came before decides where each one goes. The
// count is known by now, from a kernel before this one; nothing is written
// beyond it.
//
//===----------------------------------------------------------------------===//

#include "passes/Codegen/Emit/Emitter.h"
#include "passes/Codegen/Emit/HeroWalk.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;
using tn::ExprAttr;

/// i1: a scalar is not zero (NaN is not).
static Value isNotZero(KernelBuilder &k, Value x) {
  ImplicitLocOpBuilder &b = k.builder();
  Value zero = k.body().constantLike(x.getType(), 0);
  if (isa<FloatType>(x.getType()))
    return arith::CmpFOp::create(b, arith::CmpFPredicate::UNE, x, zero);
  if (x.getType().isInteger(1))
    return x;
  return arith::CmpIOp::create(b, arith::CmpIPredicate::ne, x, zero);
}

FailureOr<KernelInfo> codegen::emitCompact(KernelBuilder &k,
                                           tn::FusionOp fusion) {
  auto nonZero = heroOp<tn::NonZeroOp>(fusion);
  MLIRContext *context = fusion.getContext();
  SmallVector<ExprAttr> dims = tn::shapeOf(nonZero.getX());
  ExprAttr one = tn::constantExpr(context, 1);
  // Without dims there are no coordinates to write.
  if (dims.empty())
    return KernelInfo{one};

  ImplicitLocOpBuilder &b = k.builder();
  ElementEmitter e(k, fusion);
  const Buffer &out = k.output(0);
  Value count = k.evaluate(out.dims[1]);
  ArrayRef<ExprAttr> outer = ArrayRef(dims).drop_back();
  Value rows = k.evaluate(tn::productExpr(context, outer));

  auto emitElement = [&](ArrayRef<Value> coordinates, Value found) {
    Value x;
    e.scope({}, [&] {
      x = e.emit(nonZero.getX(), uniformIndex(e, coordinates));
    });
    Value fits = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, found,
                                       count);
    Value here = arith::AndIOp::create(b, isNotZero(k, x), fits);
    k.ifThen(here, [&] {
      for (auto [d, coordinate] : llvm::enumerate(coordinates)) {
        Value wide =
            arith::IndexCastOp::create(b, b.getI64Type(), coordinate);
        k.storeScalar(wide, out, k.add(k.mul(k.index(d), count), found));
      }
    });
    Value next = arith::IndexCastUIOp::create(b, b.getIndexType(), here);
    return SmallVector<Value>{k.add(found, next)};
  };
  k.forLoop(k.firstTile(), k.lastTile(), 1, [&](Value) {
    k.forLoop(k.index(0), rows, 1, k.index(0), [&](Value row, ValueRange at) {
      SmallVector<Value> coordinates = k.delinearize(row, outer);
      coordinates.push_back({});
      return k.forLoop(k.index(0), k.evaluate(dims.back()), 1, at,
                       [&](Value column, ValueRange found) {
                         coordinates.back() = column;
                         return emitElement(coordinates, found[0]);
                       });
    });
  });
  return KernelInfo{one};
}
