//===- KernelBuilder.h - The frame of every kernel --------------*- C++ -*-===//
//
// Every kernel is `llvm.func @name(ptr args, i64 first, i64 last)`: a loop over
// tiles. Inside: scf, arith, vector and flat memref<?xT>. `args` are 8-byte
// slots: the fusion's inputs, its outputs, then one i64 per argument
// expression (see Kernel). This class gives emitters that frame: slots, index
// arithmetic that folds constants, masks, and element loads and stores that
// convert between memory and compute types.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_CODEGEN_EMIT_KERNELBUILDER_H
#define TENON_PASSES_CODEGEN_EMIT_KERNELBUILDER_H

#include "tenon/Dialect/Tn/BodyBuilder.h"
#include "tenon/Dialect/Tn/ShapeFacts.h"
#include "tenon/Dialect/Tn/TnOps.h"
#include "tenon/Target/TargetDesc.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/BuiltinOps.h"

namespace tenon::codegen {

/// A tensor in memory: dense, row-major.
struct Buffer {
  mlir::Value memref;    ///< memref<?xStorage>
  mlir::Type element;    ///< of the tensor; decides conversions
  llvm::SmallVector<tn::ExprAttr> dims;
};

class KernelBuilder {
public:
  /// Starts `name` in `module` for `fusion`, whose symbols are `symbols` in
  /// the order of the scalar slots. `lanes` elements per vector.
  KernelBuilder(llvm::StringRef name, mlir::ModuleOp module,
                tn::FusionOp fusion, llvm::ArrayRef<tn::ExprAttr> symbols,
                const TargetDesc &target, int64_t lanes);
  /// Ends the function; nothing may be emitted after it.
  void finish();

  mlir::ImplicitLocOpBuilder &builder() { return b; }
  tn::BodyBuilder &body() { return bodyBuilder; }
  const TargetDesc &target() const { return targetDesc; }
  int64_t lanes() const { return laneCount; }

  Buffer &input(unsigned i) { return inputs[i]; }
  Buffer &output(unsigned i) { return outputs[i]; }
  mlir::Value firstTile();
  mlir::Value lastTile();

  // Index arithmetic; operands are `index`. Constants fold.
  mlir::Value index(int64_t value);
  mlir::Value add(mlir::Value a, mlir::Value b);
  mlir::Value sub(mlir::Value a, mlir::Value b);
  mlir::Value mul(mlir::Value a, mlir::Value b);
  mlir::Value div(mlir::Value a, mlir::Value b); ///< both >= 0
  mlir::Value mod(mlir::Value a, mlir::Value b); ///< both >= 0
  mlir::Value min(mlir::Value a, mlir::Value b);
  mlir::Value max(mlir::Value a, mlir::Value b);
  /// The value of an expression, computed where it is first needed: at the
  /// top of the function.
  mlir::Value evaluate(tn::ExprAttr e);
  /// A number that divides `v` whatever the sizes are, by what is known of
  /// them; 0 if `v` is 0.
  uint64_t divisor(mlir::Value v) const;
  /// Coordinates of row-major position `linear` in `dims`.
  llvm::SmallVector<mlir::Value> delinearize(mlir::Value linear,
                                             llvm::ArrayRef<tn::ExprAttr> dims);
  /// Row-major position of `coordinates` in `dims`.
  mlir::Value linearize(llvm::ArrayRef<mlir::Value> coordinates,
                        llvm::ArrayRef<tn::ExprAttr> dims);

  // Lanes.
  mlir::VectorType vectorOf(mlir::Type scalar) {
    return mlir::VectorType::get({laneCount}, scalar);
  }
  /// vector<lanes x i64> of 0, 1, 2...
  mlir::Value laneIota();
  /// vector<lanes x i1>: lane < count.
  mlir::Value laneMask(mlir::Value count);

  // Memory; offsets count elements; values are of the compute type. A mask
  // may be null (all lanes); lanes that are off read 0 and are not touched.
  mlir::Value loadScalar(const Buffer &buffer, mlir::Value offset);
  mlir::Value loadVector(const Buffer &buffer, mlir::Value offset,
                         mlir::Value mask);
  mlir::Value gather(const Buffer &buffer, mlir::Value offsets /*vector i64*/,
                     mlir::Value mask);
  void storeScalar(mlir::Value value, const Buffer &buffer, mlir::Value offset);
  void storeVector(mlir::Value value, const Buffer &buffer, mlir::Value offset,
                   mlir::Value mask);
  void scatter(mlir::Value value, const Buffer &buffer, mlir::Value offsets,
               mlir::Value mask);
  /// Scratch of a fixed number of elements on the stack of this call.
  Buffer scratch(int64_t elements, mlir::Type element);

  // Control.
  /// for (i = lower; i < upper; i += step) body(i)
  void forLoop(mlir::Value lower, mlir::Value upper, int64_t step,
               llvm::function_ref<void(mlir::Value)> body);
  /// The same with carried values; body returns the next ones.
  llvm::SmallVector<mlir::Value>
  forLoop(mlir::Value lower, mlir::Value upper, int64_t step,
          mlir::ValueRange init,
          llvm::function_ref<llvm::SmallVector<mlir::Value>(mlir::Value,
                                                            mlir::ValueRange)>
              body);
  void ifThen(mlir::Value condition, llvm::function_ref<void()> then);
  llvm::SmallVector<mlir::Value>
  ifElse(mlir::Value condition,
         llvm::function_ref<llvm::SmallVector<mlir::Value>()> then,
         llvm::function_ref<llvm::SmallVector<mlir::Value>()> otherwise);
  /// Covers [lower, upper) in vectors: body(position, mask) with a null mask
  /// for full ones, then once with a mask for what is left. A tail whose length
  /// is known, and one that is known to be empty, is resolved here.
  void laneLoop(mlir::Value lower, mlir::Value upper,
                llvm::function_ref<void(mlir::Value, mlir::Value)> body);
  llvm::SmallVector<mlir::Value>
  laneLoop(mlir::Value lower, mlir::Value upper, mlir::ValueRange init,
           llvm::function_ref<llvm::SmallVector<mlir::Value>(
               mlir::Value, mlir::Value, mlir::ValueRange)>
               body);
  /// Calls another kernel of the module: its slots are these ones of mine.
  void call(llvm::StringRef callee, llvm::ArrayRef<int64_t> slots,
            mlir::Value firstTile, mlir::Value lastTile);

private:
  mlir::Value slot(int64_t position, mlir::Type type);
  Buffer buffer(int64_t position, mlir::Type tensor);

  mlir::ImplicitLocOpBuilder b;
  tn::BodyBuilder bodyBuilder;
  const TargetDesc &targetDesc;
  int64_t laneCount;
  tn::ShapeFacts facts;
  mlir::LLVM::LLVMFuncOp function;
  mlir::Operation *prologueEnd = nullptr; ///< hoisted code goes before it
  llvm::SmallVector<Buffer> inputs, outputs;
  llvm::SmallVector<tn::ExprAttr> symbols;
  int64_t firstScalarSlot = 0;
  llvm::DenseMap<tn::ExprAttr, mlir::Value> exprValues;
  llvm::DenseMap<mlir::Value, uint64_t> exprDivisors; ///< by value
  llvm::DenseMap<int64_t, mlir::Value> indexConstants;
};

} // namespace tenon::codegen

#endif // TENON_PASSES_CODEGEN_EMIT_KERNELBUILDER_H
