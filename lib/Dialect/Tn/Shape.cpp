//===- Shape.cpp - Symbolic shapes of tensor types -----------------------===//

#include "tenon/Dialect/Tn/Shape.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/Operation.h"

using namespace mlir;

namespace tenon::tn {

SmallVector<ExprAttr> shapeOf(Type tensor) {
  auto type = cast<RankedTensorType>(tensor);
  if (auto shape = dyn_cast_or_null<ShapeAttr>(type.getEncoding()))
    return SmallVector<ExprAttr>(shape.getDims());
  assert(type.hasStaticShape() && "a dynamic tn tensor has a symbolic shape");
  return llvm::map_to_vector(type.getShape(), [&](int64_t extent) {
    return constantExpr(type.getContext(), extent);
  });
}

RankedTensorType tensorOf(ArrayRef<ExprAttr> dims, Type element) {
  SmallVector<int64_t> extents = llvm::map_to_vector(dims, [](ExprAttr dim) {
    return dim.isConstant() ? dim.getValue() : ShapedType::kDynamic;
  });
  Attribute encoding;
  if (!ShapedType::isStaticShape(extents))
    encoding = ShapeAttr::get(element.getContext(), dims);
  return RankedTensorType::get(extents, element, encoding);
}

RankedTensorType withElement(Type tensor, Type element) {
  auto type = cast<RankedTensorType>(tensor);
  return RankedTensorType::get(type.getShape(), element, type.getEncoding());
}

ExprAttr elementCount(Type tensor) {
  return productExpr(tensor.getContext(), shapeOf(tensor));
}

bool mayBeEqual(ExprAttr a, ExprAttr b) {
  if (a == b)
    return true;
  ExprAttr difference = subExpr(a, b);
  return !difference.isConstant() || difference.isConstant(0);
}

int64_t elementBytes(Type element) {
  if (auto complex = dyn_cast<ComplexType>(element))
    return 2 * elementBytes(complex.getElementType());
  if (element.isIndex())
    return sizeof(int64_t);
  return llvm::divideCeil(element.getIntOrFloatBitWidth(), 8);
}

static std::string shapesText(ArrayRef<SmallVector<ExprAttr>> shapes) {
  std::string text;
  llvm::raw_string_ostream os(text);
  llvm::interleaveComma(shapes, os, [&](ArrayRef<ExprAttr> dims) {
    os << '[';
    llvm::interleaveComma(dims, os, [&](ExprAttr dim) { os << dim.str(); });
    os << ']';
  });
  return text;
}

llvm::SetVector<ExprAttr> symbolsIn(Operation *op) {
  llvm::SetVector<ExprAttr> symbols;
  AttrTypeWalker walker;
  walker.addWalk([&](ExprAttr e) {
    walkSymbols(e, [&](ExprAttr symbol) { symbols.insert(symbol); });
    return WalkResult::skip();
  });
  op->walk<WalkOrder::PreOrder>([&](Operation *inner) {
    for (Type type : inner->getOperandTypes())
      walker.walk(type);
    for (Type type : inner->getResultTypes())
      walker.walk(type);
    walker.walk(inner->getAttrDictionary());
  });
  return symbols;
}

FailureOr<SmallVector<ExprAttr>>
broadcastShapes(ArrayRef<SmallVector<ExprAttr>> shapes,
                function_ref<InFlightDiagnostic()> emitError) {
  SmallVector<ExprAttr> result;
  for (ArrayRef<ExprAttr> dims : shapes) {
    // Dims are aligned at the right; what is missing at the left counts as 1.
    if (dims.size() > result.size()) {
      ArrayRef<ExprAttr> leading = dims.drop_back(result.size());
      result.insert(result.begin(), leading.begin(), leading.end());
    }
    size_t offset = result.size() - dims.size();
    for (auto [i, dim] : llvm::enumerate(dims)) {
      ExprAttr &common = result[offset + i];
      if (common.isConstant() && dim.isConstant() && common != dim &&
          !common.isConstant(1) && !dim.isConstant(1)) {
        emitError() << "cannot broadcast shapes " << shapesText(shapes)
                    << ": size " << common.str() << " meets " << dim.str();
        return failure();
      }
      common = broadcastExpr(common, dim);
    }
  }
  return result;
}

/// Ends of the smallest first group: dims of `from` and of `to`.
static std::pair<size_t, size_t> firstGroup(ArrayRef<ExprAttr> from,
                                            ArrayRef<ExprAttr> to) {
  MLIRContext *context = from.front().getContext();
  for (size_t total = 2; total <= from.size() + to.size(); ++total)
    for (size_t i = 1; i < total && i <= from.size(); ++i)
      if (size_t j = total - i;
          j <= to.size() && productExpr(context, from.take_front(i)) ==
                                productExpr(context, to.take_front(j)))
        return {i, j};
  return {from.size(), to.size()};
}

SmallVector<DimGroup> matchDims(ArrayRef<ExprAttr> from,
                                ArrayRef<ExprAttr> to) {
  SmallVector<DimGroup> groups;
  size_t i = 0, j = 0;
  while (i < from.size() && j < to.size()) {
    auto [m, n] = firstGroup(from.drop_front(i), to.drop_front(j));
    groups.push_back({i, i + m, j, j + n});
    i += m;
    j += n;
  }
  // What is left has one element.
  if (!groups.empty()) {
    groups.back().fromEnd = from.size();
    groups.back().toEnd = to.size();
  }
  return groups;
}

} // namespace tenon::tn
