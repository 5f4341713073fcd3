//===- TnBuilder.h - Builds tn ops for a handler ---------------*- C++ -*-===//
//
// Every op is folded as it is built, so shape arithmetic on known sizes leaves
// constants and expressions, not ops. Operands may come straight from a model:
// what does not fit together is reported as an error of the node, and some
// value is returned, so that a handler needs no checks of its own.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_IMPORT_ONNX_TNBUILDER_H
#define TENON_IMPORT_ONNX_TNBUILDER_H

#include "mlir/IR/ImplicitLocOpBuilder.h"
#include "tenon/Dialect/Tn/SymbolicFold.h"

namespace tenon::onnx {

class NodeErrors;

using Exprs = llvm::SmallVector<tn::ExprAttr>;

/// Dims, rank and element type of a tensor value.
inline Exprs dimsOf(mlir::Value x) { return tn::shapeOf(x); }
inline int64_t rankOf(mlir::Value x) {
  return llvm::cast<mlir::RankedTensorType>(x.getType()).getRank();
}
inline mlir::Type elementOf(mlir::Value x) {
  return mlir::getElementTypeOrSelf(x.getType());
}

/// The elements of an integer tensor that is a constant or an expression.
std::optional<Exprs> knownInts(mlir::Value ints);
/// The elements of a static 1-D integer tensor; null where not known.
Exprs partlyKnownInts(mlir::Value ints);

class TnBuilder : public mlir::ImplicitLocOpBuilder {
public:
  TnBuilder(mlir::Location loc, mlir::Block *block, NodeErrors &errors)
      : ImplicitLocOpBuilder(loc, block, block->end()), errors(errors) {}

  /// Folds what depends on symbols, too.
  template <typename OpTy, typename... Args>
  mlir::Value createOrFold(Args &&...args) {
    return tn::foldSymbolically(*this,
                                ImplicitLocOpBuilder::createOrFold<OpTy>(
                                    std::forward<Args>(args)...));
  }

  //===--- Sizes ---------------------------------------------------------===//

  tn::ExprAttr size(int64_t value) {
    return tn::constantExpr(getContext(), value);
  }
  Exprs sizes(llvm::ArrayRef<int64_t> values);
  tn::ShapeAttr shape(llvm::ArrayRef<tn::ExprAttr> dims) {
    return tn::ShapeAttr::get(getContext(), dims);
  }
  tn::ExprAttr product(llvm::ArrayRef<tn::ExprAttr> dims) {
    return tn::productExpr(getContext(), dims);
  }

  //===--- Constants -----------------------------------------------------===//

  /// A rank-0 tensor.
  mlir::Value scalar(double value, mlir::Type element);
  mlir::Value scalarLike(double value, mlir::Value like) {
    return scalar(value, elementOf(like));
  }
  /// 1-D, of i64.
  mlir::Value ints(llvm::ArrayRef<int64_t> values);
  mlir::Value ints(llvm::ArrayRef<tn::ExprAttr> values);
  /// Rank 0, of i64.
  mlir::Value intScalar(tn::ExprAttr value);
  /// `dims` filled with `value`.
  mlir::Value full(llvm::ArrayRef<tn::ExprAttr> dims, mlir::Value value) {
    return broadcast(value, dims);
  }
  /// A size as a rank-0 tensor of any element type.
  mlir::Value sizeAs(tn::ExprAttr value, mlir::Type element);

  //===--- Elementwise ---------------------------------------------------===//

