//===- ElementEmitter.cpp - The value of a tensor at an index -------------===//

#include "passes/Codegen/Emit/ElementEmitter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;
using tn::ExprAttr;

ElementEmitter::ElementEmitter(KernelBuilder &kernel, tn::FusionOp fusion)
    : k(kernel), memos(1) {
  for (auto [i, argument] : llvm::enumerate(fusion.getBody().getArguments()))
    bind(argument, [this, i = i](ArrayRef<LaneIndex> index) {
      return load(k.input(i), index);
    });
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

/// A constant of one element (or a splat), as a scalar of its compute type.
static Value emitSplat(KernelBuilder &k, tn::ConstantOp op) {
  auto dense = dyn_cast<DenseElementsAttr>(op.getValue());
  if (!dense || !dense.isSplat())
    return {};
  Type type = tn::BodyBuilder::computeType(dense.getElementType());
  ImplicitLocOpBuilder &b = k.builder();
  if (isa<FloatType>(dense.getElementType())) {
    APFloat value = dense.getSplatValue<APFloat>();
    bool lossy = false;
    value.convert(cast<FloatType>(type).getFloatSemantics(),
                  APFloat::rmNearestTiesToEven, &lossy);
    return arith::ConstantOp::create(b, FloatAttr::get(type, value));
  }
  APInt value = dense.getSplatValue<APInt>();
  return arith::ConstantOp::create(
      b, IntegerAttr::get(type, value.zextOrTrunc(type.getIntOrFloatBitWidth())));
}

Value ElementEmitter::emit(Value value, ArrayRef<LaneIndex> index) {
  std::vector<const void *> key{value.getAsOpaquePointer(),
                                laneMask.getAsOpaquePointer(),
                                guard.getAsOpaquePointer()};
  for (const LaneIndex &i : index) {
    key.push_back(i.base.getAsOpaquePointer());
    key.push_back(reinterpret_cast<const void *>(i.step));
    key.push_back(i.perLane.getAsOpaquePointer());
  }
  for (const Memo &memo : memos)
    if (auto known = memo.find(key); known != memo.end())
      return known->second;

  Value result;
  auto bound = bindings.find(value);
  if (bound != bindings.end()) {
    Binding at = bound->second; // the map may grow while it runs
    result = at(index);
  } else if (auto constant = value.getDefiningOp<tn::ConstantOp>()) {
    result = emitSplat(k, constant);
  } else if (auto body = value.getDefiningOp<tn::ScalarBodyOpInterface>()) {
    SmallVector<Value> operands;
    SmallVector<ExprAttr> dims = tn::shapeOf(value);
    for (Value operand : body->getOperands())
      operands.push_back(emit(
          operand, broadcastIndex(k, index, tn::shapeOf(operand), dims)));
    alignLanes(operands);
    result = body.emitScalar(k.body(), operands);
  } else if (auto op = value.getDefiningOp<tn::ElementOpInterface>()) {
    result = op.emitElement(*this, index);
  }
  assert(result && "no element lowering; fusion should not have taken this");
  memos.back()[std::move(key)] = result;
  return result;
}

Value ElementEmitter::emitVector(Value value, ArrayRef<LaneIndex> index) {
  Value result = emit(value, index);
  return k.lanes() == 1 ? result : k.body().splat(result, k.lanes());
}

void ElementEmitter::alignLanes(SmallVectorImpl<Value> &values) {
  bool anyVector = llvm::any_of(
      values, [](Value v) { return isa<VectorType>(v.getType()); });
  if (anyVector)
    for (Value &v : values)
      v = k.body().splat(v, k.lanes());
}

void ElementEmitter::scope(Value mask, function_ref<void()> fn) {
  Value savedMask = laneMask;
  laneMask = mask;
  memos.emplace_back();
  fn();
  memos.pop_back();
  laneMask = savedMask;
}

Value ElementEmitter::guarded(Value condition, function_ref<Value()> fn) {
  Value savedMask = laneMask, savedGuard = guard;
  bool perLane = isa<VectorType>(condition.getType());
  Value &slot = perLane ? laneMask : guard;
  slot = slot ? arith::AndIOp::create(k.builder(), slot, condition) : condition;
  Value result = fn();
  laneMask = savedMask;
  guard = savedGuard;
  return result;
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

static bool sameIndex(ArrayRef<LaneIndex> a, ArrayRef<LaneIndex> b) {
  return llvm::equal(a, b, [](const LaneIndex &x, const LaneIndex &y) {
    return x.base == y.base && x.step == y.step && x.perLane == y.perLane;
  });
}

void ElementEmitter::setFlat(ArrayRef<ExprAttr> dims, ArrayRef<LaneIndex> index,
                             LaneIndex linear) {
  flatDims.assign(dims.begin(), dims.end());
  flatIndex.assign(index.begin(), index.end());
  flatLinear = linear;
}

LaneIndex ElementEmitter::offsetOf(const Buffer &buffer,
                                   ArrayRef<LaneIndex> index) {
  if (!flatDims.empty() && ArrayRef(buffer.dims) == ArrayRef(flatDims) &&
      sameIndex(index, flatIndex))
    return flatLinear;
  LaneIndex offset = uniform(k.index(0));
  ExprAttr stride;
  for (size_t d = index.size(); d-- > 0;) {
    if (!stride) {
      offset = sum(offset, index[d]);
      stride = buffer.dims[d];
      continue;
    }
    LaneIndex scaled = stride.isConstant()
                           ? scale(index[d], stride.getValue())
                           : scale(index[d], k.evaluate(stride));
    offset = sum(offset, scaled);
    stride = tn::mulExpr(stride, buffer.dims[d]);
  }
  return offset;
}

Value ElementEmitter::effectiveMask() {
  if (!guard)
    return laneMask;
  Value all = k.body().splat(guard, k.lanes());
  return laneMask ? Value(arith::AndIOp::create(k.builder(), laneMask, all))
                  : all;
}

Value ElementEmitter::load(const Buffer &buffer, ArrayRef<LaneIndex> index) {
  LaneIndex offset = offsetOf(buffer, index);
  if (offset.isUniform()) {
    auto read = [&] { return k.loadScalar(buffer, offset.base); };
    if (!guard)
      return read();
    return k.ifElse(
        guard, [&] { return SmallVector<Value>{read()}; },
        [&] {
          Type type = tn::BodyBuilder::computeType(buffer.element);
          return SmallVector<Value>{arith::ConstantOp::create(
              k.builder(), k.builder().getZeroAttr(type))};
        })[0];
  }
  if (!offset.perLane && offset.step == 1)
    return k.loadVector(buffer, offset.base, effectiveMask());
  return k.gather(buffer, asInteger(offset), effectiveMask());
}

void ElementEmitter::store(Value value, const Buffer &buffer,
                           ArrayRef<LaneIndex> index) {
  LaneIndex offset = offsetOf(buffer, index);
  if (offset.isUniform()) {
    assert(!isa<VectorType>(value.getType()) && "lanes store to one place");
    k.storeScalar(value, buffer, offset.base);
    return;
  }
  value = k.body().splat(value, k.lanes());
  if (!offset.perLane && offset.step == 1)
    k.storeVector(value, buffer, offset.base, effectiveMask());
  else
    k.scatter(value, buffer, asInteger(offset), effectiveMask());
}

//===----------------------------------------------------------------------===//
// Index arithmetic
//===----------------------------------------------------------------------===//

static Value splatIndex(KernelBuilder &k, Value scalar) {
  ImplicitLocOpBuilder &b = k.builder();
  Value wide = arith::IndexCastOp::create(b, b.getI64Type(), scalar);
  return vector::BroadcastOp::create(b, k.vectorOf(b.getI64Type()), wide);
}

Value ElementEmitter::asInteger(const LaneIndex &i) {
  ImplicitLocOpBuilder &b = k.builder();
  if (i.perLane)
    return i.perLane;
  if (i.step == 0)
    return arith::IndexCastOp::create(b, b.getI64Type(), i.base);
  Value steps = arith::MulIOp::create(
      b, k.laneIota(), splatIndex(k, k.index(i.step)));
  return arith::AddIOp::create(b, splatIndex(k, i.base), steps);
}

LaneIndex ElementEmitter::fromInteger(Value v) {
  ImplicitLocOpBuilder &b = k.builder();
  if (!isa<VectorType>(v.getType()))
    return uniform(arith::IndexCastOp::create(b, b.getIndexType(), v));
  if (!getElementTypeOrSelf(v).isInteger(64))
    v = arith::ExtSIOp::create(b, k.vectorOf(b.getI64Type()), v);
  return {{}, 0, v};
}

/// Both as vectors of i64.
static Value lanesOf(ElementEmitter &e, const LaneIndex &i) {
  return i.isUniform() ? splatIndex(e.kernel(), i.base) : e.asInteger(i);
}

LaneIndex ElementEmitter::shift(const LaneIndex &i, Value by) {
  if (!i.perLane)
    return {k.add(i.base, by), i.step, {}};
  return {{}, 0,
          arith::AddIOp::create(k.builder(), i.perLane, splatIndex(k, by))};
}

LaneIndex ElementEmitter::scale(const LaneIndex &i, int64_t by) {
  if (!i.perLane)
    return {k.mul(i.base, k.index(by)), i.step * by, {}};
  return scale(i, k.index(by));
}

LaneIndex ElementEmitter::scale(const LaneIndex &i, Value by) {
  if (auto constant = getConstantIntValue(by); constant && !i.perLane)
    return scale(i, *constant);
  if (i.isUniform())
    return uniform(k.mul(i.base, by));
  return {{}, 0,
          arith::MulIOp::create(k.builder(), lanesOf(*this, i),
                                splatIndex(k, by))};
}

LaneIndex ElementEmitter::sum(const LaneIndex &a, const LaneIndex &b) {
  if (!a.perLane && !b.perLane)
    return {k.add(a.base, b.base), a.step + b.step, {}};
  return {{}, 0,
          arith::AddIOp::create(k.builder(), lanesOf(*this, a),
                                lanesOf(*this, b))};
}

LaneIndex ElementEmitter::divide(const LaneIndex &i, Value by) {
  if (i.isUniform())
    return uniform(k.div(i.base, by));
  return {{}, 0,
          arith::DivUIOp::create(k.builder(), lanesOf(*this, i),
                                 splatIndex(k, by))};
}

LaneIndex ElementEmitter::modulo(const LaneIndex &i, Value by) {
  if (i.isUniform())
    return uniform(k.mod(i.base, by));
  return {{}, 0,
          arith::RemUIOp::create(k.builder(), lanesOf(*this, i),
                                 splatIndex(k, by))};
}

Value ElementEmitter::inBounds(const LaneIndex &i, Value size) {
  ImplicitLocOpBuilder &b = k.builder();
  // Unsigned: a negative index is a large one.
  if (i.isUniform())
    return arith::CmpIOp::create(b, arith::CmpIPredicate::ult, i.base, size);
  return arith::CmpIOp::create(b, arith::CmpIPredicate::ult,
                               lanesOf(*this, i), splatIndex(k, size));
}

ElementIndex codegen::broadcastIndex(KernelBuilder &k,
                                     ArrayRef<LaneIndex> index,
                                     ArrayRef<ExprAttr> operandDims,
                                     ArrayRef<ExprAttr> resultDims) {
  ElementIndex result;
  size_t missing = resultDims.size() - operandDims.size();
  for (auto [d, dim] : llvm::enumerate(operandDims)) {
    const LaneIndex &i = index[missing + d];
    if (dim.isConstant(1)) {
      result.push_back({k.index(0), 0, {}});
    } else if (dim == resultDims[missing + d] || dim.isConstant()) {
      result.push_back(i);
    } else {
      // Decided at run time: a dim of size 1 stays at 0.
      ImplicitLocOpBuilder &b = k.builder();
      Value one = arith::CmpIOp::create(b, arith::CmpIPredicate::eq,
                                        k.evaluate(dim), k.index(1));
      if (i.isUniform()) {
        result.push_back(
            {arith::SelectOp::create(b, one, k.index(0), i.base), 0, {}});
        continue;
      }
      Value wide = i.perLane;
      if (!wide) {
        Value steps = arith::MulIOp::create(b, k.laneIota(),
                                            splatIndex(k, k.index(i.step)));
        wide = arith::AddIOp::create(b, splatIndex(k, i.base), steps);
      }
      Value zero = arith::ConstantOp::create(b, b.getZeroAttr(wide.getType()));
      result.push_back({{}, 0, arith::SelectOp::create(b, one, zero, wide)});
    }
  }
  return result;
}
