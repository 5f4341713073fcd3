//===- RecurrentEmitter.cpp - Hero recurrent: RNN, GRU and LSTM -----------===//
//
// A tile is one sequence of the batch. Lanes run over hidden units: a step
// multiplies the state with the columns of all gates for some vectors of units
// at once, sums in registers, and computes their gates at once. The state is in
// scratch (in the compute type), so the hidden size is a constant.
//
//===----------------------------------------------------------------------===//

#include "passes/Codegen/Emit/Emitter.h"
#include "passes/Codegen/Emit/HeroWalk.h"
#include "passes/Codegen/Emit/RecurrentCell.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;
using tn::ExprAttr;

/// Sums kept in registers at once.
static constexpr int64_t kMostSums = 8;

namespace {

class RecurrentKernel {
public:
  RecurrentKernel(KernelBuilder &k, tn::FusionOp fusion, int64_t hidden)
      : k(k), e(k, fusion), op(heroOp<tn::RecurrentOp>(fusion)), hidden(hidden),
        cell(k, op) {
    Type type =
        tn::BodyBuilder::computeType(getElementTypeOrSelf(op.getProjected()));
    for (Buffer *buffer : {&state, &next, &memory, &update, &masked})
      *buffer = k.scratch(hidden, type);
  }

  KernelInfo emit();

private:
  /// Hidden units from `unit` on: all lanes, or those of `mask`.
  struct Units {
    Value unit, mask;
  };
  void emitSequence(Value sequence);
  void emitStep(Value step, Value sequence);
  void emitGru(Value row);
  /// body(units): vectors of units, `blocks` at once where there are as many.
  void overUnits(int64_t blocks, function_ref<void(ArrayRef<Units>)> body);
  /// state * weight for each gate of each of `units`, gate by gate.
  SmallVector<Value> multiply(const Buffer &vector, ArrayRef<int64_t> gates,
                              ArrayRef<Units> units);
  Value at(Value value, Value offset, const Units &units) {
    return emitRun(e, value, k.add(offset, units.unit), units.mask);
  }
  Value gateColumn(int64_t gate, const Units &units) {
    return k.add(k.index(gate * hidden), units.unit);
  }
  /// Projected input plus, if `withBias`, the recurrent bias.
  Value inputOf(Value row, int64_t gate, const Units &units, bool withBias);
  Value read(const Buffer &buffer, const Units &units) {
    return k.loadVector(buffer, units.unit, units.mask);
  }
  void write(Value value, const Buffer &buffer, const Units &units) {
    k.storeVector(value, buffer, units.unit, units.mask);
  }

  KernelBuilder &k;
  ElementEmitter e;
  tn::RecurrentOp op;
  int64_t hidden;
  RecurrentCell cell;
  Buffer state, next;    ///< h before and after a step
  Buffer memory;         ///< c of an LSTM
  Buffer update, masked; ///< z and r * h of a GRU
};

} // namespace

void RecurrentKernel::overUnits(int64_t blocks,
                                function_ref<void(ArrayRef<Units>)> body) {
  int64_t lanes = k.lanes(), wide = blocks * lanes;
  int64_t wideEnd = hidden / wide * wide;
  k.forLoop(k.index(0), k.index(wideEnd), wide, [&](Value unit) {
    SmallVector<Units> units;
    for (int64_t i = 0; i < blocks; ++i)
      units.push_back({k.add(unit, k.index(i * lanes)), {}});
    body(units);
  });
  k.laneLoop(k.index(wideEnd), k.index(hidden),
             [&](Value unit, Value mask) { body(Units{unit, mask}); });
}

