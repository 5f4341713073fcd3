//===- WeightPacking.cpp - Blocked layouts of weights ---------------------===//
//
//   source --permutation--> permuted --blocks, zero padded--> split
//          --order--> packed
//
// Every packed dim walks one axis of the source with a step: 1 for a whole axis
// or inside a block, the block size from block to block. So a packed row (the
// innermost dim) is a strided run of the source and then zeros.
//
//===----------------------------------------------------------------------===//

#include "tenon/Target/CPU/WeightFile.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallBitVector.h"
#include "llvm/ADT/SmallVectorExtras.h"
#include "llvm/Support/MathExtras.h"
#include <cstring>
#include <numeric>

using namespace llvm;

namespace tenon::cpu {
namespace {

/// One dim of the packed tensor.
struct PackedDim {
  int64_t size;
  unsigned axis; ///< of the permuted source
  int64_t step;  ///< along that axis
};

struct PackedLayout {
  SmallVector<int64_t> dims;    ///< of the permuted source
  SmallVector<int64_t> strides; ///< of the permuted source, in elements
  SmallVector<PackedDim> packed;

  explicit PackedLayout(const WeightPacking &packing);
};

PackedLayout::PackedLayout(const WeightPacking &p) {
  size_t rank = p.dims.size();
  SmallVector<int64_t> sourceStrides(rank, 1);
  for (size_t i = rank; i-- > 1;)
    sourceStrides[i - 1] = sourceStrides[i] * p.dims[i];
  for (size_t i = 0; i < rank; ++i) {
    size_t from = p.permutation.empty() ? i : p.permutation[i];
    dims.push_back(p.dims[from]);
    strides.push_back(sourceStrides[from]);
  }

  SmallVector<PackedDim> split;
  for (unsigned i = 0; i < rank; ++i)
    split.push_back({dims[i], i, 1});
  for (auto [axis, block] : zip_equal(p.axes, p.blocks)) {
    split[axis] = {int64_t(divideCeil(dims[axis], block)), unsigned(axis),
                   block};
    split.push_back({block, unsigned(axis), 1});
  }
  for (size_t i = 0; i < split.size(); ++i)
    packed.push_back(split[p.order.empty() ? i : p.order[i]]);
}

bool isPermutation(ArrayRef<int64_t> order, size_t size) {
  SmallBitVector seen(size);
  for (int64_t i : order) {
    if (i < 0 || size_t(i) >= size || seen.test(i))
      return false;
    seen.set(i);
  }
  return order.size() == size;
}

/// `count` elements `stride` elements apart, to a dense row.
template <typename Element>
void copyStrided(const char *src, int64_t stride, int64_t count, char *dst) {
  for (int64_t i = 0; i < count; ++i)
    std::memcpy(dst + i * sizeof(Element), src + i * stride * sizeof(Element),
                sizeof(Element));
}

void copyRow(const char *src, int64_t stride, int64_t count, int64_t bytes,
             char *dst) {
  if (stride == 1 || count <= 1) {
    if (count > 0)
      std::memcpy(dst, src, count * bytes);
    return;
  }
  switch (bytes) {
  case 1:
    return copyStrided<uint8_t>(src, stride, count, dst);
  case 2:
    return copyStrided<uint16_t>(src, stride, count, dst);
  case 4:
    return copyStrided<uint32_t>(src, stride, count, dst);
  case 8:
    return copyStrided<uint64_t>(src, stride, count, dst);
  }
  for (int64_t i = 0; i < count; ++i)
    std::memcpy(dst + i * bytes, src + i * stride * bytes, bytes);
}

/// Elements of 4 bits, from number `first` of `src` on, to one byte each.
void copyNibbles(const char *src, int64_t first, int64_t stride, int64_t count,
                 bool isSigned, char *dst) {
  for (int64_t i = 0; i < count; ++i) {
    int64_t at = first + i * stride;
    int value = (uint8_t(src[at / 2]) >> (at % 2 * 4)) & 15;
    dst[i] = char(isSigned && value > 7 ? value - 16 : value);
  }
}

/// Returns the end of what it stored.
char *storePairs(ArrayRef<char> row, char *dst) {
  size_t half = row.size() / 2;
  for (size_t i = 0; i < half; ++i)
    *dst++ = char((row[i] & 15) | (row[half + i] << 4));
  return dst;
}

/// The packed rows in order: coordinates along the source's axes, advanced like
/// an odometer over all packed dims but the innermost.
class RowWalk {
public:
  RowWalk(const PackedLayout &layout, int64_t firstSlice)
      : layout(layout), position(layout.packed.size() - 1, 0),
        coordinates(layout.dims.size(), 0) {
    if (position.empty())
      return;
    position[0] = firstSlice;
    coordinates[layout.packed[0].axis] = firstSlice * layout.packed[0].step;
  }

  void next() {
    for (size_t i = position.size(); i-- > 0;) {
      const PackedDim &dim = layout.packed[i];
      coordinates[dim.axis] += dim.step;
      if (++position[i] < dim.size || i == 0)
        return;
      coordinates[dim.axis] -= dim.step * dim.size;
      position[i] = 0;
    }
  }

