//===- TypicalSizes.h - What schedules take sizes for -----------*- C++ -*-===//
//
// A schedule is chosen once for all sizes. A dynamic one is taken for a usual
// size that what is known of it allows.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_PASSES_SCHEDULE_TYPICALSIZES_H
#define TENON_PASSES_SCHEDULE_TYPICALSIZES_H

#include "mlir/IR/BuiltinOps.h"
#include "tenon/Dialect/Tn/ShapeFacts.h"

namespace tenon::schedule {

class TypicalSizes {
public:
  /// By the facts of the module of `op`.
  explicit TypicalSizes(mlir::Operation *op)
      : facts(op->getParentOfType<mlir::ModuleOp>()) {}

  int64_t of(tn::ExprAttr size) const {
    tn::Range range = facts.range(size);
    return std::clamp(kUsual, range.min, range.max);
  }
  /// The same for a size to divide by.
  int64_t atLeastOne(tn::ExprAttr size) const {
    return std::max<int64_t>(of(size), 1);
  }
  /// The smallest that it may be, but 1.
  int64_t least(tn::ExprAttr size) const {
    return std::max<int64_t>(facts.range(size).min, 1);
  }
  /// Whether it is never more than what it is taken for.
  bool isMost(tn::ExprAttr size) const {
    return facts.range(size).max <= of(size);
  }

private:
  static constexpr int64_t kUsual = 128;
  tn::ShapeFacts facts;
};

} // namespace tenon::schedule

#endif // TENON_PASSES_SCHEDULE_TYPICALSIZES_H
