//===- SizeRequirements.cpp - What sizes must be for an op ----------------===//

#include "tenon/Dialect/Tn/SizeRequirements.h"
#include "tenon/Dialect/Tn/TnOps.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tenon::tn;

namespace {
class Requirements {
public:
  void equal(ExprAttr a, ExprAttr b) { add(a, SizeRelation::equal, b); }
  void atMost(ExprAttr a, ExprAttr b) { add(a, SizeRelation::atMost, b); }

  void equal(Value v, ArrayRef<ExprAttr> dims) {
    for (auto [size, other] : llvm::zip(shapeOf(v), dims))
      equal(size, other);
  }
  /// Dims aligned at the right.
  void broadcast(ArrayRef<ExprAttr> from, ArrayRef<ExprAttr> to) {
    for (auto [size, other] : llvm::zip(llvm::reverse(from), llvm::reverse(to)))
      if (!size.isConstant(1))
        add(size, SizeRelation::oneOrEqual, other);
  }

  SmallVector<SizeRequirement> list;

private:
  void add(ExprAttr a, SizeRelation relation, ExprAttr b) {
    if (a != b)
      list.push_back({a, relation, b});
  }
};
} // namespace

static void requireMatmul(MatmulOp op, Requirements &required) {
  SmallVector<ExprAttr> lhs = shapeOf(op.getLhs()), rhs = shapeOf(op.getRhs());
  required.equal(lhs.back(), rhs[rhs.size() - 2]);
  SmallVector<ExprAttr> result = shapeOf(op.getResult());
  ArrayRef<ExprAttr> batch = ArrayRef(result).drop_back(2);
  required.broadcast(ArrayRef(lhs).drop_back(2), batch);
  required.broadcast(ArrayRef(rhs).drop_back(2), batch);
}

static void requireConcat(ConcatOp op, Requirements &required) {
  SmallVector<ExprAttr> result = shapeOf(op.getResult());
  for (Value input : op.getInputs())
    for (auto [d, size] : llvm::enumerate(shapeOf(input)))
      if (d != op.getAxis())
        required.equal(size, result[d]);
}

/// Indices into `x` at `axis` are no more than x in the other dims.
static void requireElementIndices(Value x, Value indices, int64_t axis,
                                  Requirements &required) {
  for (auto [d, size, most] : llvm::enumerate(shapeOf(indices), shapeOf(x)))
    if (static_cast<int64_t>(d) != axis)
      required.atMost(size, most);
}

static void requireAttention(AttentionOp op, Requirements &required) {
  SmallVector<ExprAttr> q = AttentionOp::logicalDims(op.getQ(), op.getQOrder());
  SmallVector<ExprAttr> k = AttentionOp::logicalDims(op.getK(), op.getKOrder());
  SmallVector<ExprAttr> v = AttentionOp::logicalDims(op.getV(), op.getVOrder());
  required.equal(q[0], k[0]);
  required.equal(k[0], v[0]);
  if (op.getLength())
    for (ExprAttr rows : {k[2], v[2]})
      required.broadcast(rows, op.getLengthAttr().getDims());
  else
    required.equal(k[2], v[2]);
  if (op.getMask())
    required.broadcast(shapeOf(op.getMask()), op.scoreDims());
}

static void requireRecurrent(RecurrentOp op, Requirements &required) {
  ExprAttr batch = shapeOf(op.getProjected())[1];
  ExprAttr hidden = shapeOf(op.getInitial())[1];
  for (Value state : {op.getInitial(), op.getCell()})
    if (state)
      required.equal(state, {batch, hidden});
  if (op.getLengths())
    required.equal(op.getLengths(), {batch});
  // Gates are the last dim of what was projected, and of the weight.
  ExprAttr gates = shapeOf(op.getProjected())[2];
  required.equal(op.getWeight(), {hidden, gates});
  if (op.getBias())
    required.equal(op.getBias(), {gates});
}

SmallVector<SizeRequirement> tenon::tn::requiredSizes(Operation *op) {
  Requirements required;
  llvm::TypeSwitch<Operation *>(op)
      .Case([&](ScalarBodyOpInterface scalar) {
        SmallVector<ExprAttr> result = shapeOf(op->getResult(0));
        for (Value operand : op->getOperands())
          required.broadcast(shapeOf(operand), result);
      })
      .Case([&](BroadcastOp broadcast) {
        required.broadcast(shapeOf(broadcast.getX()),
                           shapeOf(broadcast.getResult()));
      })
      .Case([&](MatmulOp matmul) { requireMatmul(matmul, required); })
      .Case([&](ConvOp conv) {
        SmallVector<ExprAttr> weight = shapeOf(conv.getWeight());
        required.equal(
            shapeOf(conv.getX()).back(),
            mulExpr(weight[weight.size() - 2], int64_t(conv.getGroups())));
      })
      .Case([&](ConvTransposeOp conv) {
        SmallVector<ExprAttr> weight = shapeOf(conv.getWeight());
        required.equal(shapeOf(conv.getX()).back(), weight[weight.size() - 2]);
      })
      .Case([&](ConcatOp concat) { requireConcat(concat, required); })
      .Case([&](GatherElementsOp gather) {
        requireElementIndices(gather.getX(), gather.getIndices(),
                              gather.getAxis(), required);
      })
      .Case([&](ScatterElementsOp scatter) {
        requireElementIndices(scatter.getX(), scatter.getIndices(),
                              scatter.getAxis(), required);
        required.equal(scatter.getUpdates(), shapeOf(scatter.getIndices()));
      })
      .Case([&](GatherNdOp gather) {
        required.equal(
            gather.getIndices(),
            ArrayRef(shapeOf(gather.getX())).take_front(gather.getBatchDims()));
      })
      .Case([&](ScatterNdOp scatter) {
        // An update per index tuple, of the dims that it does not name.
        SmallVector<ExprAttr> dims = shapeOf(scatter.getIndices());
        int64_t tuple = dims.pop_back_val().getValue();
        llvm::append_range(dims,
                           ArrayRef(shapeOf(scatter.getX())).drop_front(tuple));
        required.equal(scatter.getUpdates(), dims);
      })
      .Case(
          [&](AttentionOp attention) { requireAttention(attention, required); })
      .Case([&](RecurrentOp recurrent) {
        requireRecurrent(recurrent, required);
      });
  return std::move(required.list);
}
