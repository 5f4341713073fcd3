//===- NodeName.cpp - Which node of the model an op comes from ------------===//

#include "tenon/Dialect/Tn/NodeName.h"

using namespace mlir;

llvm::StringRef tenon::tn::nodeName(Location location) {
  StringRef name;
  // The walk sees callees before callers.
  location->walk([&](Location part) {
    auto named = dyn_cast<NameLoc>(part);
    if (!named)
      return WalkResult::advance();
    name = named.getName().getValue();
    return WalkResult::interrupt();
  });
  return name;
}
