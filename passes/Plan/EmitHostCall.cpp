//===- EmitHostCall.cpp - Calls, and what profiles count ------------------===//

#include "passes/Plan/HostEmitter.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::plan;

std::string ProgramContext::symbolOf(func::FuncOp called) const {
  return symbolName + "." + called.getName().str();
}

/// Results lie where the caller wants them, so the call only passes addresses.
LogicalResult HostEmitter::emitCall(func::CallOp op) {
  auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
      op, op.getCalleeAttr());
  if (!callee || callee.isPublic() || callee.isDeclaration())
    return op.emitOpError("only private functions of the module can be called");
  SmallVector<Value> inputs, symbols, results;
  for (Value v : op.getOperands())
    inputs.push_back(addressOf(v));
  for (tn::ExprAttr symbol : entrySymbols(callee))
    symbols.push_back(sizes.value(symbol));
  for (OpResult result : op->getResults()) {
    guardDims(result.getType());
    place(result);
    results.push_back(addressOf(result));
  }
  auto name = callee->getAttrOfType<StringAttr>("tn.name");
  host.callFunction(program.symbolOf(callee), inputs, symbols, results,
                    program.regions.size());
  program.regions.push_back(
      {profile::regionName(op), (name ? name : callee.getNameAttr()).str()});
  ++launchesInPart;
  return success();
}

void HostEmitter::enterRegion(Region &region) {
  host.enterRegion(host.constant(program.regions.size()));
  program.regions.push_back({profile::regionName(region), ""});
}

/// How often the region runs and how often it does not, where it is decided.
Odds HostEmitter::oddsOf(Region &region) {
  if (!program.frequencies)
    return kUnknown;
  Operation *op = region.getParentOp();
  double yes = program.frequencies->of(region);
  double no = program.frequencies->of(op);
  // A loop decides once more per run than it has rounds.
  if (isa<tn::IfOp>(op))
    no = std::max(0.0, no - yes);
  double scale = 1'000'000 / std::max(yes + no, 1e-9);
  return {uint32_t(yes * scale) + 1, uint32_t(no * scale) + 1};
}
