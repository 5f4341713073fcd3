//===- HostBuilder.cpp - Frame and services of the host program -----------===//

#include "passes/Plan/HostBuilder.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "passes/Plan/HostParts.h"
#include "runtime/abi/tenon_abi.h"
#include "llvm/Support/MathExtras.h"
#include <cstddef>
#include <limits>

using namespace mlir;
using namespace tenon::plan;

//===----------------------------------------------------------------------===//
// Frame
//===----------------------------------------------------------------------===//

HostBuilder::HostBuilder(ModuleOp module, StringRef name, Location loc,
                         const HostFrame &frame)
    : module(module), frame(frame),
      b(loc, OpBuilder::atBlockEnd(module.getBody())),
      pointerType(LLVM::LLVMPointerType::get(module.getContext())) {
  // api, exec, inputs, symbols, weights; of a caller: where it wants results,
  // which region the call is.
  SmallVector<Type> arguments(5, pointerType);
  if (frame.isCalled())
    arguments.append({pointerType, i64()});
  function = LLVM::LLVMFuncOp::create(
      b, name, LLVM::LLVMFunctionType::get(b.getI32Type(), arguments),
      frame.isCalled() ? LLVM::Linkage::Internal : LLVM::Linkage::External);
  Block *entry = function.addEntryBlock(b);
  exit = b.createBlock(&function.getBody(), {}, b.getI32Type(), {loc});
  LLVM::ReturnOp::create(b, exit->getArgument(0));
  enter(entry);
  slotArea = stack(frame.slots * 8);
  launchArea = stack(sizeof(tn_launch));
  valueArea = stack(frame.values * 8);
  outArea = stack(8);
  if (frame.temporaries != 0) {
    sizeArea = stack(frame.temporaries * 8);
    addressArea = stack(frame.temporaries * 8);
  }
  if (frame.isCalled())
    enterRegion(function.getArgument(6));
}

void HostBuilder::leave() {
  Value success = LLVM::ConstantOp::create(b, b.getI32Type(), 0);
  branch(exit, success);
}

void HostBuilder::finish() {
  if (frame.isCalled())
    leaveRegion();
  leave();
  splitIntoParts(function, exit, partStarts);
}

void HostBuilder::beginPart() {
  Block *start = block();
  branch(start);
  enter(start);
  partStarts.push_back(start);
}

Value HostBuilder::stack(int64_t bytes) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(&function.getBody().front());
  Value count = constant(bytes);
  return LLVM::AllocaOp::create(b, pointerType, b.getI8Type(), count,
                                /*alignment=*/16);
}

Block *HostBuilder::block(TypeRange arguments) {
  OpBuilder::InsertionGuard guard(b);
  SmallVector<Location> locations(arguments.size(), b.getLoc());
  return b.createBlock(b.getInsertionBlock()->getParent(),
                       b.getInsertionBlock()->getParent()->end(), arguments,
                       locations);
}

/// Weights of a branch for LLVM, which lays out the likely way in a line.
static std::optional<std::pair<uint32_t, uint32_t>> weightsOf(Odds odds) {
  if (odds.yes == 0 && odds.no == 0)
    return std::nullopt;
  return std::pair(odds.yes, odds.no);
}

void HostBuilder::branch(Block *to, ValueRange arguments) {
  LLVM::BrOp::create(b, arguments, to);
}

void HostBuilder::branchIf(Value condition, Block *yes, Block *no, Odds odds) {
  LLVM::CondBrOp::create(b, condition, yes, ValueRange{}, no, ValueRange{},
                         weightsOf(odds));
}

void HostBuilder::when(Value condition, llvm::function_ref<void()> body,
                       Odds odds) {
  Block *inside = block(), *after = block();
  LLVM::CondBrOp::create(b, condition, inside, ValueRange{}, after,
                         ValueRange{}, weightsOf(odds));
  enter(inside);
  body();
  branch(after);
  enter(after);
}

//===----------------------------------------------------------------------===//
// Values and memory
//===----------------------------------------------------------------------===//

Value HostBuilder::constant(int64_t value) {
  return LLVM::ConstantOp::create(b, b.getI64Type(),
                                  b.getI64IntegerAttr(value));
}

Value HostBuilder::flag(bool value) {
  return LLVM::ConstantOp::create(b, b.getI1Type(), b.getBoolAttr(value));
}

