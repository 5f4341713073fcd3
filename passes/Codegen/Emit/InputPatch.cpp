//===- InputPatch.cpp - What a block of a convolution's outputs reads -----===//

#include "passes/Codegen/Emit/InputPatch.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "passes/Codegen/Emit/MicroKernel.h"

using namespace mlir;
using namespace tenon;
using namespace tenon::codegen;

InputPatch::InputPatch(KernelBuilder &k, const Buffer &x,
                       const schedule::ConvDims &dims, int64_t pixelHeight,
                       int64_t pixelWidth, int64_t channels, Type element)
    : k(k), x(x), dims(dims), pixels{1, pixelHeight, pixelWidth},
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
  k.laneLoop(k.index(0), count, [&](Value i, Value mask) {
    Value v = k.loadVector(x, k.add(from, i), mask);
    v = widen(k, v, x.element, element);
    k.storeVector(v, patch, k.add(to, i), mask);
  });
}

void InputPatch::clear(Value to, Value count) {
  Value zero = k.body().constantLike(k.vectorOf(element), 0);
  k.laneLoop(k.index(0), count, [&](Value i, Value mask) {
    k.storeVector(zero, patch, k.add(to, i), mask);
  });
}

void InputPatch::fillRow(const Block &block, Value from, Value to,
                         Value origin) {
  Value all = k.evaluate(dims.channels), own = k.index(channels);
  Value used = usedPositions(2, block.width);
  auto copyPosition = [&](Value at, Value i) {
    copy(k.add(from, k.mul(at, all)), k.add(to, k.mul(i, own)), block.channels);
  };
  if (dims.dilation[2] > 1) {
    k.forLoop(k.index(0), used, 1, [&](Value i) {
      Value at = source(2, origin, i);
      k.ifElse(
          isInside(2, at),
          [&] {
            copyPosition(at, i);
            return SmallVector<Value>{};
          },
          [&] {
            clear(k.add(to, k.mul(i, own)), own);
            return SmallVector<Value>{};
          });
    });
    return;
  }
  // Zeros before x, a run of x, zeros after it.
  Value zero = k.index(0), size = k.evaluate(dims.in[2]);
  Value before = k.min(k.max(k.sub(zero, origin), zero), used);
  Value end = k.max(k.min(k.sub(size, origin), used), before);
  clear(to, k.mul(before, own));
  if (dims.channels.isConstant(channels))
    copy(k.add(from, k.mul(k.add(origin, before), all)),
         k.add(to, k.mul(before, own)), k.mul(k.sub(end, before), own));
  else
    k.forLoop(before, end, 1,
              [&](Value i) { copyPosition(k.add(origin, i), i); });
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
            Value line = k.linearize({block.image, fromPlane, fromRow},
                                     {dims.images, dims.in[0], dims.in[1]});
            Value from = k.add(k.mul(k.mul(line, k.evaluate(dims.in[2])),
                                     k.evaluate(dims.channels)),
                               block.firstChannel);
            fillRow(block, from, to, columnOrigin);
            return SmallVector<Value>{};
          },
          [&] {
            clear(to, k.mul(usedColumns, k.index(channels)));
            return SmallVector<Value>{};
          });
    });
  });
}
