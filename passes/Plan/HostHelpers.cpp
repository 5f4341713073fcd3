//===- HostHelpers.cpp - Copies and growing lists of the host program -----===//
//
// Functions beside the host program, made when first needed. They copy bytes
// themselves: an artifact has no undefined symbols, so no memcpy.
//
//===----------------------------------------------------------------------===//

#include "passes/Plan/HostBuilder.h"
#include "runtime/abi/tenon_abi.h"

using namespace mlir;
using namespace tenon::plan;

/// for (i = first; i + step <= last; i += step) body(i); returns the last i.
Value HostBuilder::loop(Value first, Value last, int64_t step,
                        llvm::function_ref<void(Value)> body) {
  Block *header = block(i64()), *inside = block(), *after = block();
  Value i = header->getArgument(0);
  branch(header, first);
  enter(header);
  Value next = add(i, constant(step));
  branchIf(compare(LLVM::ICmpPredicate::sle, next, last), inside, after);
  enter(inside);
  body(i);
  branch(header, next);
  enter(after);
  return i;
}

/// The internal function `<prefix>.<name>`; `body` emits it when it is new, as if
/// it were the host program, and leaves through `exit`.
LLVM::LLVMFuncOp HostBuilder::helper(StringRef name, Type result,
                                     TypeRange arguments,
                                     llvm::function_ref<void()> body) {
  std::string symbol = (frame.helperPrefix + "." + name).str();
  if (auto known = module.lookupSymbol<LLVM::LLVMFuncOp>(symbol))
    return known;
  OpBuilder::InsertPoint here = b.saveInsertionPoint();
  LLVM::LLVMFuncOp host = function;
  Block *hostExit = exit;
  b.setInsertionPoint(host);
  function = LLVM::LLVMFuncOp::create(
      b, symbol,
      LLVM::LLVMFunctionType::get(result, SmallVector<Type>(arguments)),
      LLVM::Linkage::Internal);
  // The loops must not become calls of memcpy.
  function.setPassthroughAttr(b.getArrayAttr(b.getStringAttr("no-builtins")));
  Block *entry = function.addEntryBlock(b);
  exit = b.createBlock(&function.getBody());
  enter(entry);
  body();
  LLVM::LLVMFuncOp made = function;
  function = host;
  exit = hostExit;
  b.restoreInsertionPoint(here);
  return made;
}

LLVM::LLVMFuncOp HostBuilder::copyHelper() {
  auto none = LLVM::LLVMVoidType::get(b.getContext());
  return helper("copy", none, {pointerType, pointerType, i64()}, [&] {
    Value to = function.getArgument(0), from = function.getArgument(1);
    Value bytes = function.getArgument(2), done = constant(0);
    Type block = VectorType::get(64, b.getI8Type());
    std::pair<int64_t, Type> widths[] = {
        {64, block}, {8, i64()}, {1, b.getI8Type()}};
    for (auto [width, type] : widths)
      done = loop(done, bytes, width, [&, type = type](Value at) {
        auto address = [&](Value base) -> Value {
          return LLVM::GEPOp::create(b, pointerType, b.getI8Type(), base,
                                     ArrayRef<LLVM::GEPArg>{at});
        };
        Value piece =
            LLVM::LoadOp::create(b, type, address(from), /*alignment=*/1);
        LLVM::StoreOp::create(b, piece, address(to), /*alignment=*/1);
      });
    branch(exit);
    enter(exit);
    LLVM::ReturnOp::create(b, ValueRange{});
  });
}

void HostBuilder::copy(Value to, Value from, Value bytes) {
  LLVM::CallOp::create(b, copyHelper(), ValueRange{to, from, bytes});
}

//===----------------------------------------------------------------------===//
// Lists
//===----------------------------------------------------------------------===//

Value HostBuilder::makeList(Value capacity) {
  Value list = stack(24);
  store(allocate(capacity), list, listAddress);
  store(capacity, list, listCapacity);
  store(constant(0), list, listUsed);
  return list;
}

