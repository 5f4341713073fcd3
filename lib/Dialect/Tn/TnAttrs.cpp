//===- TnAttrs.cpp - Storage and registration of tn attributes ------------===//
//
// The generated attribute classes. How expressions are built is in Expr.cpp,
// how they and shapes are written in ExprSyntax.cpp.
//
//===----------------------------------------------------------------------===//

#include "tenon/Dialect/Tn/TnAttrs.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/OpImplementation.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;
using namespace tenon::tn;

#include "tenon/Dialect/Tn/TnEnums.cpp.inc"
#define GET_ATTRDEF_CLASSES
#include "tenon/Dialect/Tn/TnAttrs.cpp.inc"

ExprAttr ExprAttr::getRaw(MLIRContext *context, ExprKind kind, int64_t value,
                          StringRef name, ArrayRef<ExprAttr> args) {
  return Base::get(context, kind, value, name, args);
}

void TnDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "tenon/Dialect/Tn/TnAttrs.cpp.inc"
      >();
}
