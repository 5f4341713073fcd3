//===- EmitKernels.cpp - All fusions of a module become kernels -----------===//

#include "passes/Codegen/EmitKernels.h"
#include "passes/Codegen/Emit/Emitter.h"
#include "tenon/Dialect/Tn/NodeName.h"
#include "mlir/IR/AttrTypeSubElements.h"
#include "mlir/IR/IRMapping.h"
#include "llvm/ADT/SetVector.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;
using tn::ExprAttr;

namespace {

/// A copy of a fusion whose symbols are named by order of appearance: what its
/// kernel depends on, and nothing else.
struct Canonical {
  OwningOpRef<Operation *> owner; ///< keeps `fusion` alive
  tn::FusionOp fusion;
  SmallVector<ExprAttr> originals; ///< of symbols, in the original fusion
  SmallVector<ExprAttr> symbols;   ///< the same in the copy
  std::string text;                ///< without locations
};

Canonical canonicalize(tn::FusionOp fusion) {
  Canonical result;
  MLIRContext *context = fusion.getContext();
  llvm::SetVector<ExprAttr> symbols = tn::symbolsIn(fusion);
  llvm::StringMap<ExprAttr> renamed;
  for (auto [i, symbol] : llvm::enumerate(symbols)) {
    result.originals.push_back(symbol);
    result.symbols.push_back(
        tn::symbolExpr(context, ("s" + llvm::Twine(i)).str()));
    renamed[result.originals.back().getName()] = result.symbols.back();
  }
  // A module around it: operands of the copy are arguments of a block.
  auto module = ModuleOp::create(UnknownLoc::get(context));
  result.owner = OwningOpRef<Operation *>(module);
  OpBuilder b = OpBuilder::atBlockEnd(module.getBody());
  IRMapping map;
  for (Value input : fusion.getInputs()) {
    auto source = UnrealizedConversionCastOp::create(
        b, b.getUnknownLoc(), input.getType(), ValueRange{});
    map.map(input, source.getResult(0));
  }
  Operation *copy = b.clone(*fusion, map);
  result.fusion = cast<tn::FusionOp>(copy);
  for (StringRef name : {"kernel", "index", "args", "tiles", "grain", "flops",
                         "bytes"})
    copy->removeDiscardableAttr(name);
  AttrTypeReplacer replacer;
  replacer.addReplacement([&](ExprAttr e) {
    return std::pair<Attribute, WalkResult>(
        tn::substituteExpr(
            e, [&](StringRef name) { return renamed.lookup(name); }),
        WalkResult::skip());
  });
  replacer.recursivelyReplaceElementsIn(module, /*replaceAttrs=*/true,
                                        /*replaceLocs=*/false,
                                        /*replaceTypes=*/true);
  llvm::raw_string_ostream os(result.text);
  copy->print(os, OpPrintingFlags().assumeVerified().useLocalScope());
  return result;
}

/// "conv stem/conv, stem/relu": for profiles and error messages.
std::string describe(tn::FusionOp fusion) {
  std::string text =
      tn::stringifyHero(fusion.getScheduleAttr().getHero()).str();
  llvm::SetVector<StringRef> names;
  fusion.getBody().walk([&](Operation *op) {
    StringRef name = tn::nodeName(op->getLoc());
    if (!name.empty() && !isa<tn::ConstantOp, tn::ExprOp>(op))
      names.insert(name);
  });
  for (auto [i, name] : llvm::enumerate(names)) {
    if (i == 3) {
      text += ", ...";
      break;
    }
    text += (i ? ", " : " ") + name.str();
  }
  return text;
}

struct Work {
  ExprAttr flops, bytes;
};

Work measure(tn::FusionOp fusion) {
  MLIRContext *context = fusion.getContext();
  Work work{tn::constantExpr(context, 0), tn::constantExpr(context, 0)};
  fusion.getBody().walk([&](tn::CostOpInterface op) {
    work.flops = tn::addExpr(work.flops, op.getFlops());
  });
  auto add = [&](Value v) {
    work.bytes = tn::addExpr(
        work.bytes,
        tn::mulExpr(tn::elementCount(v.getType()),
                    tn::elementBytes(getElementTypeOrSelf(v.getType()))));
  };
  llvm::for_each(fusion.getInputs(), add);
  llvm::for_each(fusion.getOutputs(), add);
  return work;
}

} // namespace

FailureOr<std::vector<Kernel>> codegen::emitKernels(Operation *root,
                                                    const TargetDesc &target,
                                                    StringRef prefix) {
  struct Emitted {
    size_t index;
    KernelInfo info;
    SmallVector<ExprAttr> symbols;
  };
  std::vector<Kernel> kernels;
  llvm::StringMap<Emitted> known;
  SmallVector<tn::FusionOp> fusions;
  root->walk<WalkOrder::PreOrder>([&](tn::FusionOp fusion) {
    fusions.push_back(fusion);
    return WalkResult::skip();
  });
  MLIRContext *context = root->getContext();
  OpBuilder b(context);
  for (tn::FusionOp fusion : fusions) {
    Canonical canonical = canonicalize(fusion);
    auto found = known.find(canonical.text);
    if (found == known.end()) {
      Kernel kernel;
      kernel.symbol = (prefix + "k" + llvm::Twine(kernels.size())).str();
      kernel.name = describe(fusion);
      kernel.module = ModuleOp::create(fusion.getLoc());
      FailureOr<KernelInfo> info =
          emitKernel(kernel.symbol, *kernel.module, canonical.fusion,
                     canonical.symbols, target);
      if (failed(info))
        return failure();
      found = known
                  .try_emplace(canonical.text,
                               Emitted{kernels.size(), *info, canonical.symbols})
                  .first;
      kernels.push_back(std::move(kernel));
    }
    const Emitted &emitted = found->second;
    ExprAttr tiles = tn::substituteExpr(
        emitted.info.tiles, [&](StringRef name) -> ExprAttr {
          for (auto [symbol, original] :
               llvm::zip_equal(emitted.symbols, canonical.originals))
            if (symbol.getName() == name)
              return original;
          return {};
        });
    ++kernels[emitted.index].launches;
    Work work = measure(fusion);
    fusion->setAttr("kernel", b.getStringAttr(kernels[emitted.index].symbol));
    fusion->setAttr("index", b.getI64IntegerAttr(emitted.index));
    fusion->setAttr("args", tn::ShapeAttr::get(context, canonical.originals));
    fusion->setAttr("tiles", tiles);
    fusion->setAttr("grain", b.getI64IntegerAttr(emitted.info.grain));
    fusion->setAttr("flops", work.flops);
    fusion->setAttr("bytes", work.bytes);
  }
  return kernels;
}