Value HostBuilder::null() { return LLVM::ZeroOp::create(b, pointerType); }

Value HostBuilder::offset(Value address, int64_t bytes) {
  if (bytes == 0)
    return address;
  // Constant indices of llvm.getelementptr have fewer bits than their type.
  LLVM::GEPArg index = llvm::isInt<LLVM::kGEPConstantBitWidth>(bytes)
                           ? LLVM::GEPArg(static_cast<int32_t>(bytes))
                           : LLVM::GEPArg(constant(bytes));
  return LLVM::GEPOp::create(b, pointerType, b.getI8Type(), address, index);
}

Value HostBuilder::load(Type type, Value address, int64_t bytes) {
  return LLVM::LoadOp::create(b, type, offset(address, bytes));
}

void HostBuilder::store(Value value, Value address, int64_t bytes) {
  LLVM::StoreOp::create(b, value, offset(address, bytes));
}

Value HostBuilder::compare(LLVM::ICmpPredicate predicate, Value x, Value y) {
  return LLVM::ICmpOp::create(b, predicate, x, y);
}

Value HostBuilder::add(Value x, Value y) {
  return LLVM::AddOp::create(b, x, y);
}

Value HostBuilder::saturatingMultiply(Value x, Value y) {
  auto type = LLVM::LLVMStructType::getLiteral(b.getContext(),
                                               {b.getI64Type(), b.getI1Type()});
  Value pair = LLVM::SMulWithOverflowOp::create(b, type, x, y);
  return select(LLVM::ExtractValueOp::create(b, pair, 1),
                constant(std::numeric_limits<int64_t>::max()),
                LLVM::ExtractValueOp::create(b, pair, 0));
}

Value HostBuilder::select(Value condition, Value x, Value y) {
  return LLVM::SelectOp::create(b, condition, x, y);
}

Value HostBuilder::input(int64_t index) {
  int64_t position =
      frame.isCalled()
          ? int64_t(sizeof(void *)) * index
          : int64_t(sizeof(tn_view) * index + offsetof(tn_view, data));
  return load(pointerType, function.getArgument(2), position);
}

Value HostBuilder::fill(ValueRange values, Value area) {
  for (auto [i, value] : llvm::enumerate(values))
    store(value, area, 8 * i);
  return area;
}

Value HostBuilder::constantData(StringRef suffix, Type type, Attribute value) {
  std::string name = (function.getName() + "." + suffix).str();
  OpBuilder::InsertPoint here = b.saveInsertionPoint();
  b.setInsertionPoint(function);
  auto global = LLVM::GlobalOp::create(b, type, /*isConstant=*/true,
                                       LLVM::Linkage::Internal, name, value,
                                       /*alignment=*/8);
  b.restoreInsertionPoint(here);
  return LLVM::AddressOfOp::create(b, global);
}

//===----------------------------------------------------------------------===//
// Services
//===----------------------------------------------------------------------===//

Value HostBuilder::service(int64_t byteOffset) {
  return load(pointerType, function.getArgument(0), byteOffset);
}

/// Calls the service at `byteOffset` of the table and returns its status.
Value HostBuilder::call(int64_t byteOffset, ValueRange arguments) {
  SmallVector<Value> operands = {service(byteOffset), function.getArgument(1)};
  operands.append(arguments.begin(), arguments.end());
  SmallVector<Type> types;
  for (Value operand : ArrayRef(operands).drop_front())
    types.push_back(operand.getType());
  auto type = LLVM::LLVMFunctionType::get(b.getI32Type(), types);
  return LLVM::CallOp::create(b, type, operands).getResult();
}

void HostBuilder::check(Value status) {
  Value success = LLVM::ConstantOp::create(b, b.getI32Type(), 0);
  Value failed = compare(LLVM::ICmpPredicate::ne, status, success);
  Block *next = block();
  LLVM::CondBrOp::create(b, failed, exit, ValueRange{status}, next,
                         ValueRange{}, weightsOf(kNever));
  enter(next);
}

