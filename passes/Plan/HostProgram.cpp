//===- HostProgram.cpp - The functions of a program and its tables --------===//

#include "passes/Plan/HostProgram.h"
#include "passes/Plan/HostEmitter.h"
#include "passes/Plan/StoredValues.h"
#include "passes/Plan/Symbols.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::plan;
using tn::ExprAttr;

//===----------------------------------------------------------------------===//
// What the artifact says about it
//===----------------------------------------------------------------------===//

static HostTensor describe(StringAttr name, StringRef kind, unsigned index,
                           Type type) {
  return {name ? name.str() : (kind + Twine(index)).str(),
          cast<RankedTensorType>(type)};
}

/// The program's signature.
static HostProgram describe(func::FuncOp function, StringRef symbolName) {
  HostProgram program;
  program.symbolName = symbolName.str();
  llvm::SetVector<ExprAttr> symbols = inputSymbols(function);
  program.inputSymbols = symbols.size();
  for (auto [i, type] : llvm::enumerate(function.getArgumentTypes()))
    program.inputs.push_back(describe(
        function.getArgAttrOfType<StringAttr>(i, "tn.name"), "input", i, type));
  for (auto [i, type] : llvm::enumerate(function.getResultTypes())) {
    program.outputs.push_back(
        describe(function.getResultAttrOfType<StringAttr>(i, "tn.name"),
                 "output", i, type));
    for (ExprAttr dim : tn::shapeOf(type))
      if (dim.isSymbol())
        symbols.insert(dim);
  }
  program.symbols = symbols.takeVector();
  return program;
}

/// The blob of all constants and weights of `functions`.
static FailureOr<cpu::WeightBlob>
collectWeights(ArrayRef<func::FuncOp> functions) {
  cpu::WeightBlob blob;
  llvm::DenseSet<int64_t> known;
  auto collect = [&](Operation *op) {
    if (isa<tn::FusionOp>(op))
      return WalkResult::skip();
    if (!isa<tn::ConstantOp, tn::WeightOp>(op))
      return WalkResult::advance();
    // What is empty shares its place with what comes next.
    if (tn::elementCount(op->getResult(0).getType()).isConstant(0))
      return WalkResult::advance();
    std::optional<Placement> placement = placementOf(op->getResult(0));
    if (!placement || placement->place != Place::Weight) {
      op->emitOpError("has no place in the weights: run --tn-plan-memory");
      return WalkResult::interrupt();
    }
    if (!known.insert(placement->position).second)
      return WalkResult::advance();
    FailureOr<cpu::WeightSource> source = storedSource(op, placement->position);
    if (failed(source))
      return WalkResult::interrupt();
    blob.bytes = std::max(blob.bytes, source->position + source->blobBytes());
    blob.sources.push_back(std::move(*source));
    return WalkResult::advance();
  };
  for (func::FuncOp function : functions)
    if (func::FuncOp(function)
            .getBody()
            .walk<WalkOrder::PreOrder>(collect)
            .wasInterrupted())
      return failure();
  return blob;
}

//===----------------------------------------------------------------------===//
// Functions
//===----------------------------------------------------------------------===//

/// `function` and what it calls, callees first.
static void collectFunctions(func::FuncOp function,
                             llvm::SetVector<Operation *> &functions) {
  function.walk([&](func::CallOp call) {
    auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
        call, call.getCalleeAttr());
    if (callee && !callee.isDeclaration() && !functions.contains(callee))
      collectFunctions(callee, functions);
  });
  functions.insert(function);
}

static HostFrame frameOf(func::FuncOp function, const Arena &arena) {
  HostFrame frame;
  frame.temporaries = arena.bytes ? 1 : arena.slots.size();
  for (Type result : function.getResultTypes())
    frame.values =
        std::max(frame.values, cast<RankedTensorType>(result).getRank());
  function.walk([&](Operation *op) {
    int64_t slots = op->getNumOperands() + op->getNumResults();
    if (auto scalars = op->getAttrOfType<tn::ShapeAttr>("args"))
      slots += scalars.size();
    if (isa<tn::FusionOp, func::CallOp>(op))
      frame.slots = std::max(frame.slots, slots);
    if (auto call = dyn_cast<func::CallOp>(op)) {
      auto callee = SymbolTable::lookupNearestSymbolFrom<func::FuncOp>(
          call, call.getCalleeAttr());
      frame.values =
          std::max<int64_t>(frame.values, entrySymbols(callee).size());
    }
  });
  return frame;
}

/// For LLVM: which calls are worth their code was decided before. What a
/// profile never saw run is kept small and out of the way.
static void markCalled(LLVM::LLVMFuncOp code, std::optional<double> calls) {
  SmallVector<StringRef> attributes = {"noinline"};
  if (calls && *calls == 0)
    attributes.append({"cold", "optsize"});
  else if (calls && *calls > 1)
    attributes.push_back("hot");
  code.setPassthroughAttr(OpBuilder(code).getStrArrayAttr(attributes));
}

FailureOr<HostProgram>
plan::emitHostProgram(func::FuncOp function, StringRef symbolName,
                      ModuleOp dest, const profile::ExecutionProfile *profile) {
  dest.getContext()->getOrLoadDialect<LLVM::LLVMDialect>();
  llvm::SetVector<Operation *> found;
  collectFunctions(function, found);
  auto functions = llvm::map_to_vector(
      found, [](Operation *op) { return cast<func::FuncOp>(op); });
  HostProgram program = describe(function, symbolName);
  program.arenaBytes = 0;
  profile::RegionFrequency frequencies(function->getParentOfType<ModuleOp>(),
                                       profile);
  ProgramContext context{
      symbolName.str(), {}, profile ? &frequencies : nullptr};
  for (auto [i, part] : llvm::enumerate(functions)) {
    FailureOr<Arena> arena = Arena::read(part);
    if (failed(arena))
      return failure();
    std::optional<int64_t> bytes = arena->slots.empty() ? 0 : arena->bytes;
    program.arenaBytes = bytes && program.arenaBytes
                             ? std::optional(*program.arenaBytes + *bytes)
                             : std::nullopt;
    HostFrame frame = frameOf(part, *arena);
    frame.helperPrefix = symbolName.str();
    bool isCalled = part != function;
    if (isCalled)
      frame.planId = i + 1;
    HostBuilder host(dest, isCalled ? context.symbolOf(part) : symbolName.str(),
                     part.getLoc(), frame);
    if (isCalled)
      markCalled(host.code(),
                 profile ? std::optional(frequencies.of(part.getBody()))
                         : std::nullopt);
    HostEmitter emitter(host, part, *arena, context);
    if (failed(emitter.run()))
      return failure();
  }
  program.regions = std::move(context.regions);
  FailureOr<cpu::WeightBlob> weights = collectWeights(functions);
  if (failed(weights))
    return failure();
  program.weights = std::move(*weights);
  return program;
}
