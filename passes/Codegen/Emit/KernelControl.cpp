//===- KernelControl.cpp - Loops and branches of KernelBuilder ------------===//

#include "passes/Codegen/Emit/KernelBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;

void KernelBuilder::forLoop(Value lower, Value upper, int64_t step,
                            function_ref<void(Value)> body) {
  forLoop(lower, upper, step, ValueRange{}, [&](Value i, ValueRange) {
    body(i);
    return SmallVector<Value>{};
  });
}

SmallVector<Value> KernelBuilder::forLoop(
    Value lower, Value upper, int64_t step, ValueRange init,
    function_ref<SmallVector<Value>(Value, ValueRange)> body) {
  auto low = getConstantIntValue(lower), high = getConstantIntValue(upper);
  if (low && high) {
    if (*low >= *high)
      return SmallVector<Value>(init);
    if (*high - *low <= step)
      return body(lower, init);
  }
  auto loop = scf::ForOp::create(b, lower, upper, index(step), init);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> next =
      body(loop.getInductionVar(), loop.getRegionIterArgs());
  if (!init.empty())
    scf::YieldOp::create(b, next);
  return loop.getResults();
}

void KernelBuilder::ifThen(Value condition, function_ref<void()> then) {
  auto branch = scf::IfOp::create(b, condition, /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branch.thenBlock());
  then();
}

SmallVector<Value>
KernelBuilder::ifElse(Value condition,
                      function_ref<SmallVector<Value>()> then,
                      function_ref<SmallVector<Value>()> otherwise) {
  // The result types are known only after a region is built: build both
  // regions apart, then move them in.
  Region thenRegion, elseRegion;
  auto build = [&](Region &region, function_ref<SmallVector<Value>()> fn) {
    OpBuilder::InsertionGuard guard(b);
    b.createBlock(&region);
    SmallVector<Value> values = fn();
    scf::YieldOp::create(b, values);
    return SmallVector<Type>(ValueRange(values).getTypes());
  };
  SmallVector<Type> types = build(thenRegion, then);
  build(elseRegion, otherwise);
  auto branch = scf::IfOp::create(b, types, condition);
  branch.getThenRegion().takeBody(thenRegion);
  branch.getElseRegion().takeBody(elseRegion);
  return branch.getResults();
}

void KernelBuilder::laneLoop(Value lower, Value upper,
                             function_ref<void(Value, Value)> body) {
  laneLoop(lower, upper, ValueRange{}, [&](Value i, Value mask, ValueRange) {
    body(i, mask);
    return SmallVector<Value>{};
  });
}

SmallVector<Value> KernelBuilder::laneLoop(
    Value lower, Value upper, ValueRange init,
    function_ref<SmallVector<Value>(Value, Value, ValueRange)> body) {
  Value count = sub(upper, lower);
  bool isWhole = divisor(count) % laneCount == 0;
  Value vectorEnd =
      isWhole ? upper
              : add(lower, mul(div(count, index(laneCount)), index(laneCount)));
  SmallVector<Value> values = forLoop(
      lower, vectorEnd, laneCount, init,
      [&](Value i, ValueRange carried) { return body(i, {}, carried); });
  if (isWhole)
    return values;
  Value rest = sub(upper, vectorEnd);
  if (auto constant = getConstantIntValue(rest)) {
    if (*constant == 0)
      return values;
    return body(vectorEnd, laneMask(rest), values);
  }
  Value any =
      arith::CmpIOp::create(b, arith::CmpIPredicate::sgt, rest, index(0));
  if (init.empty()) {
    ifThen(any, [&] { body(vectorEnd, laneMask(rest), {}); });
    return {};
  }
  return ifElse(
      any, [&] { return body(vectorEnd, laneMask(rest), values); },
      [&] { return values; });
}
