//===- WeightPackingTest.cpp - Packing against a naive indexer ------------===//

#include "tenon/Target/CPU/WeightFile.h"
#include "llvm/ADT/SmallVector.h"
#include <catch2/catch.hpp>
#include <numeric>
#include <random>

using namespace tenon::cpu;

namespace {

using Index = std::vector<int64_t>;

int64_t product(llvm::ArrayRef<int64_t> dims) {
  return std::accumulate(dims.begin(), dims.end(), int64_t(1),
                         std::multiplies<>());
}

/// Element by element, from the definition of tn.weight and #tn.pack.
std::vector<char> packNaively(const WeightPacking &p,
                              const std::vector<char> &src) {
  size_t rank = p.dims.size();
  Index permuted, split;
  for (size_t i = 0; i < rank; ++i)
    permuted.push_back(p.dims[p.permutation.empty() ? i : p.permutation[i]]);
  split = permuted;
  for (size_t i = 0; i < p.axes.size(); ++i) {
    int64_t &dim = split[p.axes[i]];
    dim = (dim + p.blocks[i] - 1) / p.blocks[i];
  }
  split.insert(split.end(), p.blocks.begin(), p.blocks.end());
  Index packed;
  for (size_t i = 0; i < split.size(); ++i)
    packed.push_back(split[p.order.empty() ? i : p.order[i]]);

  std::vector<char> dst(product(packed) * p.elementBytes, 0);
  for (int64_t linear = 0; linear < product(packed); ++linear) {
    Index atSplit(split.size());
    int64_t rest = linear;
    for (size_t i = packed.size(); i-- > 0; rest /= packed[i])
      atSplit[p.order.empty() ? i : p.order[i]] = rest % packed[i];
    Index atPermuted(atSplit.begin(), atSplit.begin() + rank);
    for (size_t i = 0; i < p.axes.size(); ++i)
      atPermuted[p.axes[i]] =
          atPermuted[p.axes[i]] * p.blocks[i] + atSplit[rank + i];
    bool inside = true;
    Index atSource(rank);
    for (size_t i = 0; i < rank; ++i) {
      inside &= atPermuted[i] < permuted[i];
      atSource[p.permutation.empty() ? i : p.permutation[i]] = atPermuted[i];
    }
    if (!inside)
      continue;
    int64_t from = 0;
    for (size_t i = 0; i < rank; ++i)
      from = from * p.dims[i] + atSource[i];
    std::copy_n(src.begin() + from * p.elementBytes, p.elementBytes,
                dst.begin() + linear * p.elementBytes);
  }
  return dst;
}

template <typename Random>
llvm::SmallVector<int64_t> randomOrder(size_t size, Random &random) {
  llvm::SmallVector<int64_t> order(size);
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), random);
  return order;
}

} // namespace

TEST_CASE("packing agrees with its definition", "[WeightPacking]") {
  std::mt19937 random(7);
  auto pick = [&](int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random);
  };
  for (int round = 0; round < 3000; ++round) {
    WeightPacking p;
    size_t rank = pick(0, 4);
    for (size_t i = 0; i < rank; ++i)
      p.dims.push_back(pick(round % 50 ? 1 : 0, 7));
    const int64_t sizes[] = {1, 2, 3, 4, 8, 16};
    p.elementBytes = sizes[pick(0, 5)];
    if (pick(0, 1))
      p.permutation = randomOrder(rank, random);
    for (int64_t axis : randomOrder(rank, random))
      if (pick(0, 2) == 0) {
        p.axes.push_back(axis);
        p.blocks.push_back(pick(1, 5));
      }
    if (pick(0, 3))
      p.order = randomOrder(rank + p.axes.size(), random);
    REQUIRE(!p.verify());

    std::vector<char> src(p.sourceBytes());
    for (char &byte : src)
      byte = char(pick(1, 127));
    std::vector<char> expected = packNaively(p, src);
    REQUIRE(p.packedBytes() == int64_t(expected.size()));
    std::vector<char> actual(expected.size(), 99);
    packWeight(p, src.data(), actual.data());
    REQUIRE(actual == expected);

    // Slice by slice gives the same.
    int64_t slices = rank ? p.packedDims().front() : 1;
    if (expected.empty())
      continue;
    int64_t sliceBytes = expected.size() / slices;
    std::fill(actual.begin(), actual.end(), 99);
    for (int64_t first = 0; first < slices;) {
      int64_t last = std::min(slices, first + pick(1, 3));
      packWeightSlices(p, src.data(), first, last,
                       actual.data() + first * sliceBytes);
      first = last;
    }
    REQUIRE(actual == expected);
  }
}

TEST_CASE("panels of columns", "[WeightPacking]") {
  WeightPacking p;
  p.dims = {2, 3};
  p.axes = {1};
  p.blocks = {2};
  p.order = {1, 0, 2};
  CHECK(p.packedDims() == llvm::SmallVector<int64_t>{2, 2, 2});
  std::string packed(8, '?');
  packWeight(p, "abcdef", packed.data());
  CHECK(packed == std::string("abdec\0f\0", 8));
}

TEST_CASE("elements of 4 bits become pairs", "[WeightPacking]") {
  WeightPacking p;
  p.dims = {2, 3};
  p.axes = {1};
  p.blocks = {4};
  p.order = {1, 0, 2};
  p.pairs = true;
  CHECK(p.packedBytes() == 4);
  // Row 1, 2, -1 and padding; row 3, 4, 5 and padding.
  std::string packed(4, '?');
  packWeight(p, "\1\2\xff\3\4\5", packed.data());
  CHECK(packed == std::string("\xf1\x02\x53\x04", 4));
}

TEST_CASE("elements that are two in a byte", "[WeightPacking]") {
  WeightPacking p;
  p.dims = {3, 3};
  p.permutation = {1, 0};
  p.nibbles = WeightPacking::Nibbles::zeroExtended;
  CHECK(p.sourceBytes() == 5);
  std::string packed(9, '?');
  packWeight(p, "\x21\x43\xf5\x87\x09", packed.data());
  CHECK(packed == "\1\4\7\2\5\x8\3\xf\x9");
  p.nibbles = WeightPacking::Nibbles::signExtended;
  packWeight(p, "\x21\x43\xf5\x87\x09", packed.data());
  CHECK(packed == "\1\4\7\2\5\xf8\3\xff\xf9");
}

TEST_CASE("wrong packings are refused", "[WeightPacking]") {
  auto message = [](auto change) {
    WeightPacking p;
    p.dims = {2, 3};
    change(p);
    return llvm::toString(p.verify());
  };
  CHECK(message([](WeightPacking &p) {
          p.permutation = {0, 0};
        }) == "weight packing: the permutation does not name each axis once");
  CHECK(message([](WeightPacking &p) { p.axes = {2}, p.blocks = {4}; }) ==
        "weight packing: axis 2 is out of range or split twice");
  CHECK(message([](WeightPacking &p) { p.axes = {1}, p.blocks = {0}; }) ==
        "weight packing: each split axis needs one positive block size");
  CHECK(message([](WeightPacking &p) { p.pairs = true; }) ==
        "weight packing: pairs need rows of an even number of bytes");
  CHECK(message([](WeightPacking &p) { p.order = {1}; }) ==
        "weight packing: the order does not name each packed axis once");
}
