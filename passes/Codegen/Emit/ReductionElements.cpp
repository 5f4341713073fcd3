//===- ReductionElements.cpp - One element of a reduction, by a loop ------===//
//
// For a reduction that is not a kernel's hero, or whose lanes run along kept
// dims: each element walks the reduced dims in loops of its own.
//
//===----------------------------------------------------------------------===//

#include "passes/Codegen/Emit/Combine.h"
#include "passes/Codegen/Emit/ElementEmitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;
using tn::ElementOpInterface;
using tn::ExprAttr;

namespace {

/// Whether any lane differs along `index`.
bool isUniform(ArrayRef<LaneIndex> index) {
  return llvm::all_of(index,
                      [](const LaneIndex &i) { return i.isUniform(); });
}

struct ReduceElement
    : ElementOpInterface::ExternalModel<ReduceElement, tn::ReduceOp> {
  Value emitElement(Operation *op, ElementEmitter &e,
                    ArrayRef<LaneIndex> index) const {
    auto reduce = cast<tn::ReduceOp>(op);
    KernelBuilder &k = e.kernel();
    Type element = getElementTypeOrSelf(reduce.getX());
    Combine combine(k, reduce.getCombiner(), element);
    Type type = tn::BodyBuilder::computeType(element);
    bool uniform = isUniform(index) || k.lanes() == 1;
    if (!uniform)
      type = k.vectorOf(type);
    SmallVector<ExprAttr> dims = tn::shapeOf(reduce.getX());
    ElementIndex source(index);
    std::function<Value(ArrayRef<int64_t>, Value)> walk =
        [&](ArrayRef<int64_t> axes, Value acc) -> Value {
      if (axes.empty()) {
        Value x = uniform ? e.emit(reduce.getX(), source)
                          : e.emitVector(reduce.getX(), source);
        return combine.combine(acc, x);
      }
      int64_t axis = axes.front();
      return k.forLoop(k.index(0), k.evaluate(dims[axis]), 1, acc,
                       [&](Value i, ValueRange carried) {
                         SmallVector<Value> next;
                         source[axis] = e.uniform(i);
                         e.scope(e.mask(), [&] {
                           next.push_back(
                               walk(axes.drop_front(), carried.front()));
                         });
                         return next;
                       })[0];
    };
    return walk(reduce.getAxes(), combine.neutral(type));
  }
};

struct ArgReduceElement
    : ElementOpInterface::ExternalModel<ArgReduceElement, tn::ArgReduceOp> {
  Value emitElement(Operation *op, ElementEmitter &e,
                    ArrayRef<LaneIndex> index) const {
    auto reduce = cast<tn::ArgReduceOp>(op);
    KernelBuilder &k = e.kernel();
    ImplicitLocOpBuilder &b = k.builder();
    int64_t axis = reduce.getAxis();
    bool uniform = isUniform(index) || k.lanes() == 1;
    ElementIndex source(index);
    auto at = [&](Value i) {
      source[axis] = e.uniform(i);
      return uniform ? e.emit(reduce.getX(), source)
                     : e.emitVector(reduce.getX(), source);
    };
    Value best = at(k.index(0));
    Type positionType = b.getI64Type();
    if (!uniform)
      positionType = k.vectorOf(positionType);
    SmallVector<Value> init{best, k.body().integerLike(positionType, 0)};
    return k.forLoop(
        k.index(1), k.evaluate(tn::shapeOf(reduce.getX())[axis]), 1, init,
        [&](Value i, ValueRange carried) {
          SmallVector<Value> next;
          e.scope(e.mask(), [&] {
            Value x = at(i);
            Value better = isBetter(reduce, k, x, carried[0]);
            Value position =
                arith::IndexCastOp::create(b, b.getI64Type(), i);
            if (!uniform)
              position = k.body().splat(position, k.lanes());
            next = {arith::SelectOp::create(b, better, x, carried[0]),
                    arith::SelectOp::create(b, better, position, carried[1])};
          });
          return next;
        })[1];
  }

  static Value isBetter(tn::ArgReduceOp reduce, KernelBuilder &k, Value x,
                        Value best) {
    ImplicitLocOpBuilder &b = k.builder();
    Type element = getElementTypeOrSelf(reduce.getX());
    bool orEqual = reduce.getSelectLast();
    if (isa<FloatType>(element)) {
      using P = arith::CmpFPredicate;
      P p = reduce.getLargest() ? (orEqual ? P::OGE : P::OGT)
                                : (orEqual ? P::OLE : P::OLT);
      return arith::CmpFOp::create(b, p, x, best);
    }
    using P = arith::CmpIPredicate;
    bool u = element.isUnsignedInteger() || element.isInteger(1);
    P p = reduce.getLargest()
              ? (orEqual ? (u ? P::uge : P::sge) : (u ? P::ugt : P::sgt))
              : (orEqual ? (u ? P::ule : P::sle) : (u ? P::ult : P::slt));
    return arith::CmpIOp::create(b, p, x, best);
  }
};

} // namespace

void codegen::registerReductionElements(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, tn::TnDialect *) {
    tn::ReduceOp::attachInterface<ReduceElement>(*context);
    tn::ArgReduceOp::attachInterface<ArgReduceElement>(*context);
  });
}
