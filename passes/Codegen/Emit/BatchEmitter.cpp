//===- BatchEmitter.cpp - Hero batch: independent kernels in one launch ---===//
//
// Each part is a function of its own, with a schedule of its own. The kernel
// calls them in turn with the same share of their tiles, so that threads have
// equal work whatever the parts are.
//
//===----------------------------------------------------------------------===//

#include "passes/Codegen/Emit/Emitter.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;
using tn::ExprAttr;

/// Which slots of the batch are those of the part, in its order.
static SmallVector<int64_t> slotsOf(tn::FusionOp part, tn::FusionOp batch,
                                    size_t symbols) {
  SmallVector<int64_t> slots;
  for (Value input : part.getInputs())
    slots.push_back(cast<BlockArgument>(input).getArgNumber());
  int64_t outputs = batch.getInputs().size();
  ValueRange yielded = batch.getYield().getValues();
  for (Value output : part.getOutputs())
    slots.push_back(outputs + (llvm::find(yielded, output) - yielded.begin()));
  for (size_t i = 0; i < symbols; ++i)
    slots.push_back(outputs + yielded.size() + i);
  return slots;
}

FailureOr<KernelInfo> codegen::emitBatch(StringRef name, ModuleOp module,
                                         tn::FusionOp fusion,
                                         ArrayRef<ExprAttr> symbols,
                                         const TargetDesc &target) {
  SmallVector<tn::FusionOp> parts(fusion.getBody().getOps<tn::FusionOp>());
  KernelInfo whole{tn::constantExpr(fusion.getContext(), 0)};
  SmallVector<ExprAttr> tiles;
  auto nameOf = [&](size_t i) { return (name + "_" + Twine(i)).str(); };
  for (auto [i, part] : llvm::enumerate(parts)) {
    FailureOr<KernelInfo> info =
        emitKernel(nameOf(i), module, part, symbols, target);
    if (failed(info))
      return failure();
    module.lookupSymbol<LLVM::LLVMFuncOp>(nameOf(i))
        .setLinkage(LLVM::Linkage::Internal);
    tiles.push_back(info->tiles);
    whole.tiles = tn::maxExpr(whole.tiles, info->tiles);
    whole.grain = std::max(whole.grain, info->grain);
  }
  KernelBuilder k(name, module, fusion, symbols, target, /*lanes=*/1);
  Value most = k.evaluate(whole.tiles);
  for (auto [i, part] : llvm::enumerate(parts)) {
    Value count = k.evaluate(tiles[i]);
    auto share = [&](Value tile) { return k.div(k.mul(tile, count), most); };
    k.call(nameOf(i), slotsOf(part, fusion, symbols.size()),
           share(k.firstTile()), share(k.lastTile()));
  }
  k.finish();
  return whole;
}
