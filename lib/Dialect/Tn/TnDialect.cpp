//===- TnDialect.cpp - Registration and inlining of the tn dialect --------===//
//
// Each family of ops registers itself in its own file, so that the op models
// compile in parallel.
//
//===----------------------------------------------------------------------===//

#include "mlir/Transforms/InliningUtils.h"
#include "tenon/Dialect/Tn/ShapeFacts.h"
#include "tenon/Dialect/Tn/SymbolicFold.h"

using namespace mlir;
using namespace tenon::tn;

#include "tenon/Dialect/Tn/TnDialect.cpp.inc"
#include "tenon/Dialect/Tn/TnInterfaces.cpp.inc"

/// True if `op` introduces symbols; a copy of it would introduce them twice.
static bool bindsSymbols(Operation *op) {
  if (isa<BindOp>(op))
    return true;
  auto symbols = op->getAttrOfType<ArrayAttr>("symbols");
  return isa<IfOp, LoopOp>(op) && symbols && !symbols.empty();
}

namespace {
/// Everything may be inlined, except that symbols are bound in one place only.
struct TnInliner : DialectInlinerInterface {
  using DialectInlinerInterface::DialectInlinerInterface;
  bool isLegalToInline(Operation *, Operation *, bool) const final {
    return true;
  }
  bool isLegalToInline(Region *, Region *, bool, IRMapping &) const final {
    return true;
  }
  bool isLegalToInline(Operation *op, Region *, bool wouldBeCloned,
                       IRMapping &) const final {
    return !wouldBeCloned || !bindsSymbols(op);
  }
};
} // namespace

void TnDialect::initialize() {
  registerAttributes();
  registerElementwiseOps();
  registerMovementOps();
  registerIndexingOps();
  registerReductionOps();
  registerContractionOps();
  registerStructureOps();
  addInterfaces<TnInliner>();
  registerSymbolicFold(*this);
}

LogicalResult TnDialect::verifyOperationAttribute(Operation *op,
                                                  NamedAttribute attribute) {
  if (attribute.getName() == "tn.facts")
    return ShapeFacts::verify(op, attribute.getValue());
  return success();
}

void TnDialect::getCanonicalizationPatterns(RewritePatternSet &patterns) const {
  populateSymbolicFoldPatterns(patterns);
}

Operation *TnDialect::materializeConstant(OpBuilder &builder, Attribute value,
                                          Type type, Location loc) {
  if (auto elements = dyn_cast<ElementsAttr>(value);
      elements && elements.getType() == type)
    return ConstantOp::create(builder, loc, type, elements);
  return nullptr;
}
