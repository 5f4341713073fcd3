//===- Control.cpp - If, Loop and Scan ------------------------------------===//
//
// A size that depends on which way control went is a fresh symbol of the op. No
// result's type mentions a symbol that only a region knows.
//
//===----------------------------------------------------------------------===//

#include "Choice.h"
#include "Families.h"
#include "tenon/Import/Onnx/NodeReader.h"
#include "tenon/Import/Onnx/OpTable.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace tenon::onnx {

namespace {
/// Makes the fresh symbols of one op and remembers them.
class FreshDims {
public:
  FreshDims(NodeReader &n, StringRef suffix) : n(n), suffix(suffix) {}

  tn::ExprAttr next() {
    tn::ExprAttr symbol =
        n.freshSymbol((n.name() + suffix + Twine(names.size())).str());
    names.push_back(symbol.getName());
    return symbol;
  }
  ArrayRef<StringRef> all() const { return names; }

private:
  NodeReader &n;
  StringRef suffix;
  SmallVector<StringRef> names;
};
} // namespace

/// Values of both types may be one value: what a dim is may differ, rank and
/// element type may not.
static bool haveSameForm(mlir::Type a, mlir::Type b) {
  auto x = cast<RankedTensorType>(a), y = cast<RankedTensorType>(b);
  return x.getRank() == y.getRank() &&
         x.getElementType() == y.getElementType();
}

static LogicalResult requireSameForm(NodeReader &n, const Twine &what,
                                     mlir::Type a, mlir::Type b) {
  if (haveSameForm(a, b))
    return success();
  return n.error() << what << " is once " << a << " and once " << b
                   << "; Tenon needs one rank and one element type";
}

/// `type`, where each dim that differs from `other`'s is fresh.
static RankedTensorType merge(mlir::Type type, mlir::Type other,
                              FreshDims &fresh) {
  Exprs dims = tn::shapeOf(type);
  for (auto [dim, theirs] : llvm::zip_equal(dims, tn::shapeOf(other)))
    if (dim != theirs)
      dim = fresh.next();
  return tn::tensorOf(dims, getElementTypeOrSelf(type));
}

/// An op in no block that owns regions while they are built, as the op that
/// they are for needs to know their results.
template <typename OpTy, typename... Args>
static OwningOpRef<OpTy> makeHolder(TnBuilder &b, Args &&...args) {
  OpBuilder::InsertionGuard guard(b);
  b.clearInsertionPoint();
  return OpTy::create(b, TypeRange(), args...);
}

/// Imports a graph into the only block of `region`, then yields `before` and
/// its outputs.
static FailureOr<SmallVector<Value>>
importRegion(NodeReader &n, TnBuilder &b, const Graph &graph, Region &region,
             ValueRange before, ArrayRef<Value> inputs) {
  Block &block = region.front();
  FailureOr<SmallVector<Value>> outputs =
      n.importSubgraph(graph, block, inputs);
  if (failed(outputs))
    return failure();
  SmallVector<Value> yielded(before);
  yielded.append(*outputs);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(&block);
  tn::YieldOp::create(b, yielded);
  return yielded;
}

//===--- If
//----------------------------------------------------------------===//

/// The node as one of its branches, behind a check that control goes there.
static LogicalResult importPresumed(NodeReader &n, TnBuilder &b,
                                    ArrayRef<const Graph *> graphs) {
  Value condition = n.input(0);
  int branch = n.presumedBranch();
  if (branch == 1)
    condition = b.createOrFold<tn::NotOp>(condition);
  StringRef names[] = {"then", "else"};
  tn::CheckOp::create(
      b, condition,
      b.getStringAttr((Twine("its branches give different ranks, and only \"") +
                       names[branch] +
                       "\" fits what follows; this input takes the other")
                          .str()));
  FailureOr<SmallVector<Value>> taken =
      n.importSubgraph(*graphs[branch], *b.getInsertionBlock(), {});
  return succeeded(taken) ? n.finish(*taken) : failure();
}

/// A tn.if of the regions of `holder`, whose values have the same form.
static SmallVector<Value> ifOf(NodeReader &n, TnBuilder &b, tn::IfOp holder,
                               ArrayRef<SmallVector<Value>> yielded) {
  FreshDims fresh(n, ".d");
  SmallVector<mlir::Type> types;
  for (auto [x, y] : llvm::zip_equal(yielded[0], yielded[1]))
    types.push_back(merge(x.getType(), y.getType(), fresh));
  auto op = tn::IfOp::create(b, types, holder.getCondition(),
                             b.getStrArrayAttr(fresh.all()));
  op.getThenRegion().takeBody(holder.getThenRegion());
  op.getElseRegion().takeBody(holder.getElseRegion());
  return SmallVector<Value>(op.getOutputs());
}

