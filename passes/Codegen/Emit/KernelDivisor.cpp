//===- KernelDivisor.cpp - What divides an index --------------------------===//
//
// Loops over sizes of which the multiple is known need no tail. Positions are
// arithmetic on sizes, constants and loop counters, so what divides them
// follows from what divides those.
//
//===----------------------------------------------------------------------===//

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "passes/Codegen/Emit/KernelBuilder.h"
#include "llvm/Support/MathExtras.h"
#include <numeric>

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;

uint64_t KernelBuilder::divisor(Value v) const {
  if (auto constant = getConstantIntValue(v))
    return *constant < 0 ? -uint64_t(*constant) : uint64_t(*constant);
  if (auto known = exprDivisors.find(v); known != exprDivisors.end())
    return known->second;
  if (auto argument = dyn_cast<BlockArgument>(v)) {
    auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
    if (!loop || argument != loop.getInductionVar())
      return 1;
    return std::gcd(divisor(loop.getLowerBound()), divisor(loop.getStep()));
  }
  Operation *op = v.getDefiningOp();
  if (isa<arith::AddIOp, arith::SubIOp, arith::MinSIOp, arith::MaxSIOp,
          arith::RemUIOp>(op))
    return std::gcd(divisor(op->getOperand(0)), divisor(op->getOperand(1)));
  if (isa<arith::MulIOp>(op))
    return llvm::SaturatingMultiply(divisor(op->getOperand(0)),
                                    divisor(op->getOperand(1)));
  return 1;
}