void HostBuilder::launch(int64_t kernel, ValueRange slots, Value tiles,
                         int64_t grain, Value flops, Value bytes) {
  fill(slots, slotArea);
  store(slotArea, launchArea, offsetof(tn_launch, args));
  store(constant(kernel), launchArea, offsetof(tn_launch, kernel));
  store(tiles, launchArea, offsetof(tn_launch, tiles));
  store(constant(grain), launchArea, offsetof(tn_launch, grain));
  store(flops, launchArea, offsetof(tn_launch, flops));
  store(bytes, launchArea, offsetof(tn_launch, bytes));
  check(call(offsetof(tn_host_api, launch), launchArea));
}

Value HostBuilder::plan(ArrayRef<int32_t> lives, ValueRange sizes) {
  auto tensor = RankedTensorType::get({int64_t(lives.size())}, b.getI32Type());
  Value table = constantData(
      "lives", LLVM::LLVMArrayType::get(b.getI32Type(), lives.size()),
      DenseElementsAttr::get(tensor, lives));
  check(call(offsetof(tn_host_api, plan),
             {constant(frame.planId), constant(sizes.size()), table,
              fill(sizes, sizeArea), addressArea}));
  return addressArea;
}

Value HostBuilder::allocate(Value bytes) {
  check(call(offsetof(tn_host_api, alloc), {bytes, outArea}));
  return load(pointerType, outArea);
}

void HostBuilder::release(Value address) {
  auto type = LLVM::LLVMFunctionType::get(
      LLVM::LLVMVoidType::get(b.getContext()), {pointerType, pointerType});
  LLVM::CallOp::create(b, type,
                       ValueRange{service(offsetof(tn_host_api, release)),
                                  function.getArgument(1), address});
}

Value HostBuilder::output(int64_t index, ValueRange dims) {
  if (frame.isCalled())
    return load(pointerType, function.getArgument(5), 8 * index);
  Value position =
      LLVM::ConstantOp::create(b, b.getI32Type(), b.getI32IntegerAttr(index));
  check(call(offsetof(tn_host_api, output),
             {position, fill(dims, valueArea), outArea}));
  return load(pointerType, outArea);
}

void HostBuilder::enterRegion(Value region) {
  Value enter = service(offsetof(tn_host_api, enter));
  when(
      compare(LLVM::ICmpPredicate::ne, enter, null()),
      [&] {
        auto type = LLVM::LLVMFunctionType::get(
            LLVM::LLVMVoidType::get(b.getContext()), {pointerType, i64()});
        LLVM::CallOp::create(
            b, type, ValueRange{enter, function.getArgument(1), region});
      },
      kNever);
}

void HostBuilder::leaveRegion() {
  Value leave = service(offsetof(tn_host_api, leave));
  when(
      compare(LLVM::ICmpPredicate::ne, leave, null()),
      [&] {
        auto type = LLVM::LLVMFunctionType::get(
            LLVM::LLVMVoidType::get(b.getContext()), {pointerType});
        LLVM::CallOp::create(b, type,
                             ValueRange{leave, function.getArgument(1)});
      },
      kNever);
}

void HostBuilder::callFunction(StringRef name, ValueRange inputs,
                               ValueRange symbolValues, ValueRange results,
                               int64_t region) {
  auto callee = module.lookupSymbol<LLVM::LLVMFuncOp>(name);
  fill(inputs, slotArea);
  Value resultArea = fill(results, offset(slotArea, 8 * inputs.size()));
  fill(symbolValues, valueArea);
  check(LLVM::CallOp::create(b, callee,
                             ValueRange{function.getArgument(0),
                                        function.getArgument(1), slotArea,
                                        valueArea, weights(), resultArea,
                                        constant(region)})
            .getResult());
}

void HostBuilder::failIf(Value condition, StringRef text, ValueRange values) {
  auto report = [&] {
    std::string bytes(text);
    bytes.push_back('\0');
    Value format =
        constantData("message" + std::to_string(messages++),
                     LLVM::LLVMArrayType::get(b.getI8Type(), bytes.size()),
                     b.getStringAttr(bytes));
    Value count = LLVM::ConstantOp::create(b, b.getI32Type(),
                                           b.getI32IntegerAttr(values.size()));
    check(call(offsetof(tn_host_api, fail),
               {format, fill(values, valueArea), count}));
  };
  when(condition, report, kNever);
}

std::string tenon::plan::escapeFormat(StringRef text) {
  std::string escaped;
  for (char c : text)
    escaped.append(c == '%' ? 2 : 1, c);
  return escaped;
}
