//===- UnrollHotLoops.cpp - Loops of few rounds become what they do -------===//
//
// Inner loops first. The locations of a round's ops say that they came through
// the loop, so that paths of profiles (RegionFrequency.h) stay what they were.
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/Remarks.h"
#include "passes/Graph/CodeSize.h"
#include "passes/Graph/Passes.h"
#include "tenon/Dialect/Tn/TnOps.h"
#include "tenon/Profile/RegionFrequency.h"

namespace tenon::graph {
#define GEN_PASS_DEF_UNROLLHOTLOOPSPASS
#include "passes/Graph/Passes.h.inc"
} // namespace tenon::graph

using namespace mlir;
using namespace tenon;

/// Ops that unrolling may add: anywhere, and where a profile shows most rounds.
static constexpr int64_t kGrowth = 64, kHotGrowth = 512;

namespace {

struct UnrollHotLoops
    : tenon::graph::impl::UnrollHotLoopsPassBase<UnrollHotLoops> {
  using UnrollHotLoopsPassBase::UnrollHotLoopsPassBase;
  explicit UnrollHotLoops(const profile::ExecutionProfile *profile)
      : profile(profile) {}

  void runOnOperation() override;

  const profile::ExecutionProfile *profile = nullptr;
};

} // namespace

/// How many rounds the loop runs, if that is known and all sizes stay the same.
static std::optional<int64_t> knownRounds(tn::LoopOp loop) {
  DenseIntElementsAttr trip;
  if (!loop.runsAllRounds() || !loop.getSymbols().empty() ||
      !matchPattern(loop.getTripCount(), m_Constant(&trip)))
    return std::nullopt;
  return (*trip.begin()).getSExtValue();
}

/// One value per round, stacked along the scan output's axis.
static Value stack(ImplicitLocOpBuilder &b, tn::LoopOp loop, unsigned scan,
                   SmallVector<Value> pieces) {
  Type result = loop->getResult(loop.getCarried().size() + scan).getType();
  int64_t axis = loop.getScanAxes().empty() ? 0 : loop.getScanAxes()[scan];
  if (!loop.getScanReverse().empty() && loop.getScanReverse()[scan])
    std::reverse(pieces.begin(), pieces.end());
  SmallVector<tn::ExprAttr> dims = tn::shapeOf(result);
  dims[axis] = tn::constantExpr(b.getContext(), 1);
  Type slab = tn::tensorOf(dims, getElementTypeOrSelf(result));
  for (Value &piece : pieces)
    piece = tn::ReshapeOp::create(b, slab, piece);
  return tn::ConcatOp::create(b, result, pieces, axis);
}

/// Puts `rounds` >= 1 copies of the body in place of the loop.
static void unroll(tn::LoopOp loop, int64_t rounds) {
  ImplicitLocOpBuilder b(loop.getLoc(), loop);
  Block &body = loop.getBody().front();
  auto yield = cast<tn::YieldOp>(body.getTerminator());
  size_t carried = loop.getCarried().size();
  SmallVector<Value> values(loop.getCarried());
  std::vector<SmallVector<Value>> scans(loop->getNumResults() - carried);
  auto scalar = [&](Attribute value, Type element) -> Value {
    auto type = RankedTensorType::get({}, element);
    return tn::ConstantOp::create(b, type, DenseElementsAttr::get(type, value));
  };
  for (int64_t round = 0; round < rounds; ++round) {
    IRMapping map;
    map.map(body.getArgument(0),
            scalar(b.getI64IntegerAttr(round), b.getI64Type()));
    map.map(body.getArgument(1), scalar(b.getBoolAttr(true), b.getI1Type()));
    map.map(body.getArguments().drop_front(2), ValueRange(values));
    for (Operation &op : body.without_terminator())
      b.clone(op, map)->walk([&](Operation *inner) {
        inner->setLoc(CallSiteLoc::get(inner->getLoc(), loop.getLoc()));
      });
    for (size_t i = 0; i < carried; ++i)
      values[i] = map.lookupOrDefault(yield.getValues()[1 + i]);
    for (auto [i, scan] : llvm::enumerate(scans))
      scan.push_back(map.lookupOrDefault(yield.getValues()[1 + carried + i]));
  }
  for (auto [i, scan] : llvm::enumerate(scans))
    values.push_back(stack(b, loop, i, scan));
  loop->replaceAllUsesWith(values);
  loop.erase();
}

void UnrollHotLoops::runOnOperation() {
  profile::RegionFrequency frequencies(getOperation(), profile);
  // Before anything moves: inner loops go before those around them.
  SmallVector<std::pair<tn::LoopOp, double>> loops;
  double mostFrequent = 0;
  getOperation().walk([&](tn::LoopOp loop) {
    loops.emplace_back(loop, frequencies.of(loop.getBody()));
    mostFrequent = std::max(mostFrequent, loops.back().second);
  });
  for (auto [loop, frequency] : loops) {
    std::optional<int64_t> rounds = knownRounds(loop);
    int64_t limit = kGrowth;
    if (profile)
      limit = frequency * profile::kHotShare >= mostFrequent ? kHotGrowth : 0;
    int64_t size = graph::opsOfCode(loop.getBody()), added = 0;
    StringRef reason;
    if (!rounds)
      reason = "the number of rounds or a size is known at run time only";
    else if (*rounds < 1)
      reason = "it runs no round";
    else if (llvm::MulOverflow(*rounds - 1, size, added) || added > limit)
      reason = limit ? "it would add too many ops" : "it is cold";
    if (!reason.empty()) {
      remark::missed(loop.getLoc(),
                     remark::RemarkOpts::name("NotUnrolled").category("graph"))
          << remark::metric("Ops", size) << remark::reason("{0}", reason);
      continue;
    }
    remark::passed(loop.getLoc(),
                   remark::RemarkOpts::name("Unrolled").category("graph"))
        << remark::metric("Rounds", *rounds) << remark::metric("Ops", size);
    unroll(loop, *rounds);
  }
}

std::unique_ptr<Pass>
graph::createUnrollHotLoops(const profile::ExecutionProfile *profile) {
  return std::make_unique<UnrollHotLoops>(profile);
}