  template <typename OpTy> mlir::Value unary(mlir::Value x) {
    return createOrFold<OpTy>(x);
  }
  template <typename OpTy>
  mlir::Value binary(mlir::Value lhs, mlir::Value rhs) {
    if (!canBroadcast({lhs, rhs}) || !sameElement(lhs, rhs))
      return lhs;
    return createOrFold<OpTy>(lhs, rhs);
  }
  /// rhs is a number of lhs's element type.
  template <typename OpTy> mlir::Value binary(mlir::Value lhs, double rhs) {
    return binary<OpTy>(lhs, scalarLike(rhs, lhs));
  }
  template <typename Rhs> mlir::Value add(mlir::Value lhs, Rhs rhs) {
    return binary<tn::AddOp>(lhs, rhs);
  }
  template <typename Rhs> mlir::Value sub(mlir::Value lhs, Rhs rhs) {
    return binary<tn::SubOp>(lhs, rhs);
  }
  template <typename Rhs> mlir::Value mul(mlir::Value lhs, Rhs rhs) {
    return binary<tn::MulOp>(lhs, rhs);
  }
  template <typename Rhs> mlir::Value div(mlir::Value lhs, Rhs rhs) {
    return binary<tn::DivOp>(lhs, rhs);
  }
  template <typename Rhs> mlir::Value max(mlir::Value lhs, Rhs rhs) {
    return binary<tn::MaxOp>(lhs, rhs);
  }
  template <typename Rhs> mlir::Value min(mlir::Value lhs, Rhs rhs) {
    return binary<tn::MinOp>(lhs, rhs);
  }
  mlir::Value exp(mlir::Value x) { return unary<tn::ExpOp>(x); }
  mlir::Value log(mlir::Value x) { return unary<tn::LogOp>(x); }
  mlir::Value sqrt(mlir::Value x) { return unary<tn::SqrtOp>(x); }
  mlir::Value abs(mlir::Value x) { return unary<tn::AbsOp>(x); }
  mlir::Value neg(mlir::Value x) { return unary<tn::NegOp>(x); }
  mlir::Value tanh(mlir::Value x) { return unary<tn::TanhOp>(x); }
  mlir::Value erf(mlir::Value x) { return unary<tn::ErfOp>(x); }
  mlir::Value sigmoid(mlir::Value x) { return unary<tn::SigmoidOp>(x); }
  mlir::Value logicalNot(mlir::Value x) { return unary<tn::NotOp>(x); }
  /// Of any two element types; lhs's is the result's.
  mlir::Value pow(mlir::Value lhs, mlir::Value rhs);
  mlir::Value compare(tn::ComparePredicate predicate, mlir::Value lhs,
                      mlir::Value rhs);
  mlir::Value compare(tn::ComparePredicate predicate, mlir::Value lhs,
                      double rhs) {
    return compare(predicate, lhs, scalarLike(rhs, lhs));
  }
  mlir::Value select(mlir::Value condition, mlir::Value lhs, mlir::Value rhs);
  mlir::Value cast(mlir::Value x, mlir::Type element, bool saturate = true);

  //===--- Movement ------------------------------------------------------===//

  mlir::Value reshape(mlir::Value x, llvm::ArrayRef<tn::ExprAttr> dims);
  /// Merges dims [begin, end) into one.
  mlir::Value collapse(mlir::Value x, int64_t begin, int64_t end);
  /// Drops dims of size 1; adds them (axes of the result, sorted).
  mlir::Value squeeze(mlir::Value x, llvm::ArrayRef<int64_t> axes);
  mlir::Value unsqueeze(mlir::Value x, llvm::ArrayRef<int64_t> axes);
  /// Adds dims of size 1 behind `x` (a vector per channel) so that it
  /// broadcasts along dim `axis` of a tensor of `rank`.
  mlir::Value alongAxis(mlir::Value x, int64_t axis, int64_t rank);
  mlir::Value broadcast(mlir::Value x, llvm::ArrayRef<tn::ExprAttr> dims);
  mlir::Value transpose(mlir::Value x, llvm::ArrayRef<int64_t> permutation);
  /// [N, C, X...] to [N, X..., C] and back.
  mlir::Value channelsLast(mlir::Value x);
  mlir::Value channelsFirst(mlir::Value x);
  mlir::Value concat(llvm::ArrayRef<mlir::Value> inputs, int64_t axis);
  mlir::Value slice(mlir::Value x, llvm::ArrayRef<tn::ExprAttr> starts,
                    llvm::ArrayRef<tn::ExprAttr> sizes,
                    llvm::ArrayRef<int64_t> steps);
  /// Elements [start, start + size) of one axis.
  mlir::Value slice(mlir::Value x, int64_t axis, tn::ExprAttr start,
                    tn::ExprAttr size);
  /// `high` is added after each dim.
  mlir::Value pad(mlir::Value x, mlir::Value value,
                  llvm::ArrayRef<tn::ExprAttr> low,
                  llvm::ArrayRef<tn::ExprAttr> high,
                  tn::PadMode mode = tn::PadMode::constant);
  mlir::Value iota(llvm::ArrayRef<tn::ExprAttr> dims, int64_t axis,
                   mlir::Type element);

  //===--- Reductions and products ---------------------------------------===//

  /// Reduced dims stay, with size 1.
  mlir::Value reduce(tn::Combiner combiner, mlir::Value x,
                     llvm::ArrayRef<int64_t> axes);
  mlir::Value sum(mlir::Value x, llvm::ArrayRef<int64_t> axes) {
    return reduce(tn::Combiner::sum, x, axes);
  }
  /// The sum divided by the number of elements.
  mlir::Value mean(mlir::Value x, llvm::ArrayRef<int64_t> axes);
  /// Operands have rank 2 at least.
  mlir::Value matmul(mlir::Value lhs, mlir::Value rhs,
                     mlir::Type accumulator = {});

private:
  bool canBroadcast(llvm::ArrayRef<mlir::Value> operands);
  bool sameElement(mlir::Value lhs, mlir::Value rhs);

  NodeErrors &errors;
};

/// The axes 0, ..., n-1.
llvm::SmallVector<int64_t> firstAxes(int64_t n);
/// The axes begin, ..., end-1.
llvm::SmallVector<int64_t> axesBetween(int64_t begin, int64_t end);

} // namespace tenon::onnx

#endif // TENON_IMPORT_ONNX_TNBUILDER_H
