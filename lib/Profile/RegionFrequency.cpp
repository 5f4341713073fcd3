//===- RegionFrequency.cpp - Names, paths and counts of regions -----------===//

#include "tenon/Profile/RegionFrequency.h"
#include "mlir/IR/Matchers.h"
#include "tenon/Dialect/Tn/TnOps.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::profile;

/// Rounds of a loop whose count is not known, and how often a branch is taken.
static constexpr double kRounds = 8, kBranch = 0.5;

//===----------------------------------------------------------------------===//
// Names
//===----------------------------------------------------------------------===//

/// The inlined calls that an op came through, outermost first, and its node.
static void collectNodes(Location loc, SmallVectorImpl<StringRef> &nodes) {
  if (auto name = dyn_cast<NameLoc>(loc)) {
    nodes.push_back(name.getName());
  } else if (auto call = dyn_cast<CallSiteLoc>(loc)) {
    collectNodes(call.getCaller(), nodes);
    collectNodes(call.getCallee(), nodes);
  } else if (auto fused = dyn_cast<FusedLoc>(loc)) {
    for (Location part : fused.getLocations()) {
      size_t before = nodes.size();
      collectNodes(part, nodes);
      if (nodes.size() != before)
        return;
    }
  }
}

static Operation *enclosingRegionOp(Operation *op) {
  do
    op = op->getParentOp();
  while (op && !isa<tn::LoopOp, tn::IfOp, func::FuncOp>(op));
  return isa_and_nonnull<tn::LoopOp, tn::IfOp>(op) ? op : nullptr;
}

/// The nodes of `op` without the inlined calls that are around its region too.
static std::string nameOf(Operation *op) {
  SmallVector<StringRef> nodes, outside;
  collectNodes(op->getLoc(), nodes);
  if (Operation *around = enclosingRegionOp(op))
    collectNodes(around->getLoc(), outside);
  if (!outside.empty())
    outside.pop_back();
  ArrayRef<StringRef> own = nodes;
  if (own.size() > outside.size() &&
      own.take_front(outside.size()) == ArrayRef(outside))
    own = own.drop_front(outside.size());
  return llvm::join(own, " > ");
}

std::string profile::regionName(Region &region) {
  Operation *op = region.getParentOp();
  std::string name = nameOf(op);
  if (auto condition = dyn_cast<tn::IfOp>(op))
    name += &region == &condition.getThenRegion() ? ":then" : ":else";
  return name;
}

std::string profile::regionName(func::CallOp call) { return nameOf(call); }

static std::string nest(StringRef outer, StringRef inner) {
  return (outer + (outer.empty() || inner.empty() ? "" : " > ") + inner).str();
}

/// The regions around `op` in its function.
static std::string pathInFunction(Operation *op) {
  std::string path;
  for (Region *region = op->getParentRegion(); region;
       region = region->getParentRegion())
    if (isa<tn::LoopOp, tn::IfOp>(region->getParentOp()))
      path = nest(regionName(*region), path);
  return path;
}

//===----------------------------------------------------------------------===//
// Frequencies
//===----------------------------------------------------------------------===//

RegionFrequency::RegionFrequency(ModuleOp module,
                                 const ExecutionProfile *profile)
    : profile(profile) {
  module.walk(
      [&](func::CallOp call) { callsOf[call.getCallee()].push_back(call); });
}

ArrayRef<std::string> RegionFrequency::pathsTo(func::FuncOp function) {
  if (auto known = paths.find(function); known != paths.end())
    return known->second;
  std::vector<std::string> found;
  if (function.isPublic())
    found.push_back("");
  for (func::CallOp call : callsOf.lookup(function.getName())) {
    std::string inside = nest(pathInFunction(call), regionName(call));
    for (const std::string &outside :
         pathsTo(call->getParentOfType<func::FuncOp>()))
      found.push_back(nest(outside, inside));
  }
  return paths.try_emplace(function, std::move(found)).first->second;
}

double RegionFrequency::measured(func::FuncOp function, StringRef path) {
  double calls = 0;
  for (const std::string &outside : pathsTo(function))
    calls += profile->callsPerRun(nest(outside, path));
  return calls;
}

/// Runs of the region per run of the op that it is in.
static double estimate(Region &region) {
  auto loop = dyn_cast<tn::LoopOp>(region.getParentOp());
  if (!loop)
    return isa<tn::IfOp>(region.getParentOp()) ? kBranch : 1;
  DenseIntElementsAttr trip;
  if (!loop.getTripCount() ||
      !matchPattern(loop.getTripCount(), m_Constant(&trip)))
    return kRounds;
  return std::max<double>(0, (*trip.begin()).getSExtValue());
}

double RegionFrequency::estimated(func::FuncOp function) {
  if (auto known = estimates.find(function); known != estimates.end())
    return known->second;
  double calls = function.isPublic();
  for (func::CallOp call : callsOf.lookup(function.getName()))
    calls += of(call);
  return estimates[function] = calls;
}

double RegionFrequency::of(Operation *op) {
  auto function = op->getParentOfType<func::FuncOp>();
  if (profile)
    return measured(function, pathInFunction(op));
  double calls = estimated(function);
  for (Region *region = op->getParentRegion(); region;
       region = region->getParentRegion())
    calls *= estimate(*region);
  return calls;
}

double RegionFrequency::of(Region &region) {
  return of(&region.front().front());
}