static LogicalResult importIf(NodeReader &n, TnBuilder &b) {
  const Graph *graphs[] = {n.graphAttr("then_branch"),
                           n.graphAttr("else_branch")};
  Value condition = n.input(0);
  if (!elementOf(condition).isInteger(1) ||
      !tn::elementCount(condition.getType()).isConstant(1))
    return n.error() << "the condition is " << condition.getType()
                     << ", expected one bool";
  if (n.failed())
    return failure();
  if (std::optional<Exprs> known = knownInts(condition)) {
    FailureOr<SmallVector<Value>> taken = n.importSubgraph(
        *graphs[known->front().isConstant(0)], *b.getInsertionBlock(), {});
    return succeeded(taken) ? n.finish(*taken) : failure();
  }

  OwningOpRef<tn::IfOp> holder =
      makeHolder<tn::IfOp>(b, condition, b.getStrArrayAttr({}));
  SmallVector<Value> yielded[2];
  for (int i = 0; i < 2; ++i) {
    Region &region = holder->getOperation()->getRegion(i);
    region.emplaceBlock();
    FailureOr<SmallVector<Value>> values =
        importRegion(n, b, *graphs[i], region, {}, {});
    if (failed(values))
      return failure();
    yielded[i] = *values;
  }
  if (yielded[0].size() != yielded[1].size())
    return n.error() << "its branches have " << yielded[0].size() << " and "
                     << yielded[1].size() << " outputs";
  for (auto [x, y] : llvm::zip_equal(yielded[0], yielded[1]))
    if (!haveSameForm(x.getType(), y.getType()))
      return importPresumed(n, b, graphs);
  return n.finish(ifOf(n, b, *holder, yielded));
}

Value importChoice(NodeReader &n, TnBuilder &b, Value condition,
                   function_ref<Value()> then,
                   function_ref<Value()> otherwise) {
  OwningOpRef<tn::IfOp> holder =
      makeHolder<tn::IfOp>(b, condition, b.getStrArrayAttr({}));
  SmallVector<Value> yielded[2];
  function_ref<Value()> builds[] = {then, otherwise};
  for (int i = 0; i < 2; ++i) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToEnd(
        &holder->getOperation()->getRegion(i).emplaceBlock());
    Value value = builds[i]();
    if (!value)
      return {};
    tn::YieldOp::create(b, value);
    yielded[i] = {value};
  }
  if (failed(requireSameForm(n, "the result", yielded[0][0].getType(),
                             yielded[1][0].getType())))
    return {};
  return ifOf(n, b, *holder, yielded).front();
}

//===--- Loops
//-------------------------------------------------------------===//

namespace {
/// What a Loop or a Scan says, and its body once imported.
struct Rounds {
  const Graph *graph;
  SmallVector<Value> initial;
  Value tripCount, condition; // may be null
  /// Scan: the body's graph has neither round nor condition, but slices.
  bool isScan = false;
  tn::ExprAttr length; // of a Scan
  SmallVector<Value> scanned;
  SmallVector<int64_t> scannedAxes, scannedReverse;

  OwningOpRef<tn::LoopOp> holder;
  SmallVector<Value> yielded; // condition, carried, scan outputs
};
} // namespace

/// The slices of the scan inputs that a round sees.
static void appendSlices(TnBuilder &b, const Rounds &rounds, Value round,
                         SmallVectorImpl<Value> &inputs) {
  for (auto [x, axis, reverse] : llvm::zip_equal(
           rounds.scanned, rounds.scannedAxes, rounds.scannedReverse)) {
    Value index = round;
    if (reverse)
      index = b.sub(b.intScalar(tn::addExpr(rounds.length, -1)), round);
    inputs.push_back(b.createOrFold<tn::GatherOp>(x, index, axis));
  }
}