  /// Elements of the row from innermost position `first` on, at most `size`,
  /// that are inside of the source.
  int64_t validElements(int64_t first, int64_t size) const {
    const PackedDim &inner = layout.packed.back();
    for (auto [axis, coordinate] : enumerate(coordinates))
      if (axis != inner.axis && coordinate >= layout.dims[axis])
        return 0;
    int64_t start = coordinates[inner.axis] + first * inner.step;
    int64_t left = layout.dims[inner.axis] - start;
    return left <= 0 ? 0
                     : std::min<int64_t>(size, divideCeil(left, inner.step));
  }

  /// Where in the source innermost position `first` of the row is.
  int64_t sourceElement(int64_t first) const {
    int64_t element = first * layout.packed.back().step * innerStrideOfAxis();
    for (auto [coordinate, stride] : zip_equal(coordinates, layout.strides))
      element += coordinate * stride;
    return element;
  }
  int64_t innerStrideOfAxis() const {
    return layout.strides[layout.packed.back().axis];
  }

private:
  const PackedLayout &layout;
  SmallVector<int64_t> position;
  SmallVector<int64_t> coordinates;
};

} // namespace

Error WeightPacking::verify() const {
  if (elementBytes <= 0 || any_of(dims, [](int64_t d) { return d < 0; }))
    return createStringError("weight packing: negative sizes");
  if (!permutation.empty() && !isPermutation(permutation, dims.size()))
    return createStringError(
        "weight packing: the permutation does not name each axis once");
  SmallBitVector split(dims.size());
  for (int64_t axis : axes) {
    if (axis < 0 || size_t(axis) >= dims.size() || split.test(axis))
      return createStringError(
          "weight packing: axis %lld is out of range or split twice",
          static_cast<long long>(axis));
    split.set(axis);
  }
  if (axes.size() != blocks.size() ||
      any_of(blocks, [](int64_t b) { return b <= 0; }))
    return createStringError(
        "weight packing: each split axis needs one positive block size");
  if (!order.empty() && !isPermutation(order, dims.size() + axes.size()))
    return createStringError(
        "weight packing: the order does not name each packed axis once");
  if (nibbles != Nibbles::none && (elementBytes != 1 || dims.empty()))
    return createStringError("weight packing: only elements of a byte can be "
                             "two in a byte");
  if (pairs && (elementBytes != 1 || packedDims().size() < 2 ||
                packedDims().back() % 2))
    return createStringError("weight packing: pairs need rows of an even "
                             "number of bytes");
  return Error::success();
}

int64_t WeightPacking::sourceBytes() const {
  int64_t bytes = std::accumulate(dims.begin(), dims.end(), elementBytes,
                                  std::multiplies<>());
  return nibbles == Nibbles::none ? bytes : divideCeil(bytes, 2);
}

SmallVector<int64_t> WeightPacking::packedDims() const {
  return map_to_vector(PackedLayout(*this).packed,
                       [](const PackedDim &dim) { return dim.size; });
}

int64_t WeightPacking::packedBytes() const {
  auto packed = packedDims();
  int64_t bytes = std::accumulate(packed.begin(), packed.end(), elementBytes,
                                  std::multiplies<>());
  return pairs ? bytes / 2 : bytes;
}

void packWeightSlices(const WeightPacking &packing, const char *src,
                      int64_t first, int64_t last, char *dst) {
  if (packing.dims.empty()) {
    std::memcpy(dst, src, packing.elementBytes);
    return;
  }
  PackedLayout layout(packing);
  const PackedDim &inner = layout.packed.back();
  // A tensor of one dim is one row, of which the slices are elements.
  bool oneRow = layout.packed.size() == 1;
  int64_t rowFirst = oneRow ? first : 0;
  int64_t rowSize = oneRow ? last - first : inner.size;
  int64_t rows = oneRow ? 1 : last - first;
  for (size_t i = 1; i + 1 < layout.packed.size(); ++i)
    rows *= layout.packed[i].size;

  if (rows * rowSize == 0)
    return;

  std::vector<char> whole(packing.pairs ? rowSize : 0);
  RowWalk walk(layout, oneRow ? 0 : first);
  int64_t stride = inner.step * walk.innerStrideOfAxis();
  for (int64_t row = 0; row < rows; ++row, walk.next()) {
    int64_t valid = walk.validElements(rowFirst, rowSize);
    char *to = packing.pairs ? whole.data() : dst;
    int64_t from = walk.sourceElement(rowFirst);
    if (packing.nibbles != WeightPacking::Nibbles::none)
      copyNibbles(src, from, stride, valid,
                  packing.nibbles == WeightPacking::Nibbles::signExtended, to);
    else if (valid > 0)
      copyRow(src + from * packing.elementBytes, stride, valid,
              packing.elementBytes, to);
    std::memset(to + valid * packing.elementBytes, 0,
                (rowSize - valid) * packing.elementBytes);
    if (packing.pairs)
      dst = storePairs(whole, dst);
    else
      dst += rowSize * packing.elementBytes;
  }
}

void packWeight(const WeightPacking &packing, const char *src, char *dst) {
  auto packed = packing.packedDims();
  packWeightSlices(packing, src, 0, packed.empty() ? 1 : packed.front(), dst);
}

} // namespace tenon::cpu
