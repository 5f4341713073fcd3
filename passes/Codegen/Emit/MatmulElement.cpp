//===- MatmulElement.cpp - One element of a product of matrices -----------===//
//
// Direct form, for products whose operands are not inputs of the kernel (a
// splat constant, say): each element sums over a row and a column by itself.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "passes/Codegen/Emit/MicroKernel.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;
using tn::ExprAttr;

namespace {
struct MatmulElement
    : tn::ElementOpInterface::ExternalModel<MatmulElement, tn::MatmulOp> {
  Value emitElement(Operation *op, ElementEmitter &e,
                    ArrayRef<LaneIndex> index) const {
    auto matmul = cast<tn::MatmulOp>(op);
    KernelBuilder &k = e.kernel();
    ImplicitLocOpBuilder &b = k.builder();
    SmallVector<ExprAttr> dims = tn::shapeOf(matmul.getResult());
    ArrayRef<ExprAttr> batch = ArrayRef(dims).drop_back(2);
    Type sum =
        tn::BodyBuilder::computeType(getElementTypeOrSelf(matmul.getResult()));
    Type type = k.lanes() > 1 ? Type(k.vectorOf(sum)) : sum;
    auto element = [&](Value operand, LaneIndex row, LaneIndex column) {
      SmallVector<ExprAttr> operandDims = tn::shapeOf(operand);
      ElementIndex at = broadcastIndex(
          k, index.drop_back(2), ArrayRef(operandDims).drop_back(2), batch);
      at.append({row, column});
      return widen(k, e.emitVector(operand, at), getElementTypeOrSelf(operand),
                   sum);
    };
    Value zero = k.body().constantLike(type, 0);
    Value depth = k.evaluate(tn::shapeOf(matmul.getLhs()).back());
    return k.forLoop(
        k.index(0), depth, 1, zero, [&](Value i, ValueRange carried) {
          SmallVector<Value> next;
          e.scope(e.mask(), [&] {
            LaneIndex at = e.uniform(i);
            Value x = element(matmul.getLhs(), index.end()[-2], at);
            Value y = element(matmul.getRhs(), at, index.back());
            next.push_back(
                isa<FloatType>(sum)
                    ? Value(arith::AddFOp::create(
                          b, carried[0], arith::MulFOp::create(b, x, y)))
                    : arith::AddIOp::create(b, carried[0],
                                            arith::MulIOp::create(b, x, y)));
          });
          return next;
        })[0];
  }
};
} // namespace

void codegen::registerMatmulElement(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, tn::TnDialect *) {
    tn::MatmulOp::attachInterface<MatmulElement>(*context);
  });
}