/// Imports the body with carried values of these types.
static LogicalResult importBody(NodeReader &n, TnBuilder &b, Rounds &rounds,
                                ArrayRef<mlir::Type> types) {
  rounds.holder = makeHolder<tn::LoopOp>(
      b, Value(), Value(), ValueRange(), b.getStrArrayAttr({}),
      b.getDenseI64ArrayAttr({}), b.getDenseBoolArrayAttr({}));
  Region &region = rounds.holder->getBody();
  Block &block = region.emplaceBlock();
  Value round =
      block.addArgument(RankedTensorType::get({}, b.getI64Type()), b.getLoc());
  Value condition =
      block.addArgument(RankedTensorType::get({}, b.getI1Type()), b.getLoc());
  SmallVector<Value> inputs, before;
  if (!rounds.isScan)
    inputs = {round, condition};
  for (mlir::Type type : types)
    inputs.push_back(block.addArgument(type, b.getLoc()));
  if (rounds.isScan) {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToEnd(&block);
    before.push_back(b.scalar(1, b.getI1Type()));
    appendSlices(b, rounds, round, inputs);
  }
  FailureOr<SmallVector<Value>> yielded =
      importRegion(n, b, *rounds.graph, region, before, inputs);
  if (failed(yielded))
    return failure();
  if (yielded->size() < 1 + types.size())
    return n.error() << "its body has " << yielded->size() - before.size()
                     << " outputs, too few for " << types.size()
                     << " carried values";
  if (!elementOf(yielded->front()).isInteger(1))
    return n.error() << "its body's condition is " << yielded->front().getType()
                     << ", expected bool";
  rounds.yielded = *yielded;
  return success();
}

/// Imports the body until no carried dim changes but those known to: first
/// none is thought to.
static LogicalResult findInvariants(NodeReader &n, TnBuilder &b, Rounds &rounds,
                                    FreshDims &fresh,
                                    SmallVectorImpl<mlir::Type> &types) {
  for (Value value : rounds.initial)
    types.push_back(value.getType());
  for (bool isStable = false; !isStable;) {
    if (failed(importBody(n, b, rounds, types)))
      return failure();
    isStable = true;
    for (auto [i, type] : llvm::enumerate(types)) {
      mlir::Type next = rounds.yielded[1 + i].getType();
      if (failed(requireSameForm(n, "carried value #" + Twine(i), type, next)))
        return failure();
      Exprs dims = tn::shapeOf(type);
      for (auto [dim, yielded] : llvm::zip_equal(dims, tn::shapeOf(next)))
        if (dim != yielded &&
            !(dim.isSymbol() && llvm::is_contained(fresh.all(), dim.getName())))
          dim = fresh.next();
      auto merged = tn::tensorOf(dims, getElementTypeOrSelf(type));
      isStable &= merged == type;
      type = merged;
    }
  }
  return success();
}

/// The symbols that have a value in the body only.
static llvm::StringSet<> innerSymbols(Rounds &rounds, const FreshDims &fresh) {
  llvm::StringSet<> names;
  for (StringRef name : fresh.all())
    names.insert(name);
  rounds.holder->getBody().walk([&](Operation *op) {
    if (isa<tn::BindOp, tn::IfOp, tn::LoopOp>(op))
      for (mlir::Attribute symbol : op->getAttrOfType<ArrayAttr>("symbols"))
        names.insert(cast<StringAttr>(symbol).getValue());
  });
  return names;
}

/// The size of the dim that scan outputs are stacked along; null if only the
/// run tells.
static tn::ExprAttr knownLength(TnBuilder &b, Rounds &rounds) {
  if (rounds.isScan)
    return rounds.length;
  auto isTrue = [](Value v) {
    std::optional<Exprs> known = knownInts(v);
    return known && known->size() == 1 && !known->front().isConstant(0) &&
           known->front().isConstant();
  };
  Value next = rounds.yielded.front();
  if ((rounds.condition && !isTrue(rounds.condition)) || !rounds.tripCount ||
      (next != rounds.holder->getBody().getArgument(1) && !isTrue(next)))
    return {};
  std::optional<Exprs> count = knownInts(rounds.tripCount);
  if (!count || count->size() != 1)
    return {};
  return tn::maxExpr(count->front(), b.size(0));
}

/// The op of a loop whose body is imported. The symbols of results are other
/// ones than those of arguments: the latter change from round to round.
static LogicalResult finishLoop(NodeReader &n, TnBuilder &b, Rounds &rounds,
                                FreshDims &arguments,
                                ArrayRef<int64_t> scanAxes,
                                ArrayRef<bool> scanReverse) {
  llvm::StringSet<> inner = innerSymbols(rounds, arguments);
  FreshDims results(n, ".d");
  auto outside = [&](tn::ExprAttr dim) {
    bool isInner = false;
    tn::walkSymbols(
        dim, [&](tn::ExprAttr s) { isInner |= inner.contains(s.getName()); });
    return isInner ? results.next() : dim;
  };

  SmallVector<mlir::Type> types;
  size_t carried = rounds.initial.size();
  for (auto [i, value] : llvm::enumerate(rounds.initial))
    types.push_back(merge(value.getType(),
                          rounds.holder->getBody().getArgument(2 + i).getType(),
                          results));
  tn::ExprAttr length = knownLength(b, rounds);
  for (auto [i, value] :
       llvm::enumerate(ArrayRef(rounds.yielded).drop_front(1 + carried))) {
    Exprs dims = llvm::map_to_vector(dimsOf(value), outside);
    if (!length)
      length = results.next();
    int64_t axis = scanAxes.empty() ? 0 : scanAxes[i];
    dims.insert(dims.begin() + axis, length);
    types.push_back(tn::tensorOf(dims, elementOf(value)));
  }
  SmallVector<StringRef> symbols(arguments.all());
  symbols.append(results.all().begin(), results.all().end());
  auto op = tn::LoopOp::create(b, types, rounds.tripCount, rounds.condition,
                               rounds.initial, b.getStrArrayAttr(symbols),
                               b.getDenseI64ArrayAttr(scanAxes),
                               b.getDenseBoolArrayAttr(scanReverse));
  op.getBody().takeBody(rounds.holder->getBody());
  return n.finish(SmallVector<Value>(op.getOutputs()));
}

