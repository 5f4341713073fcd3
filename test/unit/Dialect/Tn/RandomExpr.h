//===- RandomExpr.h - Random expressions with an independent meaning ------===//
//
// A Tree is what a test builds an ExprAttr from: it is never simplified, and it
// is evaluated by a few lines that share nothing with the library. So "the
// expression means what was written" is a comparison of two numbers.
//
//===----------------------------------------------------------------------===//

#ifndef TENON_TEST_UNIT_DIALECT_TN_RANDOMEXPR_H
#define TENON_TEST_UNIT_DIALECT_TN_RANDOMEXPR_H

#include "tenon/Dialect/Tn/Expr.h"
#include "llvm/Support/MathExtras.h"
#include <array>
#include <random>

namespace tenon::tn::test {

constexpr const char *kSymbols[] = {"batch", "seq", "h", "past seq"};
constexpr size_t kNumSymbols = std::size(kSymbols);
using Values = std::array<int64_t, kNumSymbols>;

/// Equal on every platform, unlike the distributions of <random>.
class Random {
public:
  explicit Random(unsigned seed) : engine(seed) {}
  int64_t between(int64_t min, int64_t max) {
    return min + static_cast<int64_t>(engine() % (max - min + 1));
  }
  template <typename T, size_t N> T oneOf(const T (&choices)[N]) {
    return choices[between(0, N - 1)];
  }

private:
  std::mt19937 engine;
};

struct Tree {
  ExprKind kind;
  int64_t value = 0; ///< of a constant, or the index of a symbol
  bool subtract = false;
  std::vector<Tree> args = {};
};

using Leaf = llvm::function_ref<int64_t(Random &)>;

inline int64_t smallConstant(Random &random) { return random.between(-6, 9); }

inline Tree randomTree(Random &random, int depth,
                       Leaf constant = smallConstant) {
  if (depth == 0 || random.between(0, 7) == 0) {
    if (random.between(0, 2) == 0)
      return {ExprKind::Constant, constant(random)};
    return {ExprKind::Symbol, random.between(0, kNumSymbols - 1)};
  }
  static constexpr ExprKind kinds[] = {
      ExprKind::Add,      ExprKind::Add,      ExprKind::Add, ExprKind::Mul,
      ExprKind::FloorDiv, ExprKind::CeilDiv,  ExprKind::Mod, ExprKind::Min,
      ExprKind::Max,      ExprKind::Broadcast};
  Tree tree{random.oneOf(kinds)};
  tree.subtract = tree.kind == ExprKind::Add && random.between(0, 1);
  tree.args.push_back(randomTree(random, depth - 1, constant));
  // Most divisors of real shapes are constants.
  bool divides = tree.kind == ExprKind::FloorDiv ||
                 tree.kind == ExprKind::CeilDiv || tree.kind == ExprKind::Mod;
  tree.args.push_back(divides && random.between(0, 2) != 0
                          ? Tree{ExprKind::Constant, constant(random)}
                          : randomTree(random, depth - 1, constant));
  return tree;
}

inline ExprAttr build(const Tree &tree, mlir::MLIRContext *context) {
  if (tree.kind == ExprKind::Constant)
    return constantExpr(context, tree.value);
  if (tree.kind == ExprKind::Symbol)
    return symbolExpr(context, kSymbols[tree.value]);
  ExprAttr a = build(tree.args[0], context), b = build(tree.args[1], context);
  switch (tree.kind) {
  case ExprKind::Add:
    return tree.subtract ? subExpr(a, b) : addExpr(a, b);
  case ExprKind::Mul:
    return mulExpr(a, b);
  case ExprKind::FloorDiv:
    return floorDivExpr(a, b);
  case ExprKind::CeilDiv:
    return ceilDivExpr(a, b);
  case ExprKind::Mod:
    return modExpr(a, b);
  case ExprKind::Min:
    return minExpr(a, b);
  case ExprKind::Max:
    return maxExpr(a, b);
  default:
    return broadcastExpr(a, b);
  }
}

/// nullopt where the tree has no value, or none that is small.
inline std::optional<int64_t> evaluate(const Tree &tree, const Values &values) {
  if (tree.kind == ExprKind::Constant)
    return tree.value;
  if (tree.kind == ExprKind::Symbol)
    return values[tree.value];
  std::optional<int64_t> x = evaluate(tree.args[0], values);
  std::optional<int64_t> y = evaluate(tree.args[1], values);
  constexpr int64_t limit = int64_t(1) << 40;
  if (!x || !y || *x > limit || *x < -limit || *y > limit || *y < -limit)
    return std::nullopt;
  int64_t a = *x, b = *y, product;
  bool divides = tree.kind == ExprKind::FloorDiv ||
                 tree.kind == ExprKind::CeilDiv || tree.kind == ExprKind::Mod;
  if (divides && b == 0)
    return std::nullopt;
  int64_t floor = 0;
  if (divides)
    floor = a / b - (a % b != 0 && (a % b < 0) != (b < 0));
  switch (tree.kind) {
  case ExprKind::Add:
    return tree.subtract ? a - b : a + b;
  case ExprKind::Mul:
    if (llvm::MulOverflow(a, b, product))
      return std::nullopt;
    return product;
  case ExprKind::FloorDiv:
    return floor;
  case ExprKind::CeilDiv:
    return a == floor * b ? floor : floor + 1;
  case ExprKind::Mod:
    return a - floor * b;
  case ExprKind::Min:
    return a < b ? a : b;
  case ExprKind::Max:
    return a < b ? b : a;
  default:
    if (a == 1 || a == b)
      return b;
    return b == 1 ? std::optional(a) : std::nullopt;
  }
}

inline std::optional<int64_t> evaluate(ExprAttr e, const Values &values) {
  return evaluateExpr(e, [&](llvm::StringRef name) -> std::optional<int64_t> {
    for (size_t i = 0; i < kNumSymbols; ++i)
      if (name == kSymbols[i])
        return values[i];
    return std::nullopt;
  });
}

} // namespace tenon::tn::test

#endif // TENON_TEST_UNIT_DIALECT_TN_RANDOMEXPR_H
