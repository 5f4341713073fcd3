//===- InferSymbolicShapes.cpp - Types from operands and facts ------------===//

#include "passes/Graph/Passes.h"
#include "tenon/Dialect/Tn/ShapeFacts.h"
#include "tenon/Dialect/Tn/TnOps.h"

namespace tenon::graph {
#define GEN_PASS_DEF_INFERSYMBOLICSHAPESPASS
#include "passes/Graph/Passes.h.inc"
} // namespace tenon::graph

using namespace mlir;
using namespace tenon;

static Type simplify(Type type, const tn::ShapeFacts &facts) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor || !tensor.getEncoding())
    return type;
  SmallVector<tn::ExprAttr> dims = tn::shapeOf(tensor);
  for (tn::ExprAttr &dim : dims)
    dim = facts.simplify(dim);
  return tn::tensorOf(dims, tensor.getElementType());
}

static void inferTypes(Operation *op, const tn::ShapeFacts &facts) {
  SmallVector<Type> types(op->getResultTypes());
  if (auto infer = dyn_cast<InferTypeOpInterface>(op)) {
    SmallVector<Type> inferred;
    if (succeeded(infer.inferReturnTypes(
            op->getContext(), op->getLoc(), op->getOperands(),
            op->getAttrDictionary(), op->getPropertiesStorage(),
            op->getRegions(), inferred)))
      types = inferred;
  } else if (op->hasTrait<OpTrait::SameOperandsAndResultType>()) {
    types.assign(op->getNumResults(), op->getOperand(0).getType());
  }
  for (auto [result, type] : llvm::zip_equal(op->getResults(), types))
    result.setType(simplify(type, facts));
}

namespace {
struct InferSymbolicShapes
    : tenon::graph::impl::InferSymbolicShapesPassBase<InferSymbolicShapes> {
  void runOnOperation() override {
    tn::ShapeFacts facts(getOperation());
    getOperation()->walk<WalkOrder::PreOrder>([&](Operation *op) {
      for (Region &region : op->getRegions())
        for (Block &block : region)
          for (BlockArgument argument : block.getArguments())
            argument.setType(simplify(argument.getType(), facts));
      if (isa<tn::TnDialect>(op->getDialect()))
        inferTypes(op, facts);
      else if (isa<func::CallOp>(op))
        for (Value result : op->getResults())
          result.setType(simplify(result.getType(), facts));
    });
    getOperation()->walk([&](func::FuncOp function) {
      if (function.isDeclaration())
        return;
      Block &body = function.getBody().front();
      function.setType(FunctionType::get(&getContext(),
                                         body.getArgumentTypes(),
                                         body.getTerminator()->getOperandTypes()));
    });
  }
};
} // namespace
