//===- MovementElements.cpp - Elements of ops that move data --------------===//

#include "passes/Codegen/Emit/ElementEmitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;
using tn::ElementOpInterface;
using tn::ExprAttr;

namespace {

struct TransposeElement
    : ElementOpInterface::ExternalModel<TransposeElement, tn::TransposeOp> {
  Value emitElement(Operation *op, ElementEmitter &e,
                    ArrayRef<LaneIndex> index) const {
    auto transpose = cast<tn::TransposeOp>(op);
    ElementIndex source(index.size());
    for (auto [d, from] : llvm::enumerate(transpose.getPermutation()))
      source[from] = index[d];
    return e.emit(transpose.getX(), source);
  }
};

struct BroadcastElement
    : ElementOpInterface::ExternalModel<BroadcastElement, tn::BroadcastOp> {
  Value emitElement(Operation *op, ElementEmitter &e,
                    ArrayRef<LaneIndex> index) const {
    auto broadcast = cast<tn::BroadcastOp>(op);
    return e.emit(broadcast.getX(),
                  broadcastIndex(e.kernel(), index,
                                 tn::shapeOf(broadcast.getX()),
                                 tn::shapeOf(broadcast.getResult())));
  }
};

/// Through the row-major position in each group of dims.
struct ReshapeElement
    : ElementOpInterface::ExternalModel<ReshapeElement, tn::ReshapeOp> {
  Value emitElement(Operation *op, ElementEmitter &e,
                    ArrayRef<LaneIndex> index) const {
    auto reshape = cast<tn::ReshapeOp>(op);
    KernelBuilder &k = e.kernel();
    SmallVector<ExprAttr> to = tn::shapeOf(reshape.getResult());
    SmallVector<ExprAttr> from = tn::shapeOf(reshape.getX());
    ElementIndex source(from.size(), e.uniform(k.index(0)));
    for (const tn::DimGroup &group : tn::matchDims(from, to)) {
      LaneIndex linear = e.uniform(k.index(0));
      for (size_t d = group.to; d < group.toEnd; ++d)
        linear = e.sum(e.scale(linear, k.evaluate(to[d])), index[d]);
      for (size_t d = group.fromEnd; d-- > group.from;) {
        Value size = k.evaluate(from[d]);
        source[d] = d == group.from ? linear : e.modulo(linear, size);
        if (d != group.from)
          linear = e.divide(linear, size);
      }
    }
    return e.emit(reshape.getX(), source);
  }
};

struct UnpackElement
    : ElementOpInterface::ExternalModel<UnpackElement, tn::UnpackOp> {
  Value emitElement(Operation *op, ElementEmitter &e,
                    ArrayRef<LaneIndex> index) const {
    KernelBuilder &k = e.kernel();
    ImplicitLocOpBuilder &b = k.builder();
    Value two = k.index(2);
    ElementIndex source(index);
    source.back() = e.divide(index.back(), two);
    SmallVector<Value> parts{e.emit(op->getOperand(0), source),
                             e.asInteger(e.modulo(index.back(), two))};
    e.alignLanes(parts);
    Type byte = parts[0].getType();
    Value shift = arith::TruncIOp::create(b, byte, parts[1]);
    shift = arith::MulIOp::create(b, shift, k.body().integerLike(byte, 4));
    Value bits = arith::ShRUIOp::create(b, parts[0], shift);
    Type four = b.getIntegerType(4);
    return arith::TruncIOp::create(
        b, isa<VectorType>(byte) ? Type(k.vectorOf(four)) : four, bits);
  }
};

struct SliceElement
    : ElementOpInterface::ExternalModel<SliceElement, tn::SliceOp> {
  Value emitElement(Operation *op, ElementEmitter &e,
                    ArrayRef<LaneIndex> index) const {
    auto slice = cast<tn::SliceOp>(op);
    ElementIndex source;
    for (auto [i, start, step] :
         llvm::zip_equal(index, slice.getStarts().getDims(), slice.getSteps()))
      source.push_back(e.shift(e.scale(i, step), e.kernel().evaluate(start)));
    return e.emit(slice.getX(), source);
  }
};

struct PadElement : ElementOpInterface::ExternalModel<PadElement, tn::PadOp> {
  Value emitElement(Operation *op, ElementEmitter &e,
                    ArrayRef<LaneIndex> index) const {
    auto pad = cast<tn::PadOp>(op);
    if (pad.getMode() != tn::PadMode::constant)
      return emitFolded(pad, e, index);
    KernelBuilder &k = e.kernel();
    ImplicitLocOpBuilder &b = k.builder();
    SmallVector<ExprAttr> dims = tn::shapeOf(pad.getX());
    SmallVector<ExprAttr> padded = tn::shapeOf(pad.getResult());
    ElementIndex source;
    Value uniform, perLane; // where the element lies inside of x
    for (auto [i, low, dim, to] :
         llvm::zip_equal(index, pad.getLow().getDims(), dims, padded)) {
      source.push_back(e.shift(i, k.mul(k.index(-1), k.evaluate(low))));
      if (dim == to)
        continue;
      Value inside = e.inBounds(source.back(), k.evaluate(dim));
      Value &all = isa<VectorType>(inside.getType()) ? perLane : uniform;
      all = all ? Value(arith::AndIOp::create(b, all, inside)) : inside;
    }
    auto read = [&] { return e.emit(pad.getX(), source); };
    auto readLanes = [&] { return perLane ? e.guarded(perLane, read) : read(); };
    Value inner = uniform ? e.guarded(uniform, readLanes) : readLanes();
    ElementIndex none(tn::shapeOf(pad.getValue()).size(),
                      e.uniform(k.index(0)));
    Value outer = e.emit(pad.getValue(), none);
    for (Value condition : {uniform, perLane}) {
      if (!condition)
        continue;
      SmallVector<Value> operands{condition, inner, outer};
      e.alignLanes(operands);
      inner = arith::SelectOp::create(b, operands[0], operands[1], operands[2]);
    }
    return inner;
  }

