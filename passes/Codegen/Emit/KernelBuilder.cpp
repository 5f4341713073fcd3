//===- KernelBuilder.cpp - The frame of every kernel ----------------------===//

#include "passes/Codegen/Emit/KernelBuilder.h"
#include "tenon/Target/CPU/BodyFeatures.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;
using tn::ExprAttr;
using tn::ExprKind;

//===----------------------------------------------------------------------===//
// Signature and slots
//===----------------------------------------------------------------------===//

KernelBuilder::KernelBuilder(StringRef name, ModuleOp module,
                             tn::FusionOp fusion, ArrayRef<ExprAttr> symbols,
                             const TargetDesc &target, int64_t lanes)
    : b(fusion.getLoc(), OpBuilder::atBlockEnd(module.getBody())),
      bodyBuilder(b, cpu::bodyFeatures(target)), targetDesc(target),
      laneCount(lanes), facts(module), symbols(symbols) {
  MLIRContext *context = module.getContext();
  Type pointer = LLVM::LLVMPointerType::get(context);
  Type i64 = b.getI64Type();
  function = LLVM::LLVMFuncOp::create(
      b, name,
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(context),
                                  {pointer, i64, i64}));
  function.setArgAttr(0, LLVM::LLVMDialect::getNoAliasAttrName(),
                      b.getUnitAttr());
  b.setInsertionPointToStart(function.addEntryBlock(b));

  int64_t position = 0;
  for (Value v : fusion.getInputs())
    inputs.push_back(buffer(position++, v.getType()));
  for (Value v : fusion.getOutputs())
    outputs.push_back(buffer(position++, v.getType()));
  firstScalarSlot = position;
  for (ExprAttr symbol : symbols) {
    Value value = slot(position++, i64);
    value = arith::IndexCastOp::create(b, b.getIndexType(), value);
    exprValues[symbol] = value;
    exprDivisors[value] = facts.divisor(symbol);
  }
  // What is hoisted goes before the marker, what is emitted after it.
  indexConstants[0] = arith::ConstantIndexOp::create(b, 0);
  prologueEnd = arith::ConstantIndexOp::create(b, 0);
  b.setInsertionPoint(LLVM::ReturnOp::create(b, ValueRange{}));
}

void KernelBuilder::finish() { b.setInsertionPointAfter(function); }

Value KernelBuilder::slot(int64_t position, Type type) {
  Type pointer = LLVM::LLVMPointerType::get(b.getContext());
  Value address =
      LLVM::GEPOp::create(b, pointer, b.getI64Type(), function.getArgument(0),
                          ArrayRef<LLVM::GEPArg>{LLVM::GEPArg(position)});
  return LLVM::LoadOp::create(b, type, address);
}

/// A pointer as memref<?xelement>: a descriptor behind one unrealized cast,
/// which convert-to-llvm resolves.
static Value asMemref(ImplicitLocOpBuilder &b, Value pointer, Type element) {
  Type i64 = b.getI64Type();
  auto array = LLVM::LLVMArrayType::get(i64, 1);
  auto type = LLVM::LLVMStructType::getLiteral(
      b.getContext(), {pointer.getType(), pointer.getType(), i64, array, array});
  auto constant = [&](int64_t v) -> Value {
    return LLVM::ConstantOp::create(b, i64, b.getI64IntegerAttr(v));
  };
  Value d = LLVM::UndefOp::create(b, type);
  auto insert = [&](Value v, ArrayRef<int64_t> at) {
    d = LLVM::InsertValueOp::create(b, d, v, at);
  };
  insert(pointer, {0});
  insert(pointer, {1});
  insert(constant(0), {2});
  insert(constant(std::numeric_limits<int64_t>::max()), {3, 0});
  insert(constant(1), {4, 0});
  auto memref = MemRefType::get({ShapedType::kDynamic}, element);
  return UnrealizedConversionCastOp::create(b, memref, d).getResult(0);
}

