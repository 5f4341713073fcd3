//===- Placement.h - Where a value lies in memory ---------------*- C++ -*-===//
//
// The plan phase writes one placement per result into the attribute `place` of
// every host op; the emission of the host program reads it and never decides:
//
//   {weight = 64}   at byte 64 of the weights
//   {arena = 3}     slot 3 of the function's `tn.arena`
//   {output = 0}    in the buffer of function result 0
//   {heap}          allocated where it is computed
//   {alias}         the operand's memory (a reshape)
//   {joined}        the memory of the value that a region yielded
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_PLAN_PLACEMENT_H
#define TENON_PASSES_PLAN_PLACEMENT_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "tenon/Dialect/Tn/TnOps.h"

namespace tenon::plan {

enum class Place { Weight, Arena, Output, Heap, Alias, Joined };

struct Placement {
  Place place;
  int64_t position = 0; ///< of Weight, Arena and Output

  bool operator==(const Placement &) const = default;
  mlir::Attribute toAttr(mlir::MLIRContext *context) const;
  static std::optional<Placement> fromAttr(mlir::Attribute attr);
};

void setPlacements(mlir::Operation *op, llvm::ArrayRef<Placement> placements);
/// nullopt if no plan was made.
std::optional<Placement> placementOf(mlir::OpResult result);

/// Memory for temporaries whose lives do not overlap with others of the slot.
struct ArenaSlot {
  tn::ExprAttr bytes;
  int32_t first = 0;  ///< step of the host program, see Liveness.h
  int32_t last = 0;   ///< included
  int64_t offset = 0; ///< in an arena of static sizes
};

struct Arena {
  llvm::SmallVector<ArenaSlot> slots;
  /// The bytes of all slots together, if they were packed at compile time.
  std::optional<int64_t> bytes;

  void write(mlir::func::FuncOp function) const;
  /// Fails if the function has no plan.
  static llvm::FailureOr<Arena> read(mlir::func::FuncOp function);
};

} // namespace tenon::plan

#endif // TENON_PASSES_PLAN_PLACEMENT_H
