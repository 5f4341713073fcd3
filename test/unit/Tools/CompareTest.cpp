//===- CompareTest.cpp - The one comparison of results --------------------===//

#include "tenon/Tools/Compare.h"
#include "tenon/runtime.h"
#include <catch2/catch.hpp>
#include <limits>
#include <vector>

using namespace tenon;

template <typename T>
static Comparison compare(std::vector<T> got, std::vector<T> want,
                          tn_dtype dtype, Tolerance tolerance = {}) {
  int64_t gotDims[] = {int64_t(got.size())},
          wantDims[] = {int64_t(want.size())};
  return compareTensors({got.data(), gotDims, 1, dtype},
                        {want.data(), wantDims, 1, dtype}, tolerance);
}

static constexpr float kInf = std::numeric_limits<float>::infinity();
static constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

TEST_CASE("an infinity is right only where one of its sign is wanted",
          "[compare]") {
  CHECK(compare<float>({kInf, -kInf}, {kInf, -kInf}, TN_F32).right);
  CHECK_FALSE(compare<float>({2}, {kInf}, TN_F32).right);
  CHECK_FALSE(compare<float>({-6}, {-kInf}, TN_F32).right);
  CHECK_FALSE(compare<float>({kInf}, {-kInf}, TN_F32).right);
  CHECK_FALSE(compare<float>({kInf}, {3}, TN_F32).right);
}

TEST_CASE("a NaN is right only where one is wanted", "[compare]") {
  CHECK(compare<float>({kNan}, {kNan}, TN_F32).right);
  CHECK_FALSE(compare<float>({kNan}, {1}, TN_F32).right);
  CHECK_FALSE(compare<float>({1}, {kNan}, TN_F32).right);
  CHECK_FALSE(compare<float>({kNan}, {kInf}, TN_F32).right);
}

TEST_CASE("integers must be equal, also beyond 2^53", "[compare]") {
  CHECK(compare<int64_t>({200009}, {200009}, TN_I64).right);
  CHECK_FALSE(compare<int64_t>({200000}, {200009}, TN_I64).right);
  int64_t large = int64_t(1) << 61;
  CHECK_FALSE(compare<int64_t>({large + 5}, {large}, TN_I64).right);
  CHECK_FALSE(compare<uint8_t>({0}, {1}, TN_BOOL8).right);
}

TEST_CASE("floats may differ by the tolerance", "[compare]") {
  Tolerance tolerance{1e-3, 0, 0};
  CHECK(compare<float>({100.05f}, {100}, TN_F32, tolerance).right);
  CHECK_FALSE(compare<float>({100.2f}, {100}, TN_F32, tolerance).right);
  CHECK(compare<float>({0.5f, 1000}, {0, 1000}, TN_F32, {0, 0, 1e-3}).right);
}

TEST_CASE("dtype and dims must be those expected", "[compare]") {
  CHECK_FALSE(compare<float>({1, 2}, {1}, TN_F32).right);
  float x = 1;
  int64_t dims[] = {1};
  Comparison c =
      compareTensors({&x, dims, 1, TN_F32}, {&x, dims, 1, TN_I32}, {});
  CHECK_FALSE(c.right);
  CHECK(c.message == "got f32 [1], expected i32 [1]");
}

TEST_CASE("a scalar may be recorded with any rank, nothing else", "[compare]") {
  float value = 2;
  int64_t one[] = {1, 1}, two[] = {2};
  float pair[] = {2, 2};
  tn_view scalar{&value, nullptr, 0, TN_F32};
  CHECK(compareTensors(scalar, {&value, one, 2, TN_F32}, {}).right);
  CHECK_FALSE(compareTensors(scalar, {pair, two, 1, TN_F32}, {}).right);
  CHECK_FALSE(compareTensors({&value, one, 1, TN_F32}, scalar, {}).right);
}

TEST_CASE("the largest of a row can be wanted in its place", "[compare]") {
  float want[] = {1, 2, 2, 8, 7, 6}, got[] = {1, 1.9f, 2, 7.4f, 7.5f, 6};
  int64_t dims[] = {2, 3};
  tn_view wanted{want, dims, 2, TN_F32}, given{got, dims, 2, TN_F32};
  CHECK(compareTensors(given, wanted, {0, 1, 0, false}).right);
  Comparison c = compareTensors(given, wanted, {0, 1, 0, true});
  CHECK_FALSE(c.right); // row 0 has two largest, each will do
  CHECK(c.message ==
        "the largest element of 1 rows is not where it is expected");
  CHECK(compareTensors(wanted, wanted, {0, 0, 0, true}).right);
}
