//===- InputPatch.cpp - What a block of a convolution's outputs reads -----===//

#include "passes/Codegen/Emit/InputPatch.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "passes/Codegen/Emit/MicroKernel.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;

InputPatch::InputPatch(ElementEmitter &e, Value x,
                       const schedule::ConvDims &dims, int64_t pixelHeight,
                       int64_t pixelWidth, int64_t channels, Type element)
    : e(e), k(e.kernel()), x(x), dims(dims), pixels{1, pixelHeight, pixelWidth},
      channels(channels), element(tn::BodyBuilder::computeType(element)) {
  patch = k.scratch(dims.patchPositions(pixelHeight, pixelWidth) * channels,
                    this->element);
}

int64_t InputPatch::positionStride(size_t d) const {
  int64_t stride = channels;
  for (size_t inner = 2; inner > d; --inner)
    stride *= dims.patchSize(inner, pixels[inner]);
  return stride;
}

int64_t InputPatch::pixelStride(size_t d) const {
  return positionStride(d) * (dims.dilation[d] > 1 ? 1 : dims.stride[d]);
}

int64_t InputPatch::tapStride(size_t d) const {
  return positionStride(d) * (dims.dilation[d] > 1 ? pixels[d] : 1);
}

Value InputPatch::usedPositions(size_t d, Value count) {
  if (dims.dilation[d] > 1)
    return k.index(dims.patchSize(d, pixels[d]));
  Value between = k.mul(k.sub(count, k.index(1)), k.index(dims.stride[d]));
  return k.add(between, k.evaluate(dims.kernel[d]));
}

Value InputPatch::source(size_t d, Value origin, Value at) {
  if (dims.dilation[d] == 1)
    return k.add(origin, at);
  Value size = k.index(pixels[d]);
  Value tap = k.mul(k.div(at, size), k.index(dims.dilation[d]));
  Value pixel = k.mul(k.mod(at, size), k.index(dims.stride[d]));
  return k.add(origin, k.add(tap, pixel));
}

Value InputPatch::isInside(size_t d, Value at) {
  // Unsigned: a negative position is a large one.
  return arith::CmpIOp::create(k.builder(), arith::CmpIPredicate::ult, at,
                               k.evaluate(dims.in[d]));
}

void InputPatch::copy(Value from, Value to, Value count) {
  const Buffer &source = k.input(cast<BlockArgument>(x).getArgNumber());
  k.laneLoop(k.index(0), count, [&](Value i, Value mask) {
    Value v = k.loadVector(source, k.add(from, i), mask);
    v = widen(k, v, source.element, element);
    k.storeVector(v, patch, k.add(to, i), mask);
  });
}

void InputPatch::clear(Value to, Value count) {
  Value zero = k.body().constantLike(k.vectorOf(element), 0);
  k.laneLoop(k.index(0), count, [&](Value i, Value mask) {
    k.storeVector(zero, patch, k.add(to, i), mask);
  });
}

Value InputPatch::offsetOf(const Block &block, Line line, Value column) {
  SmallVector<Value> position(line);
  position.push_back(column);
  Value at =
      k.linearize(position, {dims.images, dims.in[0], dims.in[1], dims.in[2]});
  return k.add(k.mul(at, k.evaluate(dims.channels)), block.firstChannel);
}

void InputPatch::copyPosition(const Block &block, Line line, Value column,
                              Value to) {
  if (isComputed())
    computeRun(block, line, column, k.index(1), to);
  else
    copy(offsetOf(block, line, column), to, block.channels);
}

void InputPatch::copyRun(const Block &block, Line line, Value firstColumn,
                         Value columns, Value to) {
  Value own = k.index(channels);
  if (dims.channels.isConstant(channels))
    return copy(offsetOf(block, line, firstColumn), to, k.mul(columns, own));
  k.forLoop(k.index(0), columns, 1, [&](Value i) {
    copyPosition(block, line, k.add(firstColumn, i), k.add(to, k.mul(i, own)));
  });
}

void InputPatch::computeChannels(const Block &block, ElementIndex index,
                                 Value to) {
  k.laneLoop(k.index(0), block.channels, [&](Value i, Value mask) {
    e.scope(mask, [&] {
      index.back() = {k.add(block.firstChannel, i), 1, {}};
      Value v = widen(k, e.emitVector(x, index), getElementTypeOrSelf(x),
                      element);
      k.storeVector(v, patch, k.add(to, i), mask);
    });
  });
}

