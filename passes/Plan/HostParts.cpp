//===- HostParts.cpp - Long host programs in several functions ------------===//

#include "passes/Plan/HostParts.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;
using namespace tenon::plan;

namespace {

class Splitter {
public:
  Splitter(LLVM::LLVMFuncOp program, Block *exit)
      : program(program), exit(exit), b(program.getLoc(), program) {}

  void run(ArrayRef<Block *> starts);

private:
  LLVM::LLVMFuncOp makePart(Block *start, Block *next, unsigned index);
  void leaveThrough(Block *partExit, Block *next, Block &block);
  void callParts(Block *last, ArrayRef<LLVM::LLVMFuncOp> parts);
  void localize(LLVM::LLVMFuncOp function);
  Value localValue(Value outer, LLVM::LLVMFuncOp function);
  void spillValues();
  Value frameOf(LLVM::LLVMFuncOp function);
  Value frameAddress(Value frame, unsigned slot);
  Value success();

  LLVM::LLVMFuncOp program;
  Block *exit;
  ImplicitLocOpBuilder b;
  Value frame;                            ///< of the program
  llvm::MapVector<Value, unsigned> slots; ///< in the frame
};

} // namespace

static LLVM::LLVMFuncOp functionOf(Value v) {
  return v.getParentRegion()->getParentOfType<LLVM::LLVMFuncOp>();
}

Value Splitter::success() {
  return LLVM::ConstantOp::create(b, b.getI32Type(), 0);
}

//===----------------------------------------------------------------------===//
// Blocks
//===----------------------------------------------------------------------===//

/// Leaves of a moved block: failures return from the part, and so does going
/// on.
void Splitter::leaveThrough(Block *partExit, Block *next, Block &block) {
  Operation *terminator = block.getTerminator();
  if (next && isa<LLVM::BrOp>(terminator) &&
      terminator->getSuccessor(0) == next) {
    b.setInsertionPoint(terminator);
    LLVM::BrOp::create(b, success(), partExit);
    terminator->erase();
    return;
  }
  for (auto [i, successor] : llvm::enumerate(terminator->getSuccessors()))
    if (successor == exit)
      terminator->setSuccessor(partExit, i);
}

LLVM::LLVMFuncOp Splitter::makePart(Block *start, Block *next, unsigned index) {
  SmallVector<Type> arguments(program.getArgumentTypes());
  arguments.push_back(LLVM::LLVMPointerType::get(b.getContext()));
  b.setInsertionPoint(program);
  auto part = LLVM::LLVMFuncOp::create(
      b, (program.getName() + ".part" + Twine(index)).str(),
      LLVM::LLVMFunctionType::get(b.getI32Type(), arguments),
      LLVM::Linkage::Internal);
  // A part runs once per call and does little but stores before calls.
  part.setOptimizeNone(true);
  part.setNoInline(true);
  auto &blocks = program.getBody().getBlocks();
  part.getBody().getBlocks().splice(
      part.getBody().end(), blocks, start->getIterator(),
      next ? next->getIterator() : program.getBody().end());
  for (Type type : arguments)
    start->addArgument(type, program.getLoc());
  SmallVector<Block *> moved;
  for (Block &block : part.getBody())
    moved.push_back(&block);
  Block *partExit = b.createBlock(&part.getBody(), part.getBody().end(),
                                  b.getI32Type(), program.getLoc());
  LLVM::ReturnOp::create(b, partExit->getArgument(0));
  for (Block *block : moved)
    leaveThrough(partExit, next, *block);
  return part;
}

