//===- Shape.cpp - Sizes as data ------------------------------------------===//

#include "Families.h"
#include "tenon/Import/Onnx/NodeReader.h"
#include "tenon/Import/Onnx/OpTable.h"

using namespace mlir;

namespace tenon::onnx {

/// Dims [start, end) of the operand; both are limited to the rank.
static LogicalResult importShape(NodeReader &n, TnBuilder &b) {
  Exprs dims = dimsOf(n.input(0));
  int64_t rank = dims.size();
  auto position = [&](StringRef attribute, int64_t otherwise) {
    int64_t at = n.intAttr(attribute, otherwise);
    return std::clamp<int64_t>(at < 0 ? at + rank : at, 0, rank);
  };
  int64_t start = position("start", 0), end = position("end", rank);
  return n.finish(
      b.ints(ArrayRef(dims).slice(start, std::max<int64_t>(end - start, 0))));
}

static LogicalResult importSize(NodeReader &n, TnBuilder &b) {
  return n.finish(b.intScalar(tn::elementCount(n.input(0).getType())));
}

void registerShape(OpTable &t) {
  t.on("Shape", 1, 1, importShape);
  t.on("Size", 1, 1, importSize);
}

} // namespace tenon::onnx
