//===- Tensor.cpp - Tests of element types, views and tensors -------------===//
#include "core/Tensor.h"

#include <catch2/catch.hpp>

#include <string>

static tn_view viewOf(tn_dtype dtype, const std::vector<int64_t> &dims) {
  return {nullptr, dims.data(), int32_t(dims.size()), dtype};
}

TEST_CASE("dtype names", "[tensor]") {
  CHECK(std::string(tn_dtype_name(TN_BF16)) == "bf16");
  CHECK(std::string(tn_dtype_name(TN_BOOL8)) == "bool");
  CHECK(std::string(tn_dtype_name({TN_FLOAT8_E5M2, 8, 1})) == "f8E5M2");
  CHECK(std::string(tn_dtype_name({TN_FLOAT4_E2M1FN, 8, 1})) == "f4E2M1FN");
  CHECK(std::string(tn_dtype_name({TN_FLOAT, 32, 4})) == "unknown");
}

TEST_CASE("sizes of views", "[tensor]") {
  std::vector<int64_t> scalar, some{2, 3}, empty{int64_t(1) << 40, 1 << 30, 0},
      huge{int64_t(1) << 62, 2}, large{int64_t(1) << 46, 2}, negative{0, -1};
  tn_view view = viewOf(TN_F32, scalar);
  CHECK(tn_view_bytes(&view) == 4);
  view = viewOf(TN_F64, some);
  CHECK(tn_view_elements(&view) == 6);
  CHECK(tn_view_bytes(&view) == 48);
  view = viewOf({TN_INT, 4, 1}, {3});
  std::vector<int64_t> three{3};
  view.dims = three.data();
  CHECK(tn_view_bytes(&view) == 2);
  view = viewOf(TN_F32, empty);
  CHECK(tn_view_bytes(&view) == 0);
  view = viewOf(TN_F32, huge);
  CHECK(tn_view_elements(&view) == -1);
  CHECK(tn_view_bytes(&view) == -1);
  view = viewOf(TN_F32, large);
  CHECK(tn_view_bytes(&view) == int64_t(1) << 49);
  view = viewOf(TN_F32, negative);
  CHECK(tn_view_bytes(&view) == -1);
}

TEST_CASE("tensors own aligned memory and copy their dims", "[tensor]") {
  int64_t dims[] = {3, 5};
  tn_tensor *tensor;
  REQUIRE(tn_tensor_create(TN_F32, 2, dims, &tensor) == TN_OK);
  dims[0] = 9;
  tn_view view = tn_tensor_view(tensor);
  CHECK(view.rank == 2);
  CHECK(view.dims[0] == 3);
  CHECK(reinterpret_cast<uintptr_t>(view.data) % TN_BUFFER_ALIGNMENT == 0);
  static_cast<float *>(view.data)[14] = 1;
  tn_tensor_retain(tensor);
  tn_tensor_release(tensor);
  CHECK(static_cast<float *>(view.data)[14] == 1);
  tn_tensor_release(tensor);
  tn_tensor_release(nullptr);
}

TEST_CASE("scalars and empty tensors", "[tensor]") {
  tn_tensor *tensor;
  REQUIRE(tn_tensor_create(TN_I64, 0, nullptr, &tensor) == TN_OK);
  CHECK(tn_view_bytes(&tensor->view) == 8);
  tn_tensor_release(tensor);
  int64_t zero = 0;
  REQUIRE(tn_tensor_create(TN_I64, 1, &zero, &tensor) == TN_OK);
  CHECK(tensor->view.data != nullptr);
  tn_tensor_release(tensor);
}

TEST_CASE("impossible tensors are refused", "[tensor]") {
  int64_t negative = -1, huge = int64_t(1) << 62, large = int64_t(1) << 46;
  tn_tensor *tensor;
  CHECK(tn_tensor_create(TN_F32, 1, &negative, &tensor) == TN_INVALID_ARGUMENT);
  CHECK(tn_tensor_create(TN_F32, 1, &huge, &tensor) == TN_INVALID_ARGUMENT);
  CHECK(tn_tensor_create(TN_F32, -1, &huge, &tensor) == TN_INVALID_ARGUMENT);
  CHECK(tn_tensor_create(TN_F32, 1, nullptr, &tensor) == TN_INVALID_ARGUMENT);
  CHECK(tn_tensor_create({}, 1, &large, &tensor) == TN_INVALID_ARGUMENT);
  CHECK(tn_tensor_create(TN_F32, 1, &large, &tensor) == TN_OUT_OF_MEMORY);
  CHECK(tensor == nullptr);
}
