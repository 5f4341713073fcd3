//===- ModelFileTest.cpp - Mapped models and their external data ----------===//

#include "tenon/Import/Onnx/ModelFile.h"
#include "Messages.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include <catch2/catch.hpp>

using namespace tenon::onnx;
using namespace tenon::onnx::test;
using Catch::Contains;
using llvm::StringRef;
using Origin = TensorBytes::Origin;

namespace {
/// A temporary folder that is removed with its content.
class Folder {
public:
  Folder() {
    REQUIRE(!llvm::sys::fs::createUniqueDirectory("tenon-onnx", root));
  }
  ~Folder() { llvm::sys::fs::remove_directories(root); }

  std::string path(StringRef name) const {
    llvm::SmallString<128> path(root);
    llvm::sys::path::append(path, name);
    return std::string(path);
  }
  std::string write(StringRef name, StringRef content) const {
    std::error_code error;
    llvm::raw_fd_ostream os(path(name), error);
    REQUIRE(!error);
    os << content;
    return path(name);
  }
  void makeFolder(StringRef name) const {
    REQUIRE(!llvm::sys::fs::create_directory(path(name)));
  }
  void link(StringRef target, StringRef name) const {
    REQUIRE(!llvm::sys::fs::create_link(target, path(name)));
  }

private:
  llvm::SmallString<128> root;
};
} // namespace

/// A TensorProto of four bytes at `location`.
static Message external(const std::string &location, const char *offset) {
  return tensor("w", 2, {4})
      .sub(13, Message().bytes(1, "location").bytes(2, location))
      .sub(13, Message().bytes(1, "offset").bytes(2, offset))
      .num(14, 1);
}

static std::string modelWith(const std::vector<Message> &initializers) {
  Message graph = Message().bytes(2, "g");
  for (const Message &initializer : initializers)
    graph.sub(5, initializer);
  return model(graph).str();
}

static std::string text(const TensorBytes &bytes) {
  return std::string(bytes.bytes.begin(), bytes.bytes.end());
}

/// What resolving the external tensor says; empty if it succeeds.
static std::string resolveError(const Folder &folder,
                                const std::string &location,
                                const char *offset = "0") {
  std::string path =
      folder.write("sub/m.onnx", modelWith({external(location, offset)}));
  auto file = llvm::cantFail(ModelFile::open(path));
  return errorOf(file->resolve(file->model().graph.initializers.at(0)));
}

TEST_CASE("tensors of a model file are found by position", "[onnx]") {
  Folder folder;
  std::string large(100000, 'x');
  std::string content =
      modelWith({tensor("raw", 2, {4}).bytes(9, "abcd"),
                 tensor("i", 3, {2}).nums(5, {1, 2}), tensor("empty", 1, {0}),
                 tensor("s", 8, {1}).bytes(6, "string"),
                 tensor("large", 2, {100000}).bytes(9, large)});
  std::string path = folder.write("m.onnx", content);
  auto file = llvm::cantFail(ModelFile::open(path));
  const std::vector<Tensor> &tensors = file->model().graph.initializers;

  TensorBytes raw = llvm::cantFail(file->resolve(tensors[0]));
  CHECK(raw.origin == Origin::Model);
  CHECK(raw.file == path);
  CHECK(content.substr(raw.offset, 4) == "abcd");
  CHECK(text(raw) == "abcd");

  TensorBytes varints = llvm::cantFail(file->resolve(tensors[1]));
  CHECK(varints.origin == Origin::Decoded);
  CHECK(varints.file.empty());
  CHECK(text(varints) == "\1\2");

  CHECK(llvm::cantFail(file->resolve(tensors[2])).bytes.empty());
  CHECK_THAT(errorOf(file->resolve(tensors[3])),
             Contains("m.onnx: tensor \"s\" holds strings"));
  CHECK(text(llvm::cantFail(file->resolve(tensors[4]))) == large);
}

