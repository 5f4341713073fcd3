//===- SingleLaneStores.cpp - Masked stores of one lane -------------------===//
//
// LLVM 22 does so itself for AVX-512, but forgets that the value was truncated:
// a lane of i8, made from i32, is stored with 4 bytes, over the 3 that follow.
//
//===----------------------------------------------------------------------===//

#include "SingleLaneStores.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/IntrinsicInst.h"
#include "llvm/IR/Module.h"

using namespace llvm;

/// The only lane of a constant mask.
static std::optional<unsigned> singleLane(Value *mask) {
  auto constant = dyn_cast<Constant>(mask);
  auto type = dyn_cast<FixedVectorType>(mask->getType());
  if (!constant || !type)
    return std::nullopt;
  std::optional<unsigned> lane;
  for (unsigned i = 0; i < type->getNumElements(); ++i) {
    auto bit = dyn_cast_or_null<ConstantInt>(constant->getAggregateElement(i));
    if (!bit || (bit->isOne() && lane))
      return std::nullopt;
    if (bit->isOne())
      lane = i;
  }
  return lane;
}

static void storeLane(IntrinsicInst &store, unsigned lane) {
  IRBuilder<> b(&store);
  Value *element = b.CreateExtractElement(store.getArgOperand(0), lane);
  Value *place = b.CreateConstInBoundsGEP1_64(element->getType(),
                                              store.getArgOperand(1), lane);
  const DataLayout &layout = store.getDataLayout();
  b.CreateAlignedStore(
      element, place,
      commonAlignment(store.getParamAlign(1).valueOrOne(),
                      lane * layout.getTypeStoreSize(element->getType())));
  store.eraseFromParent();
}

void tenon::cpu::storeSingleLanes(Module &module) {
  for (Function &function : module)
    for (Instruction &instruction :
         make_early_inc_range(instructions(function)))
      if (auto store = dyn_cast<IntrinsicInst>(&instruction);
          store && store->getIntrinsicID() == Intrinsic::masked_store)
        if (auto lane = singleLane(store->getArgOperand(store->arg_size() - 1)))
          storeLane(*store, *lane);
}
