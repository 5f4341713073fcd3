//===- Choice.cpp - What is decided at run time ---------------------------===//

#include "Choice.h"
#include <functional>

using namespace mlir;

namespace tenon::onnx {

/// Versions of one node: more would cost more code than they are worth.
static constexpr size_t kMostVersions = 32;

using AxisSet = SmallVector<int64_t>;

/// All sets of `count` of the axes; empty if there are too many.
static SmallVector<AxisSet> setsOf(ArrayRef<int64_t> axes, int64_t count) {
  SmallVector<AxisSet> sets{{}};
  for (int64_t size = 0; size < count; ++size) {
    SmallVector<AxisSet> larger;
    for (const AxisSet &set : sets)
      for (int64_t axis : axes)
        if (set.empty() || axis > set.back()) {
          larger.push_back(set);
          larger.back().push_back(axis);
        }
    if (larger.size() > kMostVersions * kMostVersions)
      return {};
    sets = std::move(larger);
  }
  return sets.size() > kMostVersions ? SmallVector<AxisSet>() : sets;
}

/// A set as a number: the sum of 2^axis.
static int64_t codeOf(ArrayRef<int64_t> axes) {
  int64_t code = 0;
  for (int64_t axis : axes)
    code += int64_t(1) << axis;
  return code;
}

/// [axes, rank] of bool: whether an axis is this dim.
static Value areDims(TnBuilder &b, Value axes, int64_t rank) {
  axes = b.cast(axes, b.getI64Type());
  int64_t count = tn::elementCount(axes.getType()).getValue();
  axes = b.reshape(axes, {b.size(count), b.size(1)});
  Value isFromEnd = b.compare(tn::ComparePredicate::lt, axes, 0);
  axes = b.select(isFromEnd, b.add(axes, double(rank)), axes);
  return b.compare(tn::ComparePredicate::eq, axes, b.ints(firstAxes(rank)));
}

static void checkAxes(TnBuilder &b, Value areRight) {
  tn::CheckOp::create(b, areRight,
                      b.getStringAttr("the axes are out of range, repeated, or "
                                      "not possible for this operand"));
}

/// The same of axes that are known at run time. An axis out of range counts as
/// 0, and one that is there twice leaves fewer bits than there are axes.
static Value codeOf(TnBuilder &b, Value axes, int64_t rank) {
  SmallVector<int64_t> powers;
  for (int64_t axis : firstAxes(rank))
    powers.push_back(codeOf(ArrayRef(axis)));
  Value bits =
      b.mul(b.cast(areDims(b, axes, rank), b.getI64Type()), b.ints(powers));
  return b.squeeze(b.sum(bits, {0, 1}), {0, 1});
}

Value perAxis(TnBuilder &b, Value values, Value axes, int64_t rank,
              Value otherwise) {
  Value isDim = areDims(b, axes, rank);
  int64_t count = tn::elementCount(axes.getType()).getValue();
  Value column =
      b.reshape(b.cast(values, b.getI64Type()), {b.size(count), b.size(1)});
  Value chosen = b.sum(b.mul(b.cast(isDim, b.getI64Type()), column), {0});
  Value isGiven = b.reduce(tn::Combiner::logical_or, isDim, {0});
  Value given = b.sum(b.cast(isGiven, b.getI64Type()), {0, 1});
  checkAxes(b, b.compare(tn::ComparePredicate::eq, b.reshape(given, {}),
                         double(count)));
  return b.select(b.squeeze(isGiven, {0}), b.squeeze(chosen, {0}), otherwise);
}

FailureOr<Value> overAxes(NodeReader &n, TnBuilder &b, unsigned i, int64_t rank,
                          function_ref<Value(ArrayRef<int64_t>)> build,
                          function_ref<bool(int64_t)> isLegal) {
  auto failIfNull = [](Value value) -> FailureOr<Value> {
    if (!value)
      return failure();
    return value;
  };
  tn::ExprAttr count = tn::elementCount(n.input(i).getType());
  SmallVector<AxisSet> sets;
  if (!knownInts(n.input(i)) && count.isConstant() && rank < 63)
    sets = setsOf(llvm::filter_to_vector(firstAxes(rank), isLegal),
                  count.getValue());
  if (sets.empty()) {
    FailureOr<SmallVector<int64_t>> known = n.constantInts(i);
    if (failed(known))
      return failure();
    SmallVector<int64_t> axes = n.axes(*known, rank);
    if (n.failed())
      return failure();
    return failIfNull(build(axes));
  }
  Value code = codeOf(b, n.input(i), rank);
  SmallVector<int64_t> codes =
      llvm::map_to_vector(sets, [](const AxisSet &set) { return codeOf(set); });
  Value isAny =
      b.reduce(tn::Combiner::logical_or,
               b.compare(tn::ComparePredicate::eq, code, b.ints(codes)), {0});
  checkAxes(b, b.squeeze(isAny, {0}));
  std::function<Value(size_t)> from = [&](size_t k) -> Value {
    if (k + 1 == sets.size())
      return build(sets[k]);
    return importChoice(
        n, b, b.compare(tn::ComparePredicate::eq, code, double(codes[k])),
        [&] { return build(sets[k]); }, [&] { return from(k + 1); });
  };
  return failIfNull(from(0));
}

} // namespace tenon::onnx