SmallVector<Value> RecurrentKernel::multiply(const Buffer &vector,
                                             ArrayRef<int64_t> gates,
                                             ArrayRef<Units> units) {
  ImplicitLocOpBuilder &b = k.builder();
  Type type = tn::BodyBuilder::computeType(vector.element);
  Value zero = arith::ConstantOp::create(
      b, b.getZeroAttr(k.lanes() == 1 ? type : k.vectorOf(type)));
  SmallVector<Value> init(gates.size() * units.size(), zero);
  int64_t width = cell.gates() * hidden;
  return k.forLoop(
      k.index(0), k.index(hidden), 1, init, [&](Value i, ValueRange sums) {
        Value h = k.loadScalar(vector, i);
        if (k.lanes() > 1)
          h = k.body().splat(h, k.lanes());
        Value row = k.mul(i, k.index(width));
        SmallVector<Value> result;
        for (int64_t gate : gates)
          for (const Units &block : units) {
            Value w = at(op.getWeight(), row,
                         {gateColumn(gate, block), block.mask});
            Value sum = sums[result.size()];
            if (k.lanes() > 1)
              result.push_back(vector::FMAOp::create(b, h, w, sum));
            else
              result.push_back(arith::AddFOp::create(
                  b, sum, arith::MulFOp::create(b, h, w)));
          }
        return result;
      });
}

Value RecurrentKernel::inputOf(Value row, int64_t gate, const Units &units,
                               bool withBias) {
  Units columns{gateColumn(gate, units), units.mask};
  Value x = at(op.getProjected(), row, columns);
  if (!withBias)
    return x;
  return arith::AddFOp::create(k.builder(), x,
                               at(op.getBias(), k.index(0), columns));
}

/// The candidate needs the reset gate of all units unless the layer resets
/// after the product: two walks over the units.
void RecurrentKernel::emitGru(Value row) {
  ImplicitLocOpBuilder &b = k.builder();
  enum { z, r, h };
  auto gatesOf = [&](const Units &u, Value sumZ, Value sumR) {
    Value zu = cell.gate(0, arith::AddFOp::create(b, sumZ,
                                                  inputOf(row, z, u, true)));
    Value ru = cell.gate(0, arith::AddFOp::create(b, sumR,
                                                  inputOf(row, r, u, true)));
    return std::pair(zu, ru);
  };
  auto blend = [&](Value zu, Value candidate, Value old) -> Value {
    // (1 - z) * candidate + z * old
    Value change = arith::MulFOp::create(
        b, zu, arith::SubFOp::create(b, old, candidate));
    return arith::AddFOp::create(b, candidate, change);
  };
  if (op.getLinearBeforeReset()) {
    overUnits(kMostSums / 3, [&](ArrayRef<Units> units) {
      SmallVector<Value> sums = multiply(state, {z, r, h}, units);
      size_t n = units.size();
      for (auto [i, u] : llvm::enumerate(units)) {
        auto [zu, ru] = gatesOf(u, sums[i], sums[n + i]);
        Value linear = arith::AddFOp::create(
            b, sums[2 * n + i],
            at(op.getBias(), k.index(0), {gateColumn(h, u), u.mask}));
        Value x = arith::AddFOp::create(b, inputOf(row, h, u, false),
                                        arith::MulFOp::create(b, ru, linear));
        write(blend(zu, cell.gate(1, x), read(state, u)), next, u);
      }
    });
    return;
  }
  overUnits(kMostSums / 2, [&](ArrayRef<Units> units) {
    SmallVector<Value> sums = multiply(state, {z, r}, units);
    for (auto [i, u] : llvm::enumerate(units)) {
      auto [zu, ru] = gatesOf(u, sums[i], sums[units.size() + i]);
      write(zu, update, u);
      write(arith::MulFOp::create(b, ru, read(state, u)), masked, u);
    }
  });
  overUnits(kMostSums, [&](ArrayRef<Units> units) {
    SmallVector<Value> sums = multiply(masked, {h}, units);
    for (auto [i, u] : llvm::enumerate(units)) {
      Value x = arith::AddFOp::create(b, sums[i], inputOf(row, h, u, true));
      write(blend(read(update, u), cell.gate(1, x), read(state, u)), next, u);
    }
  });
}