/// append(api, exec, list, from, bytes) -> status
LLVM::LLVMFuncOp HostBuilder::appendHelper() {
  SmallVector<Type> arguments(4, pointerType);
  arguments.push_back(i64());
  LLVM::LLVMFuncOp copyBytes = copyHelper();
  return helper("append", b.getI32Type(), arguments, [&] {
    exit->addArgument(b.getI32Type(), b.getLoc());
    Value outside = outArea;
    outArea = stack(8);
    Value list = function.getArgument(2), from = function.getArgument(3);
    Value bytes = function.getArgument(4);
    Value used = load(i64(), list, listUsed);
    Value needed = LLVM::SAddSat::create(b, used, bytes);
    Value capacity = load(i64(), list, listCapacity);
    Value isFull = compare(LLVM::ICmpPredicate::sgt, needed, capacity);
    when(isFull, [&] {
      Value doubled = LLVM::SAddSat::create(b, capacity, capacity);
      Value larger = LLVM::SMaxOp::create(b, doubled, needed);
      Value fresh = allocate(larger);
      Value old = load(pointerType, list, listAddress);
      LLVM::CallOp::create(b, copyBytes, ValueRange{fresh, old, used});
      release(old);
      store(fresh, list, listAddress);
      store(larger, list, listCapacity);
    });
    Value address = load(pointerType, list, listAddress);
    Value end = LLVM::GEPOp::create(b, pointerType, b.getI8Type(), address,
                                    ArrayRef<LLVM::GEPArg>{used});
    LLVM::CallOp::create(b, copyBytes, ValueRange{end, from, bytes});
    store(needed, list, listUsed);
    leave();
    enter(exit);
    LLVM::ReturnOp::create(b, exit->getArgument(0));
    outArea = outside;
  });
}

void HostBuilder::append(Value list, Value from, Value bytes) {
  check(LLVM::CallOp::create(b, appendHelper(),
                             ValueRange{function.getArgument(0),
                                        function.getArgument(1), list, from,
                                        bytes})
            .getResult());
}

/// restack(to, from, rounds, outer, bytes, reverse)
LLVM::LLVMFuncOp HostBuilder::restackHelper() {
  SmallVector<Type> arguments = {pointerType, pointerType, i64(),
                                 i64(),       i64(),       b.getI1Type()};
  LLVM::LLVMFuncOp copyBytes = copyHelper();
  auto none = LLVM::LLVMVoidType::get(b.getContext());
  return helper("restack", none, arguments, [&] {
    Value rounds = function.getArgument(2), outer = function.getArgument(3);
    Value bytes = function.getArgument(4), isReverse = function.getArgument(5);
    auto piece = [&](Value base, Value row, Value rowLength, Value column) {
      Value index = add(LLVM::MulOp::create(b, row, rowLength), column);
      Value byte = LLVM::MulOp::create(b, index, bytes);
      return LLVM::GEPOp::create(b, pointerType, b.getI8Type(), base,
                                 ArrayRef<LLVM::GEPArg>{byte});
    };
    loop(constant(0), outer, 1, [&](Value o) {
      loop(constant(0), rounds, 1, [&](Value round) {
        Value fromEnd = LLVM::SubOp::create(
            b, LLVM::SubOp::create(b, rounds, constant(1)), round);
        Value source = select(isReverse, fromEnd, round);
        LLVM::CallOp::create(
            b, copyBytes,
            ValueRange{piece(function.getArgument(0), o, rounds, round),
                       piece(function.getArgument(1), source, outer, o),
                       bytes});
      });
    });
    branch(exit);
    enter(exit);
    LLVM::ReturnOp::create(b, ValueRange{});
  });
}

void HostBuilder::restack(Value to, Value from, Value rounds, Value outer,
                          Value bytes, bool reverse) {
  LLVM::CallOp::create(
      b, restackHelper(),
      ValueRange{to, from, rounds, outer, bytes, flag(reverse)});
}