/// The end of `last`, which went to the first part.
void Splitter::callParts(Block *last, ArrayRef<LLVM::LLVMFuncOp> parts) {
  last->getTerminator()->erase();
  SmallVector<Value> arguments(program.getArguments());
  arguments.push_back(frame);
  for (LLVM::LLVMFuncOp part : parts) {
    b.setInsertionPointToEnd(last);
    Value status = LLVM::CallOp::create(b, part, arguments).getResult();
    Value failed =
        LLVM::ICmpOp::create(b, LLVM::ICmpPredicate::ne, status, success());
    OpBuilder::InsertPoint here = b.saveInsertionPoint();
    Block *next = b.createBlock(&program.getBody(), program.getBody().end());
    b.restoreInsertionPoint(here);
    LLVM::CondBrOp::create(b, failed, exit, ValueRange{status}, next,
                           ValueRange{});
    last = next;
  }
  b.setInsertionPointToEnd(last);
  LLVM::BrOp::create(b, success(), exit);
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

Value Splitter::frameOf(LLVM::LLVMFuncOp function) {
  return function == program ? frame : function.getArguments().back();
}

Value Splitter::frameAddress(Value base, unsigned slot) {
  return LLVM::GEPOp::create(b, base.getType(), b.getI64Type(), base,
                             ArrayRef<LLVM::GEPArg>{int32_t(slot)});
}

/// What stands in `function` for a value of another one, made at its begin.
Value Splitter::localValue(Value outer, LLVM::LLVMFuncOp function) {
  b.setInsertionPointToStart(&function.getBody().front());
  if (auto argument = dyn_cast<BlockArgument>(outer);
      argument && argument.getOwner() == &program.getBody().front())
    return function.getArgument(argument.getArgNumber());
  Operation *producer = outer.getDefiningOp();
  if (producer && producer->getNumOperands() == 0 &&
      producer->hasTrait<OpTrait::ConstantLike>())
    return b.clone(*producer)->getResult(0);
  unsigned slot = slots.try_emplace(outer, slots.size()).first->second;
  return LLVM::LoadOp::create(b, outer.getType(),
                              frameAddress(frameOf(function), slot));
}

void Splitter::localize(LLVM::LLVMFuncOp function) {
  llvm::DenseMap<Value, Value> local;
  function.getBody().walk([&](Operation *op) {
    for (OpOperand &operand : op->getOpOperands()) {
      Value v = operand.get();
      if (functionOf(v) == function)
        continue;
      Value &replacement = local[v];
      if (!replacement)
        replacement = localValue(v, function);
      operand.set(replacement);
    }
  });
}

/// Each value that another part takes is stored where it is made.
void Splitter::spillValues() {
  for (auto [v, slot] : slots) {
    b.setInsertionPointAfterValue(v);
    LLVM::StoreOp::create(b, v, frameAddress(frameOf(functionOf(v)), slot));
  }
}

void Splitter::run(ArrayRef<Block *> starts) {
  Block *last = starts.front()->getSinglePredecessor();
  SmallVector<LLVM::LLVMFuncOp> parts;
  for (auto [i, start] : llvm::enumerate(starts))
    parts.push_back(makePart(
        start, i + 1 < starts.size() ? starts[i + 1] : nullptr, i + 1));
  b.setInsertionPointToStart(&program.getBody().front());
  // How many values it holds is known at the end.
  Value none = LLVM::ConstantOp::create(b, b.getI64Type(), 0);
  auto memory = LLVM::AllocaOp::create(
      b, LLVM::LLVMPointerType::get(b.getContext()), b.getI64Type(), none,
      /*alignment=*/16);
  frame = memory;
  callParts(last, parts);
  for (LLVM::LLVMFuncOp part : parts)
    localize(part);
  spillValues();
  b.setInsertionPoint(memory);
  memory.getArraySizeMutable().assign(LLVM::ConstantOp::create(
      b, b.getI64Type(), static_cast<int64_t>(slots.size())));
  none.getDefiningOp()->erase();
}

void tenon::plan::splitIntoParts(LLVM::LLVMFuncOp program, Block *exit,
                                 ArrayRef<Block *> starts) {
  if (!starts.empty())
    Splitter(program, exit).run(starts);
}