TEST_CASE("external data is found beside the model", "[onnx]") {
  Folder folder;
  folder.makeFolder("data");
  std::string weights = folder.write("data/w.bin", "0123456789");
  std::string path = folder.write(
      "m.onnx",
      modelWith({external("data/w.bin", "3"), external("./data/w.bin", "6")}));
  auto file = llvm::cantFail(ModelFile::open(path));
  const std::vector<Tensor> &tensors = file->model().graph.initializers;
  TensorBytes first = llvm::cantFail(file->resolve(tensors[0]));
  TensorBytes second = llvm::cantFail(file->resolve(tensors[1]));
  CHECK(first.origin == Origin::External);
  CHECK(llvm::sys::fs::equivalent(first.file, weights));
  CHECK(first.offset == 3);
  CHECK(text(first) == "3456");
  CHECK(text(second) == "6789");
  // One mapping for both spellings.
  CHECK(second.bytes.data() == first.bytes.data() + 3);
}

TEST_CASE("external data outside the model's directory is refused", "[onnx]") {
  Folder folder;
  folder.makeFolder("sub");
  folder.makeFolder("sub/inside");
  folder.write("secret", "0123456789");
  folder.makeFolder("subway");
  folder.write("subway/secret", "0123456789");
  folder.write("sub/w.bin", "0123456789");
  CHECK(resolveError(folder, "w.bin", "6") == "");

  CHECK_THAT(resolveError(folder, folder.path("sub/w.bin")),
             Contains("must be relative"));
  CHECK_THAT(resolveError(folder, "../secret"), Contains("must not contain"));
  CHECK_THAT(resolveError(folder, "inside/../w.bin"),
             Contains("must not contain '..'"));
  CHECK_THAT(resolveError(folder, std::string("w.bin\0x", 7)),
             Contains("\"w.bin\\000x\": it contains a NUL byte"));
  CHECK_THAT(resolveError(folder, "missing"),
             Contains("m.onnx: tensor \"w\": external data \"missing\": No "
                      "such file"));
  CHECK_THAT(resolveError(folder, "inside"), Contains("not a regular file"));
  CHECK_THAT(resolveError(folder, "."), Contains("not a regular file"));

  folder.link(folder.path("secret"), "sub/link");
  folder.link("../subway/secret", "sub/relative");
  folder.link("..", "sub/up");
  CHECK_THAT(resolveError(folder, "link"),
             Contains("outside the model's directory"));
  CHECK_THAT(resolveError(folder, "relative"), Contains("outside"));
  CHECK_THAT(resolveError(folder, "up/secret"), Contains("outside"));
  folder.link("w.bin", "sub/alias");
  CHECK(resolveError(folder, "alias") == "");
}

TEST_CASE("external data beyond the file is refused", "[onnx]") {
  Folder folder;
  folder.makeFolder("sub");
  folder.write("sub/w.bin", "0123456789");
  CHECK_THAT(resolveError(folder, "w.bin", "7"),
             Contains("4 bytes at offset 7 do not fit the file of 10 bytes"));
  CHECK_THAT(resolveError(folder, "w.bin", "11"), Contains("do not fit"));
  CHECK_THAT(resolveError(folder, "w.bin", "18446744073709551614"),
             Contains("do not fit"));
}

TEST_CASE("a model in memory", "[onnx]") {
  std::string content = modelWith({external("w.bin", "0")});
  auto buffer = [&] {
    return llvm::MemoryBuffer::getMemBuffer(content, "in-memory", false);
  };
  auto file = llvm::cantFail(ModelFile::fromBuffer(buffer()));
  CHECK(file->path() == "in-memory");
  CHECK_THAT(errorOf(file->resolve(file->model().graph.initializers.at(0))),
             Contains("a model in memory has no directory"));

  Folder folder;
  folder.write("w.bin", "abcd");
  file = llvm::cantFail(ModelFile::fromBuffer(buffer(), folder.path("")));
  CHECK(text(llvm::cantFail(
            file->resolve(file->model().graph.initializers.at(0)))) == "abcd");
}

TEST_CASE("unreadable models are refused", "[onnx]") {
  Folder folder;
  CHECK_THAT(errorOf(ModelFile::open(folder.path("missing.onnx"))),
             Contains("cannot read model") && Contains("No such file"));
  CHECK_THAT(errorOf(ModelFile::open(folder.path(""))),
             Contains("cannot read model"));
  CHECK_THAT(errorOf(ModelFile::open(folder.write("m.onnx", ""))),
             Contains("m.onnx: no graph"));
}
