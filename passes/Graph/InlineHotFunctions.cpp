//===- InlineHotFunctions.cpp - Which calls are worth their code ----------===//
//
// A call costs its overhead and the fusions across its border. Inlining it
// costs code once per call. So calls are taken by what they save in a run
// (frequency, from a profile or estimated, times the values that cross the
// border) per op of code, until the code has grown as much as it may.
//
// From the model down: what is inlined shows new calls, whose places are then
// known exactly. Functions that stay are looked at after their callers.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/Remarks.h"
#include "mlir/Transforms/InliningUtils.h"
#include "passes/Graph/CodeSize.h"
#include "passes/Graph/Passes.h"
#include "tenon/Dialect/Tn/TnOps.h"
#include "tenon/Profile/RegionFrequency.h"
#include <queue>

namespace tenon::graph {
#define GEN_PASS_DEF_INLINEHOTFUNCTIONSPASS
#include "passes/Graph/Passes.h.inc"
} // namespace tenon::graph

using namespace mlir;
using namespace tenon;

/// A function of so few ops is not larger than its call.
static constexpr size_t kCallOps = 8;
/// How much the code may grow: a share of all ops, and what nobody notices.
static constexpr double kGrowth = 0.1;
static constexpr size_t kSmallGrowth = 512;

namespace {

struct Site {
  func::CallOp call;
  double frequency = 0;
  double value = 0; ///< of inlining it, per op of code

  bool operator<(const Site &other) const { return value < other.value; }
};

class HotInliner {
public:
  HotInliner(ModuleOp module, const profile::ExecutionProfile *profile,
             bool onlyNecessary);
  LogicalResult run();

private:
  struct Function {
    func::FuncOp op;
    size_t calls = 0; ///< ops that call it
    size_t size = 0;  ///< ops
    std::optional<bool> bindsSizes;
    bool isVisited = false;
  };
  Function &calleeOf(func::CallOp call) {
    return functions.find(call.getCallee())->second;
  }
  LogicalResult visit(Function &function);
  Site makeSite(func::CallOp call, double frequency);
  bool isWorth(Site site, std::string &reason);
  LogicalResult inlineCalls(func::FuncOp caller, ArrayRef<func::CallOp> calls,
                            profile::RegionFrequency &frequencies);
  LogicalResult inlineSite(const Site &site, StringRef reason,
                           SmallVectorImpl<func::CallOp> &newCalls);

  ModuleOp module;
  const profile::ExecutionProfile *profile;
  bool onlyNecessary;
  InlinerInterface interface;
  llvm::StringMap<Function> functions;
  size_t budget = kSmallGrowth; ///< ops that may be added
  double mostFrequent = 0;      ///< of all calls seen
};

struct InlineHotFunctions
    : tenon::graph::impl::InlineHotFunctionsPassBase<InlineHotFunctions> {
  using InlineHotFunctionsPassBase::InlineHotFunctionsPassBase;
  explicit InlineHotFunctions(graph::InlineOptions options)
      : options(std::move(options)) {}

  void runOnOperation() override;

  graph::InlineOptions options;
};

} // namespace

HotInliner::HotInliner(ModuleOp module,
                       const profile::ExecutionProfile *profile,
                       bool onlyNecessary)
    : module(module), profile(profile), onlyNecessary(onlyNecessary),
      interface(module.getContext()) {
  size_t ops = 0;
  for (auto op : module.getOps<func::FuncOp>()) {
    Function &function = functions[op.getName()];
    function.op = op;
    function.size = graph::opsOfCode(op.getBody());
    ops += function.size;
  }
  module.walk([&](func::CallOp call) { ++calleeOf(call).calls; });
  budget = std::max<size_t>(kSmallGrowth, kGrowth * ops);
}

/// Whether the function, or one that it calls, binds sizes, which is possible
/// in one place only. Refuses recursion.
LogicalResult HotInliner::visit(Function &function) {
  if (function.bindsSizes)
    return success();
  if (std::exchange(function.isVisited, true))
    return function.op.emitError("calls itself");
  bool binds = false;
  WalkResult walked = function.op.getBody().walk([&](Operation *op) {
    auto symbols = op->getAttrOfType<ArrayAttr>("symbols");
    binds |= symbols && !symbols.empty();
    auto call = dyn_cast<func::CallOp>(op);
    if (!call)
      return WalkResult::advance();
    if (failed(visit(calleeOf(call))))
      return WalkResult::interrupt();
    binds |= *calleeOf(call).bindsSizes;
    return WalkResult::advance();
  });
  function.bindsSizes = binds;
  return failure(walked.wasInterrupted());
}

Site HotInliner::makeSite(func::CallOp call, double frequency) {
  mostFrequent = std::max(mostFrequent, frequency);
  // Each value that crosses the border may be one launch more.
  double saved = 1 + call->getNumOperands() + call->getNumResults();
  return {call, frequency,
          frequency * saved / std::max<size_t>(1, calleeOf(call).size)};
}

