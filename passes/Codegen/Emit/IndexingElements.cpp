//===- IndexingElements.cpp - Elements chosen by data ---------------------===//
//
// A loaded index is counted from the end if negative and clamped into its dim,
// so that no kernel reads outside of a buffer whatever the data.
//
//===----------------------------------------------------------------------===//

#include "passes/Codegen/Emit/ElementEmitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;
using tn::ElementOpInterface;
using tn::ExprAttr;

/// The element of `indices` at `at`, as an index into a dim of `size`.
static LaneIndex loadIndex(ElementEmitter &e, Value indices,
                           ArrayRef<LaneIndex> at, ExprAttr size) {
  KernelBuilder &k = e.kernel();
  ImplicitLocOpBuilder &b = k.builder();
  Type i64 = b.getI64Type();
  Value v = k.body().cast(e.emit(indices, at), getElementTypeOrSelf(indices), i64);
  Value count = arith::IndexCastOp::create(b, i64, k.evaluate(size));
  if (isa<VectorType>(v.getType()))
    count = k.body().splat(count, k.lanes());
  Value zero = k.body().integerLike(v.getType(), 0);
  Value one = k.body().integerLike(v.getType(), 1);
  Value negative = arith::CmpIOp::create(b, arith::CmpIPredicate::slt, v, zero);
  v = arith::SelectOp::create(b, negative, arith::AddIOp::create(b, v, count),
                              v);
  Value last = arith::SubIOp::create(b, count, one);
  v = arith::MaxSIOp::create(b, zero, arith::MinSIOp::create(b, v, last));
  return e.fromInteger(v);
}

namespace {

struct GatherElement
    : ElementOpInterface::ExternalModel<GatherElement, tn::GatherOp> {
  Value emitElement(Operation *op, ElementEmitter &e,
                    ArrayRef<LaneIndex> index) const {
    auto gather = cast<tn::GatherOp>(op);
    size_t axis = gather.getAxis();
    size_t indexRank = tn::shapeOf(gather.getIndices()).size();
    SmallVector<ExprAttr> dims = tn::shapeOf(gather.getX());
    ElementIndex source(index.take_front(axis));
    source.push_back(loadIndex(e, gather.getIndices(),
                               index.slice(axis, indexRank), dims[axis]));
    llvm::append_range(source, index.drop_front(axis + indexRank));
    return e.emit(gather.getX(), source);
  }
};

struct GatherElementsElement
    : ElementOpInterface::ExternalModel<GatherElementsElement,
                                        tn::GatherElementsOp> {
  Value emitElement(Operation *op, ElementEmitter &e,
                    ArrayRef<LaneIndex> index) const {
    auto gather = cast<tn::GatherElementsOp>(op);
    ElementIndex source(index);
    int64_t axis = gather.getAxis();
    source[axis] = loadIndex(e, gather.getIndices(), index,
                             tn::shapeOf(gather.getX())[axis]);
    return e.emit(gather.getX(), source);
  }
};

struct GatherNdElement
    : ElementOpInterface::ExternalModel<GatherNdElement, tn::GatherNdOp> {
  Value emitElement(Operation *op, ElementEmitter &e,
                    ArrayRef<LaneIndex> index) const {
    auto gather = cast<tn::GatherNdOp>(op);
    KernelBuilder &k = e.kernel();
    size_t batch = gather.getBatchDims();
    SmallVector<ExprAttr> dims = tn::shapeOf(gather.getX());
    SmallVector<ExprAttr> indexDims = tn::shapeOf(gather.getIndices());
    size_t tuple = indexDims.back().getValue();
    ElementIndex at(index.take_front(indexDims.size() - 1));
    at.push_back(e.uniform(k.index(0)));
    ElementIndex source(index.take_front(batch));
    for (size_t i = 0; i < tuple; ++i) {
      at.back() = e.uniform(k.index(i));
      source.push_back(loadIndex(e, gather.getIndices(), at, dims[batch + i]));
    }
    llvm::append_range(source, index.drop_front(indexDims.size() - 1));
    return e.emit(gather.getX(), source);
  }
};

} // namespace

void codegen::registerIndexingElements(DialectRegistry &registry) {
  registry.addExtension(+[](MLIRContext *context, tn::TnDialect *) {
    tn::GatherOp::attachInterface<GatherElement>(*context);
    tn::GatherElementsOp::attachInterface<GatherElementsElement>(*context);
    tn::GatherNdOp::attachInterface<GatherNdElement>(*context);
  });
}
