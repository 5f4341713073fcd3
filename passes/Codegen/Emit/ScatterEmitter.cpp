//===- ScatterEmitter.cpp - Hero scatter: a copy, then updates ------------===//
//
// One tile: updates apply in row-major order, so of several to one place the
// last one stands, as in ONNX. An update outside of x is left out; nothing is
// written beyond a buffer whatever the indices.
//
//===----------------------------------------------------------------------===//

#include "passes/Codegen/Emit/Combine.h"
#include "passes/Codegen/Emit/Emitter.h"
#include "passes/Codegen/Emit/HeroWalk.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;
using tn::ExprAttr;

namespace {

/// An index into a dim, read from data.
struct DataIndex {
  Value position; ///< counted from the start
  Value isInside; ///< i1
};

class ScatterKernel {
public:
  ScatterKernel(KernelBuilder &k, tn::FusionOp fusion)
      : k(k), fusion(fusion), e(k, fusion), out(k.output(0)) {}

  void copy(Value x);
  void apply(tn::ScatterElementsOp op);
  void apply(tn::ScatterNdOp op);

private:
  DataIndex readIndex(Value indices, ArrayRef<Value> at, ExprAttr size);
  /// What the place holds after an update; scalars or vectors.
  Value updated(tn::ScatterMode mode, function_ref<Value()> old, Value update);

  KernelBuilder &k;
  tn::FusionOp fusion;
  ElementEmitter e;
  const Buffer &out;
};

} // namespace

void ScatterKernel::copy(Value x) {
  Value total = k.evaluate(tn::elementCount(x.getType()));
  k.laneLoop(k.index(0), total, [&](Value at, Value mask) {
    k.storeVector(emitRun(e, x, at, mask), out, at, mask);
  });
}

DataIndex ScatterKernel::readIndex(Value indices, ArrayRef<Value> at,
                                   ExprAttr size) {
  ImplicitLocOpBuilder &b = k.builder();
  Value read;
  e.scope({}, [&] { read = e.emit(indices, uniformIndex(e, at)); });
  Value position = arith::IndexCastOp::create(b, b.getIndexType(), read);
  Value count = k.evaluate(size);
  Value isNegative = arith::CmpIOp::create(b, arith::CmpIPredicate::slt,
                                           position, k.index(0));
  position = arith::SelectOp::create(b, isNegative, k.add(position, count),
                                     position);
  return {position, arith::CmpIOp::create(b, arith::CmpIPredicate::ult,
                                          position, count)};
}

Value ScatterKernel::updated(tn::ScatterMode mode, function_ref<Value()> old,
                             Value update) {
  auto combine = [&](tn::Combiner combiner) {
    return Combine(k, combiner, out.element).combine(old(), update);
  };
  switch (mode) {
  case tn::ScatterMode::assign:
    return update;
  case tn::ScatterMode::add:
    return combine(tn::Combiner::sum);
  case tn::ScatterMode::mul:
    return combine(tn::Combiner::prod);
  case tn::ScatterMode::max:
    return combine(tn::Combiner::max);
  case tn::ScatterMode::min:
    return combine(tn::Combiner::min);
  }
  llvm_unreachable("all modes are handled");
}

void ScatterKernel::apply(tn::ScatterElementsOp op) {
  SmallVector<ExprAttr> dims = tn::shapeOf(op.getIndices());
  ArrayRef<ExprAttr> outer = ArrayRef(dims).drop_back();
  int64_t axis = op.getAxis();
  Value rows = k.evaluate(tn::productExpr(op.getContext(), outer));
  k.forLoop(k.index(0), rows, 1, [&](Value row) {
    SmallVector<Value> at = k.delinearize(row, outer);
    at.push_back({});
    k.forLoop(k.index(0), k.evaluate(dims.back()), 1, [&](Value column) {
      at.back() = column;
      DataIndex target = readIndex(op.getIndices(), at, out.dims[axis]);
      k.ifThen(target.isInside, [&] {
        Value update;
        e.scope({}, [&] {
          update = e.emit(op.getUpdates(), uniformIndex(e, at));
        });
        SmallVector<Value> place(at);
        place[axis] = target.position;
        Value offset = k.linearize(place, out.dims);
        Value next = updated(
            op.getMode(), [&] { return k.loadScalar(out, offset); }, update);
        k.storeScalar(next, out, offset);
      });
    });
  });
}

void ScatterKernel::apply(tn::ScatterNdOp op) {
  MLIRContext *context = op.getContext();
  ImplicitLocOpBuilder &b = k.builder();
  SmallVector<ExprAttr> dims = tn::shapeOf(op.getIndices());
  ArrayRef<ExprAttr> outer = ArrayRef(dims).drop_back();
  int64_t tuple = dims.back().getValue();
  Value sliceSize = k.evaluate(
      tn::productExpr(context, ArrayRef(out.dims).drop_front(tuple)));
  Value slices = k.evaluate(tn::productExpr(context, outer));
  k.forLoop(k.index(0), slices, 1, [&](Value slice) {
    SmallVector<Value> at = k.delinearize(slice, outer);
    at.push_back({});
    Value place = k.index(0);
    Value isInside = arith::ConstantOp::create(b, b.getBoolAttr(true));
    for (int64_t i = 0; i < tuple; ++i) {
      at.back() = k.index(i);
      DataIndex target = readIndex(op.getIndices(), at, out.dims[i]);
      place = k.add(k.mul(place, k.evaluate(out.dims[i])), target.position);
      isInside = arith::AndIOp::create(b, isInside, target.isInside);
    }
    k.ifThen(isInside, [&] {
      Value from = k.mul(slice, sliceSize), to = k.mul(place, sliceSize);
      k.laneLoop(k.index(0), sliceSize, [&](Value i, Value mask) {
        Value update = emitRun(e, op.getUpdates(), k.add(from, i), mask);
        Value offset = k.add(to, i);
        Value next = updated(
            op.getMode(), [&] { return k.loadVector(out, offset, mask); },
            update);
        k.storeVector(next, out, offset, mask);
      });
    });
  });
}

FailureOr<KernelInfo> codegen::emitScatter(KernelBuilder &k,
                                           tn::FusionOp fusion) {
  ScatterKernel kernel(k, fusion);
  Operation *op =
      fusion.getYield().getValues().front().getDefiningOp();
  k.forLoop(k.firstTile(), k.lastTile(), 1, [&](Value) {
    kernel.copy(op->getOperand(0));
    if (auto elements = dyn_cast<tn::ScatterElementsOp>(op))
      kernel.apply(elements);
    else
      kernel.apply(cast<tn::ScatterNdOp>(op));
  });
  return KernelInfo{tn::constantExpr(fusion.getContext(), 1)};
}
