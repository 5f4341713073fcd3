//===- FusionGraph.cpp - The groups of a block and their order ------------===//

#include "passes/Fusion/FusionGraph.h"
#include "passes/Fusion/ReadPattern.h"
#include "mlir/IR/Remarks.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::fusion;
using tn::FusionRole;

/// Units that a search for a path visits before it gives up.
static constexpr size_t kMostVisits = 512;

static bool becomesKernel(Operation *op) {
  auto role = dyn_cast<tn::FusionRoleOpInterface>(op);
  return role && role.getFusionRole() != FusionRole::host &&
         role.getFusionRole() != FusionRole::view;
}

/// All kernels that use it compute it themselves.
static bool isNeverStored(Operation *op) {
  return !op->use_empty() && llvm::all_of(op->getUsers(), [&](Operation *user) {
    return becomesKernel(user) && isRecomputed(op, user);
  });
}

static void missed(Operation *op, Operation *kernel, StringRef reason) {
  remark::missed(op->getLoc(),
                 remark::RemarkOpts::name("NotFused").category("fusion"))
      << remark::metric("Op", op->getName().getStringRef())
      << remark::metric("Kernel", kernel->getName().getStringRef())
      << remark::reason("{0}", reason);
}

FusionGraph::FusionGraph(Block &block, bool vertical) : block(block) {
  unsigned passed = 0;
  for (Operation &op : block) {
    segment[&op] = passed;
    passed += tn::isHostStep(&op);
  }
  for (Operation &op : llvm::reverse(block)) {
    if (!becomesKernel(&op) || isNeverStored(&op) ||
        (vertical && joinUsers(&op)))
      continue;
    all.push_back(std::make_unique<FusionGroup>(&op));
    owner[&op] = all.back().get();
  }
}

FusionGroup *FusionGraph::groupOfUsers(Operation *op,
                                       SmallVectorImpl<Operation *> &views) {
  FusionGroup *common = nullptr;
  for (Operation *user : op->getUsers()) {
    FusionGroup *group = groupOf(user);
    if (!group && isa<tn::ReshapeOp>(user)) {
      group = groupOfUsers(user, views);
      if (!llvm::is_contained(views, user))
        views.push_back(user);
    }
    if (!group || (common && common != group))
      return nullptr;
    common = group;
  }
  return common;
}

bool FusionGraph::joinUsers(Operation *op) {
  SmallVector<Operation *> joining;
  FusionGroup *group = groupOfUsers(op, joining);
  if (!group)
    return false;
  joining.push_back(op);
  StringRef reason;
  if (joining.size() == 1 ? failed(group->join(op, reason))
                          : failed(group->joinAll(joining, reason))) {
    missed(op, group->root(), reason);
    return false;
  }
  for (Operation *joined : joining)
    owner[joined] = group;
  return true;
}

SmallVector<const FusionGroup *> FusionGraph::groups() const {
  SmallVector<const FusionGroup *> result;
  for (const auto &group : all)
    if (isThere(*group))
      result.push_back(group.get());
  return result;
}

SmallVector<FusionGroup *>
FusionGraph::consumersOf(const FusionGroup &group) const {
  llvm::SetVector<FusionGroup *> consumers;
  for (Operation *op : group.members())
    for (Operation *user : op->getUsers())
      if (FusionGroup *consumer = groupOf(user);
          consumer && consumer != &group)
        consumers.insert(consumer);
  return consumers.takeVector();
}

bool FusionGraph::inSameSegment(const FusionGroup *a,
                                const FusionGroup *b) const {
  return segment.lookup(a->root()) == segment.lookup(b->root());
}

bool FusionGraph::isConnected(const FusionGroup *from,
                              const FusionGroup *to) const {
  llvm::SmallPtrSet<const void *, 32> seen;
  SmallVector<Operation *> pending(from->members());
  for (size_t visited = 0; !pending.empty(); ++visited) {
    if (visited > kMostVisits)
      return true;
    Operation *next = pending.pop_back_val();
    for (Operation *user : next->getUsers()) {
      Operation *op = block.findAncestorOpInBlock(*user);
      FusionGroup *group = groupOf(op);
      if (group == from)
        continue;
      if (group == to) {
        if (!from->contains(next))
          return true;
        continue;
      }
      if (!group && seen.insert(op).second)
        pending.push_back(op);
      if (group && seen.insert(group).second)
        llvm::append_range(pending, group->members());
    }
  }
  return false;
}

bool FusionGraph::merge(FusionGroup *from, FusionGroup *to) {
  StringRef reason;
  if (failed(to->merge(*from, reason))) {
    missed(from->root(), to->root(), reason);
    return false;
  }
  for (Operation *op : from->members())
    owner[op] = to;
  return true;
}

size_t FusionGraph::readers(const FusionGroup &group) const {
  llvm::SmallPtrSet<const void *, 4> units;
  for (Operation *op : group.members())
    for (Operation *user : op->getUsers()) {
      FusionGroup *reader = groupOf(user);
      if (reader != &group)
        units.insert(reader ? static_cast<const void *>(reader) : user);
    }
  return units.size();
}

void FusionGraph::mergeIntoConsumers() {
  for (auto &group : all) {
    if (!isThere(*group) || readers(*group) < 2)
      continue; // with one reader, the constructor tried
    for (FusionGroup *consumer : consumersOf(*group))
      if (inSameSegment(group.get(), consumer) &&
          !isConnected(group.get(), consumer) && merge(group.get(), consumer))
        break;
  }
}

void FusionGraph::mergeReadersOf(Value value) {
  llvm::SetVector<FusionGroup *> unique;
  for (Operation *user : value.getUsers())
    if (FusionGroup *reader = groupOf(user);
        reader && !reader->contains(value.getDefiningOp()) &&
        reader->walks(tn::shapeOf(value)))
      unique.insert(reader);
  SmallVector<FusionGroup *> readers = unique.takeVector();
  while (readers.size() > 1) {
    FusionGroup *to = readers.pop_back_val();
    FusionGroup *from = readers.back();
    if (inSameSegment(from, to) && !isConnected(from, to) &&
        !isConnected(to, from) && merge(from, to))
      readers.back() = to;
  }
}

void FusionGraph::mergeSiblings() {
  for (BlockArgument argument : block.getArguments())
    mergeReadersOf(argument);
  for (Operation &op : block)
    if (becomesKernel(&op) || isa<tn::ReshapeOp>(op))
      for (Value result : op.getResults())
        mergeReadersOf(result);
}
