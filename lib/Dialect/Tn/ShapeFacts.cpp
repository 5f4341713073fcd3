//===- ShapeFacts.cpp - What is known about symbols ----------------------===//
//
// Bounds are interval arithmetic over the integers, divisibility is a greatest
// common divisor; both look at the expression once and know nothing of the
// relation between two symbols. Everything answered "true" here is a proof.
//
//===----------------------------------------------------------------------===//

#include "tenon/Dialect/Tn/ShapeFacts.h"
#include "Polynomial.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/MathExtras.h"
#include <numeric>

using namespace mlir;

namespace tenon::tn {

static constexpr int64_t kMin = std::numeric_limits<int64_t>::min();
static constexpr int64_t kMax = std::numeric_limits<int64_t>::max();

//===----------------------------------------------------------------------===//
// Intervals
//===----------------------------------------------------------------------===//

__extension__ using Wide = __int128;

static int64_t clampToInt64(Wide value) {
  return static_cast<int64_t>(std::clamp<Wide>(value, kMin, kMax));
}

namespace {
/// A closed interval whose finite bounds fit in 64 bits, so that one operation
/// on them is exact.
struct Interval {
  static constexpr Wide kInfinity = Wide(1) << 100;
  Wide min, max;

  Interval(Wide min, Wide max) : min(min), max(max) {}
  explicit Interval(Range range)
      : min(range.min == kMin ? -kInfinity : Wide(range.min)),
        max(range.max == kMax ? kInfinity : Wide(range.max)) {}

