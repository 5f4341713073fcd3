//===- DLPack.cpp - Tests of tensors from and to DLPack -------------------===//
#include "core/DLPack.h"

#include "FakeModel.h"

#include <catch2/catch.hpp>

#include <string>

namespace {

/// What another framework would hand over.
struct Foreign {
  explicit Foreign(std::vector<int64_t> shape,
                   std::vector<int64_t> strideList = {})
      : dims(std::move(shape)), strides(std::move(strideList)) {
    managed = {{values,
                {kDLCPU, 0},
                int32_t(dims.size()),
                TN_F32,
                dims.data(),
                strides.empty() ? nullptr : strides.data(),
                0},
               this,
               [](DLManagedTensor *self) {
                 ++static_cast<Foreign *>(self->manager_ctx)->deletions;
               }};
  }
  Foreign(const Foreign &) = delete;

  float values[24] = {};
  std::vector<int64_t> dims, strides;
  DLManagedTensor managed;
  int deletions = 0;
};

} // namespace

TEST_CASE("a DLPack round trip copies nothing and deletes once", "[dlpack]") {
  Foreign foreign({2, 3});
  tn_tensor *tensor;
  REQUIRE(tn_tensor_from_dlpack(&foreign.managed, &tensor) == TN_OK);
  tn_view view = tn_tensor_view(tensor);
  CHECK(view.data == foreign.values);
  CHECK(view.dims[1] == 3);
  DLManagedTensor *exported;
  REQUIRE(tn_tensor_to_dlpack(tensor, &exported) == TN_OK);
  CHECK(exported->dl_tensor.data == foreign.values);
  CHECK(exported->dl_tensor.shape[0] == 2);
  CHECK(exported->dl_tensor.ndim == 2);
  tn_tensor_release(tensor);
  CHECK(foreign.deletions == 0);
  exported->deleter(exported);
  CHECK(foreign.deletions == 1);
}

TEST_CASE("byte offset, missing deleter, dense strides", "[dlpack]") {
  Foreign foreign({2, 1, 3}, {3, 77, 1});
  foreign.managed.dl_tensor.byte_offset = 8;
  foreign.managed.deleter = nullptr;
  tn_tensor *tensor;
  REQUIRE(tn_tensor_from_dlpack(&foreign.managed, &tensor) == TN_OK);
  CHECK(tn_tensor_view(tensor).data == foreign.values + 2);
  tn_tensor_release(tensor);
}

TEST_CASE("DLPack tensors that the runtime cannot use", "[dlpack]") {
  tn_tensor *tensor;
  auto message = [&](Foreign &foreign) -> std::string {
    CHECK(tn_tensor_from_dlpack(&foreign.managed, &tensor) ==
          TN_INVALID_ARGUMENT);
    CHECK(tensor == nullptr);
    CHECK(foreign.deletions == 0);
    return tn_last_message();
  };
  Foreign strided({2, 3}, {1, 2});
  CHECK(message(strided) == "DLPack tensor is not dense row-major: dim 1 has "
                            "stride 2; make it contiguous first");
  Foreign onDevice({2, 3});
  onDevice.managed.dl_tensor.device.device_type = 2;
  CHECK(message(onDevice) ==
        "DLPack tensor is on device type 2; copy it to the host first");
  Foreign lanes({2, 3});
  lanes.managed.dl_tensor.dtype.lanes = 4;
  CHECK(message(lanes).find("4 lanes") != std::string::npos);
  Foreign negative({2, -3});
  CHECK(message(negative).find("negative") != std::string::npos);
  Foreign none({2, 3});
  none.managed.dl_tensor.data = nullptr;
  CHECK(message(none) == "DLPack tensor has no data");
  CHECK(tn_tensor_from_dlpack(nullptr, &tensor) == TN_INVALID_ARGUMENT);
}

TEST_CASE("an empty DLPack tensor may have any strides", "[dlpack]") {
  Foreign empty({0, 3}, {9, 9});
  empty.managed.dl_tensor.data = nullptr;
  tn_tensor *tensor;
  REQUIRE(tn_tensor_from_dlpack(&empty.managed, &tensor) == TN_OK);
  tn_tensor_release(tensor);
  CHECK(empty.deletions == 1);
}

TEST_CASE("4-bit floats in bytes are no DLPack tensor", "[dlpack]") {
  tn_tensor *tensor;
  int64_t dims[] = {3};
  REQUIRE(tn_tensor_create({TN_FLOAT4_E2M1FN, 8, 1}, 1, dims, &tensor) ==
          TN_OK);
  DLManagedTensor *exported;
  CHECK(tn_tensor_to_dlpack(tensor, &exported) == TN_UNSUPPORTED);
  CHECK(exported == nullptr);
  tn_tensor_release(tensor);
}

TEST_CASE("an output lives on in DLPack after its session", "[dlpack]") {
  DLManagedTensor *exported;
  {
    fake::Loaded fake;
    fake::Inputs inputs(1, 2);
    fake::Outputs outputs;
    REQUIRE(tn_run(fake.session, inputs.views.data(), 3, outputs.list, 3) ==
            TN_OK);
    REQUIRE(tn_tensor_to_dlpack(outputs.list[0].tensor, &exported) == TN_OK);
  }
  CHECK(static_cast<float *>(exported->dl_tensor.data)[0] == 1);
  CHECK(static_cast<float *>(exported->dl_tensor.data)[7] == 2);
  exported->deleter(exported);
}
