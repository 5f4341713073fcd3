//===- WindowElements.cpp - Elements of convolutions and pools ------------===//
//
// Direct form: each output element walks its window. Loop bounds leave out what
// lies outside of x, so there are no guards inside. Lanes run along channels
// (the last dim), so loads are contiguous: the form of choice for pools and
// depthwise convolutions; dense convolutions have a hero.
//
//===----------------------------------------------------------------------===//

#include "passes/Codegen/Emit/Combine.h"
#include "passes/Codegen/Emit/ElementEmitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;
using tn::ElementOpInterface;
using tn::ExprAttr;

namespace {

/// Walks the window of one output position in its spatial dims. Steps whose
/// position is outside of x are left out by the loop bounds where the position
/// is alike in all lanes, by `inside` (may be null) where it is not.
class WindowWalk {
public:
  WindowWalk(ElementEmitter &e, ArrayRef<LaneIndex> position,
             ArrayRef<ExprAttr> window, ArrayRef<int64_t> strides,
             ArrayRef<int64_t> dilations, ArrayRef<ExprAttr> low,
             ArrayRef<ExprAttr> size, ArrayRef<ExprAttr> count)
      : e(e), k(e.kernel()), position(position), window(window),
        strides(strides), dilations(dilations), low(low), size(size),
        count(count) {}

  using Body = function_ref<SmallVector<Value>(
      ArrayRef<Value> step, ArrayRef<LaneIndex> at, Value inside, ValueRange)>;

  SmallVector<Value> run(ValueRange init, Body body) {
    return walk(0, init, body);
  }

private:
  SmallVector<Value> walk(size_t d, ValueRange carried, Body body) {
    if (d == window.size())
      return body(steps, at, inside, carried);
    // x position = origin + step * dilation
    LaneIndex origin = e.shift(e.scale(position[d], strides[d]),
                               k.mul(k.index(-1), k.evaluate(low[d])));
    Value first = k.index(0), last = k.evaluate(window[d]);
    if (origin.isUniform())
      std::tie(first, last) = bounds(origin.base, d, last);
    return k.forLoop(first, last, 1, carried, [&](Value step,
                                                  ValueRange values) {
      SmallVector<Value> next;
      Value outer = inside;
      steps.push_back(step);
      at.push_back(e.shift(origin, k.mul(step, k.index(dilations[d]))));
      if (!origin.isUniform()) {
        Value here = e.inBounds(at.back(), k.evaluate(size[d]));
        inside = inside ? Value(arith::AndIOp::create(k.builder(), inside, here))
                        : here;
      }
      e.scope(e.mask(), [&] { next = walk(d + 1, values, body); });
      steps.pop_back();
      at.pop_back();
      inside = outer;
      return next;
    });
  }

  /// The steps in [0, end) for which 0 <= origin + step * dilation < size.
  std::pair<Value, Value> bounds(Value origin, size_t d, Value end) {
    if (fits(d))
      return {k.index(0), end};
    auto ceilDiv = [&](Value x, int64_t by) -> Value {
      if (by == 1)
        return x;
      // x >= 0
      return k.div(k.add(x, k.index(by - 1)), k.index(by));
    };
    Value before = k.max(k.sub(k.index(0), origin), k.index(0));
    Value room = k.max(k.sub(k.evaluate(size[d]), origin), k.index(0));
    return {k.min(ceilDiv(before, dilations[d]), end),
            k.min(ceilDiv(room, dilations[d]), end)};
  }

  /// Whether every window lies inside of x, known statically.
  bool fits(size_t d) {
    if (!low[d].isConstant(0) || !size[d].isConstant() ||
        !count[d].isConstant() || !window[d].isConstant())
      return false;
    return (count[d].getValue() - 1) * strides[d] +
               (window[d].getValue() - 1) * dilations[d] <
           size[d].getValue();
  }

