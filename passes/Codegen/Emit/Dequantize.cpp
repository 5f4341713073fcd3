//===- Dequantize.cpp - Numbers that small integers stand for -------------===//

#include "passes/Codegen/Emit/Dequantize.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "passes/Codegen/Emit/HeroWalk.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;
using tn::ExprAttr;

/// Where the parameter of the element at `index` is.
static ElementIndex parameterIndex(ElementEmitter &e, tn::DequantizeOp op,
                                   Value parameter, ArrayRef<LaneIndex> index) {
  KernelBuilder &k = e.kernel();
  SmallVector<ExprAttr> dims = tn::shapeOf(parameter);
  SmallVector<ExprAttr> all = tn::shapeOf(op.getX());
  size_t missing = all.size() - dims.size();
  ElementIndex result;
  for (auto [d, size] : llvm::enumerate(dims)) {
    const LaneIndex &i = index[missing + d];
    if (size.isConstant(1))
      result.push_back(e.uniform(k.index(0)));
    else
      result.push_back(
          size == all[missing + d] ? i : e.divide(i, k.index(op.getBlock())));
  }
  return result;
}

/// The parameter as f32.
static Value emitParameter(ElementEmitter &e, tn::DequantizeOp op,
                           Value parameter, ArrayRef<LaneIndex> index) {
  KernelBuilder &k = e.kernel();
  Value v = e.emit(parameter, parameterIndex(e, op, parameter, index));
  return k.body().cast(v, getElementTypeOrSelf(parameter),
                       k.builder().getF32Type());
}

int64_t Dequantizer::sharingRows() {
  int64_t rows = 0;
  SmallVector<ExprAttr> all = tn::shapeOf(op.getX());
  for (Value parameter : {op.getScale(), op.getZero()}) {
    if (!parameter)
      continue;
    SmallVector<ExprAttr> dims = tn::shapeOf(parameter);
    if (dims.size() < 2 || dims[0].isConstant(1))
      continue;
    int64_t own = dims[0] == all[0] ? 1 : op.getBlock();
    rows = rows == 0 ? own : std::min(rows, own);
  }
  return rows;
}

bool Dequantizer::hasIntegralZero() {
  return !op.getZero() || isa<IntegerType>(getElementTypeOrSelf(op.getZero()));
}

Dequantizer::Parameters Dequantizer::parameters(Value row, Value column,
                                                Value mask) {
  KernelBuilder &k = e.kernel();
  Parameters result;
  e.scope(mask, [&] {
    ElementIndex index{e.uniform(row), consecutive(k, column)};
    auto emit = [&](Value parameter) {
      return k.body().splat(emitParameter(e, op, parameter, index), k.lanes());
    };
    result.scale = emit(op.getScale());
    if (op.getZero())
      result.zero = emit(op.getZero());
  });
  return result;
}

namespace {
struct DequantizeElement
    : tn::ElementOpInterface::ExternalModel<DequantizeElement,
                                            tn::DequantizeOp> {
  Value emitElement(Operation *op, ElementEmitter &e,
                    ArrayRef<LaneIndex> index) const {
    auto dequantize = cast<tn::DequantizeOp>(op);
    KernelBuilder &k = e.kernel();
    ImplicitLocOpBuilder &b = k.builder();
    Value x = e.emit(dequantize.getX(), index);
    SmallVector<Value> values{
        k.body().cast(x, getElementTypeOrSelf(dequantize.getX()),
                      b.getF32Type()),
        emitParameter(e, dequantize, dequantize.getScale(), index)};
    if (Value zero = dequantize.getZero())
      values.push_back(emitParameter(e, dequantize, zero, index));
    e.alignLanes(values);
    if (values.size() > 2)
      values[0] = arith::SubFOp::create(b, values[0], values[2]);
    return arith::MulFOp::create(b, values[0], values[1]);
  }
};
} // namespace

void codegen::registerDequantizeElement(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, tn::TnDialect *) {
    tn::DequantizeOp::attachInterface<DequantizeElement>(*context);
  });
}