static LogicalResult requireScalar(NodeReader &n, StringRef what, Value v,
                                   unsigned width) {
  if (!v || (elementOf(v).isSignlessInteger(width) &&
             tn::elementCount(v.getType()).isConstant(1)))
    return success();
  return n.error() << "the " << what << " is " << v.getType()
                   << ", expected one element of i" << width;
}

static LogicalResult importLoop(NodeReader &n, TnBuilder &b) {
  Rounds rounds;
  rounds.graph = n.graphAttr("body");
  rounds.tripCount = n.optionalInput(0);
  rounds.condition = n.optionalInput(1);
  for (unsigned i = 2; i < n.numInputs(); ++i) {
    if (!n.input(i))
      return n.error() << "input #" << i << " is missing";
    rounds.initial.push_back(n.input(i));
  }
  if (n.failed() ||
      failed(requireScalar(n, "trip count", rounds.tripCount, 64)) ||
      failed(requireScalar(n, "condition", rounds.condition, 1)))
    return failure();
  FreshDims arguments(n, ".carried.d");
  SmallVector<mlir::Type> types;
  if (failed(findInvariants(n, b, rounds, arguments, types)))
    return failure();
  return finishLoop(n, b, rounds, arguments, {}, {});
}

static LogicalResult importScan(NodeReader &n, TnBuilder &b) {
  Rounds rounds;
  rounds.isScan = true;
  rounds.graph = n.graphAttr("body");
  SmallVector<Value> inputs = n.allInputs();
  int64_t count = n.intAttr("num_scan_inputs");
  if (n.failed())
    return failure();
  if (count < 1 || count > int64_t(inputs.size()))
    return n.error() << "attribute \"num_scan_inputs\" is " << count << " for "
                     << inputs.size() << " inputs";
  int64_t carried = int64_t(inputs.size()) - count;
  rounds.initial = SmallVector<Value>(ArrayRef(inputs).take_front(carried));
  rounds.scanned = SmallVector<Value>(ArrayRef(inputs).drop_front(carried));
  rounds.scannedAxes = n.intsAttr("scan_input_axes", count, 0);
  rounds.scannedReverse = n.intsAttr("scan_input_directions", count, 0);
  for (auto [x, axis] : llvm::zip_equal(rounds.scanned, rounds.scannedAxes)) {
    axis = n.axis(axis, rankOf(x));
    if (n.failed())
      return failure();
    if (!rounds.length || dimsOf(x)[axis].isConstant())
      rounds.length = dimsOf(x)[axis];
  }
  rounds.tripCount = b.intScalar(rounds.length);

  FreshDims arguments(n, ".carried.d");
  SmallVector<mlir::Type> types;
  if (failed(findInvariants(n, b, rounds, arguments, types)))
    return failure();
  auto outputs = ArrayRef(rounds.yielded).drop_front(1 + carried);
  SmallVector<int64_t> axes = n.intsAttr("scan_output_axes", outputs.size(), 0);
  SmallVector<int64_t> directions =
      n.intsAttr("scan_output_directions", outputs.size(), 0);
  SmallVector<bool> reverse;
  for (auto [i, value] : llvm::enumerate(outputs)) {
    axes[i] = n.axis(axes[i], rankOf(value) + 1);
    reverse.push_back(directions[i] != 0);
  }
  if (n.failed())
    return failure();
  return finishLoop(n, b, rounds, arguments, axes, reverse);
}

void registerControl(OpTable &t) {
  t.on("If", 1, 1, importIf);
  t.on("Loop", 1, Arity::atLeast(0), importLoop);
  t.on("Scan", 9, Arity::atLeast(1), importScan);
}

} // namespace tenon::onnx