  ElementEmitter &e;
  KernelBuilder &k;
  ArrayRef<LaneIndex> position;
  ArrayRef<ExprAttr> window;
  ArrayRef<int64_t> strides, dilations;
  ArrayRef<ExprAttr> low, size, count;
  SmallVector<Value> steps;
  ElementIndex at;
  Value inside;
};

SmallVector<ExprAttr> asExprs(MLIRContext *context, ArrayRef<int64_t> values) {
  SmallVector<ExprAttr> result;
  for (int64_t v : values)
    result.push_back(tn::constantExpr(context, v));
  return result;
}

/// `value` where `inside` holds (null: everywhere), else `other`.
Value selectInside(ElementEmitter &e, Value inside, Value value, Value other) {
  if (!inside)
    return value;
  SmallVector<Value> operands{inside, value, other};
  e.alignLanes(operands);
  return arith::SelectOp::create(e.kernel().builder(), operands[0], operands[1],
                                 operands[2]);
}

Value guardedVector(ElementEmitter &e, Value inside, Value x,
                    ArrayRef<LaneIndex> at) {
  auto read = [&] { return e.emitVector(x, at); };
  return inside ? e.guarded(inside, read) : read();
}

struct PoolElement : ElementOpInterface::ExternalModel<PoolElement, tn::PoolOp> {
  Value emitElement(Operation *op, ElementEmitter &e,
                    ArrayRef<LaneIndex> index) const {
    auto pool = cast<tn::PoolOp>(op);
    KernelBuilder &k = e.kernel();
    Type element = getElementTypeOrSelf(pool.getX());
    Combine combine(k, pool.getCombiner(), element);
    Type type = tn::BodyBuilder::computeType(element);
    if (k.lanes() > 1)
      type = k.vectorOf(type);
    SmallVector<ExprAttr> dims = tn::shapeOf(pool.getX());
    SmallVector<ExprAttr> result = tn::shapeOf(pool.getResult());
    SmallVector<ExprAttr> window = asExprs(op->getContext(), pool.getWindow());
    WindowWalk walk(e, index.drop_front().drop_back(), window,
                    pool.getStrides(), pool.getDilations(),
                    pool.getLow().getDims(),
                    ArrayRef(dims).drop_front().drop_back(),
                    ArrayRef(result).drop_front().drop_back());
    Value neutral = combine.neutral(type);
    return walk.run(neutral, [&](ArrayRef<Value>, ArrayRef<LaneIndex> at,
                                 Value inside, ValueRange carried) {
      ElementIndex source{index.front()};
      llvm::append_range(source, at);
      source.push_back(index.back());
      Value x = guardedVector(e, inside, pool.getX(), source);
      x = selectInside(e, inside, x, neutral);
      return SmallVector<Value>{combine.combine(carried.front(), x)};
    })[0];
  }
};

struct ArgPoolElement
    : ElementOpInterface::ExternalModel<ArgPoolElement, tn::ArgPoolOp> {
  Value emitElement(Operation *op, ElementEmitter &e,
                    ArrayRef<LaneIndex> index) const {
    auto pool = cast<tn::ArgPoolOp>(op);
    KernelBuilder &k = e.kernel();
    ImplicitLocOpBuilder &b = k.builder();
    Type element = getElementTypeOrSelf(pool.getX());
    Combine combine(k, tn::Combiner::max, element);
    auto shaped = [&](Type t) -> Type {
      return k.lanes() > 1 ? Type(k.vectorOf(t)) : t;
    };
    Value lowest =
        combine.neutral(shaped(tn::BodyBuilder::computeType(element)));
    SmallVector<Value> init{
        lowest, k.body().integerLike(shaped(b.getI64Type()), -1)};
    SmallVector<ExprAttr> dims = tn::shapeOf(pool.getX());
    ArrayRef<ExprAttr> spatial = ArrayRef(dims).drop_front().drop_back();
    SmallVector<ExprAttr> result = tn::shapeOf(pool.getResult());
    SmallVector<ExprAttr> window = asExprs(op->getContext(), pool.getWindow());
    WindowWalk walk(e, index.drop_front().drop_back(), window,
                    pool.getStrides(), pool.getDilations(),
                    pool.getLow().getDims(), spatial,
                    ArrayRef(result).drop_front().drop_back());
    return walk.run(init, [&](ArrayRef<Value>, ArrayRef<LaneIndex> at,
                              Value inside, ValueRange carried) {
      ElementIndex source{index.front()};
      llvm::append_range(source, at);
      source.push_back(index.back());
      Value x = guardedVector(e, inside, pool.getX(), source);
      LaneIndex linear = e.uniform(k.index(0));
      for (auto [i, dim] : llvm::zip_equal(at, spatial))
        linear = e.sum(e.scale(linear, k.evaluate(dim)), i);
      Value position = e.asInteger(linear);
      if (k.lanes() > 1)
        position = k.body().splat(position, k.lanes());
      Value better = greater(k, element, x, carried[0]);
      Value unset = arith::CmpIOp::create(
          b, arith::CmpIPredicate::slt, carried[1],
          k.body().integerLike(carried[1].getType(), 0));
      better = arith::OrIOp::create(b, better, unset);
      if (inside)
        better = arith::AndIOp::create(
            b, better, k.body().splat(inside, k.lanes()));
      return SmallVector<Value>{
          arith::SelectOp::create(b, better, x, carried[0]),
          arith::SelectOp::create(b, better, position, carried[1])};
    })[1];
  }

  static Value greater(KernelBuilder &k, Type element, Value a, Value c) {
    ImplicitLocOpBuilder &b = k.builder();
    if (isa<FloatType>(element))
      return arith::CmpFOp::create(b, arith::CmpFPredicate::OGT, a, c);
    return arith::CmpIOp::create(b,
                                 element.isUnsignedInteger()
                                     ? arith::CmpIPredicate::ugt
                                     : arith::CmpIPredicate::sgt,
                                 a, c);
  }
};

/// a * b + c, in the compute type.
Value multiplyAdd(KernelBuilder &k, Value a, Value c, Value sum) {
  ImplicitLocOpBuilder &b = k.builder();
  if (!isa<FloatType>(getElementTypeOrSelf(sum)))
    return arith::AddIOp::create(b, sum, arith::MulIOp::create(b, a, c));
  if (isa<VectorType>(sum.getType()))
    return vector::FMAOp::create(b, a, c, sum);
  return arith::AddFOp::create(b, sum, arith::MulFOp::create(b, a, c));
}

/// The group of an output channel, and where its channels start in x. With one
/// channel of x per group and as many outputs (depthwise), lanes stay lanes.
struct ConvElement : ElementOpInterface::ExternalModel<ConvElement, tn::ConvOp> {
  Value emitElement(Operation *op, ElementEmitter &e,
                    ArrayRef<LaneIndex> index) const {
    auto conv = cast<tn::ConvOp>(op);
    KernelBuilder &k = e.kernel();
    SmallVector<ExprAttr> dims = tn::shapeOf(conv.getX());
    SmallVector<ExprAttr> weight = tn::shapeOf(conv.getWeight());
    SmallVector<ExprAttr> result = tn::shapeOf(conv.getResult());
    ExprAttr groupSize = weight[weight.size() - 2];
    ExprAttr outputsPerGroup =
        tn::floorDivExpr(result.back(), int64_t(conv.getGroups()));
    Type type = tn::BodyBuilder::computeType(
        getElementTypeOrSelf(conv.getResult()));
    if (k.lanes() > 1)
      type = k.vectorOf(type);
    const LaneIndex &channel = index.back();
    LaneIndex firstInput = e.uniform(k.index(0));
    if (conv.getGroups() > 1)
      firstInput = outputsPerGroup.isConstant(1)
                       ? e.scale(channel, k.evaluate(groupSize))
                       : e.scale(e.divide(channel, k.evaluate(outputsPerGroup)),
                                 k.evaluate(groupSize));
    WindowWalk walk(e, index.drop_front().drop_back(),
                    ArrayRef(weight).drop_back(2), conv.getStrides(),
                    conv.getDilations(), conv.getLow().getDims(),
                    ArrayRef(dims).drop_front().drop_back(),
                    ArrayRef(result).drop_front().drop_back());
    Value zero = k.body().constantLike(type, 0);
    return walk.run(zero, [&](ArrayRef<Value> step, ArrayRef<LaneIndex> at,
                              Value inside, ValueRange carried) {
      return k.forLoop(
          k.index(0), k.evaluate(groupSize), 1, carried,
          [&](Value c, ValueRange values) {
            SmallVector<Value> next;
            e.scope(e.mask(), [&] {
              ElementIndex source{index.front()};
              llvm::append_range(source, at);
              source.push_back(e.shift(firstInput, c));
              ElementIndex tap;
              for (Value s : step)
                tap.push_back(e.uniform(s));
              tap.push_back(e.uniform(c));
              tap.push_back(channel);
              Value x = guardedVector(e, inside, conv.getX(), source);
              x = selectInside(e, inside, x, zero);
              Value w = e.emitVector(conv.getWeight(), tap);
              next.push_back(multiplyAdd(k, x, w, values.front()));
            });
            return next;
          });
    })[0];
  }
};

/// Gathers: y[o] sums x[i] * w[t] over taps t with o + low - t*dilation =
/// i*stride for an i inside of x.
struct ConvTransposeElement
    : ElementOpInterface::ExternalModel<ConvTransposeElement,
                                        tn::ConvTransposeOp> {
  Value emitElement(Operation *op, ElementEmitter &e,
                    ArrayRef<LaneIndex> index) const {
    auto conv = cast<tn::ConvTransposeOp>(op);
    KernelBuilder &k = e.kernel();
    Type type = tn::BodyBuilder::computeType(
        getElementTypeOrSelf(conv.getResult()));
    if (k.lanes() > 1)
      type = k.vectorOf(type);
    Value zero = k.body().constantLike(type, 0);
    ElementIndex source(index), tap(index);
    return walkTaps(conv, e, index, 0, zero, {}, source, tap);
  }

  static Value walkTaps(tn::ConvTransposeOp conv, ElementEmitter &e,
                        ArrayRef<LaneIndex> index, size_t d, Value sum,
                        Value inside, ElementIndex &source, ElementIndex &tap) {
    KernelBuilder &k = e.kernel();
    ImplicitLocOpBuilder &b = k.builder();
    SmallVector<ExprAttr> weight = tn::shapeOf(conv.getWeight());
    SmallVector<ExprAttr> dims = tn::shapeOf(conv.getX());
    if (d == weight.size() - 2)
      return sumChannels(conv, e, index, sum, inside, source, tap);
    return k.forLoop(
        k.index(0), k.evaluate(weight[d]), 1, sum,
        [&](Value t, ValueRange carried) {
          SmallVector<Value> next;
          e.scope(e.mask(), [&] {
            Value offset = k.sub(k.evaluate(conv.getLow()[d]),
                                 k.mul(t, k.index(conv.getDilations()[d])));
            LaneIndex scaled = e.shift(index[d + 1], offset);
            Value stride = k.index(conv.getStrides()[d]);
            // Unsigned division is right where scaled >= 0; elsewhere the
            // quotient is huge and out of bounds.
            source[d + 1] = e.divide(scaled, stride);
            Value here = e.inBounds(source[d + 1], k.evaluate(dims[d + 1]));
            if (conv.getStrides()[d] != 1)
              here = arith::AndIOp::create(
                  b, here, e.inBounds(e.modulo(scaled, stride), k.index(1)));
            if (inside) {
              SmallVector<Value> both{inside, here};
              e.alignLanes(both);
              here = arith::AndIOp::create(b, both[0], both[1]);
            }
            tap[d] = e.uniform(t);
            next.push_back(walkTaps(conv, e, index, d + 1, carried.front(),
                                    here, source, tap));
          });
          return next;
        })[0];
  }

  static Value sumChannels(tn::ConvTransposeOp conv, ElementEmitter &e,
                           ArrayRef<LaneIndex> index, Value sum, Value inside,
                           ElementIndex source, ElementIndex tap) {
    KernelBuilder &k = e.kernel();
    SmallVector<ExprAttr> weight = tn::shapeOf(conv.getWeight());
    ExprAttr perGroup =
        tn::floorDivExpr(weight[weight.size() - 2], int64_t(conv.getGroups()));
    Value outputs = k.evaluate(weight.back());
    LaneIndex first = e.uniform(k.index(0));
    if (conv.getGroups() > 1)
      first = e.scale(e.divide(index.back(), outputs), k.evaluate(perGroup));
    tap.back() = conv.getGroups() > 1 ? e.modulo(index.back(), outputs)
                                      : index.back();
    auto all = [&] {
      return k.forLoop(
          k.index(0), k.evaluate(perGroup), 1, sum,
          [&](Value c, ValueRange values) {
            SmallVector<Value> next;
            e.scope(e.mask(), [&] {
              source.back() = e.shift(first, c);
              tap[tap.size() - 2] = source.back();
              Value x = e.emitVector(conv.getX(), source);
              Value w = e.emitVector(conv.getWeight(), tap);
              next.push_back(multiplyAdd(k, x, w, values.front()));
            });
            return next;
          });
    };
    // A tap that no lane uses is skipped.
    if (inside && !isa<VectorType>(inside.getType()))
      return k.ifElse(inside, all, [&] { return SmallVector<Value>{sum}; })[0];
    Value total = inside ? e.guarded(inside, [&] { return all()[0]; })
                         : all()[0];
    return selectInside(e, inside, total, sum);
  }
};

} // namespace

void codegen::registerWindowElements(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, tn::TnDialect *) {
    tn::PoolOp::attachInterface<PoolElement>(*context);
    tn::ArgPoolOp::attachInterface<ArgPoolElement>(*context);
    tn::ConvOp::attachInterface<ConvElement>(*context);
    tn::ConvTransposeOp::attachInterface<ConvTransposeElement>(*context);
  });
}
