//===- HostBuilder.h - The frame of the host program ------------*- C++ -*-===//
//
// A host program is an `llvm.func` of llvm ops: a chain of blocks, each ending
// with the check of a status, that leaves early through one exit block. So is
// each function of the model that it calls, but that its caller says where
// inputs and results are. This
// class gives the emission that frame: the services of tn_host_api, statuses,
// memory, copies. It knows the ABI header, and nothing of tn ops.
//
// Stack memory is taken once, at entry. There is no call but to the services
// and to helpers in the same module, so the artifact needs no libc.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_PLAN_HOSTBUILDER_H
#define TENON_PASSES_PLAN_HOSTBUILDER_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace tenon::plan {

struct HostFrame {
  // The most that one call of a service or function needs.
  int64_t slots = 1;  ///< argument slots of a launch, tensors of a call
  int64_t values = 4; ///< dims of an output, values of a message, symbols
  int64_t temporaries = 0;
  /// Of a function of the model: which plan of temporaries is its own. The host
  /// program's is 0.
  int64_t planId = 0;
  /// Names helpers, which all functions of the module share.
  std::string helperPrefix;

  bool isCalled() const { return planId != 0; }
};

/// What LLVM is told of a branch: how often it goes each way, or nothing.
struct Odds {
  uint32_t yes = 0, no = 0;
};
inline constexpr Odds kUnknown = {}, kNever = {1, 1'000'000};

class HostBuilder {
public:
  HostBuilder(mlir::ModuleOp module, llvm::StringRef name, mlir::Location loc,
              const HostFrame &frame);
  /// Ends the function with success. Nothing can be emitted after it.
  void finish();
  /// What follows may be in a function of its own (HostParts.h): not inside of
  /// blocks that are entered in other ways.
  void beginPart();

  mlir::LLVM::LLVMFuncOp code() { return function; }
  mlir::ImplicitLocOpBuilder &builder() { return b; }
  mlir::Type i64() { return b.getI64Type(); }
  mlir::Type pointer() { return pointerType; }

  /// Address of an input's elements.
  mlir::Value input(int64_t index);
  mlir::Value symbols() { return function.getArgument(3); }
  mlir::Value weights() { return function.getArgument(4); }

  mlir::Value constant(int64_t value);
  mlir::Value flag(bool value);
  mlir::Value null();
  mlir::Value offset(mlir::Value address, int64_t bytes);
  mlir::Value load(mlir::Type type, mlir::Value address, int64_t bytes = 0);
  void store(mlir::Value value, mlir::Value address, int64_t bytes = 0);
  mlir::Value compare(mlir::LLVM::ICmpPredicate predicate, mlir::Value a,
                      mlir::Value b);
  mlir::Value add(mlir::Value a, mlir::Value b);
  /// The largest integer if the product is larger.
  mlir::Value saturatingMultiply(mlir::Value a, mlir::Value b);
  mlir::Value select(mlir::Value condition, mlir::Value a, mlir::Value b);
  /// Memory of this call, taken at entry.
  mlir::Value stack(int64_t bytes);

  /// A new block before the exit.
  mlir::Block *block(mlir::TypeRange arguments = {});
  void branch(mlir::Block *to, mlir::ValueRange arguments = {});
  void enter(mlir::Block *block) { b.setInsertionPointToEnd(block); }
  void branchIf(mlir::Value condition, mlir::Block *yes, mlir::Block *no,
                Odds odds = kUnknown);
  /// Runs `body` where `condition` holds; goes on after it in any case.
  void when(mlir::Value condition, llvm::function_ref<void()> body,
            Odds odds = kUnknown);

  // The services of tn_host_api; each checks the status it gets.
  void launch(int64_t kernel, mlir::ValueRange slots, mlir::Value tiles,
              int64_t grain, mlir::Value flops, mlir::Value bytes);
  /// Addresses of temporaries: first and last steps, then sizes.
  mlir::Value plan(llvm::ArrayRef<int32_t> lives, mlir::ValueRange sizes);
  mlir::Value allocate(mlir::Value bytes);
  void release(mlir::Value address);
  mlir::Value output(int64_t index, mlir::ValueRange dims);
  /// Tells a profiled run where it is.
  void enterRegion(mlir::Value region);
  void leaveRegion();
  /// Calls a function of the model, made before, as a region of its own; checks
  /// its status.
  void callFunction(llvm::StringRef name, mlir::ValueRange inputs,
                    mlir::ValueRange symbols, mlir::ValueRange results,
                    int64_t region);
  /// Fails where `condition` holds. `text` has one %lld per value; other
  /// percent signs are escaped by escapeFormat.
  void failIf(mlir::Value condition, llvm::StringRef text,
              mlir::ValueRange values);

  // Helpers, defined once per module (HostHelpers.cpp).
  void copy(mlir::Value to, mlir::Value from, mlir::Value bytes);
  /// A list of equal pieces that grows: {address, capacity, bytes used}.
  mlir::Value makeList(mlir::Value capacity);
  void append(mlir::Value list, mlir::Value from, mlir::Value bytes);
  /// [rounds, outer, bytes] -> [outer, rounds, bytes], backwards if asked.
  void restack(mlir::Value to, mlir::Value from, mlir::Value rounds,
               mlir::Value outer, mlir::Value bytes, bool reverse);

  static constexpr int64_t listAddress = 0, listCapacity = 8, listUsed = 16;

private:
  void leave();
  mlir::Value service(int64_t index);
  mlir::Value call(int64_t index, mlir::ValueRange arguments);
  void check(mlir::Value status);
  mlir::Value fill(mlir::ValueRange values, mlir::Value area);
  mlir::LLVM::LLVMFuncOp helper(llvm::StringRef name, mlir::Type result,
                                mlir::TypeRange arguments,
                                llvm::function_ref<void()> body);
  mlir::LLVM::LLVMFuncOp copyHelper();
  mlir::LLVM::LLVMFuncOp appendHelper();
  mlir::LLVM::LLVMFuncOp restackHelper();
  mlir::Value constantData(llvm::StringRef suffix, mlir::Type type,
                           mlir::Attribute value);
  mlir::Value loop(mlir::Value first, mlir::Value last, int64_t step,
                   llvm::function_ref<void(mlir::Value)> body);

  mlir::ModuleOp module;
  HostFrame frame;
  mlir::ImplicitLocOpBuilder b;
  mlir::Type pointerType;
  mlir::LLVM::LLVMFuncOp function;
  mlir::Block *exit = nullptr; ///< returns its argument
  llvm::SmallVector<mlir::Block *> partStarts;
  mlir::Value slotArea, launchArea, valueArea, sizeArea, addressArea, outArea;
  int64_t messages = 0;
};

/// `text` as part of a message of HostBuilder::failIf.
std::string escapeFormat(llvm::StringRef text);

} // namespace tenon::plan

#endif // TENON_PASSES_PLAN_HOSTBUILDER_H