Buffer KernelBuilder::buffer(int64_t position, Type tensor) {
  Type element = getElementTypeOrSelf(tensor);
  Value pointer = slot(position, LLVM::LLVMPointerType::get(b.getContext()));
  return {asMemref(b, pointer, tn::BodyBuilder::storageType(element)), element,
          tn::shapeOf(tensor)};
}

Buffer KernelBuilder::scratch(int64_t elements, Type element) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(prologueEnd);
  Type storage = tn::BodyBuilder::storageType(element);
  Value count =
      LLVM::ConstantOp::create(b, b.getI64Type(), b.getI64IntegerAttr(elements));
  Value pointer = LLVM::AllocaOp::create(
      b, LLVM::LLVMPointerType::get(b.getContext()), storage, count,
      /*alignment=*/64);
  return {asMemref(b, pointer, storage), element,
          {tn::constantExpr(b.getContext(), elements)}};
}

void KernelBuilder::call(StringRef callee, ArrayRef<int64_t> slots,
                         Value firstTile, Value lastTile) {
  Type pointer = LLVM::LLVMPointerType::get(b.getContext());
  Type i64 = b.getI64Type();
  Value count = LLVM::ConstantOp::create(b, i64, int64_t(slots.size()));
  Value array = LLVM::AllocaOp::create(b, pointer, i64, count);
  for (auto [to, from] : llvm::enumerate(slots)) {
    Value address =
        LLVM::GEPOp::create(b, pointer, i64, array,
                            ArrayRef<LLVM::GEPArg>{LLVM::GEPArg(to)});
    LLVM::StoreOp::create(b, slot(from, i64), address);
  }
  SmallVector<Value> operands{array};
  for (Value tile : {firstTile, lastTile})
    operands.push_back(arith::IndexCastOp::create(b, i64, tile));
  LLVM::CallOp::create(b, TypeRange{}, callee, operands);
}

Value KernelBuilder::firstTile() {
  return arith::IndexCastOp::create(b, b.getIndexType(),
                                    function.getArgument(1));
}
Value KernelBuilder::lastTile() {
  return arith::IndexCastOp::create(b, b.getIndexType(),
                                    function.getArgument(2));
}

//===----------------------------------------------------------------------===//
// Index arithmetic
//===----------------------------------------------------------------------===//

Value KernelBuilder::index(int64_t value) {
  Value &known = indexConstants[value];
  if (!known) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPoint(prologueEnd);
    known = arith::ConstantIndexOp::create(b, value);
  }
  return known;
}

Value KernelBuilder::add(Value x, Value y) {
  auto cx = getConstantIntValue(x), cy = getConstantIntValue(y);
  if (cx && cy)
    return index(*cx + *cy);
  if (cx && *cx == 0)
    return y;
  if (cy && *cy == 0)
    return x;
  return arith::AddIOp::create(b, x, y);
}

Value KernelBuilder::sub(Value x, Value y) {
  auto cx = getConstantIntValue(x), cy = getConstantIntValue(y);
  if (cx && cy)
    return index(*cx - *cy);
  if (cy && *cy == 0)
    return x;
  return arith::SubIOp::create(b, x, y);
}

Value KernelBuilder::mul(Value x, Value y) {
  auto cx = getConstantIntValue(x), cy = getConstantIntValue(y);
  if (cx && cy)
    return index(*cx * *cy);
  if ((cx && *cx == 0) || (cy && *cy == 0))
    return index(0);
  if (cx && *cx == 1)
    return y;
  if (cy && *cy == 1)
    return x;
  return arith::MulIOp::create(b, x, y);
}

Value KernelBuilder::div(Value x, Value y) {
  auto cx = getConstantIntValue(x), cy = getConstantIntValue(y);
  if (cx && cy && *cy != 0)
    return index(*cx / *cy);
  if (cy && *cy == 1)
    return x;
  return arith::DivUIOp::create(b, x, y);
}

Value KernelBuilder::mod(Value x, Value y) {
  auto cx = getConstantIntValue(x), cy = getConstantIntValue(y);
  if (cx && cy && *cy != 0)
    return index(*cx % *cy);
  if (cy && *cy == 1)
    return index(0);
  return arith::RemUIOp::create(b, x, y);
}

