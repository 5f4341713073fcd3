//===- LoadedTensorTest.cpp - A tensor file in memory ---------------------===//

#include "tenon/Tools/LoadedTensor.h"
#include "tenon/Import/Onnx/TensorData.h"
#include "tenon/Tools/Npy.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include <catch2/catch.hpp>

using namespace tenon;
using Catch::Contains;
using onnx::DataType;

/// What is read of a file that `write` wrote.
static llvm::Expected<LoadedTensor>
readBack(llvm::StringRef suffix,
         llvm::function_ref<void(llvm::raw_ostream &)> write) {
  llvm::SmallString<128> path;
  int descriptor = -1;
  REQUIRE(
      !llvm::sys::fs::createTemporaryFile("tensor", suffix, descriptor, path));
  {
    llvm::raw_fd_ostream os(descriptor, /*shouldClose=*/true);
    write(os);
  }
  auto tensor = LoadedTensor::read(path);
  llvm::sys::fs::remove(path);
  return tensor;
}

static LoadedTensor readPacked(DataType type, std::vector<int64_t> dims,
                               std::vector<char> bytes) {
  return llvm::cantFail(readBack("pb", [&](llvm::raw_ostream &os) {
    onnx::encodeTensor(os, "x", type, dims, bytes);
  }));
}

TEST_CASE("tensors of ONNX and of numpy", "[loaded-tensor]") {
  std::vector<char> bytes = {1, 0, 2, 0, 3, 0};
  LoadedTensor tensor = readPacked(DataType::Int16, {3, 1}, bytes);
  CHECK(tensor.dims == std::vector<int64_t>{3, 1});
  CHECK(tensor.storage == bytes);
  CHECK(tensor.dtype.code == TN_INT);
  CHECK(tensor.dtype.bits == 16);

  auto array = readBack(
      "npy", [&](llvm::raw_ostream &os) { writeNpy(os, tensor.view()); });
  REQUIRE(bool(array));
  CHECK(array->dims == tensor.dims);
  CHECK(array->storage == bytes);
}

TEST_CASE("narrow elements take a byte each", "[loaded-tensor]") {
  LoadedTensor tensor = readPacked(DataType::Int4, {3}, {'\x8f', '\x07'});
  CHECK(tensor.storage == std::vector<char>{-1, -8, 7});
  CHECK(tensor.dtype.code == TN_INT);
  CHECK(tensor.dtype.bits == 8);

  tensor = readPacked(DataType::UInt2, {5}, {'\xe4', '\x03'});
  CHECK(tensor.storage == std::vector<char>{0, 1, 2, 3, 3});
  CHECK(tensor.dtype.code == TN_UINT);

  tensor = readPacked(DataType::Float4E2M1, {2}, {'\xf2'});
  CHECK(tensor.storage == std::vector<char>{2, 15});
  CHECK(tensor.dtype.code == TN_FLOAT4_E2M1FN);
  CHECK(tensor.dtype.bits == 8);
}

TEST_CASE("types that no artifact takes", "[loaded-tensor]") {
  auto tensor = readBack("pb", [](llvm::raw_ostream &os) {
    onnx::encodeStringTensor(os, "x", {1}, {"text"});
  });
  REQUIRE(!tensor);
  CHECK_THAT(llvm::toString(tensor.takeError()),
             Contains("tensors of type STRING cannot be passed to a model"));
}

TEST_CASE("types go there and back", "[loaded-tensor]") {
  for (DataType type : {DataType::Float, DataType::BFloat16, DataType::Bool,
                        DataType::UInt64, DataType::Float8E8M0})
    CHECK(dataTypeOf(dtypeOf(type)) == type);
  CHECK(dataTypeOf(tn_dtype{TN_INT, 24, 1}) == DataType::Undefined);
}