  /// The smallest Range that contains it.
  Range toRange() const { return {clampToInt64(min), clampToInt64(max)}; }
  Interval operator-() const { return {-max, -min}; }
  Interval operator+(const Interval &other) const {
    return {min == -kInfinity || other.min == -kInfinity ? -kInfinity
                                                         : min + other.min,
            max == kInfinity || other.max == kInfinity ? kInfinity
                                                       : max + other.max};
  }
  Interval hull(const Interval &other) const {
    return {std::min(min, other.min), std::max(max, other.max)};
  }
};
} // namespace

static bool isInfinite(Wide bound) {
  return bound == Interval::kInfinity || bound == -Interval::kInfinity;
}

static Wide multiplyBounds(Wide a, Wide b) {
  if (a == 0 || b == 0)
    return 0;
  if (isInfinite(a) || isInfinite(b))
    return (a < 0) == (b < 0) ? Interval::kInfinity : -Interval::kInfinity;
  return a * b;
}

static Interval multiply(const Interval &a, const Interval &b) {
  Wide corners[] = {multiplyBounds(a.min, b.min), multiplyBounds(a.min, b.max),
                    multiplyBounds(a.max, b.min), multiplyBounds(a.max, b.max)};
  return {*llvm::min_element(corners), *llvm::max_element(corners)};
}

/// floor(a / b) for b >= 1.
static Wide floorDivideBounds(Wide a, Wide b) {
  if (isInfinite(a))
    return a;
  return a >= 0 ? a / b : -((-a + b - 1) / b);
}

static Interval floorDivide(const Interval &a, const Interval &b) {
  if (b.max <= 0)
    return b.min >= 0 ? Interval(0, 0) : floorDivide(-a, -b);
  // A divisor 0 has no value, so only the divisors >= 1 and <= -1 count.
  Wide least = std::max<Wide>(b.min, 1);
  Interval result(floorDivideBounds(a.min, a.min < 0 ? least : b.max),
                  floorDivideBounds(a.max, a.max < 0 ? b.max : least));
  if (b.min < 0)
    return result.hull(floorDivide(-a, {1, -b.min}));
  return result;
}

static Interval modulo(const Interval &a, const Interval &b) {
  if (b.max <= 0)
    return b.min >= 0 ? Interval(0, 0) : -modulo(-a, -b);
  Wide largest = b.max == Interval::kInfinity ? b.max : b.max - 1;
  Interval result(0, a.min >= 0 ? std::min(a.max, largest) : largest);
  if (a.min >= 0 && a.max < std::max<Wide>(b.min, 1))
    result.min = a.min;
  if (b.min < 0)
    return result.hull(-modulo(-a, {1, -b.min}));
  return result;
}

static Interval apply(ExprKind kind, const Interval &a, const Interval &b) {
  switch (kind) {
  case ExprKind::Add:
    return a + b;
  case ExprKind::Mul:
    return multiply(a, b);
  case ExprKind::FloorDiv:
    return floorDivide(a, b);
  case ExprKind::CeilDiv:
    return -floorDivide(-a, b);
  case ExprKind::Mod:
    return modulo(a, b);
  case ExprKind::Min:
    return {std::min(a.min, b.min), std::min(a.max, b.max)};
  case ExprKind::Max:
    return {std::max(a.min, b.min), std::max(a.max, b.max)};
  case ExprKind::Broadcast:
    return a.hull(b);
  case ExprKind::Constant:
  case ExprKind::Symbol:
    break;
  }
  llvm_unreachable("not an operation");
}

Range ShapeFacts::range(ExprAttr e) const {
  if (e.isConstant())
    return {e.getValue(), e.getValue()};
  if (e.isSymbol())
    return lookup(e.getName()).range;
  bool isArithmetic =
      e.getKind() == ExprKind::Add || e.getKind() == ExprKind::Mul;
  ArrayRef<ExprAttr> args = e.getArgs();
  Range result = isArithmetic ? Range{e.getValue(), e.getValue()}
                              : range(args.consume_front());
  for (ExprAttr arg : args)
    result =
        apply(e.getKind(), Interval(result), Interval(range(arg))).toRange();
  return result;
}

//===----------------------------------------------------------------------===//
// Facts of symbols
//===----------------------------------------------------------------------===//

static bool isWholeNumber(Attribute attr) {
  auto number = dyn_cast<IntegerAttr>(attr);
  return number && number.getType().isSignlessInteger(64);
}

/// A verified entry of `tn.facts`.
static SymbolFact factOf(Attribute attr) {
  auto number = [numbers = cast<ArrayAttr>(attr)](unsigned i) {
    return cast<IntegerAttr>(numbers[i]).getInt();
  };
  return {{number(0), number(1)}, number(2)};
}

ShapeFacts::ShapeFacts(Operation *module) {
  auto attr = module->getAttrOfType<DictionaryAttr>("tn.facts");
  if (!attr)
    return;
  for (NamedAttribute entry : attr) {
    [[maybe_unused]] bool added =
        add(entry.getName(), factOf(entry.getValue()));
    assert(added && "verified");
  }
}

LogicalResult ShapeFacts::verify(Operation *op, Attribute attr) {
  if (!isa<ModuleOp>(op))
    return op->emitOpError("has 'tn.facts', which belong to the module");
  auto entries = dyn_cast<DictionaryAttr>(attr);
  if (!entries)
    return op->emitOpError("'tn.facts' is not a dictionary of symbols: ")
           << attr;
  for (NamedAttribute entry : entries) {
    auto wrong = [&] {
      return op->emitOpError("'tn.facts' of '") << entry.getName().getValue()
                                                << "': ";
    };
    auto numbers = dyn_cast<ArrayAttr>(entry.getValue());
    if (!numbers || numbers.size() != 3 ||
        !llvm::all_of(numbers, isWholeNumber))
      return wrong() << "expected [min, max, multiple], three i64, got "
                     << entry.getValue();
    SymbolFact fact = factOf(numbers);
    if (fact.multiple < 1)
      return wrong() << "the multiple is " << fact.multiple
                     << ", it must be at least 1";
    if (!ShapeFacts().add(entry.getName(), fact))
      return wrong() << "no size from " << fact.range.min << " to "
                     << fact.range.max << " is a multiple of " << fact.multiple
                     << " and not negative";
  }
  return success();
}

/// The bounds moved inwards to multiples of `fact.multiple`.
static Range tighten(const SymbolFact &fact) {
  auto [min, max] = fact.range;
  Wide multiple = fact.multiple;
  if (min != kMin)
    min = clampToInt64(-floorDivideBounds(-Wide(min), multiple) * multiple);
  if (max != kMax)
    max = clampToInt64(floorDivideBounds(max, multiple) * multiple);
  return {min, max};
}

bool ShapeFacts::add(StringRef symbol, SymbolFact fact) {
  if (fact.multiple < 1)
    return false;
  SymbolFact merged = lookup(symbol);
  merged.range.min = std::max(merged.range.min, fact.range.min);
  merged.range.max = std::min(merged.range.max, fact.range.max);
  int64_t step = fact.multiple / std::gcd(merged.multiple, fact.multiple);
  // If the least common multiple does not fit, the larger one still holds.
  if (llvm::MulOverflow(merged.multiple, step, merged.multiple))
    merged.multiple = std::max(lookup(symbol).multiple, fact.multiple);
  merged.range = tighten(merged);
  if (merged.range.min > merged.range.max)
    return false;
  facts[symbol] = merged;
  return true;
}

SymbolFact ShapeFacts::lookup(StringRef symbol) const {
  auto found = facts.find(symbol);
  return found == facts.end() ? SymbolFact() : found->second;
}

DictionaryAttr ShapeFacts::toAttr(MLIRContext *context) const {
  Builder builder(context);
  SmallVector<NamedAttribute> entries;
  for (const auto &[symbol, fact] : facts)
    entries.push_back(builder.getNamedAttr(
        symbol, builder.getI64ArrayAttr(
                    {fact.range.min, fact.range.max, fact.multiple})));
  return builder.getDictionaryAttr(entries);
}

//===----------------------------------------------------------------------===//
// Divisibility
//===----------------------------------------------------------------------===//

uint64_t ShapeFacts::divisor(ExprAttr e) const {
  auto ofArg = [&](unsigned i) { return divisor(e.getArgs()[i]); };
  switch (e.getKind()) {
  case ExprKind::Constant:
    return magnitude(e.getValue());
  case ExprKind::Symbol: {
    SymbolFact fact = lookup(e.getName());
    return fact.range.isSingle() ? magnitude(fact.range.min) : fact.multiple;
  }
  case ExprKind::Add: {
    uint64_t result = magnitude(e.getValue());
    for (ExprAttr arg : e.getArgs())
      result = std::gcd(result, divisor(arg));
    return result;
  }
  case ExprKind::Mul: {
    uint64_t result = magnitude(e.getValue());
    for (ExprAttr arg : e.getArgs()) {
      uint64_t other = divisor(arg);
      bool overflow = false;
      uint64_t product = llvm::SaturatingMultiply(result, other, &overflow);
      result = overflow ? std::max(result, other) : product;
    }
    return result;
  }
  case ExprKind::FloorDiv:
  case ExprKind::CeilDiv: {
    ExprAttr denominator = e.getArgs()[1];
    uint64_t by =
        denominator.isConstant() ? magnitude(denominator.getValue()) : 0;
    uint64_t of = ofArg(0);
    return by != 0 && of % by == 0 ? of / by : 1;
  }
  case ExprKind::Mod:
  case ExprKind::Min:
  case ExprKind::Max:
  case ExprKind::Broadcast:
    return std::gcd(ofArg(0), ofArg(1));
  }
  llvm_unreachable("unknown expression kind");
}

bool ShapeFacts::isMultipleOf(ExprAttr e, int64_t n) const {
  uint64_t known = divisor(e), by = magnitude(n);
  return by == 0 ? known == 0 : known % by == 0;
}

//===----------------------------------------------------------------------===//
// Comparisons
//===----------------------------------------------------------------------===//

/// Replaces one floordiv or ceildiv by a constant in the linear part of `p` by
/// its bound, scaled to integers: p >= 0 if the result is >= 0. False if there
/// is none or the numbers get too large.
static bool relaxDivision(Polynomial &p) {
  for (auto [i, term] : llvm::enumerate(p.terms)) {
    ExprAttr atom = term.onlyAtom();
    if (!atom || (atom.getKind() != ExprKind::FloorDiv &&
                  atom.getKind() != ExprKind::CeilDiv))
      continue;
    ExprAttr divisor = atom.getArgs()[1];
    if (!divisor.isConstant() || divisor.getValue() < 1)
      continue;
    // a-(c-1) <= c*floordiv(a, c) <= a <= c*ceildiv(a, c) <= a+(c-1)
    int64_t c = divisor.getValue(), slack = 0;
    if (atom.getKind() == ExprKind::FloorDiv && term.coefficient > 0)
      slack = 1 - c;
    if (atom.getKind() == ExprKind::CeilDiv && term.coefficient < 0)
      slack = c - 1;
    Polynomial bound(atom.getArgs()[0]);
    Polynomial relaxed = p;
    relaxed.terms.erase(relaxed.terms.begin() + i);
    if (llvm::AddOverflow(bound.constant, slack, bound.constant) ||
        !relaxed.scale(c) || !relaxed.add(bound, term.coefficient))
      continue;
    p = std::move(relaxed);
    return true;
  }
  return false;
}

static bool isNonNegative(ExprAttr e, const ShapeFacts &facts) {
  Polynomial p(e);
  do {
    if (facts.range(p.toExpr()).min >= 0)
      return true;
  } while (relaxDivision(p));
  return false;
}

bool ShapeFacts::provablyAtMost(ExprAttr a, ExprAttr b) const {
  auto any = [](ExprAttr e, llvm::function_ref<bool(ExprAttr)> holds) {
    return llvm::any_of(e.getArgs(), holds);
  };
  auto aAtMost = [&](ExprAttr x) { return provablyAtMost(a, x); };
  auto atMostB = [&](ExprAttr x) { return provablyAtMost(x, b); };
  if (a == b || isNonNegative(subExpr(b, a), *this))
    return true;
  if (a.getKind() == ExprKind::Max && llvm::all_of(a.getArgs(), atMostB))
    return true;
  if (b.getKind() == ExprKind::Min && llvm::all_of(b.getArgs(), aAtMost))
    return true;
  return (a.getKind() == ExprKind::Min && any(a, atMostB)) ||
         (b.getKind() == ExprKind::Max && any(b, aAtMost));
}

bool ShapeFacts::provablyEqual(ExprAttr a, ExprAttr b) const {
  return a == b || simplify(subExpr(a, b)).isConstant(0) ||
         simplify(a) == simplify(b);
}

bool ShapeFacts::provablyDifferent(ExprAttr a, ExprAttr b) const {
  ExprAttr difference = simplify(subExpr(a, b));
  ExprAttr opposite = mulExpr(difference, -1);
  if (isNonNegative(addExpr(difference, -1), *this) ||
      isNonNegative(addExpr(opposite, -1), *this))
    return true;
  // step * n + constant is never 0 if step does not divide the constant.
  Polynomial p(difference);
  int64_t constant = std::exchange(p.constant, 0);
  uint64_t step = divisor(p.toExpr());
  return step != 0 ? magnitude(constant) % step != 0 : constant != 0;
}

} // namespace tenon::tn