void RecurrentKernel::emitStep(Value step, Value sequence) {
  ImplicitLocOpBuilder &b = k.builder();
  Value batch = k.evaluate(tn::shapeOf(op.getProjected())[1]);
  Value position = k.add(k.mul(step, batch), sequence);
  Value row = k.mul(position, k.index(cell.gates() * hidden));
  switch (op.getKind()) {
  case tn::CellKind::rnn:
    overUnits(kMostSums, [&](ArrayRef<Units> units) {
      SmallVector<Value> sums = multiply(state, {0}, units);
      for (auto [i, u] : llvm::enumerate(units))
        write(cell.gate(0, arith::AddFOp::create(b, sums[i],
                                                 inputOf(row, 0, u, true))),
              next, u);
    });
    break;
  case tn::CellKind::gru:
    emitGru(row);
    break;
  case tn::CellKind::lstm:
    overUnits(kMostSums / 4, [&](ArrayRef<Units> units) {
      SmallVector<Value> sums = multiply(state, {0, 1, 2, 3}, units);
      size_t n = units.size();
      for (auto [i, u] : llvm::enumerate(units)) {
        RecurrentCell::Lstm lstm;
        for (int64_t gate = 0; gate < 4; ++gate)
          lstm.inputs[gate] = arith::AddFOp::create(
              b, sums[gate * n + i], inputOf(row, gate, u, true));
        if (Value peephole = op.getPeephole())
          for (int64_t gate = 0; gate < 3; ++gate)
            lstm.peepholes[gate] =
                at(peephole, k.index(0), {gateColumn(gate, u), u.mask});
        lstm.cell = read(memory, u);
        auto [h, c] = cell.emitLstm(lstm);
        write(c, memory, u);
        write(h, next, u);
      }
    });
    break;
  }
  Value first = k.mul(position, k.index(hidden));
  overUnits(1, [&](ArrayRef<Units> units) {
    const Units &u = units.front();
    Value h = read(next, u);
    write(h, state, u);
    k.storeVector(h, k.output(0), k.add(first, u.unit), u.mask);
  });
}

void RecurrentKernel::emitSequence(Value sequence) {
  ImplicitLocOpBuilder &b = k.builder();
  SmallVector<ExprAttr> dims = tn::shapeOf(op.getProjected());
  Value steps = k.evaluate(dims[0]), batch = k.evaluate(dims[1]);
  Value offset = k.mul(sequence, k.index(hidden));
  bool isLstm = op.getKind() == tn::CellKind::lstm;
  overUnits(1, [&](ArrayRef<Units> units) {
    const Units &u = units.front();
    write(at(op.getInitial(), offset, u), state, u);
    if (isLstm)
      write(at(op.getCell(), offset, u), memory, u);
  });

  Value length = steps;
  if (Value lengths = op.getLengths()) {
    Value read;
    e.scope({}, [&] { read = e.emit(lengths, {e.uniform(sequence)}); });
    read = arith::IndexCastOp::create(b, b.getIndexType(), read);
    length = k.max(k.index(0), k.min(read, steps));
  }
  k.forLoop(k.index(0), length, 1, [&](Value i) {
    Value step = i;
    if (op.getReverse())
      step = k.sub(k.sub(length, k.index(1)), i);
    emitStep(step, sequence);
  });

  Type type = tn::BodyBuilder::computeType(state.element);
  Value zero = arith::ConstantOp::create(
      b, b.getZeroAttr(k.lanes() == 1 ? type : k.vectorOf(type)));
  k.forLoop(length, steps, 1, [&](Value step) {
    Value first =
        k.mul(k.add(k.mul(step, batch), sequence), k.index(hidden));
    overUnits(1, [&](ArrayRef<Units> units) {
      const Units &u = units.front();
      k.storeVector(zero, k.output(0), k.add(first, u.unit), u.mask);
    });
  });
  overUnits(1, [&](ArrayRef<Units> units) {
    const Units &u = units.front();
    Value target = k.add(offset, u.unit);
    k.storeVector(read(state, u), k.output(1), target, u.mask);
    k.storeVector(read(isLstm ? memory : state, u), k.output(2), target,
                  u.mask);
  });
}

KernelInfo RecurrentKernel::emit() {
  k.forLoop(k.firstTile(), k.lastTile(), 1,
            [&](Value sequence) { emitSequence(sequence); });
  return {tn::shapeOf(op.getProjected())[1]};
}

FailureOr<KernelInfo> codegen::emitRecurrent(KernelBuilder &k,
                                             tn::FusionOp fusion) {
  auto op = heroOp<tn::RecurrentOp>(fusion);
  ExprAttr hidden = tn::shapeOf(op.getInitial())[1];
  if (!hidden.isConstant())
    return op.emitError("the hidden size ")
           << hidden.str()
           << " is not a constant; give the recurrent weights as initializers";
  return RecurrentKernel(k, fusion, hidden.getValue()).emit();
}
