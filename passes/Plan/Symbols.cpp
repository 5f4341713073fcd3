//===- Symbols.cpp - Which sizes are known when ---------------------------===//

#include "passes/Plan/Symbols.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::plan;
using tn::ExprAttr;

llvm::SetVector<ExprAttr> plan::inputSymbols(func::FuncOp function) {
  llvm::SetVector<ExprAttr> symbols;
  for (Type input : function.getArgumentTypes())
    for (ExprAttr dim : tn::shapeOf(input))
      if (dim.isSymbol())
        symbols.insert(dim);
  return symbols;
}

llvm::SetVector<ExprAttr> plan::entrySymbols(func::FuncOp function) {
  if (function.isPublic())
    return inputSymbols(function);
  llvm::SetVector<ExprAttr> symbols = tn::symbolsIn(function);
  function.walk([&](Operation *op) {
    if (auto bound = op->getAttrOfType<ArrayAttr>("symbols"))
      for (auto name : bound.getAsRange<StringAttr>())
        symbols.remove(tn::symbolExpr(op->getContext(), name.getValue()));
  });
  return symbols;
}

bool plan::dependsOnlyOn(ExprAttr e, const llvm::SetVector<ExprAttr> &known) {
  bool result = true;
  tn::walkSymbols(e,
                  [&](ExprAttr symbol) { result &= known.contains(symbol); });
  return result;
}

bool plan::mayBeNegative(ExprAttr size, const tn::ShapeFacts &facts) {
  return facts.range(size).min < 0;
}

ExprAttr plan::bytesOf(Type tensor, const tn::ShapeFacts &facts) {
  MLIRContext *context = tensor.getContext();
  ExprAttr bytes =
      tn::constantExpr(context, tn::elementBytes(getElementTypeOrSelf(tensor)));
  for (ExprAttr dim : tn::shapeOf(tensor)) {
    if (mayBeNegative(dim, facts))
      dim = tn::maxExpr(dim, tn::constantExpr(context, 0));
    bytes = tn::mulExpr(bytes, dim);
  }
  return bytes;
}
