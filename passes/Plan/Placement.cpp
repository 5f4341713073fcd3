//===- Placement.cpp - Placements as attributes ---------------------------===//

#include "passes/Plan/Placement.h"
#include "mlir/IR/Builders.h"

using namespace mlir;
using namespace tenon::plan;

static constexpr llvm::StringLiteral placeName = "place";
static constexpr llvm::StringLiteral arenaName = "tn.arena";
static constexpr llvm::StringLiteral arenaBytesName = "tn.arena_bytes";

namespace {
struct PlaceName {
  Place place;
  llvm::StringLiteral name;
  bool hasPosition;
};
} // namespace

static constexpr PlaceName placeNames[] = {
    {Place::Weight, "weight", true}, {Place::Arena, "arena", true},
    {Place::Output, "output", true}, {Place::Heap, "heap", false},
    {Place::Alias, "alias", false},  {Place::Joined, "joined", false}};

Attribute Placement::toAttr(MLIRContext *context) const {
  const PlaceName &entry = placeNames[static_cast<int>(place)];
  Builder b(context);
  Attribute value = entry.hasPosition ? Attribute(b.getI64IntegerAttr(position))
                                      : Attribute(b.getUnitAttr());
  return b.getDictionaryAttr(b.getNamedAttr(entry.name, value));
}

std::optional<Placement> Placement::fromAttr(Attribute attr) {
  auto dictionary = dyn_cast_or_null<DictionaryAttr>(attr);
  if (!dictionary || dictionary.size() != 1)
    return std::nullopt;
  NamedAttribute written = *dictionary.begin();
  for (const PlaceName &entry : placeNames) {
    if (written.getName() != entry.name)
      continue;
    auto position = dyn_cast<IntegerAttr>(written.getValue());
    if (entry.hasPosition != bool(position))
      return std::nullopt;
    return Placement{entry.place, position ? position.getInt() : 0};
  }
  return std::nullopt;
}

void tenon::plan::setPlacements(Operation *op, ArrayRef<Placement> placements) {
  SmallVector<Attribute> attrs;
  for (const Placement &placement : placements)
    attrs.push_back(placement.toAttr(op->getContext()));
  op->setDiscardableAttr(placeName, ArrayAttr::get(op->getContext(), attrs));
}

std::optional<Placement> tenon::plan::placementOf(OpResult result) {
  auto attrs = result.getOwner()->getAttrOfType<ArrayAttr>(placeName);
  if (!attrs || result.getResultNumber() >= attrs.size())
    return std::nullopt;
  return Placement::fromAttr(attrs[result.getResultNumber()]);
}

void Arena::write(func::FuncOp function) const {
  Builder b(function.getContext());
  SmallVector<Attribute> attrs;
  for (const ArenaSlot &slot : slots) {
    NamedAttrList entry;
    entry.set("bytes", slot.bytes);
    entry.set("first", b.getI32IntegerAttr(slot.first));
    entry.set("last", b.getI32IntegerAttr(slot.last));
    if (bytes)
      entry.set("offset", b.getI64IntegerAttr(slot.offset));
    attrs.push_back(entry.getDictionary(b.getContext()));
  }
  function->setDiscardableAttr(arenaName, b.getArrayAttr(attrs));
  if (bytes)
    function->setDiscardableAttr(arenaBytesName, b.getI64IntegerAttr(*bytes));
  else
    function->removeDiscardableAttr(arenaBytesName);
}

static FailureOr<ArenaSlot> readSlot(Attribute attr) {
  auto entry = dyn_cast<DictionaryAttr>(attr);
  if (!entry)
    return failure();
  auto bytes = entry.getAs<tenon::tn::ExprAttr>("bytes");
  auto first = entry.getAs<IntegerAttr>("first");
  auto last = entry.getAs<IntegerAttr>("last");
  auto offset = entry.getAs<IntegerAttr>("offset");
  if (!bytes || !first || !last)
    return failure();
  return ArenaSlot{bytes, static_cast<int32_t>(first.getInt()),
                   static_cast<int32_t>(last.getInt()),
                   offset ? offset.getInt() : 0};
}

FailureOr<Arena> Arena::read(func::FuncOp function) {
  auto attrs = function->getAttrOfType<ArrayAttr>(arenaName);
  if (!attrs)
    return function.emitError(
        "has no memory plan: run --tn-plan-memory before its host program is "
        "emitted");
  Arena arena;
  for (Attribute attr : attrs) {
    FailureOr<ArenaSlot> slot = readSlot(attr);
    if (failed(slot))
      return function.emitError("entry ")
             << arena.slots.size() << " of " << arenaName << " is " << attr
             << ", not {bytes, first, last}";
    arena.slots.push_back(*slot);
  }
  if (auto bytes = function->getAttrOfType<IntegerAttr>(arenaBytesName))
    arena.bytes = bytes.getInt();
  return arena;
}
