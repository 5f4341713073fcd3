//===- BodyFeatures.cpp - Instructions that bodies may use ----------------===//

#include "tenon/Target/CPU/BodyFeatures.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;
using namespace tenon;

/// AVX-512's vscalefps, on one whole register.
static Value emitScalef(ImplicitLocOpBuilder &b, Value x, Value n) {
  Value allLanes = LLVM::ConstantOp::create(b, b.getI16IntegerAttr(-1));
  Value currentRounding = LLVM::ConstantOp::create(b, b.getI32IntegerAttr(4));
  auto call = LLVM::CallIntrinsicOp::create(
      b, x.getType(), b.getStringAttr("llvm.x86.avx512.mask.scalef.ps.512"),
      ValueRange{x, n, x, allLanes, currentRounding});
  return call.getResult(0);
}

tn::BodyFeatures cpu::bodyFeatures(const TargetDesc &target) {
  tn::BodyFeatures features;
  if (target.scalef && target.lanes() == 16) {
    features.scaleByPowerOfTwo = emitScalef;
    features.scaleLanes = 16;
  }
  return features;
}