  /// Modes that read x everywhere: each index folds back into x.
  static Value emitFolded(tn::PadOp pad, ElementEmitter &e,
                          ArrayRef<LaneIndex> index) {
    KernelBuilder &k = e.kernel();
    ImplicitLocOpBuilder &b = k.builder();
    ElementIndex source;
    for (auto [i, low, dim, to] : llvm::zip_equal(
             index, pad.getLow().getDims(), tn::shapeOf(pad.getX()),
             tn::shapeOf(pad.getResult()))) {
      if (dim == to) {
        source.push_back(i);
        continue;
      }
      Value position =
          e.asInteger(e.shift(i, k.mul(k.index(-1), k.evaluate(low))));
      auto like = [&](Value scalar) {
        Value wide = arith::IndexCastOp::create(b, b.getI64Type(), scalar);
        return isa<VectorType>(position.getType())
                   ? k.body().splat(wide, k.lanes())
                   : wide;
      };
      source.push_back(e.fromInteger(
          foldPosition(b, pad.getMode(), position, like(k.evaluate(dim)),
                       like(k.index(1)), like(k.index(0)))));
    }
    return e.emit(pad.getX(), source);
  }

  static Value foldPosition(ImplicitLocOpBuilder &b, tn::PadMode mode,
                            Value at, Value size, Value one, Value zero) {
    Value last = arith::SubIOp::create(b, size, one);
    auto positiveRemainder = [&](Value x, Value by) {
      Value r = arith::RemSIOp::create(b, x, by);
      Value negative =
          arith::CmpIOp::create(b, arith::CmpIPredicate::slt, r, zero);
      return arith::SelectOp::create(b, negative,
                                     arith::AddIOp::create(b, r, by), r)
          .getResult();
    };
    if (mode == tn::PadMode::edge)
      return arith::MaxSIOp::create(b, zero,
                                    arith::MinSIOp::create(b, at, last));
    if (mode == tn::PadMode::wrap)
      return positiveRemainder(at, size);
    // reflect: period 2 * (size - 1), mirrored in its second half.
    Value period = arith::MaxSIOp::create(
        b, one, arith::AddIOp::create(b, last, last));
    Value r = positiveRemainder(at, period);
    Value mirrored = arith::SubIOp::create(b, period, r);
    return arith::MinSIOp::create(b, r, mirrored);
  }
};

/// A select per operand, the last one innermost; the concat emitter does
/// better when a concat is what a kernel writes.
struct ConcatElement
    : ElementOpInterface::ExternalModel<ConcatElement, tn::ConcatOp> {
  Value emitElement(Operation *op, ElementEmitter &e,
                    ArrayRef<LaneIndex> index) const {
    auto concat = cast<tn::ConcatOp>(op);
    KernelBuilder &k = e.kernel();
    int64_t axis = concat.getAxis();
    Value result;
    Value start = k.index(0);
    for (Value input : concat.getInputs()) {
      Value size = k.evaluate(tn::shapeOf(input)[axis]);
      ElementIndex source(index);
      source[axis] = e.shift(index[axis], k.mul(k.index(-1), start));
      Value inside = e.inBounds(source[axis], size);
      Value value = e.guarded(inside, [&] { return e.emit(input, source); });
      if (result) {
        SmallVector<Value> operands{inside, value, result};
        e.alignLanes(operands);
        result = arith::SelectOp::create(k.builder(), operands[0], operands[1],
                                         operands[2]);
      } else {
        result = value;
      }
      start = k.add(start, size);
    }
    return result;
  }
};

struct IotaElement : ElementOpInterface::ExternalModel<IotaElement, tn::IotaOp> {
  Value emitElement(Operation *op, ElementEmitter &e,
                    ArrayRef<LaneIndex> index) const {
    auto iota = cast<tn::IotaOp>(op);
    Type i64 = e.kernel().builder().getI64Type();
    return e.kernel().body().cast(e.asInteger(index[iota.getAxis()]), i64,
                                  getElementTypeOrSelf(iota.getResult()));
  }
};

/// The expression at a row-major position, chosen by selects.
struct ExprElement : ElementOpInterface::ExternalModel<ExprElement, tn::ExprOp> {
  Value emitElement(Operation *op, ElementEmitter &e,
                    ArrayRef<LaneIndex> index) const {
    auto expr = cast<tn::ExprOp>(op);
    KernelBuilder &k = e.kernel();
    ImplicitLocOpBuilder &b = k.builder();
    LaneIndex linear = e.uniform(k.index(0));
    for (auto [i, dim] : llvm::zip_equal(index, tn::shapeOf(expr.getResult())))
      linear = e.sum(e.scale(linear, k.evaluate(dim)), i);
    Value at = e.asInteger(linear);
    Type element = getElementTypeOrSelf(expr.getResult());
    Value result;
    for (auto [position, value] : llvm::enumerate(expr.getValues().getDims())) {
      Value wide =
          arith::IndexCastOp::create(b, b.getI64Type(), k.evaluate(value));
      SmallVector<Value> operands{
          k.body().cast(wide, b.getI64Type(), element),
          k.body().integerLike(at.getType(), position), at};
      if (!result) {
        result = operands[0];
        continue;
      }
      Value here = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, at,
                                         operands[1]);
      SmallVector<Value> choice{here, operands[0], result};
      e.alignLanes(choice);
      result = arith::SelectOp::create(b, choice[0], choice[1], choice[2]);
    }
    return result;
  }
};

} // namespace

void codegen::registerMovementElements(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, tn::TnDialect *) {
    tn::TransposeOp::attachInterface<TransposeElement>(*context);
    tn::BroadcastOp::attachInterface<BroadcastElement>(*context);
    tn::ReshapeOp::attachInterface<ReshapeElement>(*context);
    tn::UnpackOp::attachInterface<UnpackElement>(*context);
    tn::SliceOp::attachInterface<SliceElement>(*context);
    tn::PadOp::attachInterface<PadElement>(*context);
    tn::ConcatOp::attachInterface<ConcatElement>(*context);
    tn::IotaOp::attachInterface<IotaElement>(*context);
    tn::ExprOp::attachInterface<ExprElement>(*context);
  });
}