Value KernelBuilder::min(Value x, Value y) {
  auto cx = getConstantIntValue(x), cy = getConstantIntValue(y);
  if (cx && cy)
    return index(std::min(*cx, *cy));
  return x == y ? x : Value(arith::MinSIOp::create(b, x, y));
}

Value KernelBuilder::max(Value x, Value y) {
  auto cx = getConstantIntValue(x), cy = getConstantIntValue(y);
  if (cx && cy)
    return index(std::max(*cx, *cy));
  return x == y ? x : Value(arith::MaxSIOp::create(b, x, y));
}

Value KernelBuilder::evaluate(ExprAttr e) {
  if (e.isConstant())
    return index(e.getValue());
  if (Value known = exprValues.lookup(e))
    return known;
  assert(!e.isSymbol() && "a symbol without a slot");
  SmallVector<Value> args;
  for (ExprAttr arg : e.getArgs())
    args.push_back(evaluate(arg));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPoint(prologueEnd);
  Value result;
  switch (e.getKind()) {
  case ExprKind::Constant:
  case ExprKind::Symbol:
    llvm_unreachable("handled above");
  case ExprKind::Add:
    result = index(e.getValue());
    for (Value arg : args)
      result = add(result, arg);
    break;
  case ExprKind::Mul:
    result = index(e.getValue());
    for (Value arg : args)
      result = mul(result, arg);
    break;
  case ExprKind::FloorDiv:
    result = arith::FloorDivSIOp::create(b, args[0], args[1]);
    break;
  case ExprKind::CeilDiv:
    result = arith::CeilDivSIOp::create(b, args[0], args[1]);
    break;
  case ExprKind::Mod: {
    Value quotient = arith::FloorDivSIOp::create(b, args[0], args[1]);
    result = sub(args[0], mul(quotient, args[1]));
    break;
  }
  case ExprKind::Min:
    result = args.front();
    for (Value arg : ArrayRef(args).drop_front())
      result = min(result, arg);
    break;
  case ExprKind::Max:
    result = args.front();
    for (Value arg : ArrayRef(args).drop_front())
      result = max(result, arg);
    break;
  case ExprKind::Broadcast:
    result = args.front();
    for (Value arg : ArrayRef(args).drop_front()) {
      Value isOne = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, result,
                                          index(1));
      result = arith::SelectOp::create(b, isOne, arg, result);
    }
    break;
  }
  exprDivisors[result] = facts.divisor(e);
  return exprValues[e] = result;
}

SmallVector<Value> KernelBuilder::delinearize(Value linear,
                                              ArrayRef<ExprAttr> dims) {
  SmallVector<Value> coordinates(dims.size());
  for (size_t d = dims.size(); d-- > 0;) {
    if (d == 0) {
      coordinates[d] = linear;
      break;
    }
    Value size = evaluate(dims[d]);
    coordinates[d] = mod(linear, size);
    linear = div(linear, size);
  }
  return coordinates;
}

Value KernelBuilder::linearize(ArrayRef<Value> coordinates,
                               ArrayRef<ExprAttr> dims) {
  Value linear = index(0);
  for (auto [coordinate, dim] : llvm::zip_equal(coordinates, dims))
    linear = add(mul(linear, evaluate(dim)), coordinate);
  return linear;
}

//===----------------------------------------------------------------------===//
// Lanes
//===----------------------------------------------------------------------===//

Value KernelBuilder::laneIota() {
  SmallVector<int64_t> lanes(laneCount);
  for (int64_t i = 0; i < laneCount; ++i)
    lanes[i] = i;
  return arith::ConstantOp::create(
      b, DenseElementsAttr::get(vectorOf(b.getI64Type()),
                                ArrayRef<int64_t>(lanes)));
}

