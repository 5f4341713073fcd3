//===- RuntimeHpp.cpp - Tests of the C++ header ---------------------------===//
#include "tenon/runtime.hpp"

#include "FakeModel.h"

#include <catch2/catch.hpp>

using namespace tenon::runtime;

TEST_CASE("a model runs through the C++ classes", "[hpp]") {
  Module module(&fake::query);
  CHECK(std::string(module.describe().name) == "fake");
  Session session(module);
  const std::vector<int64_t> ids{-1, 5}, idDims{1, 2}, xDims{1, 2, 4}, none;
  const std::vector<float> x(8, 3.0f);
  float scale = 2;
  std::vector<Tensor> outputs = session.run(
      {view(ids.data(), idDims), view(x.data(), xDims), view(&scale, none)});
  REQUIRE(outputs.size() == 3);
  CHECK(outputs[0].dims() == xDims);
  CHECK(outputs[0].data<float>()[7] == 11);
  CHECK(outputs[2].dims() == std::vector<int64_t>{1});
  CHECK(outputs[2].data<int64_t>()[0] == 5);
}

TEST_CASE("failures are exceptions", "[hpp]") {
  try {
    Module module("missing.so");
    FAIL("no exception");
  } catch (const Error &error) {
    CHECK(error.status() == TN_LOAD_FAILED);
    CHECK_THAT(error.what(), Catch::Matchers::Contains("missing.so"));
  }
}

TEST_CASE("tensors are shared", "[hpp]") {
  Tensor tensor(dtypeOf<double>(), {2, 2});
  Tensor copy = tensor;
  CHECK(copy.data<double>() == tensor.data<double>());
  tensor = Tensor();
  CHECK_FALSE(tensor);
  copy.data<double>()[3] = 1;
  Tensor back = Tensor::fromDLPack(copy.toDLPack());
  CHECK(back.data<double>() == copy.data<double>());
}

TEST_CASE("element types", "[hpp]") {
  CHECK(std::string(tn_dtype_name(dtypeOf<bool>())) == "bool");
  CHECK(std::string(tn_dtype_name(dtypeOf<float>())) == "f32");
  CHECK(std::string(tn_dtype_name(dtypeOf<int64_t>())) == "i64");
  CHECK(std::string(tn_dtype_name(dtypeOf<uint8_t>())) == "u8");
}
