//===- HeroWalk.cpp - Steps that several heroes share ---------------------===//

#include "passes/Codegen/Emit/HeroWalk.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;
using tn::ExprAttr;

std::optional<Buffer> codegen::outputOf(KernelBuilder &k, tn::FusionOp fusion,
                                        Value value) {
  for (auto [i, yielded] : llvm::enumerate(fusion.getYield().getValues()))
    if (yielded == value)
      return k.output(i);
  return std::nullopt;
}

LaneIndex codegen::consecutive(KernelBuilder &k, Value base) {
  return {base, k.lanes() == 1 ? 0 : 1, {}};
}

ElementIndex codegen::uniformIndex(ElementEmitter &e,
                                   ArrayRef<Value> coordinates) {
  ElementIndex index;
  for (Value coordinate : coordinates)
    index.push_back(e.uniform(coordinate));
  return index;
}

Value codegen::emitRun(ElementEmitter &e, Value value, Value first,
                       Value mask) {
  KernelBuilder &k = e.kernel();
  SmallVector<ExprAttr> dims = tn::shapeOf(value);
  Value result;
  e.scope(mask, [&] {
    LaneIndex linear = consecutive(k, first);
    LaneIndex rest = linear;
    ElementIndex index(dims.size());
    for (size_t d = dims.size(); d-- > 0;) {
      Value size = k.evaluate(dims[d]);
      index[d] = d == 0 ? rest : e.modulo(rest, size);
      if (d > 0)
        rest = e.divide(rest, size);
    }
    e.setFlat(dims, index, linear);
    result = e.emitVector(value, index);
  });
  return result;
}