Value KernelBuilder::laneMask(Value count) {
  if (auto constant = getConstantIntValue(count)) {
    SmallVector<bool> bits(laneCount);
    for (int64_t i = 0; i < laneCount; ++i)
      bits[i] = i < *constant;
    return arith::ConstantOp::create(
        b, DenseElementsAttr::get(vectorOf(b.getI1Type()), ArrayRef<bool>(bits)));
  }
  // 32-bit lanes: one compare of one register. A count beyond them is clamped.
  SmallVector<int32_t> lanes(laneCount);
  for (int64_t i = 0; i < laneCount; ++i)
    lanes[i] = i;
  VectorType type = vectorOf(b.getI32Type());
  Value iota = arith::ConstantOp::create(
      b, DenseElementsAttr::get(type, ArrayRef<int32_t>(lanes)));
  Value narrow = arith::IndexCastOp::create(b, b.getI32Type(),
                                            min(count, index(laneCount)));
  return arith::CmpIOp::create(b, arith::CmpIPredicate::slt, iota,
                               vector::BroadcastOp::create(b, type, narrow));
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

Value KernelBuilder::loadScalar(const Buffer &buffer, Value offset) {
  return body().fromStorage(
      memref::LoadOp::create(b, buffer.memref, ValueRange{offset}),
      buffer.element);
}

/// LLVM 22 may fold a masked load into a masked multiply-add and later unfold
/// it as a load of all lanes (TwoAddressInstruction), which may trap. A fence
/// keeps the two apart and costs nothing.
static Value keepMasked(ImplicitLocOpBuilder &b, Value loaded) {
  if (!isa<Float32Type, Float64Type>(getElementTypeOrSelf(loaded)))
    return loaded;
  return LLVM::CallIntrinsicOp::create(
             b, loaded.getType(), b.getStringAttr("llvm.arithmetic.fence"),
             ValueRange{loaded})
      .getResult(0);
}

Value KernelBuilder::loadVector(const Buffer &buffer, Value offset,
                                Value mask) {
  if (laneCount == 1)
    return loadScalar(buffer, offset);
  VectorType type =
      vectorOf(cast<MemRefType>(buffer.memref.getType()).getElementType());
  Value stored;
  if (!mask) {
    stored = vector::LoadOp::create(b, type, buffer.memref, ValueRange{offset});
  } else {
    Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
    stored = vector::MaskedLoadOp::create(b, type, buffer.memref,
                                          ValueRange{offset}, mask, zero);
    stored = keepMasked(b, stored);
  }
  return body().fromStorage(stored, buffer.element);
}

static Value allLanes(KernelBuilder &k, Value mask) {
  return mask ? mask : k.laneMask(k.index(k.lanes()));
}

Value KernelBuilder::gather(const Buffer &buffer, Value offsets, Value mask) {
  VectorType type =
      vectorOf(cast<MemRefType>(buffer.memref.getType()).getElementType());
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(type));
  Value stored =
      vector::GatherOp::create(b, type, buffer.memref, ValueRange{index(0)},
                               offsets, allLanes(*this, mask), zero);
  return body().fromStorage(stored, buffer.element);
}

void KernelBuilder::storeScalar(Value value, const Buffer &buffer,
                                Value offset) {
  memref::StoreOp::create(b, body().toStorage(value, buffer.element),
                          buffer.memref, ValueRange{offset});
}

void KernelBuilder::storeVector(Value value, const Buffer &buffer, Value offset,
                                Value mask) {
  if (laneCount == 1)
    return storeScalar(value, buffer, offset);
  Value stored = body().toStorage(value, buffer.element);
  if (mask)
    vector::MaskedStoreOp::create(b, buffer.memref, ValueRange{offset}, mask,
                                  stored);
  else
    vector::StoreOp::create(b, stored, buffer.memref, ValueRange{offset});
}

void KernelBuilder::scatter(Value value, const Buffer &buffer, Value offsets,
                            Value mask) {
  Value stored = body().toStorage(value, buffer.element);
  vector::ScatterOp::create(b, Type(), buffer.memref, ValueRange{index(0)}, offsets,
                            allLanes(*this, mask), stored);
}
