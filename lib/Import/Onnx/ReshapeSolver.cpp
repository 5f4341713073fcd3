//===- ReshapeSolver.cpp - The dims that ONNX Reshape asks for ------------===//

#include "ReshapeSolver.h"
#include "tenon/Dialect/Tn/ShapeFacts.h"
#include "llvm/Support/MathExtras.h"
#include <numeric>

using namespace mlir;

namespace tenon::onnx {

namespace {
/// A product as coefficient times factors.
struct Factors {
  int64_t coefficient = 1;
  Exprs symbolic;

  explicit Factors(ArrayRef<tn::ExprAttr> dims) {
    for (tn::ExprAttr dim : dims)
      add(dim);
  }
  void add(tn::ExprAttr dim) {
    bool isProduct = dim.getKind() == tn::ExprKind::Mul;
    int64_t product = 0;
    if ((!isProduct && !dim.isConstant()) ||
        llvm::MulOverflow(coefficient, dim.getValue(), product))
      return symbolic.push_back(dim);
    coefficient = product;
    if (isProduct)
      llvm::append_range(symbolic, dim.getArgs());
  }
  tn::ExprAttr product(MLIRContext *context) const {
    return tn::mulExpr(tn::productExpr(context, symbolic), coefficient);
  }
};
} // namespace

tn::ExprAttr quotientOfProducts(ArrayRef<tn::ExprAttr> whole,
                                ArrayRef<tn::ExprAttr> parts,
                                MLIRContext *context) {
  Factors numerator(whole), denominator(parts);
  for (tn::ExprAttr factor : Exprs(denominator.symbolic)) {
    auto *found = llvm::find(numerator.symbolic, factor);
    if (found == numerator.symbolic.end())
      continue;
    numerator.symbolic.erase(found);
    denominator.symbolic.erase(llvm::find(denominator.symbolic, factor));
  }
  int64_t common = std::gcd(numerator.coefficient, denominator.coefficient);
  if (common > 1) {
    numerator.coefficient /= common;
    denominator.coefficient /= common;
  }
  return tn::floorDivExpr(numerator.product(context),
                          denominator.product(context));
}

static FailureOr<Exprs> solve(NodeReader &n, TnBuilder &b, Exprs dims,
                              bool zeroIsSize) {
  Exprs from = dimsOf(n.input(0)), others;
  std::optional<size_t> rest;
  for (auto [i, dim] : llvm::enumerate(dims)) {
    if (dim.isConstant(0) && !zeroIsSize) {
      if (i >= from.size())
        return n.error() << "the shape asks to copy dim " << i
                         << ", the operand has rank " << from.size(),
               failure();
      dim = from[i];
    }
    if (dim.isConstant(-1)) {
      if (rest)
        return n.error() << "the shape has more than one -1", failure();
      rest = i;
    } else {
      others.push_back(dim);
    }
  }
  if (!rest)
    return dims;
  if (b.product(others).isConstant(0))
    return n.error() << "the shape has a -1 beside a dim of size 0", failure();
  dims[*rest] = quotientOfProducts(from, others, b.getContext());
  return dims;
}

/// The same by ops, for a shape that is only known at run time.
static Value solveByOps(NodeReader &n, TnBuilder &b, bool zeroIsSize) {
  Value x = n.input(0), shape = b.cast(n.input(1), b.getI64Type());
  auto equals = [&](double value) {
    return b.compare(tn::ComparePredicate::eq, shape, value);
  };
  if (!zeroIsSize) {
    Exprs from = dimsOf(x);
    from.resize(cast<RankedTensorType>(shape.getType()).getDimSize(0),
                b.size(0));
    shape = b.select(equals(0), b.ints(from), shape);
  }
  Value isRest = equals(-1);
  Value known = b.reduce(tn::Combiner::prod,
                         b.select(isRest, b.scalarLike(1, shape), shape), {0});
  Value count = b.intScalar(tn::elementCount(x.getType()));
  return b.select(isRest, b.div(count, known), shape);
}

static constexpr int64_t kHighestRank = 64;

FailureOr<Exprs> reshapedDims(NodeReader &n, TnBuilder &b, bool zeroIsSize) {
  Value shape = n.input(1);
  if (failed(n.requireRank(1, 1)))
    return failure();
  if (std::optional<Exprs> known = knownInts(shape))
    return solve(n, b, *known, zeroIsSize);
  int64_t rank = cast<RankedTensorType>(shape.getType()).getDimSize(0);
  if (ShapedType::isDynamic(rank) || rank > kHighestRank)
    return n.error() << "the number of elements of the shape is not known (or "
                        "too large), so the rank of the result is not either",
           failure();
  Exprs partly = partlyKnownInts(shape);
  Exprs dims = n.bind(solveByOps(n, b, zeroIsSize));
  for (auto [i, dim] : llvm::enumerate(dims)) {
    bool copies = partly[i] && partly[i].isConstant(0) && !zeroIsSize;
    if (copies && i < dimsOf(n.input(0)).size())
      dim = dimsOf(n.input(0))[i];
    else if (partly[i] && tn::ShapeFacts().range(partly[i]).min > 0)
      dim = partly[i];
  }
  return dims;
}

} // namespace tenon::onnx