bool HotInliner::isWorth(Site site, std::string &reason) {
  Function &callee = calleeOf(site.call);
  llvm::raw_string_ostream os(reason);
  if (*callee.bindsSizes) {
    os << "it binds sizes";
    return true;
  }
  if (onlyNecessary) {
    os << "inlining is disabled";
    return false;
  }
  if (callee.calls == 1) {
    os << "nothing else calls it";
    return true;
  }
  if (llvm::any_of(site.call.getOperands(), [](Value operand) {
        return operand.getDefiningOp<tn::WeightOp>();
      })) {
    os << "it takes weights, whose layout depends on it";
    return true;
  }
  if (callee.size <= kCallOps) {
    os << "it is as small as a call";
    return true;
  }
  os << (profile ? "it runs " : "it is estimated to run ")
     << llvm::format("%g", site.frequency) << " times";
  if (profile && site.frequency * profile::kHotShare < mostFrequent) {
    os << ", another call " << llvm::format("%g", mostFrequent);
    return false;
  }
  if (callee.size <= budget) {
    budget -= callee.size;
    os << " and adds " << callee.size << " ops";
    return true;
  }
  os << ", but would add " << callee.size << " ops where " << budget
     << " are left";
  return false;
}

LogicalResult HotInliner::inlineSite(const Site &site, StringRef reason,
                                     SmallVectorImpl<func::CallOp> &newCalls) {
  func::CallOp call = site.call;
  Function &callee = calleeOf(call);
  remark::passed(call.getLoc(),
                 remark::RemarkOpts::name("Inlined").category("graph"))
      << remark::metric("Function", callee.op.getName())
      << remark::reason("{0}", reason);
  Operation *before = call->getPrevNode();
  Operation *after = call->getNextNode();
  bool isLast = callee.calls == 1;
  auto clone = [](OpBuilder &builder, Region *source, Block *inlineBlock,
                  Block *postInsertBlock, IRMapping &mapper, bool isCloned) {
    Region *region = inlineBlock->getParent();
    Region::iterator at = postInsertBlock->getIterator();
    if (isCloned)
      source->cloneInto(region, at, mapper);
    else
      region->getBlocks().splice(at, source->getBlocks(), source->begin(),
                                 source->end());
  };
  Block *block = call->getBlock();
  if (failed(inlineCall(interface, clone, call, callee.op,
                        &callee.op.getBody(), /*shouldCloneInlinedRegion=*/
                        !isLast)))
    return call.emitOpError("cannot be inlined");
  call.erase();
  auto first = before ? std::next(before->getIterator()) : block->begin();
  for (auto it = first; it != after->getIterator(); ++it)
    it->walk([&](func::CallOp inner) {
      newCalls.push_back(inner);
      calleeOf(inner).calls += !isLast;
    });
  if (isLast) {
    func::FuncOp unused = callee.op;
    functions.erase(unused.getName());
    unused.erase();
  } else {
    --callee.calls;
  }
  return success();
}

/// Inlines calls of `caller`, and those that come with them.
LogicalResult HotInliner::inlineCalls(func::FuncOp caller,
                                      ArrayRef<func::CallOp> calls,
                                      profile::RegionFrequency &frequencies) {
  std::priority_queue<Site> sites;
  for (func::CallOp call : calls)
    sites.push(makeSite(call, frequencies.of(call)));
  while (!sites.empty()) {
    Site site = sites.top();
    sites.pop();
    std::string reason;
    if (!isWorth(site, reason)) {
      remark::missed(site.call.getLoc(),
                     remark::RemarkOpts::name("NotInlined").category("graph"))
          << remark::metric("Function", site.call.getCallee())
          << remark::reason("{0}", reason);
      continue;
    }
    SmallVector<func::CallOp> newCalls;
    if (failed(inlineSite(site, reason, newCalls)))
      return failure();
    for (func::CallOp call : newCalls)
      sites.push(makeSite(call, frequencies.of(call)));
  }
  functions[caller.getName()].size = graph::opsOfCode(caller.getBody());
  return success();
}

static SmallVector<func::CallOp> callsIn(func::FuncOp function) {
  SmallVector<func::CallOp> calls;
  function.walk([&](func::CallOp call) { calls.push_back(call); });
  return calls;
}

LogicalResult HotInliner::run() {
  for (auto &entry : functions)
    if (failed(visit(entry.second)))
      return failure();
  llvm::SetVector<Operation *> callers;
  for (auto function : module.getOps<func::FuncOp>())
    if (function.isPublic())
      callers.insert(function);
  for (size_t i = 0; i < callers.size(); ++i) {
    auto caller = cast<func::FuncOp>(callers[i]);
    SmallVector<func::CallOp> calls = callsIn(caller);
    if (calls.empty())
      continue;
    profile::RegionFrequency frequencies(module, profile);
    if (failed(inlineCalls(caller, calls, frequencies)))
      return failure();
    for (func::CallOp call : callsIn(caller))
      callers.insert(calleeOf(call).op);
  }
  return success();
}

void InlineHotFunctions::runOnOperation() {
  std::optional<profile::ExecutionProfile> read;
  const profile::ExecutionProfile *profile = options.profile;
  if (!profilePath.empty()) {
    auto file = profile::ExecutionProfile::read(profilePath);
    if (!file) {
      getOperation().emitError(llvm::toString(file.takeError()));
      return signalPassFailure();
    }
    profile = &read.emplace(std::move(*file));
  }
  HotInliner inliner(getOperation(), profile,
                     onlyNecessary || options.onlyNecessary);
  if (failed(inliner.run()))
    signalPassFailure();
}

std::unique_ptr<Pass> graph::createInlineHotFunctions(InlineOptions options) {
  return std::make_unique<InlineHotFunctions>(std::move(options));
}
