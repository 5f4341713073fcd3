//===- NodeOwners.cpp - The ONNX nodes that ops come from -----------------===//

#include "lib/Explain/NodeOwners.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::explain;

NodeOwners::NodeOwners(ModuleOp module) {
  module.walk([&](func::CallOp call) {
    if (Operation *callee = module.lookupSymbol(call.getCallee()))
      calls[callee].push_back(call);
  });
}

/// Names in a location; of what was inlined those of the call.
static void addNames(Location location,
                     llvm::SmallSetVector<StringRef, 2> &names) {
  location->walk([&](Location part) {
    if (auto call = dyn_cast<CallSiteLoc>(part)) {
      addNames(call.getCaller(), names);
      return WalkResult::skip();
    }
    if (auto name = dyn_cast<NameLoc>(part))
      names.insert(name.getName());
    return WalkResult::advance();
  });
}

const NodeOwners::Names &NodeOwners::ofFunction(func::FuncOp function) {
  std::unique_ptr<Names> &entry = known[function];
  if (entry)
    return *entry;
  auto owners = std::make_unique<Names>();
  for (func::CallOp call : calls[function])
    for (StringRef name : of(call))
      owners->insert(name);
  // Calls may have grown the map.
  return *(known[function] = std::move(owners));
}

ArrayRef<StringRef> NodeOwners::of(Operation *op) {
  auto function = op->getParentOfType<func::FuncOp>();
  if (function && function.isPrivate())
    return ofFunction(function).getArrayRef();
  names.clear();
  addNames(op->getLoc(), names);
  return names.getArrayRef();
}
