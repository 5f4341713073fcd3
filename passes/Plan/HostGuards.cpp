//===- HostGuards.cpp - What must hold before a kernel runs ---------------===//
//
// Sizes that depend on data, or on inputs that are too small, can make a model
// meaningless. Kernels do not check; the host program does, for what cannot be
// proved: no dim is negative, sizes broadcast, reshapes keep the count,
// operands fit together.
//
//===----------------------------------------------------------------------===//

#include "passes/Plan/HostEmitter.h"
#include "passes/Plan/Symbols.h"
#include "tenon/Dialect/Tn/NodeName.h"
#include "tenon/Dialect/Tn/SizeRequirements.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::plan;
using LLVM::ICmpPredicate;
using tn::ExprAttr;

/// "node "conv1": " as far as it is known.
std::string HostEmitter::nameOf(Location location) {
  StringRef name = tn::nodeName(location);
  return name.empty() ? "" : escapeFormat("node \"" + name.str() + "\": ");
}

void HostEmitter::guardBroadcasts(ExprAttr e) {
  for (ExprAttr arg : e.getArgs())
    guardBroadcasts(arg);
  if (e.getKind() != tn::ExprKind::Broadcast || !sizes.isNewCheck(e))
    return;
  ExprAttr a = e.getArgs()[0], b = e.getArgs()[1];
  Value invalid = sizes.invalid(e);
  host.failIf(invalid,
              nameOf(host.builder().getLoc()) +
                  escapeFormat("sizes " + a.str() + " = ") + "%lld and " +
                  escapeFormat(b.str() + " = ") + "%lld do not broadcast",
              {sizes.value(a), sizes.value(b)});
}

void HostEmitter::guardDims(Type tensor) {
  for (ExprAttr dim : tn::shapeOf(tensor)) {
    guardBroadcasts(dim);
    if (!mayBeNegative(dim, facts) || !sizes.isNewCheck(dim))
      continue;
    Value size = sizes.value(dim);
    host.failIf(host.compare(ICmpPredicate::slt, size, host.constant(0)),
                nameOf(host.builder().getLoc()) +
                    escapeFormat("size " + dim.str() + " is ") +
                    "%lld; is an input too small?",
                size);
  }
}

void HostEmitter::guardReshape(tn::ReshapeOp op) {
  ExprAttr from = tn::elementCount(op.getX().getType());
  ExprAttr to = tn::elementCount(op.getType());
  if (facts.provablyEqual(from, to))
    return;
  guardDims(op.getType());
  std::string dims =
      llvm::join(llvm::map_range(tn::shapeOf(op.getType()),
                                 [](ExprAttr dim) { return dim.str(); }),
                 ", ");
  Value have = sizes.value(from), want = sizes.value(to);
  host.failIf(host.compare(ICmpPredicate::ne, have, want),
              nameOf(op.getLoc()) + "%lld elements cannot be reshaped to [" +
                  escapeFormat(dims) + "], which has %lld",
              {have, want});
}

static StringRef complaint(tn::SizeRelation relation) {
  switch (relation) {
  case tn::SizeRelation::equal:
    return " = %lld differs from ";
  case tn::SizeRelation::oneOrEqual:
    return " = %lld is neither 1 nor ";
  case tn::SizeRelation::atMost:
    return " = %lld is more than ";
  }
  llvm_unreachable("all relations are handled");
}

/// What the op asks of sizes, unless it is proved, or what guardBroadcasts
/// asks.
void HostEmitter::guardRequirements(Operation *op) {
  for (auto [size, relation, other] : tn::requiredSizes(op)) {
    bool isAtMost = relation == tn::SizeRelation::atMost;
    bool isOneOr = relation == tn::SizeRelation::oneOrEqual;
    if (facts.provablyEqual(size, other) ||
        (isAtMost && facts.provablyAtMost(size, other)) ||
        (isOneOr && other.getKind() == tn::ExprKind::Broadcast &&
         llvm::is_contained(other.getArgs(), size)))
      continue;
    auto key = ArrayAttr::get(
        op->getContext(),
        {size, other, host.builder().getI32IntegerAttr(int32_t(relation))});
    if (!sizes.isNewCheck(key))
      continue;
    Value have = sizes.value(size), want = sizes.value(other);
    Value isWrong = host.compare(
        isAtMost ? ICmpPredicate::sgt : ICmpPredicate::ne, have, want);
    if (isOneOr)
      isWrong = LLVM::AndOp::create(
          host.builder(), isWrong,
          host.compare(ICmpPredicate::ne, have, host.constant(1)));
    host.failIf(
        isWrong,
        nameOf(op->getLoc()) + escapeFormat("size " + size.str()) +
            complaint(relation).str() +
            (other.isConstant() ? "" : escapeFormat(other.str() + " = ")) +
            "%lld",
        {have, want});
  }
}

/// The types in a fusion, its reshapes, and what its ops ask of sizes.
void HostEmitter::guardSizes(Operation *op) {
  for (Type type : op->getResultTypes())
    guardDims(type);
  for (Operation &inner : op->getRegion(0).front().without_terminator()) {
    for (Type type : inner.getResultTypes())
      guardDims(type);
    if (auto reshape = dyn_cast<tn::ReshapeOp>(inner))
      guardReshape(reshape);
    guardRequirements(&inner);
  }
}