void InputPatch::computeColumns(const Block &block, ElementIndex index,
                                Value columns, Value to) {
  LaneIndex &column = index[index.size() - 2], first = column;
  k.laneLoop(k.index(0), columns, [&](Value i, Value mask) {
    column = {k.add(first.base, i), 1, {}};
    k.forLoop(k.index(0), block.channels, 1, [&](Value channel) {
      e.scope(mask, [&] {
        index.back() = e.uniform(k.add(block.firstChannel, channel));
        Value v = widen(k, e.emitVector(x, index), getElementTypeOrSelf(x),
                        element);
        LaneIndex at = e.scale(LaneIndex{i, 1, {}}, channels);
        at = e.shift(at, k.add(to, channel));
        k.scatter(v, patch, e.asInteger(at), mask);
      });
    });
  });
}

void InputPatch::computeRun(const Block &block, Line line, Value firstColumn,
                            Value columns, Value to) {
  size_t rank = tn::shapeOf(x).size() - 2;
  ElementIndex index{e.uniform(line[0])};
  for (Value i : line.drop_front().take_back(rank - 1))
    index.push_back(e.uniform(i));
  index.append({e.uniform(firstColumn), LaneIndex()});
  if (x.getDefiningOp<tn::TransposeOp>())
    return computeColumns(block, index, columns, to);
  k.forLoop(k.index(0), columns, 1, [&](Value i) {
    index[rank] = e.uniform(k.add(firstColumn, i));
    computeChannels(block, index, k.add(to, k.mul(i, k.index(channels))));
  });
}

void InputPatch::fillRow(const Block &block, Line line, Value to,
                         Value origin) {
  Value own = k.index(channels);
  Value used = usedPositions(2, block.width);
  if (dims.dilation[2] > 1) {
    k.forLoop(k.index(0), used, 1, [&](Value i) {
      Value at = source(2, origin, i), toPosition = k.add(to, k.mul(i, own));
      k.ifElse(
          isInside(2, at),
          [&] {
            copyPosition(block, line, at, toPosition);
            return SmallVector<Value>{};
          },
          [&] {
            clear(toPosition, own);
            return SmallVector<Value>{};
          });
    });
    return;
  }
  // Zeros before x, a run of x, zeros after it.
  Value zero = k.index(0), size = k.evaluate(dims.in[2]);
  Value before = k.min(k.max(k.sub(zero, origin), zero), used);
  Value end = k.max(k.min(k.sub(size, origin), used), before);
  Value first = k.add(origin, before), count = k.sub(end, before);
  clear(to, k.mul(before, own));
  if (isComputed())
    computeRun(block, line, first, count, k.add(to, k.mul(before, own)));
  else
    copyRun(block, line, first, count, k.add(to, k.mul(before, own)));
  clear(k.add(to, k.mul(end, own)), k.mul(k.sub(used, end), own));
}

void InputPatch::fill(const Block &block) {
  auto origin = [&](size_t d, Value pixel) {
    return k.sub(k.mul(pixel, k.index(dims.stride[d])),
                 k.evaluate(dims.low[d]));
  };
  Value planeOrigin = origin(0, block.depth);
  Value rowOrigin = origin(1, block.row);
  Value columnOrigin = origin(2, block.column);
  Value usedRows = usedPositions(1, block.height);
  Value usedColumns = usedPositions(2, block.width);
  k.forLoop(k.index(0), usedPositions(0, k.index(1)), 1, [&](Value plane) {
    Value fromPlane = source(0, planeOrigin, plane);
    k.forLoop(k.index(0), usedRows, 1, [&](Value row) {
      Value fromRow = source(1, rowOrigin, row);
      Value to = k.add(k.mul(plane, k.index(positionStride(0))),
                       k.mul(row, k.index(positionStride(1))));
      Value inside = arith::AndIOp::create(k.builder(), isInside(0, fromPlane),
                                           isInside(1, fromRow));
      k.ifElse(
          inside,
          [&] {
            fillRow(block, {block.image, fromPlane, fromRow}, to, columnOrigin);
            return SmallVector<Value>{};
          },
          [&] {
            clear(to, k.mul(usedColumns, k.index(channels)));
            return SmallVector<Value>{};
          });
    });
  });
}
