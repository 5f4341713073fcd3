//===- TensorDataTest.cpp - Files that hold one tensor --------------------===//

#include "tenon/Import/Onnx/TensorData.h"
#include "Messages.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include <catch2/catch.hpp>

using namespace tenon::onnx;
using namespace tenon::onnx::test;
using Catch::Contains;

namespace {
/// A temporary file with the given content.
class File {
public:
  explicit File(llvm::StringRef content) {
    int descriptor = -1;
    REQUIRE(
        !llvm::sys::fs::createTemporaryFile("tensor", "pb", descriptor, path));
    llvm::raw_fd_ostream(descriptor, /*shouldClose=*/true) << content;
  }
  ~File() { llvm::sys::fs::remove(path); }

  llvm::Expected<TensorFile> open() const { return TensorFile::open(path); }

private:
  llvm::SmallString<128> path;
};
} // namespace

static std::string failure(const Message &message) {
  return errorOf(File(message.str()).open());
}

TEST_CASE("what the encoder writes is read back", "[onnx]") {
  std::string data = "0123456789abcdefghijklmn";
  std::string message;
  llvm::raw_string_ostream os(message);
  encodeTensor(os, "x", DataType::Float, {2, 3},
               llvm::ArrayRef<char>(data.data(), data.size()));
  File file(message);
  TensorFile opened = llvm::cantFail(file.open());
  const Tensor &tensor = opened.tensor();
  CHECK(tensor.name == "x");
  CHECK(tensor.type == DataType::Float);
  CHECK(tensor.dims == std::vector<int64_t>{2, 3});
  CHECK(std::string(tensor.bytes().begin(), tensor.bytes().end()) == data);
}

TEST_CASE("the encoding is the one of other writers", "[onnx]") {
  std::string message;
  llvm::raw_string_ostream os(message);
  encodeTensor(os, "x", DataType::UInt8, {300}, std::vector<char>(300, 'a'));
  CHECK(message == Message()
                       .num(1, 300)
                       .num(2, 2)
                       .bytes(8, "x")
                       .bytes(9, std::string(300, 'a'))
                       .str());
  message.clear();
  encodeStringTensor(os, "s", {2}, {"one", ""});
  CHECK(message == Message()
                       .num(1, 2)
                       .num(2, 8)
                       .bytes(6, "one")
                       .bytes(6, "")
                       .bytes(8, "s")
                       .str());
}

TEST_CASE("scalars and empty tensors are written", "[onnx]") {
  for (bool isScalar : {true, false}) {
    std::string message;
    llvm::raw_string_ostream os(message);
    std::vector<int64_t> dims =
        isScalar ? std::vector<int64_t>{} : std::vector<int64_t>{3, 0};
    encodeTensor(os, "", DataType::Int8, dims,
                 std::vector<char>(isScalar ? 1 : 0));
    File file(message);
    TensorFile opened = llvm::cantFail(file.open());
    CHECK(opened.tensor().dims == dims);
    CHECK(opened.tensor().numBytes == (isScalar ? 1 : 0));
  }
}

TEST_CASE("an opened tensor may move", "[onnx]") {
  File file(tensor("x", 3, {2}).nums(5, {1, 2}).str());
  TensorFile first = llvm::cantFail(file.open());
  TensorFile second = std::move(first);
  CHECK(second.tensor().name == "x");
  CHECK(second.tensor().bytes()[1] == 2);
}

TEST_CASE("sequences, optionals and maps are refused by name", "[onnx]") {
  Message value = tensor("x", 1, {}).f32s(4, {1});
  CHECK_THAT(failure(Message().bytes(1, "seq").num(2, 1).sub(3, value)),
             Contains("no tensor but looks like a sequence"));
  CHECK_THAT(failure(Message().num(2, 1).sub(3, value)),
             Contains("no tensor but looks like a sequence"));
  CHECK_THAT(failure(Message().bytes(1, "empty").num(2, 1)),
             Contains("no tensor but looks like a sequence"));
}

TEST_CASE("unreadable tensors are refused", "[onnx]") {
  CHECK_THAT(errorOf(TensorFile::open("missing.pb")),
             Contains("cannot read tensor \"missing.pb\": No such file"));
  CHECK_THAT(failure(tensor("x", 1, {2})), Contains("FLOAT[2] has no data"));
  Message location = Message().bytes(1, "location").bytes(2, "w");
  CHECK_THAT(failure(tensor("x", 1, {2}).sub(13, location).num(14, 1)),
             Contains("external data is supported in models only"));
}
